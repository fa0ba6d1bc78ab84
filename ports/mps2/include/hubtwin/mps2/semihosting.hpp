// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The debugger's services: text, arguments, files, time and the end of the program (Arm,
/// "Semihosting for AArch32 and AArch64"). Only where an emulator or a debugger gives them:
/// elsewhere the first call is a fault. A guest can read any file that QEMU can: for development
/// and tests alone.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

/// Writes a text that ends with a NUL to the emulator's standard error.
void semihosting_write(const char* text);

/// Ends the emulator.
/// \param[in] status  QEMU's exit status, 0 to 255.
[[noreturn]] void semihosting_exit(int status);

/// Gets the program's arguments, which QEMU joins by single spaces.
/// \param[in] room  Where to put them; with a NUL behind.
/// \return Error::kNoSpace when they don't fit.
Result<std::string_view> semihosting_arguments(Span<char> room);

/// The value of `key=value` among arguments as semihosting_arguments() answers them; empty where
/// the key isn't there.
std::string_view argument(std::string_view arguments, std::string_view key);

/// Length of a file of the host in bytes.
/// \param[in] path  Ends with a NUL.
/// \return Error::kNotFound when it can't be opened.
Result<std::size_t> semihosting_file_size(const char* path);

/// Reads a file of the host from its beginning.
/// \param[in] path  Ends with a NUL.
/// \return the bytes read, at most room.size(); Error::kNotFound when it can't be opened or read.
Result<std::size_t> semihosting_read_file(const char* path, ByteSpan room);

/// The host's UTC; nothing when it has none.
std::optional<UtcTime> semihosting_utc();

}  // namespace mps2
HUBTWIN_NAMESPACE_END
