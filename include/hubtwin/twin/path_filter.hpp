// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// PathFilter: has everything skipped that nobody asked for, while a document streams by.

#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/json_handler.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Dotted paths known when the program is built, kept in flash. Their order is free.
using PathTable = Span<const std::string_view>;

/// Whether a value at `path`, or something below it or around it, is among what a table lists. The
/// empty path is around everything.
bool is_wanted(PathTable wanted, std::string_view path);

/// Stands between a JsonReader and the handler of an object's tokens. It passes on the members at
/// and below the paths of a table, and the objects around them; all other members are skipped
/// without being looked at. Its memory doesn't grow with the document.
class PathFilter final : public JsonHandler {
 public:
  /// \param[in] wanted  At least one path; outlives this.
  /// \param[in] next    Likewise; takes what passes.
  PathFilter(PathTable wanted, JsonHandler& next) : wanted_(wanted), next_(next) {}

  Error on_null() override;
  Error on_bool(bool value) override;
  Error on_integer(std::int64_t value) override;
#if HUBTWIN_FLOAT
  Error on_double(double value) override;
#endif
  Error on_string(std::string_view value) override;
  Error on_refused(Error reason) override;
  KeyAnswer on_key(std::string_view key) override;
  Error on_begin_object() override;
  Error on_end_object() override;
  Error on_begin_array() override;
  Error on_end_array() override;

 private:
  PathTable wanted_;
  JsonHandler& next_;
  std::size_t witness_ = 0;      // a path that leads through the open object
  std::size_t prefix_ = 0;       // so many of its bytes name the open object, the dot included
  std::size_t next_prefix_ = 0;  // the same for the value that comes next
  std::uint8_t inside_ = 0;      // open containers at and below a wanted path
  bool root_ = true;             // the next object is the document itself
  bool wanted_next_ = false;     // the value that comes next stands at a wanted path
};

HUBTWIN_NAMESPACE_END
