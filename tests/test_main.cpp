// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

int main(int argc, char** argv) {
  Catch::Session session;
  // A test that was registered by a name that then matches nothing fails instead of passing.
  session.configData().warnings = Catch::WarnAbout::NoTests;
  const int bad_usage = session.applyCommandLine(argc, argv);
  return bad_usage != 0 ? bad_usage : session.run();
}
