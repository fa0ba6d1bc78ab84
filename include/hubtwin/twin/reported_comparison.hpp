// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Compares the reported section with what the hub has of it. Used by Reported.

#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/property_tree.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Takes the tokens of the hub's reported section as they stream by and marks in the tree what the
/// hub has the same. It keeps no copy of anything; the tree may be changed between two tokens, if
/// tree_changed() is called then. Until finish() all that it noted can be taken back.
class ReportedComparison final : public JsonHandler {
 public:
  explicit ReportedComparison(PropertyTree& tree) : tree_(tree) {}
  ReportedComparison(const ReportedComparison&) = delete;
  ReportedComparison& operator=(const ReportedComparison&) = delete;

  /// \pre Nothing is queued or in flight.
  void begin();
  /// Between begin() and finish() or abort().
  bool active() const { return active_; }
  /// Whether the section was read to its end.
  bool complete() const { return complete_; }
  /// The tree was changed: nodes may have moved, and what is being compared may have gone.
  void tree_changed();
  /// Something is being replaced whose place in the hub's section may have passed already: nothing
  /// can be said of objects that are to be replaced.
  void distrust() { trusted_ = false; }

  /// Whether members at the hub that have to go couldn't all be noted since the arena is full.
  bool overflowed() const { return overflowed_; }
  bool trusted() const { return trusted_ && !overflowed_; }

  /// The document has proved whole and valid. What the hub has the same is clean from now on; what
  /// it lacks or has different is dirty; removals of what it doesn't have are done; and what it has
  /// in an object that is reported whole is to be removed. \pre complete()
  void finish();
  /// It hasn't: everything is as it was before begin(), but for what was reported since.
  void abort();

  Error on_null() override { return on_scalar(PropertyValue()); }
  Error on_bool(bool value) override { return on_scalar(value); }
  Error on_integer(std::int64_t value) override { return on_scalar(value); }
#if HUBTWIN_FLOAT
  Error on_double(double value) override {
    return on_scalar(value);
  }
#endif
  Error on_string(std::string_view value) override {
    return on_scalar(value);
  }
  bool takes_long_strings() const override {
    return true;
  }
  Error on_string_piece(std::string_view piece, bool last) override;
  Error on_refused(Error) override {
    return on_scalar(PropertyValue());
  }
  KeyAnswer on_key(std::string_view key) override;
  Error on_begin_object() override {
    return on_begin(true);
  }
  Error on_end_object() override {
    return on_end();
  }
  Error on_begin_array() override {
    return on_begin(false);
  }
  Error on_end_array() override {
    return on_end();
  }

 private:
  // The section, HUBTWIN_MAX_DEPTH levels of objects and arrays below it, and one for good measure.
  static constexpr std::size_t kLevels = HUBTWIN_MAX_DEPTH + 2;
  static constexpr std::uint16_t kBeforeFirst = 0xFFFF;
  static constexpr std::size_t kNoText = static_cast<std::size_t>(-1);
  static constexpr std::size_t kOtherText = kNoText - 1;  // it isn't the tree's

  Error on_scalar(const PropertyValue& value);
  Error on_begin(bool object);
  Error on_end();
  PropertyView take_place();
  bool find(std::string_view key);
  bool all_named() const;
  void note_unknown(std::string_view key);
  void open();
  void close();
  void differs();
  void clear(PropertyView top);
  void settle(PropertyView place);
  void end();

  PropertyTree& tree_;
  PropertyView container_;                 // the innermost open one that the tree has, too
  PropertyView member_;                    // its member or element met last; nowhere before
  std::uint16_t positions_[kLevels] = {};  // of the member met last, by level, the root's being 0
  std::uint16_t ignored_ = 0;              // open containers of the document inside container_ that
                                           // aren't compared
  std::size_t text_at_ = kNoText;          // where the string that comes in pieces stands
  std::uint8_t levels_ = 0;                // open containers of the tree
  std::uint8_t array_level_ = 0;           // of the outermost array that is open; 0: none
  bool active_ = false;
  bool complete_ = false;
  bool trusted_ = true;
  bool overflowed_ = false;
};

HUBTWIN_NAMESPACE_END
