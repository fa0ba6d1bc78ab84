// SPDX-License-Identifier: MIT
//
// Prints the twin benchmark's tables from its records, and writes them in other forms.
//
//     report [--json FILE] [--markdown FILE] [--picture FILE] RECORDS...
//                                 in the folder of the documents
#include "bars.hpp"
#include "figures.hpp"
#include "picture.hpp"
#include "table.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <string>

namespace hubtwin::benchmark {
namespace {

/// What is shown of one measure; empty when it wasn't measured.
struct Column {
  std::string head;
  std::function<std::string(const char* subject)> cell;
};

Table table_of(const std::string& title, const std::vector<Column>& columns,
               bool those_that_hold_alike = true) {
  Table table;
  table.head.push_back(title);
  for (const Column& column : columns) {
    table.head.push_back(column.head);
  }
  for (const Library& library : kLibraries) {
    Table::Row row = {library.name};
    bool any = false;
    for (const Column& column : columns) {
      row.push_back(column.cell(library.subject));
      any = any || !row.back().empty();
    }
    if (any && (those_that_hold_alike || !library.holds_alike)) {
      table.rows.push_back(row);
    }
  }
  return table;
}

/// Makes columns for one size of document.
class Columns {
 public:
  Columns(const Figures& figures, std::string size) : figures_(figures), size_(std::move(size)) {}

  /// A figure, divided, with so many digits.
  Column figure(const std::string& head, const std::string& target, const std::string& operation,
                const std::string& measure, double divisor = 1, int digits = 0) const {
    return {head, [=, &figures = figures_, size = size_](const char* subject) {
              const auto value = figures.at({target, operation, size, subject, measure});
              return !value        ? std::string()
                     : digits == 0 ? with_commas(*value / divisor)
                                   : with_digits(*value / divisor, digits);
            }};
  }
  /// Megabytes a second, for so many bytes an operation.
  Column rate(const std::string& head, const std::string& operation, std::size_t bytes) const {
    return {head, [=, &figures = figures_, size = size_](const char* subject) {
              const auto ns = figures.at({figures.host(), operation, size, subject, "ns"});
              return !ns ? std::string() : with_commas(static_cast<double>(bytes) * 1e3 / *ns);
            }};
  }
  /// How many times as fast as the rival, and the spread of that.
  Column speed(const std::string& operation, bool spread) const {
    return {"speed", [=, &figures = figures_, size = size_](const char* subject) {
              const auto at = [&](const char* measure) {
                return figures.at({figures.host(), operation, size, subject, measure});
              };
              if (!at("speed")) {
                return std::string();
              }
              std::string text = with_digits(*at("speed"), 2);
              if (spread) {
                text += " (" + with_digits(*at("speed-low"), 2) + " to " +
                        with_digits(*at("speed-high"), 2) + ")";
              }
              return text;
            }};
  }

