// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the hub remembers over a restart: SQLite in a file, or in memory.

#include "tools/hub/core/identity_id.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hubtwin::hub {

/// Reading or writing the state failed. The write that failed left no trace.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Rows by key, each an opaque document of the part of the hub that owns it.
class Store {
 public:
  /// Opens or creates the file; ":memory:" keeps nothing. Throws StoreError, also when the file was
  /// written by another version of the hub or is held by another hub.
  explicit Store(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Each kind of thing has a table of its own.
  enum class Table { kIdentity, kTwin, kMessage, kSession };

  /// Rows of a table by (owner, number), in that order.
  struct Row {
    std::string owner;    ///< the client id whose row it is
    std::int64_t number;  ///< 0 where an owner has one row only
    std::string document;
  };
  std::vector<Row> rows(Table table) const;
  void put(Table table, const std::string& owner, std::int64_t number, const std::string& document);
  void remove(Table table, const std::string& owner, std::int64_t number);
  void remove_all(Table table, const std::string& owner);

  /// Groups writes: all of them, or none unless commit() was called. Not nested.
  class Transaction {
   public:
    explicit Transaction(Store& store);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

   private:
    Store& store_;
    bool open_ = true;
  };

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hubtwin::hub
