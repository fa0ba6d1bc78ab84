// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/reported_comparison.hpp. The marks are described in reported_stage.hpp.
//
// The way to where the document stands is kept as positions among siblings, since nodes move when
// the tree is changed between two fragments. Changes leave positions as they are: a value is
// replaced where it stands, and what is new comes last. A container on that way bears kSeen, and so
// does a string that comes in pieces; where one doesn't any more it was replaced, and the rest of
// what the document has there is ignored.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/reported_stage.hpp>
#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/reported_comparison.hpp>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported_comparison {

using detail_reported::kSeen;

static bool holds(PropertyView place, const PropertyValue& value) {
  switch (value.type()) {
    case PropertyType::kBool: {
      const Result<bool> own = place.as_bool();
      return own.ok() && *own == value.boolean();
    }
    case PropertyType::kInteger: {
      const Result<std::int64_t> own = place.as_integer();
      return own.ok() && *own == value.integer();
    }
#if HUBTWIN_FLOAT
    case PropertyType::kDouble: {
      const Result<double> own = place.as_double();
      return own.ok() && *own == value.number();
    }
#endif
    case PropertyType::kString: {
      const Result<std::string_view> own = place.as_string();
      return own.ok() && *own == value.text();
    }
    default:
      return false;
  }
}

}  // namespace detail_reported_comparison

void ReportedComparison::begin() {
  end();
  active_ = true;
  complete_ = false;
  trusted_ = true;
  overflowed_ = false;
}

void ReportedComparison::end() {
  active_ = false;
  container_ = PropertyView();
  member_ = PropertyView();
  ignored_ = 0;
  text_at_ = kNoText;
  levels_ = 0;
  array_level_ = 0;
}

// --- The document --------------------------------------------------------------------------------

Error ReportedComparison::on_scalar(const PropertyValue& value) {
  if (ignored_ > 0) {
    return Error::kNone;
  }
  const PropertyView place = take_place();
  if (place.exists() && detail_reported_comparison::holds(place, value)) {
    tree_.mark(place, detail_reported::kSeen);
  } else {
    differs();
  }
  return Error::kNone;
}

Error ReportedComparison::on_string_piece(std::string_view piece, bool last) {
  if (ignored_ > 0) {
    text_at_ = kNoText;
    return Error::kNone;
  }
  if (text_at_ == kNoText) {
    text_at_ = 0;
    if (take_place().exists()) {
      tree_.mark(member_, detail_reported::kSeen);  // until it turns out to be another
    }
  }
  const std::string_view own = member_.as_string().value_or(std::string_view());
  if (text_at_ <= own.size() && own.substr(text_at_, piece.size()) == piece) {
    text_at_ += piece.size();
  } else {
    text_at_ = kOtherText;
  }
  if (last) {
    if (text_at_ != own.size() || text_at_ == 0) {
      differs();
    }
    text_at_ = kNoText;
  }
  return Error::kNone;
}

KeyAnswer ReportedComparison::on_key(std::string_view key) {
  if (ignored_ > 0 || (!key.empty() && key.front() == '$')) {
    return KeyAnswer::skip();
  }
  const bool found = find(key);
  if (array_level_ > 0) {
    if (!found || member_.has(detail_reported::kSeen)) {
      differs();
      return KeyAnswer::skip();
    }
    tree_.mark(member_, detail_reported::kSeen);
    return KeyAnswer::read();
  }
  if (!found) {
    note_unknown(key);
    return KeyAnswer::skip();
  }
  if (member_.is_null()) {
    if (member_.has(PropertyMark::kDirty)) {
      tree_.mark(member_, detail_reported::kSeen);
    }
    return KeyAnswer::skip();
  }
  if (member_.has(detail_reported::kSeen)) {
    clear(member_);  // the key stands twice: the last one counts
  }
  return KeyAnswer::read();
}

Error ReportedComparison::on_begin(bool object) {
  if (ignored_ > 0) {
    ++ignored_;
    return Error::kNone;
  }
  if (levels_ == 0) {
    container_ = tree_.root();
    member_ = PropertyView();
    positions_[0] = kBeforeFirst;
    levels_ = 1;
    return Error::kNone;
  }
  const PropertyView place = take_place();
  if (object ? place.is_object() : place.is_array()) {
    open();
  } else {
    differs();
    ++ignored_;
  }
  return Error::kNone;
}

Error ReportedComparison::on_end() {
  if (ignored_ == 0 && array_level_ > 0 && !all_named()) {
    differs();
  }
  if (ignored_ > 0) {
    --ignored_;
  } else {
    close();
  }
  return Error::kNone;
}

// --- Where it stands -----------------------------------------------------------------------------

// The place of the value that comes: of the key read last, or the next element.
PropertyView ReportedComparison::take_place() {
  if (container_.is_array()) {
    std::uint16_t& position = positions_[levels_ - 1];
    member_ = member_.exists() ? member_.next_sibling() : container_.first_child();
    ++position;  // wraps from before the first
  }
  return member_;
}

// The member of that name becomes the one met last. Documents tend to have the tree's order, so the
// search goes round from the one met last before.
bool ReportedComparison::find(std::string_view key) {
  std::uint16_t& position = positions_[levels_ - 1];
  const PropertyView start = member_.exists() ? member_.next_sibling() : container_.first_child();
  auto at = static_cast<std::uint16_t>(position + 1);
  for (PropertyView member = start; member.exists(); member = member.next_sibling(), ++at) {
    if (member.key() == key) {
      member_ = member;
      position = at;
      return true;
    }
  }
  at = 0;
  for (PropertyView member = container_.first_child(); member != start;
       member = member.next_sibling(), ++at) {
    if (member.key() == key) {
      member_ = member;
      position = at;
      return true;
    }
  }
  return false;
}

