// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The bodies of the library, for firmware that is built without CMake: put include/ and RapidJSON
/// on the include path, and include this header in exactly one source. All sources must see the
/// same options (hubtwin/config.hpp).

#include <hubtwin/impl/auth/base64.ipp>
#include <hubtwin/impl/auth/host_name.ipp>
#include <hubtwin/impl/auth/identity.ipp>
#include <hubtwin/impl/auth/percent.ipp>
#include <hubtwin/impl/auth/sas_token.ipp>
#include <hubtwin/impl/auth/secret.ipp>
#include <hubtwin/impl/auth/user_name.ipp>
#include <hubtwin/impl/client/client.ipp>
#include <hubtwin/impl/contract.ipp>
#include <hubtwin/impl/messages.ipp>
#include <hubtwin/impl/methods.ipp>
#include <hubtwin/impl/port/log.ipp>
#include <hubtwin/impl/session/backoff.ipp>
#include <hubtwin/impl/session/context.ipp>
#include <hubtwin/impl/session/outbox.ipp>
#include <hubtwin/impl/session/session.ipp>
#include <hubtwin/impl/status.ipp>
#include <hubtwin/impl/telemetry.ipp>
#include <hubtwin/impl/wire/decimal.ipp>
#include <hubtwin/impl/wire/property_bag.ipp>
#include <hubtwin/impl/wire/text_writer.ipp>
#include <hubtwin/impl/wire/topic.ipp>
#include <hubtwin/impl/wire/utc_text.ipp>
