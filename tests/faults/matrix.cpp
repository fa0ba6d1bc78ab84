// SPDX-License-Identifier: MIT
#include "matrix.hpp"

namespace hubtwin::faults {

const std::vector<Row>& all_rows() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    for (const auto& group :
         {network_rows(), packet_rows(), hub_rows(), tls_rows(), trust_rows()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return rows;
}

}  // namespace hubtwin::faults
