// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Base64 (RFC 4648, section 4): keys and signatures.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Length of `size` bytes once encoded, padding included.
constexpr std::size_t base64_encoded_size(std::size_t size) {
  return (size + 2) / 3 * 4;
}

/// Length of `text` once decoded, or Error::kKeyNotBase64 when it isn't base64: the standard
/// alphabet, padded to a multiple of four, no white space, and no stray bits before the padding.
/// The empty text is base64.
Result<std::size_t> base64_decoded_size(std::string_view text);

/// Decodes. How long it takes depends on the text's length only, since it may be a key.
/// `room` may be the memory of `text` itself, since the result is always shorter.
/// \return how many bytes stand in `room`; Error::kKeyNotBase64; Error::kNoSpace when it doesn't
///         fit. After an error nothing has been written.
Result<std::size_t> base64_decode(std::string_view text, ByteSpan room);

/// Encodes, with padding.
/// \return the text in `room`; Error::kNoSpace when it doesn't fit.
Result<std::string_view> base64_encode(ByteView bytes, Span<char> room);

HUBTWIN_NAMESPACE_END
