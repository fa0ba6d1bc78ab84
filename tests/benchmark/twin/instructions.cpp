// SPDX-License-Identifier: MIT
//
// Counts what one library's operations execute: on the host under callgrind, and as an image for
// the emulated Cortex-M4.
//
//     instructions [SUBJECT]      in the folder of the documents; of the subjects those whose names
//                                 begin so
#include "counter.hpp"
#include "documents.hpp"
#include "subjects.hpp"

#include <cstring>

namespace hubtwin::benchmark {
namespace {

// The lambda is what is counted, a call of it included.
template <class Operation>
bool counted(Operation operation) {
  Counter::start();
  const bool well = operation();
  Counter::stop();
  return well;
}

bool counted_read(Subject& subject, Text json) {
  return counted([&] { return subject.read(json); });
}

void measure(Subject& subject, const char* size, const Documents& documents) {
  const auto require = [&](bool well, const char* what) {
    if (!well) {
      fail(subject.name(), what);
    }
  };
  const auto require_held = [&](Text expected) {
    require(same_json(subject.write(), expected.view(), subject.exact()),
            "doesn't hold what it should");
  };

  // The first time, a library may set itself up.
  require(subject.read(documents.twin.text()), "doesn't read");
  subject.clear();

  Counter::forget();
  require(counted_read(subject, documents.twin.text()), "doesn't read");
  Counter::tell("read", size, subject.name());
  if (!subject.keeps()) {
    return;
  }
  require_held(documents.twin.text());
  Counter::forget();
  require(counted_read(subject, documents.twin.text()), "doesn't read again");
  Counter::tell("read-again", size, subject.name());
  subject.clear();

  require(subject.read(documents.reported.text()), "doesn't read");
  Counter::forget();
  require(counted([&] { return !subject.write().empty(); }), "doesn't write");
  Counter::tell("write", size, subject.name());
  subject.clear();

  if (subject.patches()) {
    require(subject.read(documents.desired.text()), "doesn't read");
    Counter::forget();
    for (const Document& patch : documents.patches) {
      require(counted([&] { return subject.patch(patch.text()); }), "doesn't patch");
    }
    Counter::tell("patches", size, subject.name());
    require_held(documents.expected.text());
    subject.clear();
  }
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  using namespace hubtwin::benchmark;
  Counter::set_up();
  for (const char* size : kSizes) {
    const Documents documents(size);
    for (Subject* subject : BENCHMARK_SUBJECTS()) {
      if (argc < 2 || std::strncmp(subject->name(), argv[1], std::strlen(argv[1])) == 0) {
        measure(*subject, size, documents);
      }
    }
  }
}
