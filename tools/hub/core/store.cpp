// SPDX-License-Identifier: MIT
#include "tools/hub/core/store.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace hubtwin::hub {
namespace {

/// Goes up when what is in the tables changes its meaning.
constexpr int kSchemaVersion = 1;
constexpr const char* kTableNames[] = {"identity", "twin", "message", "session"};

const char* name_of(Store::Table table) {
  return kTableNames[static_cast<std::size_t>(table)];
}

}  // namespace

class Store::Impl {
 public:
  explicit Impl(const std::string& path) : path_(path) {
    if (path != ":memory:") {
      create_for_owner_only();
    }
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(database_);
      sqlite3_close(database_);
      throw StoreError("can't open the state in " + path_ + ": " + why);
    }
    try {
      prepare();
    } catch (...) {
      sqlite3_close(database_);
      throw;
    }
  }

  ~Impl() { sqlite3_close(database_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void run(const std::string& sql) const { Statement(*this, sql).step(); }

  class Statement {
   public:
    Statement(const Impl& owner, const std::string& sql) : owner_(owner) {
      owner_.check(sqlite3_prepare_v2(owner_.database_, sql.c_str(), -1, &statement_, nullptr));
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(const std::string& text) {
      owner_.check(sqlite3_bind_text(statement_, ++bound_, text.data(),
                                     static_cast<int>(text.size()), SQLITE_TRANSIENT));
      return *this;
    }
    Statement& bind(std::int64_t number) {
      owner_.check(sqlite3_bind_int64(statement_, ++bound_, number));
      return *this;
    }
    /// True if there is a row.
    bool step() {
      const int result = sqlite3_step(statement_);
      if (result != SQLITE_ROW && result != SQLITE_DONE) {
        owner_.check(result);
      }
      return result == SQLITE_ROW;
    }
    std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
    std::string text(int column) const {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
      return bytes == nullptr ? std::string() : std::string(bytes, size);
    }

   private:
    const Impl& owner_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0;
  };

 private:
  void create_for_owner_only() const {
    // The file holds keys; SQLite gives its side files the same mode.
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
      throw StoreError("can't open the state in " + path_ + ": " + std::strerror(errno));
    }
    ::close(file);
  }

  void prepare() {
    // One hub a file: the lock is taken with the first write and kept.
    run("PRAGMA locking_mode = EXCLUSIVE");
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = NORMAL");
    run("BEGIN EXCLUSIVE");
    Statement version(*this, "PRAGMA user_version");
    version.step();
    if (version.number(0) != 0 && version.number(0) != kSchemaVersion) {
      throw StoreError("the state in " + path_ + " was written by another version of the hub");
    }
    for (const char* table : kTableNames) {
      run(std::string("CREATE TABLE IF NOT EXISTS ") + table +
          " (owner TEXT, number INTEGER, document BLOB, PRIMARY KEY (owner, number))"
          " WITHOUT ROWID");
    }
    run("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    run("COMMIT");
  }

  void check(int result) const {
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED) {
      throw StoreError("the state in " + path_ + " is in use by another hub");
    }
    if (result != SQLITE_OK) {
      throw StoreError("the state in " + path_ + " failed: " + sqlite3_errmsg(database_));
    }
  }

  std::string path_;
  sqlite3* database_ = nullptr;
};

Store::Store(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}

Store::~Store() = default;

std::vector<Store::Row> Store::rows(Table table) const {
  Impl::Statement select(*impl_, std::string("SELECT owner, number, document FROM ") +
                                     name_of(table) + " ORDER BY owner, number");
  std::vector<Row> rows;
  while (select.step()) {
    rows.push_back({select.text(0), select.number(1), select.text(2)});
  }
  return rows;
}

void Store::put(Table table, const std::string& owner, std::int64_t number,
                const std::string& document) {
  Impl::Statement(*impl_, std::string("INSERT OR REPLACE INTO ") + name_of(table) +
                              " (owner, number, document) VALUES (?, ?, ?)")
      .bind(owner)
      .bind(number)
      .bind(document)
      .step();
}

void Store::remove(Table table, const std::string& owner, std::int64_t number) {
  Impl::Statement(*impl_,
                  std::string("DELETE FROM ") + name_of(table) + " WHERE owner = ? AND number = ?")
      .bind(owner)
      .bind(number)
      .step();
}

void Store::remove_all(Table table, const std::string& owner) {
  Impl::Statement(*impl_, std::string("DELETE FROM ") + name_of(table) + " WHERE owner = ?")
      .bind(owner)
      .step();
}

Store::Transaction::Transaction(Store& store) : store_(store) {
  store_.impl_->run("BEGIN");
}

Store::Transaction::~Transaction() {
  if (open_) {
    try {
      store_.impl_->run("ROLLBACK");
    } catch (const StoreError&) {
      // A transaction that SQLite has already rolled back by itself.
    }
  }
}

void Store::Transaction::commit() {
  store_.impl_->run("COMMIT");
  open_ = false;
}

}  // namespace hubtwin::hub
