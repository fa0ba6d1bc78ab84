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

Documents documents;

// The lambda is what is counted, a call of it included.
template <class Operation>
bool counted(Operation operation) {
  Counter::start();
  const bool well = operation();
  Counter::stop();
  return well;
}

void require(bool well, const Subject& subject, const char* what) {
  if (!well) {
    fail(what, subject.name());
  }
}

void require_same(Subject& subject, std::string_view expected) {
  require(same_json(subject.write(), expected, subject.exact()), subject,
          "doesn't hold what it should");
}

void measure(Subject& subject, const char* size) {
  const auto read = [&](std::string_view json) {
    const Text text = text_of(json);
    return counted([&] { return subject.read(text); });
  };
  // The first time, a library may set itself up.
  require(read(documents.twin()), subject, "doesn't read");
  subject.clear();
  Counter::forget();

  require(read(documents.twin()), subject, "doesn't read");
  Counter::tell("read", size, subject.name());
  if (!subject.keeps()) {
    return;
  }
  require_same(subject, documents.twin());
  require(read(documents.twin()), subject, "doesn't read again");
  Counter::tell("read-again", size, subject.name());
  subject.clear();

  require(read(documents.reported()), subject, "doesn't read");
  Counter::forget();
  require(counted([&] { return !subject.write().empty(); }), subject, "doesn't write");
  Counter::tell("write", size, subject.name());
  subject.clear();

  if (subject.patches()) {
    require(read(documents.desired()), subject, "doesn't read");
    Counter::forget();
    documents.for_each_patch([&](std::string_view patch) {
      const Text text = text_of(patch);
      require(counted([&] { return subject.patch(text); }), subject, "doesn't patch");
    });
    Counter::tell("patches", size, subject.name());
    require_same(subject, documents.expected());
    subject.clear();
  }
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  using namespace hubtwin::benchmark;
  Counter::set_up();
  for (const char* size : kSizes) {
    documents.load(size);
    for (Subject* subject : BENCHMARK_SUBJECTS()) {
      if (argc < 2 || std::strncmp(subject->name(), argv[1], std::strlen(argv[1])) == 0) {
        measure(*subject, size);
      }
    }
  }
}
