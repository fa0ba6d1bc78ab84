// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include <fstream>
#include <sstream>

namespace hubtwin::benchmark {

const std::vector<Library> kLibraries = {
    {"hubtwin", "hubtwin"},
    {"hubtwin-pieces", "hubtwin, in pieces of 512 bytes", true},
    {"rapidjson-dom", "RapidJSON DOM"},
    {"rapidjson-in-situ", "RapidJSON DOM in situ"},
    {"rapidjson-tutorial", "RapidJSON DOM as in its tutorial"},
    {"rapidjson-sax", "RapidJSON SAX, keeps nothing"},
    {"cjson", "cJSON"},
    {"nlohmann", "nlohmann/json"},
    {"jansson", "jansson"},
    {"json-c", "json-c"},
    {"simdjson", "simdjson, can't patch"},
    {"rapidjson-dom-unchecked", "RapidJSON DOM, unchecked", true},
    {"rapidjson-in-situ-unchecked", "RapidJSON DOM in situ, unchecked", true},
    {"rapidjson-sax-unchecked", "RapidJSON SAX, unchecked", true},
};

Figures::Figures(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    std::ifstream records(file);
    if (!records) {
      fail(file, "cannot be read");
    }
    for (std::string line; std::getline(records, line);) {
      std::istringstream fields(line);
      Place place;
      double value = 0;
      if (!std::getline(fields, place.target, '\t') ||
          !std::getline(fields, place.operation, '\t') || !std::getline(fields, place.size, '\t') ||
          !std::getline(fields, place.subject, '\t') ||
          !std::getline(fields, place.measure, '\t') || !(fields >> value)) {
        fail(file, "has a line that is no record: " + line);
      }
      if (place.measure == "ns") {
        host_ = place.target;
      }
      json_[place.target][place.operation][place.size][place.subject][place.measure] = value;
    }
  }
  for (const std::string size : kSizes) {
    const Documents documents(size);
    Bytes& bytes = documents_[size];
    bytes.twin = documents.twin.text().size;
    bytes.reported = documents.reported.text().size;
    bytes.patches = documents.patches.size();
    for (const Document& patch : documents.patches) {
      bytes.patch_bytes += patch.text().size;
    }
  }
}

std::optional<double> Figures::at(const Place& place) const {
  const nlohmann::json* at = &json_;
  for (const std::string& key :
       {place.target, place.operation, place.size, place.subject, place.measure}) {
    const auto found = at->find(key);
    if (found == at->end()) {
      return std::nullopt;
    }
    at = &*found;
  }
  return at->get<double>();
}

}  // namespace hubtwin::benchmark
