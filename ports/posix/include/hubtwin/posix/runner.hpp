// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Runner: a thread that drives the clients of a Context, and takes work for them from any other.

#include <hubtwin/config.hpp>
#include <hubtwin/session/context.hpp>
#include <hubtwin/status.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <thread>
#include <type_traits>
#include <utility>

HUBTWIN_NAMESPACE_BEGIN

/// Owns a thread that polls all clients of a Context, and a bounded queue into it. Between start()
/// and the end of stop() the clients belong to that thread: handlers run there, and what other
/// threads want of a client they post, e.g. to report, to send, or to answer a method.
///
/// \code{.cpp}
/// #include <hubtwin/device_client.hpp>
/// #include <hubtwin/posix/event_wake.hpp>
/// #include <hubtwin/posix/runner.hpp>
///
/// // Measures on one thread while the client lives on another.
/// hubtwin::Status run_gateway(const hubtwin::Ports& ports, hubtwin::Transport& transport,
///                             const hubtwin::Identity& identity, double (*measure)()) {
///   hubtwin::SizedContext<> context{ports};  // with a Wake port, e.g. posix::EventWake
///   hubtwin::SizedDeviceClient<> client{context, transport, identity};
///   const hubtwin::Status opened = client.open();
///   if (!opened.ok()) {
///     return opened;
///   }
///   hubtwin::Runner runner{context};  // after the clients, so that it ends before them
///   const hubtwin::Status started = runner.start();
///   if (!started.ok()) {
///     return started;
///   }
///   for (double value = measure(); value >= 0; value = measure()) {
///     const hubtwin::Status posted = runner.post([&client, value] {
///       static_cast<void>(client.twin().report("temperature", value));
///     });
///     if (!posted.ok()) {
///       continue;  // the queue is full: this value is left out, the next one is newer
///     }
///   }
///   return runner.post([&client] { client.close(); });
/// }
/// \endcode
class Runner {
  struct State;

 public:
  /// Something to be done, of fixed size and without heap of its own. Movable, so that it may own
  /// what it works on, e.g. a MethodCall with its answer or a std::promise for a result.
  class Task {
   public:
    /// What a callable may capture.
    static constexpr std::size_t kBytes = 128;

    /// Nothing to be done.
    Task() = default;
    template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Task> &&
                                                std::is_invocable_v<std::decay_t<F>&>>>
    Task(F&& callable) {  // NOLINT: implicit, so that lambdas can be given
      using Held = std::decay_t<F>;
      static_assert(sizeof(Held) <= kBytes, "the task captures too much: capture a pointer to it");
      static_assert(alignof(Held) <= alignof(std::max_align_t), "the captures are over-aligned");
      static_assert(std::is_nothrow_move_constructible_v<Held>, "a task is moved into the queue");
      ::new (static_cast<void*>(storage_)) Held(std::forward<F>(callable));
      kind_ = &kKind<Held>;
    }
    Task(Task&& other) noexcept { take(other); }
    Task& operator=(Task&& other) noexcept {
      if (this != &other) {
        clear();
        take(other);
      }
      return *this;
    }
    ~Task() { clear(); }

    /// Whether there is something to be done.
    explicit operator bool() const { return kind_ != nullptr; }
    /// Does it. \pre There is something, and it doesn't throw.
    void operator()() noexcept { kind_->run(storage_); }

   private:
    struct Kind {
      void (*run)(void* held);
      void (*move)(void* from, void* to);  // and destroy what was moved from
      void (*destroy)(void* held);
    };
    template <class Held>
    static constexpr Kind kKind = {
        [](void* held) { static_cast<void>((*static_cast<Held*>(held))()); },
        [](void* from, void* to) {
          ::new (to) Held(std::move(*static_cast<Held*>(from)));
          static_cast<Held*>(from)->~Held();
        },
        [](void* held) { static_cast<Held*>(held)->~Held(); }};

    void take(Task& other) {
      if (other.kind_ != nullptr) {
        other.kind_->move(other.storage_, storage_);
        kind_ = std::exchange(other.kind_, nullptr);
      }
    }
    void clear() {
      if (kind_ != nullptr) {
        std::exchange(kind_, nullptr)->destroy(storage_);
      }
    }

    alignas(std::max_align_t) unsigned char storage_[kBytes];
    const Kind* kind_ = nullptr;
  };

  /// The way into a runner for threads that may outlive it: copied as they like, used by any number
  /// of them at once, also while and after the runner is destroyed.
  class Remote {
   public:
    /// As Runner::post().
    Status post(Task&& task) const;

   private:
    friend class Runner;
    explicit Remote(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  /// Tasks that may wait, unless the constructor is told otherwise.
  static constexpr std::size_t kDefaultCapacity = 64;

  /// \param[in] context   Has a Wake port whose wake() any thread may call, e.g. posix::EventWake.
  ///                      Outlives the runner, as its clients do.
  /// \param[in] capacity  Tasks that may wait at once, 1 or more; their memory is taken here alone.
  explicit Runner(Context& context, std::size_t capacity = kDefaultCapacity);
  /// As stop(). \pre Not on the runner's own thread.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Begins the thread, with all signals blocked, so that the application's threads get them.
  /// \return Error::kWrongState: it was started or stopped before; Error::kNotSupported: the
  ///         context has no Wake port; Error::kNoSpace, with the errno in os_code(): the system
  ///         gives no thread.
  Status start();

  /// Takes no more tasks, does those that it took, polls the clients once more, and ends the
  /// thread; tasks of a runner that was never started are dropped. Then the clients are the
  /// caller's again. On the runner's own thread, in a task or a handler, it returns at once and the
  /// thread ends by itself. Calls by several other threads at once aren't possible.
  void stop();

  /// Has a task done on the runner's thread, outside of poll(), so that everything may be called in
  /// it. May be called by any thread, before start() too, and never waits for more than another
  /// post(). What was taken will be done, in order, if the runner is started.
  /// \param[in] task  Left as it is when an error is answered, so that it can be tried again. It
  ///                  must not throw.
  /// \return Error::kNoSpace: the queue is full; try again later or leave it. Error::kExpired: the
  ///         runner has stopped. Error::kInvalidArgument: an empty task.
  Status post(Task&& task) { return remote().post(std::move(task)); }

  /// For threads that may outlive the runner.
  Remote remote() const { return Remote(state_); }

  /// Whether the caller is the runner's own thread, and so may use the clients.
  bool is_this_thread() const;

 private:
  Context& context_;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

HUBTWIN_NAMESPACE_END
