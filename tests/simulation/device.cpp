// SPDX-License-Identifier: MIT
#include "device.hpp"

#include "support/view_json.hpp"

#include <string_view>
#include <utility>

namespace hubtwin::simulation {

namespace {

using test::json_of;
using test::ModelHub;

// What a program asks for that doesn't want all of the desired section.
constexpr std::string_view kWantedPaths[] = {"a", "c"};

// What a program may know of its keys: some in use, some not; in ascending order.
constexpr std::string_view kKnownKeys[] = {"a", "c", "longer-key", "nowhere", "p", "s", "t", "x"};

// A value whose JSON is shorter than this fits into an update with any path of a history.
constexpr std::size_t kSurelyTransmittable = 100;

// A scalar. \pre A text in it outlives the value.
PropertyValue property_of(const Json& value) {
  if (value.is_boolean()) {
    return value.get<bool>();
  }
  if (value.is_string()) {
    return std::string_view(value.get_ref<const std::string&>());
  }
#if HUBTWIN_FLOAT
  if (value.is_number_float()) {
    return value.get<double>();
  }
#endif
  return value.get<std::int64_t>();
}

}  // namespace

Device::Device(test::World& world, test::ModelHub& hub, Journal& journal, Counts& counts,
               std::uint32_t who)
    : world_(world),
      hub_(hub),
      journal_(journal),
      counts_(counts),
      who_(who),
      identity_(identity_of(who)),
      connection_string_(hub.create(identity_)),
      transport_(world.clock, &hub) {
  world_.watch(transport_);
  transport_.watch_publishes([this](const auto& publish) { published(publish); });
  transport_.watch_messages(
      [this](const auto& message, bool wanted) { delivered(message, wanted); });
}

// For callbacks, which nothing may be thrown through: remembers the first claim that fails.
void Device::claim(bool holds, const std::string& what) {
  if (!holds && broken_.empty()) {
    journal_.note([&] { return "BROKEN: " + what; });
    broken_ = what;
  }
}

// --- Steps ---------------------------------------------------------------------------------------

void Device::play(const Step& step) {
  const auto& n = step.n;
  switch (step.act) {
    case Act::kLatency:
      transport_.set_latency(Duration(n[0]), Duration(n[1]));
      break;
    case Act::kFragments:
      transport_.set_fragment_size(n[0]);
      transport_.set_fragments_per_poll(n[1]);
      break;
    case Act::kSlowUplink:
      transport_.set_publishes_per_poll(n[0]);
      break;
    case Act::kCapabilities:
      if (client_ == nullptr) {  // a client may ask once for all
        transport_.set_capabilities({(n[0] & 1) != 0, (n[0] & 2) != 0});
      }
      break;
    case Act::kSmallUpdates:
      next_capacities_.transmit = n[0];
      transport_.set_source_bytes_per_poll(n[1], Duration(n[2]));
      break;
    case Act::kArenas:
      next_capacities_.desired = n[0];
      next_capacities_.reported = n[1];
      break;
    case Act::kKnownKeys:
      next_capacities_.keys = KeyTable(kKnownKeys);
      break;
    case Act::kWanted:
      next_capacities_.wanted = PathTable(kWantedPaths);
      break;
    case Act::kStorage:
      next_storage_ = n[0] != 0;
      break;
    case Act::kPatchDesired:
      patch_desired(step.json);
      break;
    case Act::kReplaceDesired:
      hub_.replace_desired(identity_, step.json);
      break;
    case Act::kSendMessage:
      owed_messages_.insert(++last_message_);
      hub_.send_message(identity_, std::to_string(last_message_), {}, "in");
      break;
    case Act::kRecreate:
      hub_.recreate(identity_);
      ++epoch_;
      may_return_ = true;
      skipped_.clear();
      inherited_ = Json::object();
      known_to_hub_.forget();
      owed_telemetry_.clear();  // the records went with it
      owed_messages_.clear();
      kept_.forget_hub();
      break;
    case Act::kFlushPolicy:
      if (client_ != nullptr) {
        FlushPolicy policy;
        policy.least_interval = Duration(n[0]);
        policy.longest_delay = Duration(n[1]);
        policy.most_bytes = n[2];
        claim(client_->twin().set_flush_policy(policy).ok(), "a flush policy was refused");
      }
      break;
    case Act::kInside:
      inside_[n[0]].push_back(step);
      break;
    case Act::kPowerOn:
      power_on();
      begin_with_stored_section();
      break;
    case Act::kPowerCut:
      if (storehouse_ != nullptr) {
        storehouse_->cut_after(n[0], n[1]);
      }
      break;
    case Act::kCut:
      hub_.cut(identity_);
      break;
    case Act::kSilence:
      hub_.go_silent(identity_);
      break;
    case Act::kDown:
      hub_.set_reach(identity_,
                     n[0] != 0 ? ModelHub::Reach::kUnanswered : ModelHub::Reach::kRefused);
      n[1] != 0 ? hub_.go_silent(identity_) : hub_.cut(identity_);
      break;
    case Act::kUp:
      hub_.set_reach(identity_, ModelHub::Reach::kFine);
      break;
    case Act::kForgetSession:
      hub_.forget_session(identity_);
      break;
    case Act::kPacket:
      armed_[n[0]].push_back({n[1], static_cast<Harm>(n[2]), n[3]});
      break;
    case Act::kJudgeGet:
    case Act::kJudgeReport:
      judge(step);
      break;
    case Act::kNonsense:
      hub_.inject(identity_, step.path, step.json.get<std::string>());
      break;
    case Act::kRace:
      races_.push_back(step);
      break;
    default:
      if (client_ != nullptr && !restore_owed_) {
        act(step);
      }
      break;
  }
}

void Device::power_off() {
  client_.reset();
  stores_.reset();
}

void Device::power_on() {
  power_off();
  told_ = {};
  bound_ = expected_bound_ = -1;
  claims_ = Claims();
  known_to_hub_.forget();
  flushes_.clear();
  named_flushes_.clear();
  sent_.clear();
  // What waited in memory is lost, and may or may not have reached the hub.
  owed_telemetry_.clear();
  ++run_;
  last_error_ = Status();
  newest_version_ = compared_ = kNoVersion;
  may_return_ = false;
  has_reported_ = false;
  for (auto& steps : inside_) {
    steps.clear();
  }

  capacities_ = next_capacities_;
  const Result<Identity> parsed = Identity::parse(connection_string_);
  client_ = make_client(world_.context, transport_, *parsed, capacities_);
  begin_with_storage();
  claim(client_->twin().bind("a", bound_).ok(), "bind() was refused");
  for (std::uint32_t watched = 0; watched < kWatchedCount; ++watched) {
    register_handler(watched);
  }
  client_->twin().on_flushed([this](const FlushOutcome& outcome) { flushed(outcome); });
  client_->twin().on_synchronised([this](TwinVersion) {
    last_error_ = Status();
    act_inside(kInSynchronised);
  });
  client_->twin().on_error([this](const TwinError& error) {
    journal_.note([&] { return std::string("twin not read: ") + to_string(error.status.error()); });
    last_error_ = error.retried ? Status() : error.status;
    if (!error.retried) {
      known_to_hub_.twin_not_compared();
    }
  });
  client_->on_sent([this](std::uint32_t ticket, Status outcome) { left(ticket, outcome); });
  client_->messages().on_message([this](const Message& message) { received(message); });
  client_->on_connection([this](const ConnectionStatus& status) {
    journal_.note([&] { return identity_ + " is " + to_string(status.state); });
    if (status.state == ConnectionState::kSubscribing) {
      ++counts_.links;
      known_to_hub_.link_begins();
    } else if (status.state == ConnectionState::kClosed) {
      ++run_;  // what the store kept goes to the outbox again, at its turn
    }
  });
  restore();
  claim(client_->open().ok(), "open() was refused");
}

// Who asks for a part of the desired section has no handlers for the rest.
bool Device::watches(std::uint32_t watched) const {
  const std::string path = kWatched[watched];
  if (capacities_.wanted.empty() || path.empty()) {
    return true;
  }
  for (const std::string_view wanted : capacities_.wanted) {
    if (related(std::string(wanted), path)) {
      return true;
    }
  }
  return false;
}

void Device::register_handler(std::uint32_t watched) {
  told_[watched] = Told();
  if (!watches(watched)) {
    return;
  }
  claim(client_->twin()
            .on_desired(kWatched[watched],
                        [this, watched](const DesiredChange& change) { told(watched, change); })
            .ok(),
        "a handler was refused");
}

void Device::act(const Step& step) {
  switch (step.act) {
    case Act::kReport:
      report(step.path, step.json, step.n[0] != 0);
      break;
    case Act::kRemove:
      remove(step.path);
      break;
    case Act::kFlush:
      client_->twin().flush();
      break;
    case Act::kSendTelemetry:
      send_telemetry(step.n[0]);
      break;
    case Act::kRenewHandlers:
      client_->twin().remove_desired(kWatched[step.n[0]]);
      register_handler(step.n[0]);
      break;
    case Act::kClose:
      client_->close();
      break;
    case Act::kOpen:
      static_cast<void>(client_->open());  // refused where it is open already
      break;
    default:
      client_->network_changed();
      break;
  }
}

void Device::act_inside(std::uint32_t callback) {
  if (inside_[callback].empty() || restore_owed_) {
    return;
  }
  const Step step = std::move(inside_[callback].front());
  inside_[callback].pop_front();
  journal_.note([&] { return "now, " + describe(step); });
  act(inner_of(step));
}

// --- The application -----------------------------------------------------------------------------

bool Device::tight() const {
  return capacities_.desired != Capacities().desired;
}

bool Device::may_be_refused(Error error, const std::string& path, const Json& value) const {
  if (error == Error::kNoSpace) {
    return tight() || value.dump().size() > kSurelyTransmittable;
  }
  bool scalar_on_the_way = false;
  for (const auto& [place, leaf] : leaves_of(claims_.wanted())) {
    scalar_on_the_way |= place.size() < path.size() && related(place, path) && !leaf.is_object();
  }
  return error == Error::kPropertyPath && scalar_on_the_way;
}

void Device::report(const std::string& path, const Json& value, bool by_value) {
  const Result<FlushId> flush = by_value ? client_->twin().report(path, property_of(value))
                                         : client_->twin().report_json(path, value.dump());
  if (!flush) {
    journal_.note([&] { return std::string("refused: ") + to_string(flush.error()); });
    claim(may_be_refused(flush.error(), path, value),
          "report of " + path + " refused: " + to_string(flush.error()));
    return;
  }
  if (!path.empty()) {
    claim_reported(path, value, *flush);
    return;
  }
  for (const auto& [place, leaf] : leaves_of(value)) {
    claim_reported(place, leaf, *flush);
  }
}

// A discarded value: the removal.
void Device::claim_reported(const std::string& path, const Json& value, FlushId flush) {
  const Json before = claims_.wanted();
  if (value.is_discarded()) {
    claims_.remove(path, flush);
  } else {
    claims_.set(path, value, flush);
  }
  known_to_hub_.claimed(path, before, claims_.wanted());
  if (stores_ != nullptr) {
    kept_.reported(path, value);
  }
  if (flush != kNothingToFlush) {
    flushes_.insert(flush);
    named_flushes_.insert(flush);
  }
}

void Device::remove(const std::string& path) {
  const Result<FlushId> flush = client_->twin().report_removal(path);
  if (!flush) {
    journal_.note([&] { return std::string("refused: ") + to_string(flush.error()); });
    claim(may_be_refused(flush.error(), path, nullptr),
          "removal of " + path + " refused: " + to_string(flush.error()));
    return;
  }
  claim_reported(path, Json(Json::value_t::discarded), *flush);
}

void Device::send_telemetry(std::uint32_t count) {
  for (; count > 0; --count) {
    const std::string body = std::to_string(last_telemetry_ + 1);
    TelemetryMessage message;
    message.payload = as_bytes(body);
    message.message_id = body;
    const Result<std::uint32_t> ticket =
        stores_ != nullptr ? stores_->messages().send(message) : client_->send(message);
    if (!ticket) {
      claim(ticket.error() == Error::kNoSpace || ticket.error() == Error::kWrongState,
            "telemetry refused for a wrong reason");
      return;
    }
    ++last_telemetry_;
    ++counts_.telemetry;
    owed_telemetry_.insert(last_telemetry_);
    telemetry_runs_[last_telemetry_] = run_;
    sent_[*ticket] = last_telemetry_;
  }
}

void Device::told(std::uint32_t watched, const DesiredChange& change) {
  ++counts_.changes;
  Told& before = told_[watched];
  const std::string path = kWatched[watched];
  const std::optional<Json> value =
      change.gone() ? std::nullopt : std::optional<Json>(json_of(change.value()));
  journal_.note([&] {
    return identity_ + " was told '" + path + "' = " + (value ? value->dump() : "gone") +
           " at version " + std::to_string(change.version()) + ", " + to_string(change.cause());
  });
  const auto claim_here = [&](bool holds, const char* what) {
    if (!holds) {
      claim(false, "handler of '" + path + "': " + what);
    }
  };
  claim_here(change.path() == path, "called with another path");
  claim_here(value || before.value, "told that something has gone that it never had");
  claim_here(!value || !before.value || *value != *before.value,
             "told a value that it has already");
  claim_here(change.cause() != DesiredCause::kFirstState || !before.called,
             "told the first state twice");
  const bool was_empty = before.value && *before.value == Json::object();  // told or not: both true
  if (change.cause() != DesiredCause::kFirstState && change.old_value_kept() && !was_empty) {
    const bool plain = before.value && !before.value->is_object();
    claim_here(change.old_value().exists() == plain, "old value there or not, wrongly");
    claim_here(!plain || json_of(change.old_value()) == *before.value,
               "the old value isn't what it was told before");
  }
  if (change.cause() != DesiredCause::kFirstState && change.old_value_kept()) {
    const std::string wrong = wrong_leaf(change, before.value, value);
    claim(wrong.empty(), "handler of '" + path + "': " + wrong);
  }
  counts_.in_place += change.old_value_kept() ? 0 : 1;
  watch_version();
  claim_here(change.version() > before.version || before.returns != returns_ || may_return_,
             "told out of order");
  if (path == "a") {
    const Result<std::int64_t> number = change.value().as<std::int64_t>();
    if (number.ok()) {
      expected_bound_ = *number;
    } else if (!before.called) {
      expected_bound_ = bound_;  // a handler registered anew hasn't seen all that a binding has
    }
    claim_here(bound_ == expected_bound_, "the bound variable has another value");
  }
  before = {value, change.version(), returns_, true};
  act_inside(watched);
}

void Device::flushed(const FlushOutcome& outcome) {
  ++counts_.flushes;
  journal_.note([&] {
    return identity_ + " completed flush " + std::to_string(outcome.id) + ": " +
           to_string(outcome.status.error());
  });
  // The client may flush by itself what a new identity lacks; no report() named those.
  const bool named = named_flushes_.count(outcome.id) != 0;
  claim(!named || flushes_.erase(outcome.id) == 1, "a flush completed twice");
  claim(outcome.status.ok() || outcome.status.error() == Error::kCancelled,
        std::string("a flush failed: ") + to_string(outcome.status.error()));
  if (outcome.status.ok() && epoch_ == 0) {  // a new identity may have lost part of it
    const std::string lacking =
        claims_.difference_of(outcome.id, hub_.reported(identity_).document());
    claim(lacking.empty(), "a flush completed that the hub doesn't have: " + lacking);
  }
  act_inside(kInFlushed);
}

void Device::left(std::uint32_t ticket, Status outcome) {
  const auto sent = sent_.find(ticket);
  if (sent == sent_.end()) {
    // The store gives what it kept tickets of its own.
    claim(stores_ != nullptr, "a message left that wasn't pending");
    return;
  }
  if (!outcome.ok()) {
    claim(outcome.error() == Error::kCancelled, "a message failed");
    if (kept_.messages().count(sent->second) == 0) {
      owed_telemetry_.erase(sent->second);
    }
  }
  sent_.erase(sent);
}

void Device::received(const Message& message) {
  const int number = std::stoi(std::string(as_text(message.payload())));
  claim(number <= newest_message_ || number == next_owed_message(), "a message was overtaken");
  newest_message_ = std::max(newest_message_, number);
  owed_messages_.erase(number);
}

int Device::next_owed_message() const {
  const auto next = owed_messages_.upper_bound(newest_message_);
  return next == owed_messages_.end() ? -1 : *next;
}

}  // namespace hubtwin::simulation
