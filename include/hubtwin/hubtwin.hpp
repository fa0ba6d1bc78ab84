// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Every public header, for those who prefer one include to several.

#include <hubtwin/auth/base64.hpp>
#include <hubtwin/auth/host_name.hpp>
#include <hubtwin/auth/identity.hpp>
#include <hubtwin/auth/percent.hpp>
#include <hubtwin/auth/sas_token.hpp>
#include <hubtwin/auth/secret.hpp>
#include <hubtwin/auth/user_name.hpp>
#include <hubtwin/bytes.hpp>
#include <hubtwin/config.hpp>
#include <hubtwin/contract.hpp>
#include <hubtwin/function.hpp>
#include <hubtwin/port/clock.hpp>
#include <hubtwin/port/crypto.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/port/random.hpp>
#include <hubtwin/port/storage.hpp>
#include <hubtwin/port/transport.hpp>
#include <hubtwin/port/wake.hpp>
#include <hubtwin/session/backoff.hpp>
#include <hubtwin/session/context.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/outbox.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/session/sizes.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>
#include <hubtwin/twin/json_handler.hpp>
#include <hubtwin/twin/json_reader.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/node_store.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/property_tree.hpp>
#include <hubtwin/twin/property_value.hpp>
#include <hubtwin/twin/property_view.hpp>
#include <hubtwin/version.hpp>
#include <hubtwin/wire/decimal.hpp>
#include <hubtwin/wire/property_bag.hpp>
#include <hubtwin/wire/text_writer.hpp>
#include <hubtwin/wire/topic.hpp>
