// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace hubtwin::benchmark {
namespace {

// Columns of text: bytes that continue a character of UTF-8 take none.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string markdown_row(const Table::Row& row) {
  std::string line = "|";
  for (const std::string& cell : row) {
    line += ' ' + cell + " |";
  }
  return line + '\n';
}

}  // namespace

std::string Table::as_text() const {
  std::vector<std::size_t> widths(head.size());
  const auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  };
  widen(head);
  std::for_each(rows.begin(), rows.end(), widen);

  std::string text;
  const auto add = [&](const Row& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      line += i == 0 ? row[i] + padding : "  " + padding + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add(head);
  std::for_each(rows.begin(), rows.end(), add);
  return text;
}

std::string Table::as_markdown() const {
  std::string text = markdown_row(head);
  Row rule(head.size(), "---:");
  rule[0] = "---";
  text += markdown_row(rule);
  for (const Row& row : rows) {
    text += markdown_row(row);
  }
  return text;
}

std::string with_commas(double value) {
  std::string digits = with_digits(std::fabs(value), 0);
  for (std::size_t i = digits.size(); i > 3; i -= 3) {
    digits.insert(i - 3, ",");
  }
  return std::round(value) < 0 ? '-' + digits : digits;
}

std::string with_digits(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

}  // namespace hubtwin::benchmark
