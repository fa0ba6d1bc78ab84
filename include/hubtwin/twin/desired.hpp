// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The desired section: its present state, and who is told of changes. Knows no network.

#include <hubtwin/bytes.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/twin/binding.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/digest.hpp>
#include <hubtwin/twin/handler_slot.hpp>
#include <hubtwin/twin/patch.hpp>
#include <hubtwin/twin/path_filter.hpp>
#include <hubtwin/twin/property_tree.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// One registered handler or binding; storage only, made and read by Desired.
class DesiredHandlerEntry {
 private:
  friend class Desired;
  enum class Kind : std::uint8_t { kFree, kHandler, kBinding };

  std::string_view path_;
  DesiredHandler handler_;
  void* variable_ = nullptr;
  std::uint32_t digest_ = kNoDigest;  // of the value last seen, while the tree is refilled in place
  Error refusal_ = Error::kNone;      // of a value of the present document that can't be kept
  Kind kind_ = Kind::kFree;
  bool refused_itself_ = false;  // not something below it
  bool first_due_ = false;       // hasn't seen any state
  bool due_ = false;             // to be called for the present document
};

/// The desired properties as last known from the hub, with handlers in the order in which they were
/// registered. Applications reach it by Twin.
class Desired final : private RefusedValues {
 public:
  /// \param[in] arena   See PropertyTree; outlives this.
  /// \param[in] table   One entry a handler or binding; outlives this.
  /// \param[in] keys    See PropertyTree.
  /// \param[in] wanted  What of the section is kept; empty: all. Outlives this.
  Desired(ByteSpan arena, Span<DesiredHandlerEntry> table, KeyTable keys, PathTable wanted)
      : tree_(arena, keys), table_(table), wanted_(wanted) {}
  Desired(const Desired&) = delete;
  Desired& operator=(const Desired&) = delete;

  /// The present state; empty before the first document.
  PropertyView view() const { return tree_.root(); }
  const PropertyTree& tree() const { return tree_; }
  /// Version of view(); kNoVersion before the first document.
  TwinVersion version() const { return version_; }

  // Registration: see Twin.
  Status add_handler(std::string_view path, const DesiredHandler& handler);
  Status add_binding(std::string_view path, void* variable, const DesiredHandler& assign);
  void remove_handlers(std::string_view path);
  void remove_bindings(const void* variable);
  void set_refused_handler(const RefusedHandler& handler) { on_refused_.set(handler); }

  // Documents. While one is being read, view() shows the state before it.

  /// \return Error::kWrongState while another document is under way.
  Status begin(Patch::Mode mode);
  /// Empties the section for a document that doesn't fit beside its journal; what handlers last
  /// saw is remembered by digest, so that they run for real changes only. The document is then
  /// begun with Patch::Mode::kReplace. Until one is committed, view() is incomplete.
  void begin_in_place();
  /// Whether begin_in_place() was called and nothing committed since.
  bool in_place() const { return in_place_; }
  /// Takes the tokens of what is wanted of the document.
  JsonHandler& document() { return patch_; }
  PathTable wanted() const { return wanted_; }
  /// The document is given up: the state before it stays.
  void abort() { patch_.abort(); }
  /// Whether the document was read to its end.
  bool complete() const { return patch_.complete(); }
  /// Makes the document the present state, and calls the handlers of what really changed, in the
  /// order of their registration.
  /// \param[in] cause  For handlers that have seen a state before.
  /// \pre complete()
  void commit(TwinVersion version, DesiredCause cause);

  /// Makes the document the present state, as it was known before a restart; deliver() shows it to
  /// the handlers. \pre complete(), and no document was committed before.
  void restore(TwinVersion version);

  /// Whether handlers were registered that haven't seen the present state.
  bool deliver_due() const { return first_due_; }
  /// Shows the present state to them.
  void deliver();

 private:
  using Kind = DesiredHandlerEntry::Kind;

  Status add(std::string_view path, Kind kind, void* variable, const DesiredHandler& handler);
  void remove_free_entries();
  bool changed(std::string_view path) const;
  void on_refused(PropertyView object, std::string_view key, Error reason) override;
  void take_back_refusals();
  void tell_refused(std::size_t count);
  Status call_handler(DesiredHandlerEntry& entry, DesiredCause cause, const Patch* patch);
  void tell_refusal(std::string_view path, Status refusal);
  void settle_who_is_due();
  void call(DesiredHandlerEntry& entry, DesiredCause cause, const Patch* patch);

  PropertyTree tree_;
  Patch patch_;
  Span<DesiredHandlerEntry> table_;
  PathTable wanted_;
  std::size_t count_ = 0;  // entries in use, freed ones between them included
  HandlerSlot<const RefusedValue&> on_refused_;
  TwinVersion version_ = kNoVersion;
  bool calling_ = false;  // entries must stay where they are
  bool refused_ = false;  // the present document has a value that can't be kept
  bool first_due_ = false;
  bool in_place_ = false;
  bool known_ = false;  // a first document was committed
};

HUBTWIN_NAMESPACE_END
