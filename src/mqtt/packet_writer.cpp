// SPDX-License-Identifier: MIT
#include <hubtwin/impl/mqtt/packet_writer.ipp>
