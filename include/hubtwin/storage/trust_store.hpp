// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// TrustStore: a bundle of roots that can be replaced in the field, and rolls back when it is bad.

#include <hubtwin/bytes.hpp>
#include <hubtwin/port/storage.hpp>
#include <hubtwin/port/trust.hpp>
#include <hubtwin/session/feature.hpp>
#include <hubtwin/session/session.hpp>
#include <hubtwin/status.hpp>
#include <hubtwin/time.hpp>

#include <cstddef>
#include <cstdint>

HUBTWIN_NAMESPACE_BEGIN

/// Where the bundle in use comes from.
enum class TrustSource : std::uint8_t {
  kBuiltIn,  ///< None was offered yet that proved itself.
  kStored,   ///< The one that proved itself last.
  kTrial,    ///< One that was offered and waits for its first link.
};

/// Keeps two bundles of roots in Storage: the one that proved itself, and one on trial. A bundle
/// that is offered is stored, taken into use and tried at once on a new link. When the hub accepts
/// the client on it, it stays for good; when a handshake fails since the server isn't trusted, the
/// one before is taken back at that first attempt and the link is made anew with it. Failures that
/// have nothing to do with trust leave it on trial, also over a restart.
///
///     hubtwin::TrustStore trust_store{client.session(), tls_trust, store.log(), kRoots, room};
///     trust_store.load();
///     client.open();
class TrustStore final : public Feature {
 public:
  /// \param[in] session   Whose links judge a bundle on trial. Not open yet. It is not polled any
  ///                      more once this is gone.
  /// \param[in] trust     Of the transports that use this bundle; outlives this.
  /// \param[in] storage   Outlives this; opened before load(). It takes both bundles.
  /// \param[in] built_in  In use as long as no other proved itself; outlives this.
  /// \param[in] room      As long as the longest bundle; outlives this.
  TrustStore(Session& session, Trust& trust, Storage& storage, ByteView built_in, ByteSpan room);

  /// Takes the stored bundle into use, the one on trial first. To be called before the first link.
  /// \return success, also when there is none; otherwise why a stored one can't be used: any error
  ///         of Storage::read(), Error::kNoSpace when the room is too small for it,
  ///         Error::kTlsTrustUnreadable. The next best is in use then, at last the built-in one.
  Status load();

  /// Stores a bundle, takes it into use, and has the link made anew to try it. One that is on trial
  /// already is replaced. \pre load() was called.
  /// \param[in] bundle  As Trust::replace() takes it.
  /// \return Error::kBackPressure: one step of housekeeping was done, call again with the same
  ///         bundle; Error::kTlsTrustUnreadable: refused, nothing has changed; Error::kNoSpace,
  ///         Error::kInvalidArgument: the storage or the room is too small; Error::kStorageFailed.
  Status offer(ByteView bundle);

  TrustSource source() const;
  /// Why the last bundle that was rolled back was: a reason of class ErrorClass::kTrust. Success:
  /// none was, or a newer one has proved itself.
  Status rolled_back() const { return rolled_back_; }
  /// Whether the outcome of a trial is still to be stored; a restart now would try once more.
  bool pending() const { return state_due_; }

  // For Session.

  void on_link_ready() override;
  void poll(MonotonicTime now) override;
  MonotonicTime next_deadline() const override { return state_due_ ? store_at_ : kNever; }

 private:
  Status apply(std::uint8_t slot);
  bool holds(std::uint8_t slot, ByteView bundle);
  Status store_state();
  void roll_back(Status reason);

  Session& session_;
  Trust& trust_;
  Storage& storage_;
  ByteView built_in_;
  ByteSpan room_;
  MonotonicTime store_at_ = kAtOnce;
  Status rolled_back_;
  std::uint8_t proven_ = 0;  // slot of the bundle that proved itself: 1 or 2; 0: the built-in one
  std::uint8_t trial_ = 0;   // slot of the one on trial; 0: none
  bool attempted_ = false;   // a link was begun with the one on trial
  bool state_due_ = false;
};

HUBTWIN_NAMESPACE_END
