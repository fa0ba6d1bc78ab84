// SPDX-License-Identifier: MIT
//
// The twin engine alone: take in a desired document, look at a value, write the tree.
#include "firmware.hpp"
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>

extern "C" long firmware_main(hubtwin::ByteView document, hubtwin::Span<char> out) {
  auto& tree = make_static<hubtwin::SizedPropertyTree<1024>>();
  auto& patch = make_static<hubtwin::Patch>();
  static std::uint8_t scratch[512];
  auto& reader = make_static<hubtwin::JsonReader>(hubtwin::ByteSpan(scratch));

  if (!patch.begin(tree, hubtwin::Patch::Mode::kMerge)) {
    return -1;
  }
  reader.begin(patch);
  if (!reader.feed(document) || !reader.finish() || !patch.commit()) {
    patch.abort();
    return -1;
  }
  patch.release();
  hubtwin::JsonWriter writer(out);
  writer.write(tree.root());
  const auto frequency = tree.at("telemetryConfig.sendFrequency").as_integer();
  return writer.complete() && frequency ? static_cast<long>(*frequency) : -1;
}
