// SPDX-License-Identifier: MIT
//
// Counts the bytes that each library holds, and the most beside them while it works.
//
//     memory TARGET [SUBJECT]     in the folder of the documents; of the subjects those whose names
//                                 begin so
#include "documents.hpp"
#include "meter.hpp"
#include "record.hpp"
#include "subjects.hpp"
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <string>

namespace hubtwin::benchmark {
namespace {

void require(bool well, const Subject& subject, const char* what) {
  if (!well) {
    fail(subject.name(), what);
  }
}

// Reads, and answers the most bytes that were in use beside those before.
std::size_t peak_of_reading(Subject& subject, Text json) {
  meter.reset_peak();
  const std::size_t before = meter.held;
  require(subject.read(json), subject, "doesn't read");
  return meter.peak - before;
}

// Bytes that the document takes, once read.
std::size_t held_after_reading(Subject& subject, Text json) {
  subject.clear();
  const std::size_t before = meter.held;
  require(subject.read(json), subject, "doesn't read");
  return meter.held - before;
}

void measure(const char* target, Subject& subject, const char* size, const Documents& documents) {
  const auto tell = [&](const char* measure, double value) {
    tell_record({target, "memory", size, subject.name(), measure, value});
  };

  // The first time, a library may set itself up.
  require(subject.read(documents.twin.text()), subject, "doesn't read");
  subject.clear();

  const std::size_t peak = peak_of_reading(subject, documents.twin.text());
  if (!subject.keeps()) {
    tell("peak", static_cast<double>(peak));
    return;
  }
  const std::size_t held = held_after_reading(subject, documents.twin.text());
  tell("held", static_cast<double>(held));
  tell("peak", static_cast<double>(peak - held));
  tell("peak-unchanged", static_cast<double>(peak_of_reading(subject, documents.twin.text())));
  tell("peak-changed",
       static_cast<double>(peak_of_reading(subject, documents.changed_twin.text())));
  require(same_json(subject.write(), documents.changed_twin.text().view(), subject.exact()),
          subject, "doesn't hold what it should");

  if (subject.patches()) {
    subject.clear();
    const std::size_t before = meter.held;
    require(subject.read(documents.desired.text()), subject, "doesn't read");
    for (const Document& patch : documents.patches) {
      require(subject.patch(patch.text()), subject, "doesn't patch");
    }
    const std::size_t patched = meter.held - before;
    const Document same_content{subject.write()};
    require(
        same_json(same_content.text().view(), documents.expected.text().view(), subject.exact()),
        subject, "doesn't hold what it should");
    const std::size_t fresh = held_after_reading(subject, same_content.text());
    tell("growth-percent", 100.0 * static_cast<double>(patched) / static_cast<double>(fresh) - 100);
  }
  subject.clear();
}

void run(const char* target, const std::string& only) {
  for (const char* size : kSizes) {
    const Documents documents(size);
    for (Subject* subject : all_subjects()) {
      if (std::string(subject->name()).rfind(only, 0) == 0) {
        measure(target, *subject, size, documents);
      }
    }
  }
  const auto tell_size = [&](const char* measure, std::size_t size) {
    tell_record({target, "memory", "any", "hubtwin", measure, static_cast<double>(size)});
  };
  tell_size("sizeof-tree", sizeof(PropertyTree));
  tell_size("sizeof-reader", sizeof(JsonReader));
  tell_size("sizeof-patch", sizeof(Patch));
}

}  // namespace
}  // namespace hubtwin::benchmark

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    hubtwin::benchmark::fail("usage", "memory TARGET [SUBJECT]");
  }
  hubtwin::benchmark::run(argv[1], argc > 2 ? argv[2] : "");
}
