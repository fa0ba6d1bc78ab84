// SPDX-License-Identifier: MIT
//
// A program that uses hubtwin from outside its own build: takes in a desired patch, looks at what
// changed and writes the result. Exits 0 when all of it is as it must be.
#include <hubtwin/hubtwin.hpp>

namespace {

bool takes_in(hubtwin::PropertyTree& tree, const char* document, hubtwin::Patch& patch) {
  std::uint8_t scratch[256];
  hubtwin::JsonReader reader{hubtwin::ByteSpan(scratch)};
  if (!patch.begin(tree, hubtwin::Patch::Mode::kMerge)) {
    return false;
  }
  reader.begin(patch);
  return reader.feed(hubtwin::as_bytes(document)).ok() && reader.finish().ok() &&
         patch.commit().ok();
}

int run() {
  hubtwin::SizedPropertyTree<1024> tree;
  hubtwin::Patch patch;
  if (!takes_in(tree, R"({"telemetryConfig":{"sendFrequency":"7s","limit":1.5},"x":1})", patch)) {
    return 1;
  }
  patch.release();
  if (!takes_in(tree, R"({"telemetryConfig":{"sendFrequency":"5m"},"x":null})", patch)) {
    return 2;
  }
  int changes = 0;
  for (const hubtwin::Change& change : patch.changes()) {
    changes += change.is_at("telemetryConfig.sendFrequency") || change.is_at("x") ? 1 : 100;
  }
  patch.release();
  if (changes != 2) {
    return 3;
  }
  char text[128];
  hubtwin::JsonWriter writer{hubtwin::Span<char>(text)};
  writer.write(tree.root());
  return writer.text() == R"({"telemetryConfig":{"sendFrequency":"5m","limit":1.5}})" ? 0 : 4;
}

}  // namespace

#ifdef FIRMWARE
extern "C" int firmware_main() {
  return run();
}
#else
int main() {
  return run();
}
#endif