// Whether the document left nothing out of the open object or array within an array.
bool ReportedComparison::all_named() const {
  if (container_.is_array()) {
    return !(member_.exists() ? member_.next_sibling() : container_.first_child()).exists();
  }
  for (const PropertyView member : container_) {
    if (!member.has(detail_reported::kSeen)) {
      return false;
    }
  }
  return true;
}

// The hub has a member that the tree doesn't have: no matter, or too much.
void ReportedComparison::note_unknown(std::string_view key) {
  if (!detail_reported::is_whole(container_, true) || !check_key(key).ok()) {
    return;
  }
  const Result<PropertyTree::SetResult> set = tree_.set(container_, key, nullptr);
  if (set.ok()) {
    tree_.mark(set->view, detail_reported::kSeen);
  } else {
    overflowed_ = true;
  }
  tree_changed();
}

void ReportedComparison::open() {
  tree_.mark(member_, detail_reported::kSeen);
  HUBTWIN_EXPECTS(levels_ < kLevels);
  if (array_level_ == 0 && member_.is_array()) {
    array_level_ = levels_;
  }
  container_ = member_;
  member_ = PropertyView();
  positions_[levels_] = kBeforeFirst;
  ++levels_;
}

void ReportedComparison::close() {
  --levels_;
  if (levels_ == 0) {
    complete_ = true;
    return;
  }
  member_ = container_;
  container_ = container_.parent();
  if (array_level_ == levels_) {
    array_level_ = 0;
    clear(member_);
    tree_.mark(member_, detail_reported::kSeen);
  }
}

// The value that was met isn't the tree's. Within an array that holds for all of the array.
void ReportedComparison::differs() {
  if (array_level_ == 0) {
    clear(member_);
    return;
  }
  ignored_ = static_cast<std::uint16_t>(levels_ - array_level_);
  while (levels_ > array_level_) {
    member_ = container_;
    container_ = container_.parent();
    --levels_;
  }
  array_level_ = 0;
  clear(member_);
}

// Nothing has been seen at a place or below. Removals stay as they are noted.
void ReportedComparison::clear(PropertyView top) {
  for (PropertyView at = top; at.exists();) {
    if (!at.is_null()) {
      tree_.mark(at, detail_reported::kSeen, false);
    }
    PropertyView next = at.first_child();
    while (!next.exists() && at != top) {
      next = at.next_sibling();
      at = at.parent();
    }
    at = next;
  }
}

void ReportedComparison::tree_changed() {
  if (!active_ || levels_ == 0) {
    return;
  }
  const auto nth = [](PropertyView container, std::uint16_t position) {
    PropertyView member = position == kBeforeFirst ? PropertyView() : container.first_child();
    for (; position > 0 && member.exists(); --position) {
      member = member.next_sibling();
    }
    return member;
  };
  container_ = tree_.root();
  for (std::uint8_t level = 1; level < levels_; ++level) {
    const PropertyView next = nth(container_, positions_[level - 1]);
    if (!next.is_container() || !next.has(detail_reported::kSeen)) {
      ignored_ = static_cast<std::uint16_t>(ignored_ + levels_ - level);
      levels_ = level;
      array_level_ = 0;
      break;
    }
    container_ = next;
  }
  member_ = nth(container_, positions_[levels_ - 1]);
  if (text_at_ != kNoText && !(member_.exists() && member_.has(detail_reported::kSeen))) {
    text_at_ = kOtherText;
  }
}

// --- The outcome ---------------------------------------------------------------------------------

void ReportedComparison::finish() {
  HUBTWIN_EXPECTS(active_ && complete_);
  // First what the hub doesn't have and need not be told of, so that objects are seen as they are.
  for (PropertyView place = tree_.root(); place.exists();) {
    const PropertyView done = place;
    place = detail_reported::next_place(place);
    if (done.is_null() && detail_reported::stage_of(done) == detail_reported::Stage::kDirty) {
      const Status erased = tree_.erase(done);
      HUBTWIN_EXPECTS(erased.ok());
      static_cast<void>(erased);
    }
  }
  for (PropertyView place = tree_.root().first_child(); place.exists();
       place = detail_reported::next_place(place)) {
    settle(place);
  }
  end();
}

void ReportedComparison::settle(PropertyView place) {
  using detail_reported::Stage;
  const bool seen = place.has(detail_reported::kSeen);
  Stage stage = seen ? Stage::kClean : Stage::kDirty;
  if (place.is_null()) {
    stage = seen ? Stage::kDirty : Stage::kClean;
  } else if (place.is_object()) {
    const bool replaced = place.has(PropertyMark::kDirty) && !place.has(PropertyMark::kWhole);
    if (replaced && trusted()) {
      tree_.mark(place, PropertyMark::kWhole);
    }
    if (replaced && !trusted()) {
      stage = Stage::kDirty;
    } else if (!place.empty() || !detail_reported::is_whole(place, true)) {
      stage = Stage::kClean;
    } else if (!seen) {
      tree_.mark(place, PropertyMark::kWhole);
    }
  }
  detail_reported::set_stage(tree_, place, stage);
}

void ReportedComparison::abort() {
  if (!active_) {
    return;
  }
  if (array_level_ > 0) {
    differs();
  }
  for (PropertyView place = tree_.root(); place.exists();) {
    const PropertyView at = place;
    place = detail_reported::next_place(place);
    if (at.is_null() && !at.has(PropertyMark::kDirty) && at.has(detail_reported::kSeen)) {
      const Status erased = tree_.erase(at);
      HUBTWIN_EXPECTS(erased.ok());
      static_cast<void>(erased);
    } else {
      tree_.mark(at, detail_reported::kSeen, false);
    }
  }
  end();
}

HUBTWIN_NAMESPACE_END
