// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A callable of fixed size, kept by value: what handlers are made of.

#include <hubtwin/config.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

HUBTWIN_NAMESPACE_BEGIN

template <class Signature>
class Function;

/// Holds any callable whose captures fit in HUBTWIN_HANDLER_WORDS pointers, by value, without heap.
/// A callable that is too large or that can't be copied trivially does not compile: capture a
/// reference or pointer to the larger thing, which must then outlive the handler.
template <class R, class... Args>
class Function<R(Args...)> {
 public:
  static constexpr std::size_t kCapacity = HUBTWIN_HANDLER_WORDS * sizeof(void*);

  constexpr Function() = default;
  constexpr Function(std::nullptr_t) {}  // NOLINT: implicit, so that nullptr removes a handler

  template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Function> &&
                                              std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>>
  Function(F&& callable) {  // NOLINT: implicit, so that lambdas can be given
    using Held = std::decay_t<F>;
    static_assert(sizeof(Held) <= kCapacity,
                  "the handler captures too much: raise HUBTWIN_HANDLER_WORDS or capture a "
                  "reference to a struct");
    static_assert(alignof(Held) <= alignof(void*), "the handler's captures are over-aligned");
    static_assert(std::is_trivially_copyable_v<Held>,
                  "a handler captures only trivially copyable values: capture by reference");
    ::new (static_cast<void*>(&storage_)) Held(std::forward<F>(callable));
    invoke_ = [](void* held, Args... args) -> R {
      return (*static_cast<Held*>(held))(std::forward<Args>(args)...);
    };
  }

  /// True when it holds a callable.
  explicit operator bool() const { return invoke_ != nullptr; }

  /// Calls it. \pre It holds a callable.
  R operator()(Args... args) const { return invoke_(&storage_, std::forward<Args>(args)...); }

 private:
  using Invoke = R (*)(void*, Args...);
  alignas(void*) mutable unsigned char storage_[kCapacity] = {};
  Invoke invoke_ = nullptr;
};

HUBTWIN_NAMESPACE_END
