// SPDX-License-Identifier: MIT
#include "board.hpp"
#include <hubtwin/mps2/lan9118.hpp>

#include <algorithm>
#include <cstring>

namespace {

// Registers (Microchip LAN9118 data sheet, section 5).
constexpr std::uintptr_t kReceiveData = 0x00;
constexpr std::uintptr_t kTransmitData = 0x20;
constexpr std::uintptr_t kReceiveStatus = 0x40;
constexpr std::uintptr_t kTransmitStatus = 0x48;
constexpr std::uintptr_t kInterruptConfiguration = 0x54;
constexpr std::uintptr_t kInterruptStatus = 0x58;
constexpr std::uintptr_t kInterruptEnable = 0x5C;
constexpr std::uintptr_t kByteTest = 0x64;
constexpr std::uintptr_t kFifoInterrupt = 0x68;
constexpr std::uintptr_t kReceiveConfiguration = 0x6C;
constexpr std::uintptr_t kTransmitConfiguration = 0x70;
constexpr std::uintptr_t kHardwareConfiguration = 0x74;
constexpr std::uintptr_t kReceiveFifoInformation = 0x7C;
constexpr std::uintptr_t kTransmitFifoInformation = 0x80;
constexpr std::uintptr_t kMacCommand = 0xA4;
constexpr std::uintptr_t kMacData = 0xA8;

constexpr std::uint32_t kByteTestValue = 0x87654321;
constexpr std::uint32_t kSoftReset = 1;
constexpr std::uint32_t kMustBeOne = 1u << 20;
constexpr std::uint32_t kTransmitFifoSize = 5u << 16;
// Enabled, active high, driven both ways: active low leaves the line stuck in QEMU.
constexpr std::uint32_t kInterruptLine = 0x111;
constexpr std::uint32_t kReceiveStatusLevel = 1u << 3;
constexpr std::uint32_t kReceiveError = 1u << 15;

// The controller's inner registers: of the MAC, and through it of the PHY.
constexpr std::uint32_t kMacControl = 1;
constexpr std::uint32_t kMacAddressHigh = 2;
constexpr std::uint32_t kMacAddressLow = 3;
constexpr std::uint32_t kPhyAccess = 6;
constexpr std::uint32_t kPhyData = 7;
constexpr std::uint32_t kMacBusy = 1u << 31;
constexpr std::uint32_t kMacRead = 1u << 30;
constexpr std::uint32_t kMacOn = 1u << 3 | 1u << 2;  // transmitter and receiver
constexpr std::uint32_t kFullDuplex = 1u << 20;
constexpr std::uint32_t kPhyAddress = 1u << 11;
constexpr std::uint32_t kPhyBusy = 1;
constexpr std::uint32_t kPhyBasicStatus = 1u << 6;  // register 1
constexpr std::uint32_t kLinkIsUp = 1u << 2;

// Bounds every wait for the controller: it answers within a few microseconds or never.
constexpr int kPatience = 100000;

constexpr std::uint32_t kChecksumBytes = 4;
constexpr std::size_t kCommandBytes = 8;

hubtwin::Wake* wake_of_interrupt = nullptr;

volatile std::uint32_t& controller(std::uintptr_t offset) {
  return hubtwin_mps2::reg(hubtwin_mps2::kEthernetBase + offset);
}

// Takes a word out of a FIFO.
void discard(std::uintptr_t offset) {
  const std::uint32_t word = controller(offset);
  static_cast<void>(word);
}

bool mac_idle() {
  for (int i = 0; i < kPatience; ++i) {
    if ((controller(kMacCommand) & kMacBusy) == 0) {
      return true;
    }
  }
  return false;
}

std::uint32_t mac_read(std::uint32_t which) {
  controller(kMacCommand) = kMacBusy | kMacRead | which;
  return mac_idle() ? controller(kMacData) : 0;
}

void mac_write(std::uint32_t which, std::uint32_t value) {
  controller(kMacData) = value;
  controller(kMacCommand) = kMacBusy | which;
  static_cast<void>(mac_idle());
}

std::uint32_t phy_read(std::uint32_t which) {
  mac_write(kPhyAccess, kPhyAddress | which | kPhyBusy);
  for (int i = 0; i < kPatience; ++i) {
    if ((mac_read(kPhyAccess) & kPhyBusy) == 0) {
      return mac_read(kPhyData);
    }
  }
  return 0;
}

}  // namespace