 private:
  const Figures& figures_;
  std::string size_;
};

Table memory_table(const Figures& figures, const std::string& size) {
  const Columns columns(figures, size);
  std::vector<Column> all;
  const std::pair<const char*, const char*> measures[] = {{"held", "held"},
                                                          {"peak", "first"},
                                                          {"peak-unchanged", "unchanged"},
                                                          {"peak-changed", "changed"}};
  for (const auto& [measure, head] : measures) {
    all.push_back(columns.figure(std::string(head) + " 64", figures.host(), "memory", measure));
    all.push_back(columns.figure("32", "armhf", "memory", measure));
  }
  all.push_back(columns.figure("growth %", figures.host(), "memory", "growth-percent", 1, 1));
  return table_of("bytes", all);
}

Table time_table(const Figures& figures, const std::string& size) {
  const Columns columns(figures, size);
  const std::string& host = figures.host();
  const auto patches = static_cast<double>(figures.patches(size));
  return table_of(
      host,
      {columns.rate("take in MB/s", "read", figures.twin_bytes(size)), columns.speed("read", true),
       columns.figure("patch ns", host, "patches", "ns", patches), columns.speed("patches", true),
       columns.rate("write MB/s", "write", figures.reported_bytes(size)),
       columns.speed("write", true)});
}

Table instructions_table(const Figures& figures, const std::string& size) {
  const Columns columns(figures, size);
  const auto bytes = static_cast<double>(figures.twin_bytes(size));
  const auto patches = static_cast<double>(figures.patches(size));
  const auto reported = static_cast<double>(figures.reported_bytes(size));
  std::vector<Column> all;
  for (const std::string& target : {figures.host(), std::string("cortex-m4")}) {
    all.push_back(
        columns.figure(target + ": a byte read", target, "read", "instructions", bytes, 1));
    all.push_back(columns.figure("a patch", target, "patches", "instructions", patches));
    all.push_back(columns.figure("a byte written", target, "write", "instructions", reported, 1));
  }
  return table_of("instructions", all);
}

std::string bar_text(const Bar& bar, double value) {
  return bar.digits == 0 ? with_commas(value) : with_digits(value, bar.digits);
}

Table bars_table(const std::vector<Bar>& bars) {
  Table table;
  table.head = {"bar", "ours", "", "aim", ""};
  for (const Bar& bar : bars) {
    table.rows.push_back({bar.name, bar_text(bar, bar.measured),
                          (bar.at_least ? ">= " : "<= ") + bar_text(bar, bar.bar),
                          bar.aim ? bar_text(bar, *bar.aim) : "", bar.met() ? "met" : "NOT MET"});
  }
  return table;
}

void print_all(const Figures& figures) {
  std::printf(
      "The twin engine beside JSON libraries, with the documents of tests/data.\n\n"
      "held       bytes in use after reading a whole twin, on 64 and on 32 bits: our arena with "
      "keys\n"
      "           and bookkeeping; for the others what they have from the allocator, with its\n"
      "           headers, of RapidJSON's pool only what is handed out. Our documents come in\n"
      "           pieces; the others need all of it at once, in a buffer that isn't counted.\n"
      "first      the most above that while reading, our working memory included; unchanged and\n"
      "           changed: above what was held, while the same twin, or one with another value in\n"
      "           each place, is read again, to be compared with the one held\n"
      "growth     of the desired section by 100 patches, against a fresh reading of its content\n"
      "speed      how many times as fast as RapidJSON's DOM in the same turn: median (middle "
      "half)\n"
      "patch      a merge patch of the desired section; ours walks the set of changes, too\n"
      "unchecked  without checking UTF-8 and without exact doubles; all others of RapidJSON "
      "with\n");
  for (const std::string size : kSizes) {
    std::printf("\n== %s: a twin of %s bytes, %zu patches of %.0f bytes on the average\n",
                size.c_str(), with_commas(static_cast<double>(figures.twin_bytes(size))).c_str(),
                figures.patches(size),
                static_cast<double>(figures.patch_bytes(size)) /
                    static_cast<double>(figures.patches(size)));
    for (const Table& table : {memory_table(figures, size), time_table(figures, size),
                               instructions_table(figures, size)}) {
      std::printf("\n%s", table.as_text().c_str());
    }
  }
  std::printf("\nOur objects beside the arena:");
  for (const std::string object : {"tree", "reader", "patch"}) {
    const auto size = [&](const std::string& target) {
      return figures.at({target, "memory", "any", kOurs, "sizeof-" + object}).value_or(0);
    };
    std::printf(" %s %.0f bytes (32 bits: %.0f)%s", object.c_str(), size(figures.host()),
                size("armhf"), object == "patch" ? ".\n" : ",");
  }
  std::printf("\n%s", bars_table(bars_of(figures)).as_text().c_str());
}

// Bytes held, on 64 and on 32 bits, in a row a library.
Table held_table(const Figures& figures) {
  std::vector<Column> all;
  for (const std::string size : kSizes) {
    const Columns columns(figures, size);
    const Column wide = columns.figure("", figures.host(), "memory", "held");
    const Column narrow = columns.figure("", "armhf", "memory", "held");
    all.push_back({size + " (" + with_commas(static_cast<double>(figures.twin_bytes(size))) + ")",
                   [=](const char* subject) {
                     const std::string held = wide.cell(subject);
                     return held.empty() ? held : held + " / " + narrow.cell(subject);
                   }});
  }
  all.push_back(
      Columns(figures, "medium")
          .figure("growth by 100 patches, %", figures.host(), "memory", "growth-percent", 1, 1));
  return table_of("bytes held, 64 / 32 bits", all, false);
}

// What the work costs, in a row a library.
Table work_table(const Figures& figures, const std::string& size) {
  const Columns columns(figures, size);
  const auto bytes = static_cast<double>(figures.twin_bytes(size));
  const auto patches = static_cast<double>(figures.patches(size));
  const auto speed = [&](const char* head, const char* operation) {
    return Column{head, columns.speed(operation, false).cell};
  };
  return table_of(size + ", " + figures.host() + " and Cortex-M4",
                  {speed("take in", "read"), speed("patch", "patches"), speed("write", "write"),
                   columns.figure("M4: a byte read", "cortex-m4", "read", "instructions", bytes, 1),
                   columns.figure("M4: a patch", "cortex-m4", "patches", "instructions", patches)});
}

std::string markdown(const Figures& figures) {
  double working = 0;
  for (const char* size : kSizes) {
    working =
        std::max(working, figures.at({figures.host(), "memory", size, kOurs, "peak"}).value_or(0));
  }
  return held_table(figures).as_markdown() +
         "\nTo read a twin of any length as it comes, hubtwin needs " + with_commas(working) +
         " bytes more for a moment; the others need all of it in a buffer at once.\n\n" +
         work_table(figures, "medium").as_markdown();
}

nlohmann::json json_of(const Figures& figures) {
  nlohmann::json json = {{"figures", figures.json()}};
  for (const std::string size : kSizes) {
    json["documents"][size] = {{"twinBytes", figures.twin_bytes(size)},
                               {"reportedBytes", figures.reported_bytes(size)},
                               {"patches", figures.patches(size)},
                               {"patchBytes", figures.patch_bytes(size)}};
  }
  for (const Bar& bar : bars_of(figures)) {
    nlohmann::json entry = {{"name", bar.name},
                            {"measured", bar.measured},
                            {bar.at_least ? "atLeast" : "atMost", bar.bar},
                            {"met", bar.met()}};
    if (bar.aim) {
      entry["aim"] = *bar.aim;
    }
    json["bars"].push_back(entry);
  }
  return json;
}

void write_file(const std::string& name, const std::string& text) {
  std::ofstream file(name, std::ios::binary);
  file << text;
  if (!file.flush()) {
    fail(name, "cannot be written");
  }
}

void run(const std::vector<std::string>& arguments) {
  std::map<std::string, std::string> outputs = {
      {"--json", ""}, {"--markdown", ""}, {"--picture", ""}};
  std::vector<std::string> records;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto output = outputs.find(arguments[i]);
    if (output == outputs.end()) {
      records.push_back(arguments[i]);
    } else if (i + 1 < arguments.size()) {
      output->second = arguments[++i];
    } else {
      fail(arguments[i], "needs a file");
    }
  }
  const Figures figures(records);
  print_all(figures);
  const auto write_output = [&](const char* option, const std::string& text) {
    if (!outputs[option].empty()) {
      write_file(outputs[option], text);
    }
  };
  write_output("--json", json_of(figures).dump(2) + '\n');
  write_output("--markdown", markdown(figures));
  write_output("--picture", memory_picture(figures, "medium"));
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  hubtwin::benchmark::run({argv + 1, argv + argc});
}
