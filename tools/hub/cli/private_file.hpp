// SPDX-License-Identifier: MIT
#pragma once
/// \file
/// Files that only their owner may read, written whole or not at all.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hubtwin::hub::cli {

/// Replaces `file` by `content`, mode 0600, through a neighbouring file and a rename, so that a
/// reader sees the old content or the new. Throws std::runtime_error naming the file.
void write_private_file(const std::filesystem::path& file, std::string_view content);

/// The content of `file`, nothing if it doesn't exist. Throws std::runtime_error naming the file
/// when it is there and can't be read.
std::optional<std::string> read_file(const std::filesystem::path& file);

}  // namespace hubtwin::hub::cli
