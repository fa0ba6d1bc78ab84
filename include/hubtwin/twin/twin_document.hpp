// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What is taken from a twin's documents as they stream by. Used by Twin.

#include <hubtwin/status.hpp>
#include <hubtwin/twin/desired_change.hpp>
#include <hubtwin/twin/json_handler.hpp>

#include <cstdint>
#include <string_view>

HUBTWIN_NAMESPACE_BEGIN

/// Passes the tokens of the sections on and catches their versions; skips everything else. A
/// whole twin is `{"desired":{...,"$version":n},"reported":{...,"$version":m}}`, a notification is
/// the desired section's patch itself (IoT Hub MQTT support: retrieving a device twin's properties,
/// desired properties update notifications).
class TwinDocument final : public JsonHandler {
 public:
  enum class Kind : std::uint8_t { kTwin, kNotification };

  /// \param[in] desired   Takes that section's tokens; null: only its version is wanted.
  /// \param[in] reported  Likewise.
  TwinDocument(Kind kind, JsonHandler* desired, JsonHandler* reported = nullptr);

  /// False once the desired section's handler answered Error::kNoSpace to a whole twin: the rest of
  /// that section was passed over, and the reported section told of all the same.
  bool desired_fits() const { return desired_fits_; }
  /// `$version` of the desired section; kNoVersion as long as none was seen.
  TwinVersion desired_version() const { return desired_version_; }
  /// `$version` of the reported section; likewise.
  TwinVersion reported_version() const { return reported_version_; }

  Error on_null() override;
  Error on_bool(bool value) override;
  Error on_integer(std::int64_t value) override;
#if HUBTWIN_FLOAT
  Error on_double(double value) override;
#endif
  Error on_string(std::string_view value) override;
  bool takes_long_strings() const override;
  Error on_string_piece(std::string_view piece, bool last) override;
  Error on_refused(Error reason) override;
  KeyAnswer on_key(std::string_view key) override;
  Error on_begin_object() override;
  Error on_end_object() override;
  Error on_begin_array() override;
  Error on_end_array() override;

 private:
  enum class Section : std::uint8_t { kNone, kDesired, kReported };

  JsonHandler* taker() const {
    return depth_ < section_depth_ || section_ == Section::kNone ? nullptr
           : section_ == Section::kDesired                       ? desired_
                                                                 : reported_;
  }
  Error admit() const;
  Error passed(Error error);

  JsonHandler* desired_;
  JsonHandler* reported_;
  TwinVersion desired_version_ = kNoVersion;
  TwinVersion reported_version_ = kNoVersion;
  std::uint8_t depth_ = 0;
  std::uint8_t section_depth_ = 2;  // of a section's members
  Section section_ = Section::kNone;
  bool version_due_ = false;  // the next value is a `$version`
  bool desired_fits_ = true;
};

HUBTWIN_NAMESPACE_END
