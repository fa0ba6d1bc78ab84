// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What can be a host: a DNS name or an address.

#include <hubtwin/config.hpp>

#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Whether `text` can be a host: a DNS name (labels of letters, digits, hyphens and underscores;
/// `localhost` too), an IPv4 address, or an IPv6 address with or without brackets. No port, zone,
/// white space or dot at the end.
bool is_host(std::string_view text);

/// The host without the brackets that an IPv6 address may stand in.
/// \pre is_host(text) or text is empty.
std::string_view without_brackets(std::string_view text);

HUBTWIN_NAMESPACE_END
