// SPDX-License-Identifier: MIT
/// \file
/// Runs a fuzz target over files and folders of inputs, with any compiler and without a fuzzer.

#include "fuzz/input.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::filesystem::path> inputs_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    return {path};
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t inputs = 0;
  for (int i = 1; i < count; ++i) {
    for (const std::filesystem::path& file : inputs_of(arguments[i])) {
      std::ifstream stream(file, std::ios::binary);
      const std::vector<char> content{std::istreambuf_iterator<char>(stream), {}};
      if (!stream) {
        std::cerr << file << " can't be read\n";
        return 1;
      }
      // The fuzzer prints what it runs when it dies; so does this.
      std::cout << file.filename().string() << std::endl;
      // In memory of exactly that size, so that sanitizers see reads beyond it.
      const std::vector<std::uint8_t> bytes(content.begin(), content.end());
      static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
      ++inputs;
    }
  }
  if (inputs == 0) {
    std::cerr << "no inputs: name files or folders of them\n";
    return 1;
  }
  std::cout << inputs << " inputs\n";
  return 0;
}
