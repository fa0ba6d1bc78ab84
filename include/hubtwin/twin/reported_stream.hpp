// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Sends a reported value that is longer than the room for an update straight out of its tree. Used
/// by Reported.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/twin/property_tree.hpp>
#include <hubtwin/twin/property_view.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// The body of an update with one value, written while it is sent: each piece is written anew from
/// the value's beginning, so that nothing has to be kept between two of them. What replaces the
/// value meanwhile stands in its place at once; the old one is set aside until its last byte is
/// out.
class ReportedStream final : public PayloadSource {
 public:
  explicit ReportedStream(PropertyTree& tree) : tree_(tree) {}

  /// \param[in] path  Of the value; lives as long as the stream. \pre A value is there.
  void begin(std::string_view path);
  void end();
  bool active() const { return !path_.empty(); }
  /// Whether there are bytes left to be read; then the value must not change.
  bool sending() const { return read_ != size_; }
  /// Empty when not active.
  std::string_view path() const { return path_; }

  std::size_t size() const override { return size_; }
  void read(ByteSpan room) override;

  /// Before something else may be put to `path`, which then happens beside the value being sent.
  /// \return false when the arena is full.
  bool make_way(std::string_view path);
  /// What the section's size lacks while a value has made way that is still to stand where it was.
  std::size_t size_to_come_back() const;
  /// That is done. What wasn't touched stands where it was, and so does what was replaced by an
  /// equal value. \return that place; nowhere when the value was replaced, or nothing made way.
  PropertyView close_up();

 private:
  std::size_t write(std::size_t skip, ByteSpan room) const;
  PropertyView place() const;

  PropertyTree& tree_;
  std::string_view path_;
  std::size_t size_ = 0;
  std::size_t read_ = 0;
};

HUBTWIN_NAMESPACE_END
