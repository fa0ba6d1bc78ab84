// SPDX-License-Identifier: MIT

/// \file
/// A device whose roots are replaced while it runs, and kept over restarts.

#include "support/text_file.hpp"
#include "tools/hub/core/certificate.hpp"
#include "trial.hpp"

namespace hubtwin::faults {

namespace {

constexpr FlashGeometry kGeometry{256, 64 * 256, 4, 0xFF};
constexpr std::size_t kRoomBytes = 8 * 1024;

// mbedTLS wants the NUL counted; Paho's port takes it, too.
ByteView with_nul(const std::string& pem) {
  return as_bytes(std::string_view(pem.c_str(), pem.size() + 1));
}

}  // namespace

std::string Trial::trust_file() const {
  return (hub_.directory() / (identity_ + "-roots.pem")).string();
}

std::string Trial::second_root_file() const {
  return (hub_.directory() / (identity_ + "-second-root.pem")).string();
}

void Trial::keep_trust() {
  flash_ = std::make_unique<test::ModelFlash>(kGeometry, 8);
}

void Trial::start_program() {
  program_ = std::make_unique<Program>(*flash_);
  require(program_->log->open().ok(), "the log opens");
  program_->built_in = first_root();
  program_->room.resize(kRoomBytes);
  program_->store = std::make_unique<TrustStore>(
      device_->session(), *transport_.trust, program_->log.log(), with_nul(program_->built_in),
      ByteSpan(program_->room.data(), program_->room.size()));
  require(program_->store->load().ok(), "the roots are taken into use");
}

void Trial::restart() {
  device_.reset();
  program_.reset();
  transport_ = {};
  states_.clear();
  device();
}

Status Trial::offer(const std::string& bundle) {
  Status status = Error::kBackPressure;
  while (status.error() == Error::kBackPressure) {
    status = trust_store().offer(with_nul(bundle));
  }
  return status;
}

std::string Trial::first_root() const {
  return test::text_of(hub_.ca_file());
}

std::string Trial::second_root() {
  // The proxy makes it when it is wanted for the first time.
  proxy_->remove(proxy_->add({{"at", "tls"}, {"do", "present"}, {"certificate", "second-root"}}));
  return test::text_of(second_root_file());
}

std::string Trial::strange_root() {
  const hub::Key key = hub::make_key();
  return hub::to_pem(hub::make_authority(key.get(), "a stranger's CA", 1).get());
}

}  // namespace hubtwin::faults
