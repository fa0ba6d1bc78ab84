// SPDX-License-Identifier: MIT
//
// Under `valgrind --tool=callgrind --collect-atstart=no`: each tell() makes callgrind write a file
// whose description is the record and whose total is its value. Without valgrind nothing is told.
#include "counter.hpp"

#include <cstdio>

#include <valgrind/callgrind.h>

namespace hubtwin::benchmark {

void Counter::set_up() {}

void Counter::start() {
  CALLGRIND_TOGGLE_COLLECT;
}

void Counter::stop() {
  CALLGRIND_TOGGLE_COLLECT;
}

void Counter::forget() {
  CALLGRIND_ZERO_STATS;
}

void Counter::tell(const char* operation, const char* size, const char* subject) {
  char record[128];
  std::snprintf(record, sizeof(record), "%s\t%s\t%s", operation, size, subject);
  CALLGRIND_DUMP_STATS_AT(record);
}

}  // namespace hubtwin::benchmark
