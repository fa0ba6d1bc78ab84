// SPDX-License-Identifier: MIT
#include "fleet.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace hubtwin::storm {

using test::ScriptedTransport;

namespace {

constexpr Duration kShaped = std::chrono::seconds(2);
constexpr std::int64_t kSecondUs = 1000000;

struct ContextSizes {
  static constexpr std::size_t kDocumentBytes = 512;
  static constexpr std::size_t kCallBytes = 512;
};

// Little memory, since there are thousands; the code is that of any client.
struct ClientSizes : DefaultSizes {
  static constexpr std::size_t kTransmitBytes = 64;
  static constexpr std::size_t kOutboxBytes = 64;
  static constexpr bool kMessages = false;
  static constexpr std::size_t kMethods = 0;
  static constexpr std::size_t kDesiredBytes = 128;
  static constexpr std::size_t kReportedBytes = 128;
};

std::string connection_string_of(std::size_t identity) {
  return "HostName=contoso.azure-devices.net;DeviceId=device" + std::to_string(identity) +
         ";SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
}

}  // namespace

struct Fleet::Member {
  Member(Fleet& fleet, std::size_t number, std::size_t identity_number, std::uint64_t seed,
         const SessionOptions& options)
      : index(number),
        identity(identity_number),
        connection_string(connection_string_of(identity_number)),
        random(seed),
        context(fleet.clock_, fleet.crypto_, random),
        transport(fleet.clock_, &fleet),
        client(context, transport, Identity::parse(connection_string).value(), options) {
    client.on_connection(
        [this, &fleet](const ConnectionStatus& status) { fleet.on_state(*this, status); });
  }

  std::size_t index;
  std::size_t identity;
  std::string connection_string;
  test::FakeRandom random;
  SizedContext<ContextSizes> context;
  ScriptedTransport transport;
  SizedDeviceClient<ClientSizes> client;
  std::uint64_t generation = 0;  // of what stands in the queue and counts
  bool up = false;
  MonotonicTime up_since = kNever;
  MonotonicTime conflict_named = kNever;
};

Fleet::Fleet(const FleetOptions& options) : network_(options.seed * 2 + 1) {
  test::FakeRandom seeds(options.seed * 2);
  holders_.resize(options.identities);
  for (std::size_t i = 0; i < options.identities * options.clients_each; ++i) {
    members_.push_back(std::make_unique<Member>(*this, i, i / options.clients_each, seeds.next64(),
                                                options.session));
    member_of_[&members_.back()->transport] = members_.back().get();
  }
}

Fleet::~Fleet() = default;

// The clients.

void Fleet::open_all() {
  for (const auto& member : members_) {
    if (!member->client.open()) {
      throw std::logic_error("a client of the fleet can't be opened");
    }
    schedule(*member);
  }
}

void Fleet::close(std::size_t client) {
  members_[client]->client.close();
  schedule(*members_[client]);
}

bool Fleet::up(std::size_t client) const {
  return members_[client]->up;
}

MonotonicTime Fleet::up_since(std::size_t client) const {
  return members_[client]->up_since;
}

MonotonicTime Fleet::conflict_named(std::size_t client) const {
  return members_[client]->conflict_named;
}

ConnectionStatus Fleet::status(std::size_t client) const {
  return members_[client]->client.connection();
}

void Fleet::on_state(Member& member, const ConnectionStatus& status) {
  const bool up = status.state == ConnectionState::kConnected;
  if (up != member.up) {
    member.up = up;
    member.up_since = up ? clock_.now() : kNever;
    up_ += up ? 1 : 0;
    up_ -= up ? 0 : 1;
    changes_.push_back({clock_.now(), up_});
  }
  if (status.reason.error() == Error::kIdentityConflict) {
    member.conflict_named = earlier(member.conflict_named, clock_.now());
  }
}

// Time.

