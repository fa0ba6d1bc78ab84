// SPDX-License-Identifier: MIT
#include "tools/hub/core/store.hpp"

#include "temporary_folder.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace hubtwin::hub;
using Table = Store::Table;

namespace {

std::string text_of(const Store& store, Table table) {
  std::string text;
  for (const auto& row : store.rows(table)) {
    text += row.owner + '#' + std::to_string(row.number) + '=' + row.document + ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("rows are kept by owner and number, in that order") {
  Store store(":memory:");
  store.put(Table::kMessage, "b", 2, "two");
  store.put(Table::kMessage, "b", 1, "one");
  store.put(Table::kMessage, "a", 1, std::string("zero\0byte", 9));
  store.put(Table::kTwin, "a", 0, "other table");
  CHECK(text_of(store, Table::kMessage) == std::string("a#1=zero\0byte b#1=one b#2=two ", 30));
  store.put(Table::kMessage, "b", 1, "uno");
  store.remove(Table::kMessage, "b", 2);
  store.remove_all(Table::kMessage, "a");
  CHECK(text_of(store, Table::kMessage) == "b#1=uno ");
  CHECK(text_of(store, Table::kTwin) == "a#0=other table ");
}

TEST_CASE("owners that differ in case or hold quotes are different owners") {
  Store store(":memory:");
  store.put(Table::kTwin, "Dev'1", 0, "x");
  store.put(Table::kTwin, "dev'1", 0, "y");
  CHECK(text_of(store, Table::kTwin) == "Dev'1#0=x dev'1#0=y ");
}

TEST_CASE("a transaction that isn't committed leaves no trace") {
  Store store(":memory:");
  {
    Store::Transaction transaction(store);
    store.put(Table::kTwin, "d", 0, "x");
  }
  CHECK(store.rows(Table::kTwin).empty());
  {
    Store::Transaction transaction(store);
    store.put(Table::kTwin, "d", 0, "x");
    transaction.commit();
  }
  CHECK(text_of(store, Table::kTwin) == "d#0=x ");
}

TEST_CASE("a file keeps its rows, and only its owner may read it") {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/state";
  {
    Store store(path);
    store.put(Table::kIdentity, "d", 0, "x");
  }
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(text_of(Store(path), Table::kIdentity) == "d#0=x ");
}

TEST_CASE("a file that another hub holds, of another version, or not ours, is refused by name") {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/state";
  const auto why = [&path] {
    try {
      Store store(path);
    } catch (const StoreError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  SECTION("held by another hub") {
    Store holder(path);
    CHECK(why() == "the state in " + path + " is in use by another hub");
  }
  SECTION("of another version") {
    { Store store(path); }
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);  // SQLite keeps user_version there, big-endian
    file.write("\0\0\0\x63", 4);
    file.close();
    CHECK(why() == "the state in " + path + " was written by another version of the hub");
  }
  SECTION("not a database") {
    std::ofstream(path) << std::string(4096, 'x');
    CHECK(why() == "the state in " + path + " failed: file is not a database");
  }
  SECTION("in a folder that isn't there") {
    const std::string missing = folder.path() + "/none/state";
    CHECK_THROWS_WITH(Store(missing),
                      "can't open the state in " + missing + ": No such file or directory");
  }
}
