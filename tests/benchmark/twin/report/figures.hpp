// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The figures of a run of the twin benchmark, gathered from the records of its programs.

#include "tests/benchmark/twin/documents.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hubtwin::benchmark {

/// A library as it is shown.
struct Library {
  const char* subject;  ///< As records name it.
  const char* name;
  bool holds_alike = false;  ///< Memory as one that stands above.
};

extern const std::vector<Library> kLibraries;
/// Ours, and the one that speeds are told in relation to.
constexpr const char* kOurs = "hubtwin";
constexpr const char* kRival = "rapidjson-dom";

/// Where a figure stands.
struct Place {
  std::string target;
  std::string operation;
  std::string size;
  std::string subject;
  std::string measure;
};

class Figures {
 public:
  /// Reads the records of a file, and the documents' sizes from the working directory. Ends the
  /// program when a line is no record.
  explicit Figures(const std::vector<std::string>& files);

  std::optional<double> at(const Place& place) const;
  /// The processor whose time and instructions were measured, other than the Cortex-M4.
  const std::string& host() const { return host_; }
  const nlohmann::json& json() const { return json_; }

  std::size_t twin_bytes(const std::string& size) const { return documents_.at(size).twin; }
  std::size_t reported_bytes(const std::string& size) const { return documents_.at(size).reported; }
  std::size_t patches(const std::string& size) const { return documents_.at(size).patches; }
  /// Of all patches together.
  std::size_t patch_bytes(const std::string& size) const { return documents_.at(size).patch_bytes; }

 private:
  struct Bytes {
    std::size_t twin = 0;
    std::size_t reported = 0;
    std::size_t patches = 0;
    std::size_t patch_bytes = 0;
  };
  std::string host_;
  nlohmann::json json_ = nlohmann::json::object();
  std::map<std::string, Bytes> documents_;
};

}  // namespace hubtwin::benchmark
