// SPDX-License-Identifier: MIT
#include <hubtwin/session/context.hpp>
#include <hubtwin/session/session.hpp>

#include <algorithm>

HUBTWIN_NAMESPACE_BEGIN

void Context::add(Session& session) {
  session.serial_ = ++last_serial_;
  session.next_in_context_ = sessions_;
  sessions_ = &session;
}

void Context::remove(Session& session) {
  for (Session** link = &sessions_; *link != nullptr; link = &(*link)->next_in_context_) {
    if (*link == &session) {
      *link = session.next_in_context_;
      break;
    }
  }
  if (first_next_time_ == &session) {
    first_next_time_ = session.next_in_context_;
  }
}

bool Context::has_session(std::uint32_t serial) const {
  for (const Session* session = sessions_; session != nullptr;
       session = session->next_in_context_) {
    if (session->serial_ == serial) {
      return true;
    }
  }
  return false;
}

void Context::poll() {
  Session* const first = first_next_time_ != nullptr ? first_next_time_ : sessions_;
  if (first == nullptr) {
    return;
  }
  Session* session = first;
  do {
    session->poll();
    session = session->next_in_context_ != nullptr ? session->next_in_context_ : sessions_;
  } while (session != first);
  first_next_time_ = first->next_in_context_;
}

MonotonicTime Context::next_deadline() const {
  MonotonicTime deadline = kNever;
  for (const Session* session = sessions_; session != nullptr;
       session = session->next_in_context_) {
    deadline = earlier(deadline, session->next_deadline());
  }
  return deadline;
}

void Context::wait(MonotonicTime deadline) const {
  if (ports_.wake != nullptr) {
    ports_.wake->wait(deadline);
  }
}

Duration Context::jitter(Duration bound) const {
  if (bound <= Duration(0)) {
    return Duration(0);
  }
  constexpr Duration::rep kMost = 0x7FFFFFFE;  // 24 days: nothing is spread over more
  const auto span = static_cast<std::uint32_t>(std::min(bound.count(), kMost));
  return Duration(static_cast<Duration::rep>(ports_.random.next() % (span + 1)));
}

bool Context::take_document(const void* owner) {
  const MonotonicTime now = ports_.clock.now();
  const bool free = document_owner_ == nullptr || document_owner_ == owner ||
                    now - document_touched_ >= kDocumentStall;
  if (!free) {
    ++document_refusals_;
    return false;
  }
  document_owner_ = owner;
  document_touched_ = now;
  return true;
}

bool Context::touch_document(const void* owner) {
  if (document_owner_ != owner) {
    return false;
  }
  document_touched_ = ports_.clock.now();
  return true;
}

void Context::release_document(const void* owner) {
  if (document_owner_ == owner) {
    document_owner_ = nullptr;
  }
}

MonotonicTime Context::document_free_at() const {
  return document_owner_ == nullptr ? kAtOnce : document_touched_ + kDocumentStall;
}

HUBTWIN_NAMESPACE_END
