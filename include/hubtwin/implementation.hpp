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
#include <hubtwin/impl/mqtt/packet_reader.ipp>
#include <hubtwin/impl/mqtt/packet_writer.ipp>
#include <hubtwin/impl/mqtt/transport.ipp>
#include <hubtwin/impl/port/log.ipp>
#include <hubtwin/impl/port/log_ring.ipp>
#include <hubtwin/impl/session/backoff.ipp>
#include <hubtwin/impl/session/context.ipp>
#include <hubtwin/impl/session/outbox.ipp>
#include <hubtwin/impl/session/session.ipp>
#include <hubtwin/impl/session/session_credentials.ipp>
#include <hubtwin/impl/session/session_messages.ipp>
#include <hubtwin/impl/status.ipp>
#include <hubtwin/impl/storage/crc32.ipp>
#include <hubtwin/impl/storage/desired_store.ipp>
#include <hubtwin/impl/storage/flash_log.ipp>
#include <hubtwin/impl/storage/flash_log_open.ipp>
#include <hubtwin/impl/storage/reported_store.ipp>
#include <hubtwin/impl/telemetry.ipp>
#include <hubtwin/impl/twin/answer.ipp>
#include <hubtwin/impl/twin/change.ipp>
#include <hubtwin/impl/twin/desired.ipp>
#include <hubtwin/impl/twin/digest.ipp>
#include <hubtwin/impl/twin/json_escape.ipp>
#include <hubtwin/impl/twin/json_number.ipp>
#include <hubtwin/impl/twin/json_reader.ipp>
#include <hubtwin/impl/twin/json_writer.ipp>
#include <hubtwin/impl/twin/limits.ipp>
#include <hubtwin/impl/twin/node_space.ipp>
#include <hubtwin/impl/twin/node_store.ipp>
#include <hubtwin/impl/twin/patch.ipp>
#include <hubtwin/impl/twin/patch_array.ipp>
#include <hubtwin/impl/twin/path_filter.ipp>
#include <hubtwin/impl/twin/property_tree.ipp>
#include <hubtwin/impl/twin/property_view.ipp>
#include <hubtwin/impl/twin/reported.ipp>
#include <hubtwin/impl/twin/reported_comparison.ipp>
#include <hubtwin/impl/twin/reported_sender.ipp>
#include <hubtwin/impl/twin/reported_sending.ipp>
#include <hubtwin/impl/twin/reported_stream.ipp>
#include <hubtwin/impl/twin/request_backoff.ipp>
#include <hubtwin/impl/twin/twin.ipp>
#include <hubtwin/impl/twin/twin_document.ipp>
#include <hubtwin/impl/wire/connack.ipp>
#include <hubtwin/impl/wire/decimal.ipp>
#include <hubtwin/impl/wire/division.ipp>
#include <hubtwin/impl/wire/property_bag.ipp>
#include <hubtwin/impl/wire/text_writer.ipp>
#include <hubtwin/impl/wire/topic.ipp>
#include <hubtwin/impl/wire/utc_text.ipp>
