// SPDX-License-Identifier: MIT
#include "meter.hpp"
#include "subject.hpp"
#include "subjects.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include <rapidjson/document.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace hubtwin::benchmark {
namespace {

// What this project's own reader does, too: refuse what isn't UTF-8, round doubles correctly.
constexpr unsigned kChecked =
    rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;
constexpr unsigned kUnchecked = rapidjson::kParseNoFlags;

/// RapidJSON's pool over a block given to it, so that what is handed out counts and no more: by
/// default it takes 64 KiB at once.
class Pool : public rapidjson::MemoryPoolAllocator<> {
 public:
  using Base = rapidjson::MemoryPoolAllocator<>;

  Pool() = default;
  Pool(void* block, std::size_t size) : Base(block, size) {}
  ~Pool() {
    if constexpr (kMetered) {
      meter.remove(Base::Size());
    }
  }

  void* Malloc(std::size_t size) {
    return told([&] { return Base::Malloc(size); });
  }
  void* Realloc(void* original, std::size_t old_size, std::size_t new_size) {
    return told([&] { return Base::Realloc(original, old_size, new_size); });
  }

 private:
  template <class Allocate>
  void* told(Allocate allocate) {
    if constexpr (kMetered) {
      const std::size_t before = Base::Size();
      void* const result = allocate();
      meter.remove(before);
      meter.add(Base::Size());
      return result;
    } else {
      return allocate();
    }
  }
};

template <class Value>
void remove_nulls(Value& object) {
  for (auto member = object.MemberBegin(); member != object.MemberEnd();) {
    if (member->value.IsNull()) {
      member = object.RemoveMember(member);
      continue;
    }
    if (member->value.IsObject()) {
      remove_nulls(member->value);
    }
    ++member;
  }
}

// What stays is copied into the target's pool, at its exact size, and the rest of the patch goes.
template <class Value, class Allocator>
void merge(Value& target, const Value& patch, Allocator& pool) {
  for (const auto& member : patch.GetObject()) {
    const auto found = target.FindMember(member.name);
    const bool there = found != target.MemberEnd();
    if (member.value.IsNull()) {
      if (there) {
        target.RemoveMember(found);
      }
    } else if (there && found->value.IsObject() && member.value.IsObject()) {
      merge(found->value, member.value, pool);
    } else {
      Value value(member.value, pool);
      if (value.IsObject()) {
        remove_nulls(value);
      }
      if (there) {
        found->value = value;
      } else {
        target.AddMember(Value(member.name, pool), value, pool);
      }
    }
  }
}

/// The document object model, over a pool that stands by.
template <unsigned Flags>
class Dom final : public Subject {
 public:
  explicit Dom(const char* name) : Subject(name) {}

  bool exact() const override { return (Flags & rapidjson::kParseFullPrecisionFlag) != 0; }

  bool read(Text json) override {
    Room& room = rooms_[turn_];
    void* const place = room.kept;
    Kept* const next = new (place) Kept(room.block, sizeof(room.block));
    if constexpr (kInSitu) {
      next->hold(json.size + 1);
      std::memcpy(room.text, json.data, json.size + 1);
      next->document.template ParseInsitu<Flags>(room.text);
    } else {
      next->document.template Parse<Flags>(json.data);
    }
    if (next->document.HasParseError()) {
      next->~Kept();
      return false;
    }
    clear();
    kept_ = next;
    turn_ = 1 - turn_;
    return true;
  }

  bool patch(Text json) override {
    Pool pool(patch_block_, sizeof(patch_block_));
    PoolDocument patch(&pool);
    patch.template Parse<Flags & ~unsigned{rapidjson::kParseInsituFlag}>(json.data);
    if (patch.HasParseError() || !patch.IsObject()) {
      return false;
    }
    merge<typename PoolDocument::ValueType>(kept_->document, patch, kept_->pool);
    return true;
  }

  std::string_view write() override {
    written_.Clear();
    rapidjson::Writer<rapidjson::StringBuffer> writer(written_);
    return kept_->document.Accept(writer)
               ? std::string_view(written_.GetString(), written_.GetSize())
               : std::string_view();
  }

