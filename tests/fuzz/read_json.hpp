// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Reading JSON by the library's reader, with what must hold of it whatever the text.

#include "fuzz/input.hpp"
#include <hubtwin/twin/json_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hubtwin::fuzz {

/// In fragments as in_fragments() cuts them.
inline Status read_json(std::string_view text, std::uint8_t fragments, ByteSpan scratch,
                        const JsonLimits& limits, JsonHandler& handler) {
  JsonReader reader(scratch, limits);
  reader.begin(handler);
  std::size_t given = 0;
  const bool fine = in_fragments(text, fragments, [&](ByteView fragment) {
    const Status status = reader.feed(fragment);
    given += fragment.size();
    FUZZ_HOLDS(reader.position() <= given);
    FUZZ_HOLDS(reader.status() == status);
    return status.ok();
  });
  const Status status = reader.finish();
  FUZZ_HOLDS(fine || !status.ok());
  FUZZ_HOLDS(!status.ok() || (reader.complete() && reader.position() == text.size()));
  return status;
}

}  // namespace hubtwin::fuzz
