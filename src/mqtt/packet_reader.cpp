// SPDX-License-Identifier: MIT
#include <hubtwin/impl/mqtt/packet_reader.ipp>
