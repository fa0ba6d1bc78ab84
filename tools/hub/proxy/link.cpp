// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/link.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

namespace hubtwin::hub::proxy {

void Descriptor::close() {
  if (value_ >= 0) {
    ::close(value_);
    value_ = -1;
  }
}

void Descriptor::reset() {
  if (value_ >= 0) {
    const linger at_once = {1, 0};
    setsockopt(value_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
}

Link::Link(const LinkPlan& plan, Descriptor device, Descriptor hub)
    : plan_(plan), device_(std::move(device)), hub_(std::move(hub)) {
  if (plan_.tls) {
    tls_ = std::make_unique<TlsEnd>(plan_.tls);
  }
}

// ---- Faults

Link::Ending Link::ending_of(const Fault& fault) {
  return fault.does("reset")       ? Ending::kReset
         : fault.does("close")     ? Ending::kClose
         : fault.does("half-open") ? Ending::kHalfOpen
                                   : Ending::kSilence;
}

void Link::suffer(const Fault& fault, Time now) {
  if (fault.lasts && !fault.parameters.contains("bytes")) {
    lasting_.push_back(fault);
    review();
    return;
  }
  if (fault.lasts) {
    lasting_.push_back(fault);
  }
  // At once, or after so many more bytes to the device.
  const auto bytes = static_cast<std::size_t>(fault.number("bytes", 0));
  (bytes == 0 ? ending_ : armed_) = ending_of(fault);
  if (bytes != 0) {
    down_.stop_after(bytes);
  }
  settle(now);
}

bool Link::suffers(const std::string& id) const {
  return std::any_of(lasting_.begin(), lasting_.end(),
                     [&](const Fault& fault) { return fault.id == id; });
}

void Link::review() {
  const bool had_any = !lasting_.empty();
  lasting_.erase(
      std::remove_if(lasting_.begin(), lasting_.end(),
                     [&](const Fault& fault) { return !plan_.faults.contains(fault.id); }),
      lasting_.end());
  if (!had_any) {
    return;
  }
  if (lasting_.empty() && (ending_ == Ending::kSilence || armed_ == Ending::kSilence)) {
    ending_ = armed_ = Ending::kNone;
    down_.go_on();
  }
  for (const Direction direction : {kToHub, kToDevice}) {
    Pipe& pipe = direction == kToHub ? up_ : down_;
    bool silent = false;
    std::int64_t rate = 0;
    std::chrono::milliseconds delay{0};
    for (const Fault& fault : lasting_) {
      const std::string which = fault.text("direction", "both");
      if (which != "both" && which != (direction == kToHub ? "to-hub" : "to-device")) {
        continue;
      }
      silent = silent || (fault.does("silence") && !fault.parameters.contains("bytes"));
      rate = fault.number("bytesPerSecond", rate);
      delay = std::max(delay, fault.delay());
    }
    pipe.set_silent(silent);
    pipe.set_rate(static_cast<std::size_t>(rate));
    pipe.set_delay(delay);
  }
}

// ---- Waiting

void Link::watch(pollfd& device, pollfd& hub, Time now) const {
  // Who isn't listened to is still seen to go.
  device = {-1, POLLRDHUP, 0};
  hub = {-1, POLLRDHUP, 0};
  const bool reading = ending_ == Ending::kNone || half_open_;
  const bool from_device = reading && !up_.silent() && !up_.full() && to_hub_.size() < Pipe::kRoom;
  const bool from_hub = reading && !down_.silent() && !down_.full();
  if (device_.open() && !device_ended_ && (from_device || !device_gone_)) {
    device.fd = device_.get();
    device.events |= from_device ? POLLIN : 0;
  }
  if (hub_.open() && !hub_ended_ && (from_hub || !hub_gone_)) {
    hub.fd = hub_.get();
    hub.events |= from_hub ? POLLIN : 0;
  }
  if (!down_.ready(now).empty() && device_.open()) {
    device.fd = device_.get();
    device.events |= POLLOUT;
  }
  if (!to_hub_.empty() && hub_.open()) {
    hub.fd = hub_.get();
    hub.events |= POLLOUT;
  }
}

Time Link::next_time() const {
  Time next = std::min(up_.next_time(), down_.next_time());
  for (const Held& held : held_) {
    next = std::min(next, held.due);
  }
  return next;
}

// ---- Moving bytes

void Link::work(short device_events, short hub_events, Time now) {
  constexpr short kGone = POLLERR | POLLHUP | POLLRDHUP;
  if ((device_events & POLLIN) != 0) {
    read_device(now);
  } else if ((device_events & kGone) != 0) {
    device_gone_ = true;
  }
  if ((hub_events & POLLIN) != 0) {
    read_hub(now);
  } else if ((hub_events & kGone) != 0) {
    hub_gone_ = true;
  }
  take_up(now);
  release_held(now);
  write_hub();
  write_device(now);
  settle(now);
}

void Link::read_device(Time now) {
  char bytes[16384];
  const ssize_t size = recv(device_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (size > 0 && half_open_) {
    device_.reset();
    over_ = true;
  } else if (size > 0) {
    up_.put({bytes, static_cast<std::size_t>(size)}, now);
  } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
    device_ended_ = true;
  }
}

void Link::read_hub(Time now) {
  char bytes[65536];
  const ssize_t size = recv(hub_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (size > 0) {
    from_hub({bytes, static_cast<std::size_t>(size)}, now);
  } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
    hub_ended_ = true;
  }
}

void Link::take_up(Time now) {
  for (;;) {
    const std::string wire(up_.ready(now));
    if (wire.empty() || ending_ != Ending::kNone) {
      return;
    }
    up_.took(wire.size(), now);
    from_device(tls_ ? tls_->receive(wire) : wire, now);
    if (tls_) {
      down_.put(tls_->take_wire(), now);
      leaving_ = leaving_ || tls_->ended();
    }
  }
}

void Link::from_device(std::string_view plain, Time now) {
  if (plan_.mqtt) {
    split(kToHub, plain, now);
  } else {
    forward(kToHub, plain, now);
  }
}

void Link::from_hub(std::string_view plain, Time now) {
  if (plan_.mqtt) {
    split(kToDevice, plain, now);
  } else {
    forward(kToDevice, plain, now);
  }
}

void Link::split(Direction direction, std::string_view bytes, Time now) {
  PacketSplitter& splitter = splitters_[direction];
  splitter.feed(bytes);
  while (std::optional<Packet> packet = splitter.next()) {
    if (identity_.empty() && packet->name() == "connect") {
      identity_ = std::string(packet->client_id());
      // Links that are to come are told by their identity only here.
      while (const auto fault = plan_.faults.strike("link", identity_, [&](const Fault& one) {
        return !one.identity.empty() && one.text("links", "present") != "present" &&
               !suffers(one.id);
      })) {
        suffer(*fault, now);
        if (!fault->lasts) {
          break;
        }
      }
    }
    pass(direction, *std::move(packet), now);
  }
  if (splitter.lost()) {
    forward(direction, splitter.take_rest(), now);
  }
}

void Link::pass(Direction direction, Packet packet, Time now) {
  if (ending_ != Ending::kNone) {
    return;
  }
  const char* const way = direction == kToHub ? "to-hub" : "to-device";
  const auto fault = plan_.faults.strike("packet", identity_, [&](const Fault& one) {
    const std::string which = one.text("direction", "both");
    const std::string topic = one.text("topic");
    return packet.name() == one.text("packet") && (which == "both" || which == way) &&
           (topic.empty() || packet.topic().find(topic) != std::string_view::npos);
  });
  if (!fault) {
    forward(direction, packet.bytes(), now);
    if (std::string late = std::exchange(swapped_[direction], {}); !late.empty()) {
      forward(direction, late, now);
    }
  } else if (fault->does("delay")) {
    held_.push_back({now + fault->delay(), direction, packet.bytes()});
  } else if (fault->does("duplicate")) {
    for (std::int64_t i = 0; i < fault->number("copies", 2); ++i) {
      forward(direction, packet.bytes(), now);
    }
  } else if (fault->does("swap")) {
    swapped_[direction] = packet.bytes();
  } else if (fault->does("code")) {
    packet.set_code(static_cast<std::uint8_t>(fault->number("code", 0)));
    forward(direction, packet.bytes(), now);
  } else if (!fault->does("lose")) {
    const auto bytes = static_cast<std::size_t>(fault->number("bytes", 0));
    forward(direction,
            std::string_view(packet.bytes())
                .substr(0, fault->flag("forwarded", false) ? std::string::npos : bytes),
            now);
    ending_ = ending_of(*fault);
  }
}

void Link::forward(Direction direction, std::string_view bytes, Time now) {
  if (direction == kToHub) {
    to_hub_.append(bytes);
  } else if (tls_) {
    tls_->send(bytes);
    down_.put(tls_->take_wire(), now);
  } else {
    down_.put(bytes, now);
  }
}

void Link::release_held(Time now) {
  for (std::size_t i = 0; i < held_.size();) {
    if (held_[i].due > now) {
      ++i;
      continue;
    }
    const Held held = std::move(held_[i]);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    forward(held.direction, held.bytes, now);
  }
}

void Link::write_hub() {
  if (to_hub_.empty() || !hub_.open()) {
    return;
  }
  const ssize_t size =
      send(hub_.get(), to_hub_.data(), to_hub_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size > 0) {
    to_hub_.erase(0, static_cast<std::size_t>(size));
  } else if (errno != EAGAIN && errno != EINTR) {
    to_hub_.clear();
    hub_ended_ = true;
  }
}

void Link::write_device(Time now) {
  while (device_.open()) {
    const std::string_view bytes = down_.ready(now);
    if (bytes.empty()) {
      return;
    }
    const ssize_t size =
        send(device_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) {
      down_.took(static_cast<std::size_t>(size), now);
    } else {
      if (errno != EAGAIN && errno != EINTR) {
        device_ended_ = true;
        device_.close();
      }
      return;
    }
  }
}

// ---- The end

void Link::settle(Time now) {
  if (armed_ != Ending::kNone && down_.stopped()) {
    ending_ = std::exchange(armed_, Ending::kNone);
  }
  if (ending_ != Ending::kNone && !half_open_) {
    if (down_.stopped() || (down_.empty() && to_hub_.empty())) {
      end_now();
    }
    if (ending_ != Ending::kSilence) {
      return;
    }
  }
  const bool up_done = up_.empty() && to_hub_.empty();
  if ((hub_ended_ || (leaving_ && to_hub_.empty())) && hub_.open() && !half_open_) {
    hub_.close();
    to_hub_.clear();
  }
  const bool said_all = device_ended_ && up_done && !up_.silent() && ending_ != Ending::kSilence;
  const bool nobody_left_to_hear = (device_gone_ || device_ended_) && (hub_gone_ || !hub_.open()) &&
                                   (up_.silent() || down_.silent());
  if (said_all || nobody_left_to_hear) {
    over_ = true;  // both ends are closed with this
  } else if (!hub_.open() && !half_open_ && !down_.silent() && ending_ != Ending::kSilence) {
    if (tls_ && !said_goodbye_) {
      said_goodbye_ = true;
      tls_->end();
      down_.put(tls_->take_wire(), now);
      write_device(now);
    }
    over_ = down_.empty() || !device_.open();
  }
}

void Link::end_now() {
  switch (ending_) {
    case Ending::kReset:
      device_.reset();
      hub_.close();
      over_ = true;
      break;
    case Ending::kClose:
      device_.close();
      hub_.close();
      over_ = true;
      break;
    case Ending::kHalfOpen:
      // The hub has forgotten the link, and the device learns it when it next says something.
      hub_.close();
      half_open_ = true;
      break;
    case Ending::kSilence:
      up_.set_silent(true);
      down_.set_silent(true);
      break;
    case Ending::kNone:
      break;
  }
}

}  // namespace hubtwin::hub::proxy
