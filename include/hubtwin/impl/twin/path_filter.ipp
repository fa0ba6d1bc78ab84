// SPDX-License-Identifier: MIT
#include <hubtwin/twin/path_filter.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_path_filter {

static std::string_view first_bytes(std::string_view text, std::size_t count) {
  return {text.data(), count};
}

// Whether `path` is `stem` or lies below it.
static bool at_or_below(std::string_view path, std::string_view stem) {
  return path.size() >= stem.size() && first_bytes(path, stem.size()) == stem &&
         (stem.empty() || path.size() == stem.size() || path[stem.size()] == '.');
}

// Where the steps end that come before the last one of the first `prefix` bytes.
static std::size_t without_last_step(std::string_view path, std::size_t prefix) {
  if (prefix != 0) {
    do {
      --prefix;
    } while (prefix != 0 && path[prefix - 1] != '.');
  }
  return prefix;
}

}  // namespace detail_path_filter

bool is_wanted(PathTable wanted, std::string_view path) {
  for (const std::string_view each : wanted) {
    if (detail_path_filter::at_or_below(each, path) ||
        detail_path_filter::at_or_below(path, each)) {
      return true;
    }
  }
  return false;
}

Error PathFilter::on_null() {
  return next_.on_null();
}

Error PathFilter::on_bool(bool value) {
  return next_.on_bool(value);
}

Error PathFilter::on_integer(std::int64_t value) {
  return next_.on_integer(value);
}

#if HUBTWIN_FLOAT
Error PathFilter::on_double(double value) {
  return next_.on_double(value);
}
#endif

Error PathFilter::on_string(std::string_view value) {
  return next_.on_string(value);
}

Error PathFilter::on_refused(Error reason) {
  return next_.on_refused(reason);
}

KeyAnswer PathFilter::on_key(std::string_view key) {
  if (inside_ != 0) {
    return next_.on_key(key);
  }
  wanted_next_ = false;
  if (key.empty() || key.find('.') != std::string_view::npos) {
    return KeyAnswer::skip();  // no path leads there
  }
  bool leads_on = false;
  const std::string_view open = detail_path_filter::first_bytes(wanted_[witness_], prefix_);
  for (std::size_t index = 0; index < wanted_.size() && !wanted_next_; ++index) {
    std::string_view path = wanted_[index];
    if (path.size() < prefix_ || detail_path_filter::first_bytes(path, prefix_) != open) {
      continue;
    }
    path.remove_prefix(prefix_);
    if (detail_path_filter::at_or_below(path, key)) {
      leads_on = true;
      wanted_next_ = path.size() == key.size();
      witness_ = index;
    }
  }
  next_prefix_ = prefix_ + key.size() + 1;
  return leads_on ? next_.on_key(key) : KeyAnswer::skip();
}

Error PathFilter::on_begin_object() {
  if (inside_ != 0 || wanted_next_) {
    ++inside_;
    wanted_next_ = false;
  } else if (root_) {
    root_ = false;
  } else {
    prefix_ = next_prefix_;
  }
  return next_.on_begin_object();
}

Error PathFilter::on_end_object() {
  if (inside_ != 0) {
    --inside_;
  } else {
    prefix_ = detail_path_filter::without_last_step(wanted_[witness_], prefix_);
  }
  return next_.on_end_object();
}

// One that stands where an object was expected is passed on as it is: it replaces that object.
Error PathFilter::on_begin_array() {
  ++inside_;
  wanted_next_ = false;
  return next_.on_begin_array();
}

Error PathFilter::on_end_array() {
  --inside_;
  return next_.on_end_array();
}

HUBTWIN_NAMESPACE_END