void Fleet::schedule(Member& member) {
  ++member.generation;
  const MonotonicTime due =
      earlier(member.client.next_deadline(), member.transport.next_arrival_at_peer());
  if (due != kNever) {
    queue_.push({std::max(due, clock_.now()), member.index, member.generation});
  }
}

// Whatever is due next, unless that is later than `end`.
bool Fleet::step(MonotonicTime end) {
  if (queue_.empty() || queue_.top().at > end) {
    return false;
  }
  const Due due = queue_.top();
  queue_.pop();
  Member& member = *members_[due.member];
  if (due.generation == member.generation) {
    clock_.advance_to(due.at);
    member.transport.deliver_to_peer();
    member.context.poll();
    member.transport.clear_records();
    schedule(member);
  }
  return true;
}

void Fleet::run_to(MonotonicTime end) {
  while (step(end)) {
  }
  clock_.advance_to(end);
}

bool Fleet::run_until_all_up(Duration limit) {
  const MonotonicTime end = clock_.now() + limit;
  while (up_ != members_.size() && step(end)) {
  }
  return up_ == members_.size();
}

void Fleet::forget() {
  attempts_.clear();
  accepted_.clear();
  twin_reads_.clear();
  changes_.clear();
  throttled_ = 0;
}

// The hub.

void Fleet::break_links() {
  for (const auto& member : members_) {
    member->transport.cut();
    schedule(*member);
  }
}

void Fleet::take_hub_away(bool silent) {
  hub_ = silent ? Hub::kSilent : Hub::kRefuses;
  break_links();
}

void Fleet::delete_identities() {
  deleted_ = true;
  break_links();
}

void Fleet::on_connect(ScriptedTransport& transport, const ScriptedTransport::Connect&) {
  Member& member = *member_of_.at(&transport);
  attempts_.push_back({clock_.now(), member.index});
  if (hub_ != Hub::kServes) {
    if (hub_ == Hub::kRefuses) {
      transport.refuse(Error::kConnectRefused, round_trip());
    }
    return;
  }
  Duration shaped{0};
  if (limit_ != 0) {
    const std::int64_t now_us = clock_.now().time_since_epoch().count() * 1000;
    const std::int64_t slot_us = std::max(now_us, next_slot_us_);
    shaped = Duration((slot_us - now_us) / 1000);
    if (shaped > kShaped) {
      ++throttled_;
      transport.refuse(Status::with_mqtt_code(Error::kServerUnavailable, 3), round_trip());
      return;
    }
    next_slot_us_ = slot_us + kSecondUs / limit_;
  }
  if (deleted_) {
    transport.refuse(Status::with_mqtt_code(Error::kRefusedCredentials, 5), round_trip());
    return;
  }
  Member*& holder = holders_[member.identity];
  Member* const before = holder;
  holder = &member;
  if (before != nullptr && before != &member) {
    before->transport.cut(Error::kLinkLost, false);  // closed in good order: CONNACK comes before
    schedule(*before);
  }
  accepted_.push_back(clock_.now() + shaped);
  transport.accept(false, shaped + round_trip());
}

void Fleet::on_subscribe(ScriptedTransport& transport, const ScriptedTransport::Subscribe&) {
  transport.grant(round_trip());
}

void Fleet::on_publish(ScriptedTransport& transport, const ScriptedTransport::Publish& publish) {
  const std::size_t request = publish.topic.find("$rid=");
  if (publish.topic.rfind("$iothub/twin/GET/", 0) == 0 && request != std::string::npos) {
    twin_reads_.push_back(clock_.now());
    transport.deliver("$iothub/twin/res/200/?" + publish.topic.substr(request),
                      R"({"desired":{"$version":1},"reported":{"$version":1}})", round_trip());
  }
}

void Fleet::on_gone(ScriptedTransport& transport, bool) {
  Member& member = *member_of_.at(&transport);
  Member*& holder = holders_[member.identity];
  if (holder == &member) {
    holder = nullptr;
  }
}

}  // namespace hubtwin::storm
