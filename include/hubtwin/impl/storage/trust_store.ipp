// SPDX-License-Identifier: MIT
#include <hubtwin/contract.hpp>
#include <hubtwin/port/log.hpp>
#include <hubtwin/storage/trust_store.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_trust_store {

// The state's record: format, the slot that proved itself, the slot on trial. Slots are replaced
// only while the state doesn't name them as proven, so a cut between two writes harms nothing.
constexpr std::size_t kStateBytes = 4;
constexpr std::uint8_t kFormat[2] = {'T', '1'};
constexpr std::size_t kPieceBytes = 64;
constexpr Duration kRetry = std::chrono::minutes(1);

static RecordId record_of(std::uint8_t slot) {
  return slot == 1 ? RecordId::kTrust : RecordId::kOtherTrust;
}

}  // namespace detail_trust_store

TrustStore::TrustStore(Session& session, Trust& trust, Storage& storage, ByteView built_in,
                       ByteSpan room)
    : session_(session), trust_(trust), storage_(storage), built_in_(built_in), room_(room) {
  session.add(*this);
}

TrustSource TrustStore::source() const {
  return trial_ != 0    ? TrustSource::kTrial
         : proven_ != 0 ? TrustSource::kStored
                        : TrustSource::kBuiltIn;
}

Status TrustStore::load() {
  using namespace detail_trust_store;
  proven_ = 0;
  trial_ = 0;
  attempted_ = false;
  state_due_ = false;
  std::uint8_t state[kStateBytes] = {};
  const Result<std::size_t> size = storage_.read(RecordId::kTrustState, 0, ByteSpan(state));
  Status status = size.error() == Error::kNotFound ? Status() : size.status();
  if (size.ok() && *size == kStateBytes && std::memcmp(state, kFormat, sizeof(kFormat)) == 0 &&
      state[2] <= 2 && state[3] <= 2 && (state[3] == 0 || state[3] != state[2])) {
    proven_ = state[2];
    trial_ = state[3];
  }
  for (std::uint8_t* const slot : {&trial_, &proven_}) {
    if (*slot == 0) {
      continue;
    }
    const Status applied = apply(*slot);
    if (applied.ok()) {
      return status;
    }
    HUBTWIN_LOG(kError, session_.context().log(), session_.name(),
                "a stored trust bundle can't be used: ", to_string(applied.error()));
    *slot = 0;
    status = applied;
  }
  const Status applied = apply(0);
  return applied.ok() ? status : applied;
}

// Takes the bundle of a slot into use, or the built-in one.
Status TrustStore::apply(std::uint8_t slot) {
  if (slot == 0) {
    return trust_.replace(built_in_);
  }
  const Result<std::size_t> size = storage_.read(detail_trust_store::record_of(slot), 0, room_);
  if (!size.ok()) {
    return size.status();
  }
  return *size > room_.size() ? Status(Error::kNoSpace) : trust_.replace(room_.first(*size));
}

bool TrustStore::holds(std::uint8_t slot, ByteView bundle) {
  using namespace detail_trust_store;
  std::uint8_t piece[kPieceBytes];
  for (std::size_t at = 0; at < bundle.size(); at += sizeof(piece)) {
    const Result<std::size_t> size = storage_.read(record_of(slot), at, ByteSpan(piece));
    const std::size_t rest = bundle.size() - at;
    const std::size_t count = rest < sizeof(piece) ? rest : sizeof(piece);
    if (!size.ok() || *size != bundle.size() ||
        std::memcmp(piece, bundle.data() + at, count) != 0) {
      return false;
    }
  }
  return true;
}

Status TrustStore::offer(ByteView bundle) {
  if (bundle.size() > room_.size()) {
    return Error::kInvalidArgument;
  }
  const auto slot = static_cast<std::uint8_t>(proven_ == 1 ? 2 : 1);
  if (!holds(slot, bundle)) {
    const Status written = storage_.write(detail_trust_store::record_of(slot), bundle);
    if (!written.ok()) {
      return written;
    }
  }
  const Status taken = trust_.replace(bundle);
  if (!taken.ok()) {
    if (trial_ != 0) {  // its place is taken
      trial_ = 0;
      state_due_ = true;
      static_cast<void>(apply(proven_));
    }
    return taken;
  }
  trial_ = slot;
  attempted_ = false;
  const Status stored = store_state();
  if (stored.ok()) {
    session_.network_changed();
  }
  return stored;
}

Status TrustStore::store_state() {
  using namespace detail_trust_store;
  const std::uint8_t state[kStateBytes] = {kFormat[0], kFormat[1], proven_, trial_};
  const Status status = storage_.write(RecordId::kTrustState, ByteView(state));
  state_due_ = !status.ok();
  return status;
}

void TrustStore::on_link_ready() {
  if (trial_ == 0) {
    return;
  }
  HUBTWIN_LOG(kInfo, session_.context().log(), session_.name(),
              "the new trust bundle has proved itself");
  proven_ = trial_;
  trial_ = 0;
  rolled_back_ = Status();
  state_due_ = true;
  store_at_ = kAtOnce;
}

void TrustStore::roll_back(Status reason) {
  HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(), "the new trust bundle is bad (",
              to_string(reason.error()), "): back to the one before");
  trial_ = 0;
  rolled_back_ = reason;
  state_due_ = true;
  store_at_ = kAtOnce;
  Status status = apply(proven_);
  if (!status.ok() && proven_ != 0) {
    proven_ = 0;
    status = apply(0);
  }
  session_.network_changed();
}

void TrustStore::poll(MonotonicTime now) {
  if (trial_ != 0) {
    const ConnectionStatus link = session_.status();
    if (link.state != ConnectionState::kWaitingToRetry) {
      attempted_ = attempted_ || link.state == ConnectionState::kConnecting;
    } else if (attempted_ && link.reason_class() == ErrorClass::kTrust) {
      roll_back(link.reason);
    }
  }
  if (!state_due_ || now < store_at_) {
    return;
  }
  const Status status = store_state();
  if (!status.ok() && status.error() != Error::kBackPressure) {
    store_at_ = after(now, detail_trust_store::kRetry);
    HUBTWIN_LOG(kWarning, session_.context().log(), session_.name(),
                "state of the trust bundle not stored: ", to_string(status.error()));
  }
}

HUBTWIN_NAMESPACE_END
