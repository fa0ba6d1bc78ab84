// SPDX-License-Identifier: MIT
#include <hubtwin/twin/twin_document.hpp>

HUBTWIN_NAMESPACE_BEGIN

TwinDocument::TwinDocument(Kind kind, JsonHandler* desired, JsonHandler* reported)
    : desired_(desired), reported_(reported) {
  if (kind == Kind::kNotification) {
    section_depth_ = 1;
    section_ = Section::kDesired;
  }
}

// A value begins that isn't an object.
Error TwinDocument::admit() const {
  return version_due_ || depth_ < section_depth_ ? Error::kHubUnexpected : Error::kNone;
}

// What a handler answered. In a whole twin the reported section is told of even if there is no room
// for the desired one.
Error TwinDocument::passed(Error error) {
  const bool whole_twin = section_depth_ == 2;
  if (error == Error::kNoSpace && section_ == Section::kDesired && whole_twin) {
    desired_ = nullptr;
    desired_fits_ = false;
    return Error::kNone;
  }
  return error;
}

Error TwinDocument::on_null() {
  const Error error = admit();
  return error != Error::kNone || taker() == nullptr ? error : passed(taker()->on_null());
}

Error TwinDocument::on_bool(bool value) {
  const Error error = admit();
  return error != Error::kNone || taker() == nullptr ? error : passed(taker()->on_bool(value));
}

Error TwinDocument::on_integer(std::int64_t value) {
  if (version_due_) {
    version_due_ = false;
    if (value <= kNoVersion) {
      return Error::kHubUnexpected;
    }
    (section_ == Section::kDesired ? desired_version_ : reported_version_) = value;
    return Error::kNone;
  }
  const Error error = admit();
  return error != Error::kNone || taker() == nullptr ? error : passed(taker()->on_integer(value));
}

#if HUBTWIN_FLOAT
Error TwinDocument::on_double(double value) {
  const Error error = admit();
  return error != Error::kNone || taker() == nullptr ? error : passed(taker()->on_double(value));
}
#endif

Error TwinDocument::on_string(std::string_view value) {
  const Error error = admit();
  return error != Error::kNone || taker() == nullptr ? error : passed(taker()->on_string(value));
}

bool TwinDocument::takes_long_strings() const {
  return admit() == Error::kNone && taker() != nullptr && taker()->takes_long_strings();
}

Error TwinDocument::on_string_piece(std::string_view piece, bool last) {
  return passed(taker()->on_string_piece(piece, last));
}

Error TwinDocument::on_refused(Error reason) {
  const Error error = admit();
  return error != Error::kNone || taker() == nullptr ? error : passed(taker()->on_refused(reason));
}

KeyAnswer TwinDocument::on_key(std::string_view key) {
  if (depth_ == 1 && section_depth_ == 2) {
    if (key == "desired") {
      section_ = Section::kDesired;
      return KeyAnswer::read();
    }
    if (key == "reported") {
      section_ = Section::kReported;
      return KeyAnswer::read();
    }
    return KeyAnswer::skip();
  }
  if (depth_ == section_depth_ && key == "$version") {
    version_due_ = true;
    return KeyAnswer::read();
  }
  if (taker() == nullptr) {
    return KeyAnswer::skip();
  }
  const KeyAnswer answer = taker()->on_key(key);
  if (answer.error() == Error::kNone) {
    return answer;
  }
  const Error error = passed(answer.error());
  return error == Error::kNone ? KeyAnswer::skip() : KeyAnswer(error);
}

Error TwinDocument::on_begin_object() {
  if (version_due_) {
    return Error::kHubUnexpected;
  }
  ++depth_;
  return taker() != nullptr ? passed(taker()->on_begin_object()) : Error::kNone;
}

Error TwinDocument::on_end_object() {
  const Error error = taker() != nullptr ? passed(taker()->on_end_object()) : Error::kNone;
  --depth_;
  return error;
}

Error TwinDocument::on_begin_array() {
  const Error error = admit();
  if (error != Error::kNone) {
    return error;
  }
  ++depth_;
  return taker() != nullptr ? passed(taker()->on_begin_array()) : Error::kNone;
}

Error TwinDocument::on_end_array() {
  const Error error = taker() != nullptr ? passed(taker()->on_end_array()) : Error::kNone;
  --depth_;
  return error;
}

HUBTWIN_NAMESPACE_END
