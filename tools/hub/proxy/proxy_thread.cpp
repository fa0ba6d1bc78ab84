// SPDX-License-Identifier: MIT
#include "tools/hub/proxy/proxy_thread.hpp"

#include <future>
#include <stdexcept>

#include <sys/eventfd.h>
#include <unistd.h>

namespace hubtwin::hub::proxy {

ProxyThread::ProxyThread(ProxyOptions options)
    : proxy_(std::move(options)),
      port_(proxy_.port()),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { run(); });
}

ProxyThread::~ProxyThread() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  wake();
  thread_.join();
}

void ProxyThread::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake_.get(), &one, sizeof one));
}

void ProxyThread::call(const std::function<void(Proxy&)>& work) {
  std::promise<void> done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_.push_back([&] {
      work(proxy_);
      done.set_value();
    });
  }
  wake();
  done.get_future().wait();
}

void ProxyThread::run() {
  for (;;) {
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (ending_) {
        return;
      }
      work.swap(work_);
    }
    for (const auto& one : work) {
      one();
    }
    std::vector<pollfd> woken = {{wake_.get(), POLLIN, 0}};
    proxy_.step(std::chrono::hours(1), woken);
    std::uint64_t wakes = 0;
    static_cast<void>(!read(wake_.get(), &wakes, sizeof wakes));
  }
}

std::string ProxyThread::add(const Json& fault) {
  const Result<Fault> parsed = Fault::parse(fault);
  if (!parsed) {
    throw std::runtime_error(parsed.error().message);
  }
  std::optional<Result<Json>> added;
  call([&](Proxy& proxy) { added = proxy.add(parsed.value()); });
  if (!added->ok()) {
    throw std::runtime_error(added->error().message);
  }
  return added->value().at("id").get<std::string>();
}

void ProxyThread::remove(const std::string& id) {
  call([&](Proxy& proxy) { proxy.remove(id); });
}

void ProxyThread::clear() {
  call([](Proxy& proxy) { proxy.clear(); });
}

Json ProxyThread::links() {
  Json links;
  call([&](Proxy& proxy) { links = proxy.links(); });
  return links;
}

}  // namespace hubtwin::hub::proxy
