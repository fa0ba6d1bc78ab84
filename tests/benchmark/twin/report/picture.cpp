// SPDX-License-Identifier: MIT
#include "picture.hpp"

#include "table.hpp"

#include <algorithm>
#include <sstream>

namespace hubtwin::benchmark {
namespace {

constexpr double kWidth = 760;
constexpr double kNames = 190;   // where bars begin
constexpr double kNumbers = 90;  // kept free behind the longest bar
constexpr double kTop = 64;      // where rows begin
constexpr double kRow = 40;
constexpr double kBar = 14;

struct Bar {
  const char* target;
  const char* label;
  const char* ours;  // colours
  const char* theirs;
};

// The text that XML wants escaped can't occur in the names and numbers shown.
void add_text(std::ostream& svg, double x, double y, const char* attributes,
              const std::string& text) {
  svg << "  <text x=\"" << x << "\" y=\"" << y << "\" " << attributes << ">" << text << "</text>\n";
}

}  // namespace

std::string memory_picture(const Figures& figures, const std::string& size) {
  const std::string& host = figures.host();
  const Bar bars[] = {{host.c_str(), "64 bits", "#0b6e4f", "#5b6770"},
                      {"armhf", "32 bits", "#6bbf9c", "#aeb7bd"}};
  struct Row {
    std::string name;
    bool ours;
    double held[2];
  };
  std::vector<Row> rows;
  double most = 0;
  for (const Library& library : kLibraries) {
    Row row{library.name, std::string(library.subject) == kOurs, {0, 0}};
    for (std::size_t i = 0; i < 2; ++i) {
      row.held[i] =
          figures.at({bars[i].target, "memory", size, library.subject, "held"}).value_or(0);
    }
    if (!library.holds_alike && row.held[0] > 0) {
      most = std::max({most, row.held[0], row.held[1]});
      rows.push_back(row);
    }
  }

  const double height = kTop + kRow * static_cast<double>(rows.size()) + 8;
  std::ostringstream svg;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kWidth << "\" height=\"" << height
      << "\" viewBox=\"0 0 " << kWidth << ' ' << height << "\" font-family=\"sans-serif\""
      << " font-size=\"13\" fill=\"#24292f\">\n";
  svg << "  <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#ffffff\"/>\n";
  add_text(svg, 16, 26, "font-size=\"15\" font-weight=\"bold\"",
           "Bytes held after reading a twin of " +
               with_commas(static_cast<double>(figures.twin_bytes(size))) + " bytes");
  for (std::size_t i = 0; i < 2; ++i) {
    const double x = 16 + 90 * static_cast<double>(i);
    svg << "  <rect x=\"" << x << "\" y=\"38\" width=\"12\" height=\"12\" fill=\"" << bars[i].theirs
        << "\"/>\n";
    add_text(svg, x + 18, 49, "", bars[i].label);
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double y = kTop + kRow * static_cast<double>(r);
    add_text(svg, kNames - 10, y + kBar + 5,
             rows[r].ours ? "text-anchor=\"end\" font-weight=\"bold\"" : "text-anchor=\"end\"",
             rows[r].name);
    for (std::size_t i = 0; i < 2; ++i) {
      const double top = y + (kBar + 2) * static_cast<double>(i);
      const double length = (kWidth - kNames - kNumbers) * rows[r].held[i] / most;
      svg << "  <rect x=\"" << kNames << "\" y=\"" << top << "\" width=\"" << with_digits(length, 1)
          << "\" height=\"" << kBar << "\" fill=\""
          << (rows[r].ours ? bars[i].ours : bars[i].theirs) << "\"/>\n";
      svg << "  <text x=\"" << with_digits(kNames + length + 6, 1) << "\" y=\"" << top + kBar - 3
          << "\" font-size=\"11\">" << with_commas(rows[r].held[i]) << "</text>\n";
    }
  }
  svg << "</svg>\n";
  return svg.str();
}

}  // namespace hubtwin::benchmark