// The level is acknowledged first: a frame that comes while the program drains the FIFO then raises
// it anew.
extern "C" void hubtwin_mps2_ethernet() {
  controller(kInterruptStatus) = controller(kInterruptStatus);
  if (wake_of_interrupt != nullptr) {
    wake_of_interrupt->wake();
  }
}

HUBTWIN_NAMESPACE_BEGIN
namespace mps2 {

Lan9118::Lan9118(Wake& wake) {
  if (controller(kByteTest) != kByteTestValue) {
    status_ = Error::kNotFound;
    return;
  }
  controller(kHardwareConfiguration) = kSoftReset;
  for (int i = 0; i < kPatience && (controller(kHardwareConfiguration) & kSoftReset) != 0; ++i) {
  }
  controller(kHardwareConfiguration) = kMustBeOne | kTransmitFifoSize;
  controller(kInterruptEnable) = 0;
  controller(kInterruptStatus) = 0xFFFFFFFF;
  controller(kInterruptConfiguration) = kInterruptLine;
  controller(kFifoInterrupt) = 0;  // as soon as one frame has come
  controller(kReceiveConfiguration) = 0;
  controller(kTransmitConfiguration) = 1u << 1;  // on
  mac_write(kMacControl, kMacOn | kFullDuplex);

  wake_of_interrupt = &wake;
  controller(kInterruptEnable) = kReceiveStatusLevel;
  hubtwin_mps2::reg(hubtwin_mps2::kInterruptEnable) = 1u << hubtwin_mps2::kEthernetInterrupt;
}

Lan9118::~Lan9118() {
  if (status_.ok()) {
    controller(kInterruptEnable) = 0;
  }
  wake_of_interrupt = nullptr;
}

void Lan9118::read_address(std::uint8_t (&address)[6]) {
  const std::uint32_t low = mac_read(kMacAddressLow);
  const std::uint32_t high = mac_read(kMacAddressHigh);
  for (unsigned i = 0; i < 6; ++i) {
    address[i] = static_cast<std::uint8_t>(i < 4 ? low >> (8 * i) : high >> (8 * (i - 4)));
  }
}

bool Lan9118::link_up() {
  return (phy_read(kPhyBasicStatus) & kLinkIsUp) != 0;
}

bool Lan9118::send(ByteView frame) {
  while ((controller(kTransmitFifoInformation) >> 16 & 0xFF) != 0) {
    discard(kTransmitStatus);  // of frames sent before; else it fills up
  }
  const auto size = static_cast<std::uint32_t>(frame.size());
  if ((controller(kTransmitFifoInformation) & 0xFFFF) < size + kCommandBytes + 3) {
    return false;
  }
  controller(kTransmitData) = 1u << 13 | 1u << 12 | size;  // first and last piece
  controller(kTransmitData) = size;
  for (std::size_t at = 0; at < frame.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, frame.data() + at, std::min<std::size_t>(4, frame.size() - at));
    controller(kTransmitData) = word;
  }
  return true;
}

// A frame with an error is thrown away at once.
std::size_t Lan9118::waiting() {
  while (frame_bytes_ == 0 && (controller(kReceiveFifoInformation) >> 16 & 0xFF) != 0) {
    const std::uint32_t frame = controller(kReceiveStatus);
    frame_bytes_ = frame >> 16 & 0x3FFF;
    if ((frame & kReceiveError) != 0 || frame_bytes_ <= kChecksumBytes) {
      receive(ByteSpan());
    }
  }
  return frame_bytes_ == 0 ? 0 : frame_bytes_ - kChecksumBytes;
}

void Lan9118::receive(ByteSpan room) {
  const std::size_t wanted = std::min<std::size_t>(room.size(), frame_bytes_);
  const std::size_t words = (frame_bytes_ + 3) / 4;
  std::size_t read = 0;
  for (; read * 4 < wanted; ++read) {
    const std::uint32_t word = controller(kReceiveData);
    std::memcpy(room.data() + read * 4, &word, std::min<std::size_t>(4, wanted - read * 4));
  }
  for (; read < words; ++read) {
    discard(kReceiveData);
  }
  frame_bytes_ = 0;
}

}  // namespace mps2
HUBTWIN_NAMESPACE_END
