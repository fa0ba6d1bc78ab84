// SPDX-License-Identifier: MIT
#include "storehouse.hpp"

#include <string>
#include <string_view>

namespace hubtwin::simulation {

void Storehouse::age(std::uint32_t writes) {
  for (; writes > 0; --writes) {
    application_ = "written before " + std::to_string(writes) + " others";
    static_cast<void>(flash_.write(kApplication, *application_));
  }
}

bool Storehouse::aged_well() {
  return flash_.read(kApplication) == application_;
}

void Storehouse::begins(std::uint32_t who) {
  if (kept_waiting_ != kNobody && kept_waiting_ != who) {
    ++crossings_;
  }
  kept_waiting_ = kNobody;
}

// The device's are those that its stores take by themselves; what its modules keep of their twins
// lies among the application's records, and everybody's messages in a row.
RecordIds records_of(std::uint32_t who) {
  const std::uint32_t twin = kFirstApplicationRecord + 2 * who;
  const std::uint32_t messages =
      static_cast<std::uint16_t>(RecordId::kFirstMessage) + Stores::kSlots * who;
  return {who == 0 ? RecordId::kDesired : static_cast<RecordId>(twin),
          who == 0 ? RecordId::kReported : static_cast<RecordId>(twin + 1),
          static_cast<RecordId>(messages)};
}

Stores::Stores(Client& client, Storehouse& storehouse, std::uint32_t who, bool at_once)
    : door_(storehouse, who),
      ids_(records_of(who)),
      desired_(client.session(), client.twin(), door_, ids_.desired),
      reported_(client.session(), client.twin(), door_, ids_.reported),
      messages_(client.session(), client.telemetry(), door_, Span<MessageSlot>(slots_),
                ids_.first_message) {
  if (at_once) {
    static_cast<void>(desired_.set_interval(Duration(0)));
    static_cast<void>(reported_.set_times(Duration(0), Duration(0)));
  } else {
    static_cast<void>(messages_.set_delay(std::chrono::seconds(2)));
  }
}

Json Stores::reported_record() {
  constexpr std::size_t kHead = 8;
  std::string content(5000, '\0');
  const Result<std::size_t> size = door_.read(
      ids_.reported, 0, ByteSpan(reinterpret_cast<std::uint8_t*>(content.data()), content.size()));
  return size.ok() && *size > kHead
             ? Json::parse(std::string_view(content).substr(kHead, *size - kHead))
             : Json::object();
}

std::size_t Stores::records() {
  std::size_t records = 0;
  const auto count = [&](RecordId record) {
    std::uint8_t byte[1];
    records += door_.read(record, 0, ByteSpan(byte)).error() != Error::kNotFound ? 1 : 0;
  };
  count(ids_.desired);
  count(ids_.reported);
  for (std::uint16_t slot = 0; slot < kSlots; ++slot) {
    count(static_cast<RecordId>(static_cast<std::uint16_t>(ids_.first_message) + slot));
  }
  return records;
}

}  // namespace hubtwin::simulation
