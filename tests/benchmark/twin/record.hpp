// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One measured figure, as the measuring programs tell it: a line of fields between tabs.

#include <cstdio>

namespace hubtwin::benchmark {

struct Record {
  const char* target;     ///< What it was measured on: x86-64, armhf or cortex-m4.
  const char* operation;  ///< What was done.
  const char* size;       ///< With which document.
  const char* subject;    ///< By which library.
  const char* measure;    ///< What was counted.
  double value;
};

inline void tell_record(const Record& record) {
  std::printf("%s\t%s\t%s\t%s\t%s\t%.9g\n", record.target, record.operation, record.size,
              record.subject, record.measure, record.value);
}

}  // namespace hubtwin::benchmark
