// SPDX-License-Identifier: MIT
/// \file
/// Body of hubtwin/auth/user_name.hpp.

#include <hubtwin/auth/user_name.hpp>
#include <hubtwin/version.hpp>
#include <hubtwin/wire/text_writer.hpp>

HUBTWIN_NAMESPACE_BEGIN

Result<std::string_view> build_user_name(const UserNameParts& parts, Span<char> room) {
  TextWriter name(room);
  name.text(parts.host).text("/").text(parts.device_id);
  if (!parts.module_id.empty()) {
    name.text("/").text(parts.module_id);
  }
  name.text("/?api-version=").text(kApiVersion);
  name.text("&DeviceClientType=").percent("hubtwin/" HUBTWIN_VERSION_STRING);
  if (!parts.product_info.empty()) {
    name.percent(" ").percent(parts.product_info);
  }
  if (!parts.model_id.empty()) {
    name.text("&model-id=").percent(parts.model_id);
  }
  if (!name.ok()) {
    return Error::kNoSpace;
  }
  return name.view();
}

HUBTWIN_NAMESPACE_END
