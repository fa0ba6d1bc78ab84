// SPDX-License-Identifier: MIT
#include "meter.hpp"
#include "subject.hpp"
#include "subjects.hpp"
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <algorithm>
#include <new>

namespace hubtwin::benchmark {
namespace {

class Hubtwin final : public Subject {
 public:
  /// \param[in] piece  Bytes of a document that come at once, as from a network.
  Hubtwin(const char* name, std::size_t piece) : Subject(name), piece_(piece) {
    ::new (static_cast<void*>(tree_room_)) Tree();
  }

  bool read(Text json) override { return take(json, Patch::Mode::kReplace, false); }
  // With a walk of the change set, as a device needs it; the rivals don't tell what changed.
  bool patch(Text json) override { return take(json, Patch::Mode::kMerge, true); }

  std::string_view write() override {
    JsonWriter writer{Span<char>(written_)};
    writer.write(tree().root());
    return writer.complete() ? writer.text() : std::string_view();
  }

  void clear() override {
    const std::size_t used = tree().bytes_used();
    ::new (static_cast<void*>(tree_room_)) Tree();
    count(used);
  }

 private:
  using Tree = SizedPropertyTree<200000>;
  static constexpr std::size_t kScratchBytes = 1024;

  Tree& tree() { return *std::launder(reinterpret_cast<Tree*>(tree_room_)); }

  bool take(Text json, Patch::Mode mode, bool walk) {
    const std::size_t used = tree().bytes_used();
    tree().reset_high_water();
    Patch patch;
    JsonReader reader{ByteSpan(scratch_)};
    if (!patch.begin(tree(), mode)) {
      return false;
    }
    reader.begin(patch);
    for (std::size_t at = 0; at < json.size; at += piece_) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(json.data + at);
      if (!reader.feed(ByteView(bytes, std::min(piece_, json.size - at)))) {
        return false;
      }
    }
    if (!reader.finish() || !patch.commit()) {
      return false;
    }
    if (walk) {
      for (const Change& change : patch.changes()) {
        seen_ += static_cast<std::size_t>(change.kind()) + change.key().size() +
                 static_cast<std::size_t>(change.new_value().type()) +
                 static_cast<std::size_t>(change.old_value().type());
      }
    }
    patch.release();
    count(used);
    return true;
  }

  // The working memory isn't the tree's, and counts while a document is read.
  void count(std::size_t used_before) {
    if constexpr (kMetered) {
      meter.remove(used_before);
      meter.add(tree().bytes_used());
      meter.passed(tree().high_water() - tree().bytes_used() + sizeof(Patch) + sizeof(JsonReader) +
                   kScratchBytes);
    }
  }

  alignas(Tree) unsigned char tree_room_[sizeof(Tree)];
  std::uint8_t scratch_[kScratchBytes] = {};
  char written_[kMostWritten] = {};
  volatile std::size_t seen_ = 0;
  std::size_t piece_;
};

}  // namespace

Subjects hubtwin_subjects() {
  static Hubtwin hubtwin("hubtwin", kMostWritten);
  static Hubtwin in_pieces("hubtwin-pieces", 512);
  static Subject* const subjects[] = {&hubtwin, &in_pieces};
  return {subjects, 2};
}

}  // namespace hubtwin::benchmark
