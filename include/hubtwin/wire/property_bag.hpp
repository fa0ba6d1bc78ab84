// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Property bags: what stands behind a message's topic (IoT Hub developer guide, "Create and read
/// IoT Hub messages").

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/wire/text_writer.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// A property as an application gives it: plain text, in UTF-8, encoded on the wire.
struct Property {
  std::string_view key;
  std::string_view value;
};

/// Appends a bag to a topic: `key=value` joined by `&`, both percent-encoded.
class PropertyBagWriter {
 public:
  /// \param[in] topic  Ends where the bag shall begin; outlives this.
  explicit PropertyBagWriter(TextWriter& topic) : topic_(topic) {}

  /// Adds an application property.
  /// \return Error::kInvalidArgument for an empty key or one that begins with `$`, which the hub
  ///         takes for its own. What doesn't fit shows in the TextWriter.
  Status add(const Property& property);

  /// Adds a system property; nothing for an empty value.
  /// \param[in] name  Without the beginning `$.`, e.g. "mid".
  void add_system(std::string_view name, std::string_view value);

 private:
  void separate();

  TextWriter& topic_;
  bool first_ = true;
};

/// A property of a received bag, still percent-encoded.
struct RawProperty {
  std::string_view key;
  std::string_view value;  ///< Empty for `key=` and for `key`.
  bool has_value = false;  ///< False for `key`, without an equals sign.

  /// Whether the key, decoded, is `plain`, e.g. "$.mid".
  bool is(std::string_view plain) const;
};

/// A received bag: a view of the encoded text. Whatever stands in it, reading it is safe; an item
/// that can't be decoded says so by itself and leaves the others readable.
class PropertyBag {
 public:
  PropertyBag() = default;
  /// \param[in] text  May begin with `?`, which isn't part of the bag.
  explicit PropertyBag(std::string_view text);

  /// Walks over the items in order; for range-based for.
  class Iterator {
   public:
    const RawProperty& operator*() const { return item_; }
    const RawProperty* operator->() const { return &item_; }
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.at_end_ == b.at_end_ && (a.at_end_ || a.rest_.data() == b.rest_.data());
    }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return !(a == b); }

   private:
    friend class PropertyBag;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest), at_end_(false) { ++*this; }

    RawProperty item_;
    std::string_view rest_;
    bool at_end_ = true;
  };
  Iterator begin() const { return Iterator(text_); }
  Iterator end() const { return Iterator(); }

  /// The value of the first property whose key is `plain`, decoded into `room`.
  /// \return Error::kNotFound; Error::kInvalidArgument for a value that can't be decoded;
  ///         Error::kNoSpace.
  Result<std::string_view> find(std::string_view plain, Span<char> room) const;

  /// The encoded text.
  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string_view text_;
};

HUBTWIN_NAMESPACE_END
