// SPDX-License-Identifier: MIT
#include "tools/hub/core/query.hpp"

#include "tools/hub/core/encoding.hpp"

#include <algorithm>

namespace hubtwin::hub {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) { skip_space(); }

  bool at_end() const { return rest_.empty(); }

  /// Takes the next token if it is this word or sign.
  bool take(std::string_view wanted) {
    const std::size_t length = token_length();
    if (!equal_ignoring_case(rest_.substr(0, length), wanted)) {
      return false;
    }
    drop(length);
    return true;
  }

  /// Takes a text in single or double quotes.
  std::optional<std::string> take_text() {
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) {
      return std::nullopt;
    }
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string text(rest_.substr(1, end - 1));
    drop(end + 1);
    return text;
  }

 private:
  /// A sign stands alone; a word goes on to white space or a sign.
  std::size_t token_length() const {
    const std::size_t sign = std::min(rest_.find_first_of("*=;'\" \t\r\n"), rest_.size());
    return std::max<std::size_t>(sign, rest_.empty() ? 0 : 1);
  }

  void drop(std::size_t length) {
    rest_.remove_prefix(length);
    skip_space();
  }

  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size()));
  }

  std::string_view rest_;
};

}  // namespace

std::optional<Query> parse_query(std::string_view text) {
  Tokens tokens(text);
  Query query;
  if (!tokens.take("SELECT") || !tokens.take("*") || !tokens.take("FROM")) {
    return std::nullopt;
  }
  query.modules = tokens.take("devices.modules");
  if (!query.modules && !tokens.take("devices")) {
    return std::nullopt;
  }
  if (tokens.take("WHERE")) {
    if (!tokens.take("deviceId") || !tokens.take("=")) {
      return std::nullopt;
    }
    query.device = tokens.take_text();
    if (!query.device) {
      return std::nullopt;
    }
  }
  tokens.take(";");
  return tokens.at_end() ? std::optional<Query>(query) : std::nullopt;
}

}  // namespace hubtwin::hub
