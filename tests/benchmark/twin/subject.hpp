// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What each library does in the twin benchmark. Compiled for hosts and for bare metal, so free of
/// heap, exceptions and RTTI itself.

#include <cstddef>
#include <string_view>

namespace hubtwin::benchmark {

/// JSON in memory. Behind it stand a NUL and so many bytes that may be read, as some libraries
/// want.
struct Text {
  static constexpr std::size_t kPadding = 64;

  std::string_view view() const { return {data, size}; }

  const char* data = nullptr;
  std::size_t size = 0;
};

/// Room for what a library writes.
constexpr std::size_t kMostWritten = 100000;

/// A JSON library (or a way to use one) as the keeper of a document. Every function answers whether
/// it went well.
class Subject {
 public:
  constexpr explicit Subject(const char* name) : name_(name) {}
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const char* name() const { return name_; }
  /// Whether it keeps what it read; otherwise read() is all that it can.
  virtual bool keeps() const { return true; }
  /// Whether what it keeps can be changed.
  virtual bool patches() const { return keeps(); }
  /// Whether doubles are read correctly rounded and integers exactly.
  virtual bool exact() const { return true; }

  /// Takes in a document. One that was there stays until the new one has proved valid, since both
  /// are needed to tell what changed.
  virtual bool read(Text json) = 0;
  /// Merges a patch into the document (RFC 7396).
  virtual bool patch(Text json) = 0;
  /// Writes the document without white space, to where the library prefers; empty when that failed.
  virtual std::string_view write() = 0;
  /// Forgets the document and gives its memory back.
  virtual void clear() = 0;

 protected:
  ~Subject() = default;

 private:
  const char* name_;
};

/// The subjects of one library.
struct Subjects {
  Subject* const* first = nullptr;
  std::size_t count = 0;

  Subject* const* begin() const { return first; }
  Subject* const* end() const { return first + count; }
};

}  // namespace hubtwin::benchmark
