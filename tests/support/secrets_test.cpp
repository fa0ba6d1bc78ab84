// SPDX-License-Identifier: MIT
#include "support/secrets.hpp"

#include <catch2/catch.hpp>

namespace hubtwin::test {

TEST_CASE("secrets: a key or a token in any form -> found wherever it stands, and nothing else") {
  Secrets secrets;
  secrets.add_text("c2VjcmV0Pz8/LXNlY3JldA==");
  secrets.add_text("sr=hub&sig=abc");
  for (const char* text : {"c2VjcmV0Pz8/LXNlY3JldA==", "key=c2VjcmV0Pz8/LXNlY3JldA",
                           "a secret?\?\?-secret, plain", "7365637265743F3F3F2D736563726574",
                           "7365637265743f3f3f2d736563726574.", "c2VjcmV0Pz8%2FLXNlY3JldA%3D%3D",
                           "<c2VjcmV0Pz8%2fLXNlY3JldA>", "YzJWamNtVjBQejgvTFhObFkzSmxkQT09",
                           "sr=hub&sig=abc", "sr%3Dhub%26sig%3Dabc", "c3I9aHViJnNpZz1hYm"}) {
    INFO(text);
    CHECK_FALSE(secrets.found_in(text).empty());
  }
  for (const char* text : {"", "secret", "c2VjcmV0Pz8", "7365637265743F3F3F", "sr=hub&sig="}) {
    INFO(text);
    CHECK(secrets.found_in(text).empty());
  }
  Secrets others;
  others.add_all(secrets);
  CHECK(others.size() == secrets.size());
  CHECK_FALSE(others.found_in("secret?\?\?-secret").empty());
}

}  // namespace hubtwin::test
