// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Secrets in every form in which they could be written down.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hubtwin::test {

/// Collects secrets, and looks for them in texts.
class Secrets {
 public:
  /// Bytes, e.g. of a key: as they are, in hexadecimal, in base64, and that percent-encoded.
  void add_bytes(std::string_view bytes);
  /// A text that is one, e.g. a token or a key in base64; that is taken for the bytes, too.
  void add_text(std::string_view text);

  /// \return the first form that stands in the text, for the failure's report; empty: none does.
  std::string found_in(std::string_view text) const;
  /// Those of another collection, too.
  void add_all(const Secrets& others);
  /// How many forms are looked for.
  std::size_t size() const { return forms_.size(); }

 private:
  void add_form(std::string form);

  // By their first bytes, so that one pass over a text finds any of thousands.
  std::unordered_multimap<std::uint64_t, std::string> forms_;
};

}  // namespace hubtwin::test
