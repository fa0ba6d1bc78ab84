// SPDX-License-Identifier: MIT
#include "model.hpp"

#include "support/fraction.hpp"

#include <map>

namespace engine_test {

Json json_of(hubtwin::PropertyView view) {
  return Json::parse(text_of(view));
}

namespace {

struct Leaves {
  std::map<std::string, Json> leaves;
  std::map<std::string, bool> objects;  // every path that holds an object
};

void collect(const Json& value, const std::string& path, Leaves& into) {
  if (value.is_object()) {
    into.objects[path] = true;
    for (const auto& [key, member] : value.items()) {
      collect(member, path.empty() ? key : path + "." + key, into);
    }
  }
  if (!path.empty() && (!value.is_object() || value.empty())) {
    into.leaves[path] = value;
  }
}

}  // namespace

std::vector<std::string> model_changes(const Json& before, const Json& after) {
  Leaves old_state;
  Leaves new_state;
  collect(before, "", old_state);
  collect(after, "", new_state);
  std::vector<std::string> lines;
  for (const auto& [path, value] : old_state.leaves) {
    const auto now = new_state.leaves.find(path);
    if (now == new_state.leaves.end()) {
      // An object that is still there hasn't gone.
      if (!(value.is_object() && new_state.objects.count(path) > 0)) {
        lines.push_back("-" + path + " " + value.dump());
      }
    } else if (now->second != value) {
      lines.push_back("=" + path + " " + value.dump() + " -> " + now->second.dump());
    }
  }
  for (const auto& [path, value] : new_state.leaves) {
    if (old_state.leaves.count(path) == 0 &&
        !(value.is_object() && old_state.objects.count(path) > 0)) {
      lines.push_back("+" + path + " " + value.dump());
    }
  }
  return lines;
}

std::vector<std::string> canonical(std::vector<std::string> lines) {
  const auto rewritten = [](const std::string& value) { return Json::parse(value).dump(); };
  for (std::string& line : lines) {
    const std::size_t value = line.find(' ') + 1;
    const std::size_t arrow = line.find(" -> ");
    if (line.front() == '=') {
      line = line.substr(0, value) + rewritten(line.substr(value, arrow - value)) + " -> " +
             rewritten(line.substr(arrow + 4));
    } else {
      line = line.substr(0, value) + rewritten(line.substr(value));
    }
  }
  return lines;
}

OrderedJson Generator::scalar() {
  static const char* const kTexts[] = {"",
                                       "a",
                                       "ab",
                                       "abc",
                                       "abcd",
                                       "north",
                                       "eco standby",
                                       "5m",
                                       "\u00B0C",
                                       "quote \" back \\ tab \t",
                                       "\xF0\x9F\x98\x80",
                                       "active primary production sector"};
  switch (below(9)) {
    case 0:
      return below(2) == 0;
    case 1:
      return static_cast<std::int64_t>(below(200)) - 100;
    case 2:
      return static_cast<std::int64_t>(below(0xFFFFFF)) - 0x7FFFFF;
    case 3:
      return static_cast<std::int64_t>((static_cast<std::uint64_t>(random_()) << 32) | random_());
    case 4:
      return hubtwin::test::fraction(below(100000) / 8.0 + 0.0625);
    case 5:
      return hubtwin::test::fraction(below(1000000) * 1e-7 + 0.1);
    case 6: {
      std::string text(below(300), 'x');
      for (char& letter : text) {
        letter = static_cast<char>('a' + below(26));
      }
      return text;
    }
    default:
      return kTexts[below(sizeof(kTexts) / sizeof(kTexts[0]))];
  }
}

std::string Generator::key() {
  static const char* const kKeys[] = {"a",
                                      "b",
                                      "c",
                                      "level",
                                      "unit",
                                      "mode",
                                      "sendFrequency",
                                      "status",
                                      "limits",
                                      "k",
                                      "\xC3\xA9t\xC3\xA9",
                                      "x-1"};
  if (below(8) == 0) {
    return "key" + std::to_string(below(40));
  }
  return kKeys[below(sizeof(kKeys) / sizeof(kKeys[0]))];
}

OrderedJson Generator::value(unsigned depth) {
  const std::uint32_t choice = below(10);
  if (depth > 0 && choice < 3) {
    return object(depth - 1, below(5));
  }
  if (depth > 0 && choice == 3) {
    return array(depth - 1);
  }
  return scalar();
}

OrderedJson Generator::object(unsigned depth, unsigned members) {
  OrderedJson made = OrderedJson::object();
  for (unsigned i = 0; i < members; ++i) {
    made[key()] = value(depth);
  }
  return made;
}

OrderedJson Generator::array(unsigned depth) {
  OrderedJson made = OrderedJson::array();
  for (std::uint32_t count = below(5); count > 0; --count) {
    made.push_back(below(12) == 0 ? OrderedJson() : value(depth));
  }
  return made;
}

OrderedJson Generator::patch(const Json& target, unsigned depth) {
  OrderedJson made = OrderedJson::object();
  if (target.is_object()) {
    for (const auto& [key, member] : target.items()) {
      switch (below(8)) {
        case 0:
          made[key] = nullptr;
          break;
        case 1:
          made[key] = value(depth);
          break;
        case 2:
          made[key] = OrderedJson::parse(member.dump());  // the same again
          break;
        case 3:
        case 4:
          if (depth > 0 && member.is_object()) {
            made[key] = patch(member, depth - 1);
          }
          break;
        default:
          break;
      }
    }
  }
  for (std::uint32_t count = below(3); count > 0; --count) {
    made[key()] = below(6) == 0 ? OrderedJson() : value(depth);
  }
  return made;
}

}  // namespace engine_test
