// SPDX-License-Identifier: MIT
#include <hubtwin/paho/transport.hpp>

int main() {
  hubtwin::paho::Options options;
  options.ca_file = "/nowhere/ca.pem";
  hubtwin::paho::Transport transport{options};
  return transport.capabilities().withholds_acknowledgement ? 1 : 0;
}