  void clear() override {
    if (kept_ != nullptr) {
      kept_->~Kept();
      kept_ = nullptr;
    }
  }

 private:
  using PoolDocument = rapidjson::GenericDocument<rapidjson::UTF8<>, Pool>;
  static constexpr bool kInSitu = (Flags & rapidjson::kParseInsituFlag) != 0;

  struct Kept {
    Kept(void* block, std::size_t size) : pool(block, size), document(&pool) {}
    ~Kept() { hold(0); }

    /// Has the meter count the text that the document refers to.
    void hold(std::size_t bytes) {
      if constexpr (kMetered) {
        meter.remove(text_bytes);
        meter.add(bytes);
      }
      text_bytes = bytes;
    }

    Pool pool;
    PoolDocument document;
    std::size_t text_bytes = 0;
  };

  struct Room {
    alignas(Kept) unsigned char kept[sizeof(Kept)];
    alignas(std::max_align_t) unsigned char block[200000];
    char text[kInSitu ? 70000 : 1];
  };

  Room rooms_[2] = {};  // one for the document kept, one for the next
  alignas(std::max_align_t) unsigned char patch_block_[16384] = {};
  rapidjson::StringBuffer written_;
  Kept* kept_ = nullptr;
  int turn_ = 0;
};

/// The same as RapidJSON's tutorial has it: each document with an allocator of its own, which takes
/// 64 KiB at once.
class TutorialDom final : public Subject {
 public:
  TutorialDom() : Subject("rapidjson-tutorial") {}

  bool read(Text json) override {
    auto next = std::make_unique<rapidjson::Document>();
    next->Parse<kChecked>(json.data);
    if (next->HasParseError()) {
      return false;
    }
    kept_ = std::move(next);
    return true;
  }

  bool patch(Text json) override {
    rapidjson::Document patch;
    patch.Parse<kChecked>(json.data);
    if (patch.HasParseError() || !patch.IsObject()) {
      return false;
    }
    merge<rapidjson::Value>(*kept_, patch, kept_->GetAllocator());
    return true;
  }

  std::string_view write() override {
    written_.Clear();
    rapidjson::Writer<rapidjson::StringBuffer> writer(written_);
    return kept_->Accept(writer) ? std::string_view(written_.GetString(), written_.GetSize())
                                 : std::string_view();
  }

  void clear() override { kept_.reset(); }

 private:
  rapidjson::StringBuffer written_;
  std::unique_ptr<rapidjson::Document> kept_;
};

/// The reader alone, which tells tokens and keeps nothing.
template <unsigned Flags>
class Sax final : public Subject {
 public:
  explicit Sax(const char* name) : Subject(name) {}

  bool keeps() const override { return false; }
  bool read(Text json) override {
    Handler handler;
    rapidjson::StringStream stream(json.data);
    rapidjson::Reader reader;
    return !reader.template Parse<Flags>(stream, handler).IsError();
  }
  bool patch(Text) override { return false; }
  std::string_view write() override { return {}; }
  void clear() override {}

 private:
  struct Handler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {};
};

}  // namespace

Subjects rapidjson_subjects() {
  using rapidjson::kParseInsituFlag;
  static Dom<kChecked> dom("rapidjson-dom");
  static Dom<kChecked | kParseInsituFlag> in_situ("rapidjson-in-situ");
  static Sax<kChecked> sax("rapidjson-sax");
  static TutorialDom tutorial;
  static Dom<kUnchecked> unchecked_dom("rapidjson-dom-unchecked");
  static Dom<kUnchecked | kParseInsituFlag> unchecked_in_situ("rapidjson-in-situ-unchecked");
  static Sax<kUnchecked> unchecked_sax("rapidjson-sax-unchecked");
  static Subject* const subjects[] = {&dom,           &in_situ,           &sax,          &tutorial,
                                      &unchecked_dom, &unchecked_in_situ, &unchecked_sax};
  return {subjects, 7};
}

}  // namespace hubtwin::benchmark
