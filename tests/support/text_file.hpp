// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A file's content.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace hubtwin::test {

/// \return all of it; nothing when it can't be read.
inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace hubtwin::test
