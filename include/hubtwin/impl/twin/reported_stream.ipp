// SPDX-License-Identifier: MIT
// Body of hubtwin/twin/reported_stream.hpp.

#include <hubtwin/contract.hpp>
#include <hubtwin/impl/twin/reported_stage.hpp>
#include <hubtwin/twin/json_writer.hpp>
#include <hubtwin/twin/limits.hpp>
#include <hubtwin/twin/reported_stream.hpp>
#include <hubtwin/wire/cut.hpp>

#include <cstring>

HUBTWIN_NAMESPACE_BEGIN

namespace detail_reported_stream {

// What is written at once before it is taken apart.
constexpr std::size_t kPieceBytes = 64;

// Keeps what follows the first `skip` bytes, as far as there is room.
class Window final : public JsonSink {
 public:
  Window(std::size_t skip, ByteSpan room) : skip_(skip), room_(room) {}

  Error write(std::string_view piece) override {
    if (piece.size() <= skip_) {
      skip_ -= piece.size();
      return Error::kNone;
    }
    piece.remove_prefix(skip_);
    skip_ = 0;
    const std::size_t size = piece.size() < room_.size() ? piece.size() : room_.size();
    std::memcpy(room_.data(), piece.data(), size);
    room_ = room_.subspan(size);
    return room_.empty() ? Error::kNoSpace : Error::kNone;  // nobody wants the rest
  }
  bool filled() const { return room_.empty(); }

 private:
  std::size_t skip_;
  ByteSpan room_;
};

}  // namespace detail_reported_stream

void ReportedStream::begin(std::string_view path) {
  HUBTWIN_EXPECTS(!active() && !path.empty());
  path_ = path;
  read_ = 0;
  size_ = write(static_cast<std::size_t>(-1), {});
}

void ReportedStream::end() {
  tree_.drop_aside();
  path_ = {};
  size_ = 0;
  read_ = 0;
}

void ReportedStream::read(ByteSpan room) {
  HUBTWIN_EXPECTS(!room.empty() && room.size() <= size_ - read_);
  write(read_, room);
  read_ += room.size();
  if (!sending()) {
    tree_.drop_aside();
  }
}

// Writes the bytes after the first `skip`. \return the size of all, when all of it was skipped.
std::size_t ReportedStream::write(std::size_t skip, ByteSpan room) const {
  char piece[detail_reported_stream::kPieceBytes];
  detail_reported_stream::Window window(skip, room);
  JsonWriter writer(Span<char>(piece), window);
  std::size_t open_objects = 0;
  for (std::string_view rest = path_; !rest.empty(); ++open_objects) {
    const Cut at_dot = cut(rest, '.');
    rest = at_dot.after;
    writer.begin_object();
    writer.key(at_dot.before);
  }
  const PropertyView aside = tree_.aside();
  writer.write(aside.exists() ? aside : place());
  for (; open_objects > 0; --open_objects) {
    writer.end_object();
  }
  [[maybe_unused]] const Status status = writer.finish();
  HUBTWIN_EXPECTS(room.empty() ? status.ok() : window.filled());
  return writer.size();
}

PropertyView ReportedStream::place() const {
  return detail_reported::find(tree_.root(), path_);
}

bool ReportedStream::make_way(std::string_view path) {
  const bool touched = sending() && !tree_.aside().exists() && place().is_at_or_below(path);
  return !touched || tree_.set_aside(place());
}

std::size_t ReportedStream::size_to_come_back() const {
  const PropertyView aside = tree_.aside();
  const bool untouched =
      aside.exists() && place().exists() && place().type() == PropertyType::kNone;
  return untouched ? section_size(aside) : 0;
}

PropertyView ReportedStream::close_up() {
  const PropertyView aside = tree_.aside();
  const PropertyView there = aside.exists() ? place() : PropertyView();
  if (!there.exists() || (there.type() != PropertyType::kNone && !equal_values(there, aside))) {
    return PropertyView();
  }
  return tree_.put_back(there);
}

HUBTWIN_NAMESPACE_END
