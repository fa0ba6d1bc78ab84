// SPDX-License-Identifier: MIT
#include "subjects.hpp"

#include <cstddef>

namespace hubtwin::benchmark {

Subjects all_subjects() {
  static Subject* all[16];
  static std::size_t count = 0;
  if (count == 0) {
    for (const Subjects& subjects :
         {hubtwin_subjects(), rapidjson_subjects(), cjson_subjects(), nlohmann_subjects(),
          jansson_subjects(), json_c_subjects(), simdjson_subjects()}) {
      for (Subject* subject : subjects) {
        all[count++] = subject;
      }
    }
  }
  return {all, count};
}

}  // namespace hubtwin::benchmark
