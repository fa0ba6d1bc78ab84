// SPDX-License-Identifier: MIT
#include "storehouse.hpp"

#include <optional>
#include <string>

namespace hubtwin::simulation {

Status Storehouse::power_on() {
  stores_.reset();
  return flash_.reboot();
}

void Storehouse::attach(Client& client) {
  stores_ = std::make_unique<Stores>(client, flash_.log());
  if (at_once_) {
    static_cast<void>(stores_->desired.set_interval(Duration(0)));
    static_cast<void>(stores_->reported.set_times(Duration(0), Duration(0)));
  } else {
    static_cast<void>(stores_->messages.set_delay(std::chrono::seconds(2)));
  }
}

Json Storehouse::reported_record() {
  constexpr std::size_t kHead = 8;
  const std::optional<std::string> content =
      flash_.read(static_cast<std::uint16_t>(RecordId::kReported));
  return content.has_value() && content->size() > kHead ? Json::parse(content->substr(kHead))
                                                        : Json::object();
}

}  // namespace hubtwin::simulation
