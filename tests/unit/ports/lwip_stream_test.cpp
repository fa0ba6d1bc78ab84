// SPDX-License-Identifier: MIT
//
// LwipStream against a peer of lwIP's own on its loopback, in virtual time.
#include "support/fake_clock.hpp"
#include "support/fake_random.hpp"
#include <hubtwin/lwip/lwip_stream.hpp>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <lwip/dns.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/udp.h>

using namespace hubtwin;
using namespace std::chrono_literals;

namespace {

// lwIP's state is the program's, so its time is, too.
test::FakeClock& the_clock() {
  static test::FakeClock clock;
  return clock;
}

struct World {
  test::FakeRandom random;
  lwip::Network network{the_clock(), random, nullptr};

  // Lets packets go to and fro, and time go by.
  void run(Duration time = 20ms) {
    const MonotonicTime end = the_clock().now() + time;
    while (the_clock().now() < end) {
      network.poll();
      the_clock().advance(1ms);
    }
  }
  // Until it stands or failed.
  Result<bool> connect(lwip::LwipStream& stream, Duration patience = 60s) {
    const MonotonicTime end = the_clock().now() + patience;
    for (;;) {
      const Result<bool> ready = stream.advance(the_clock().now());
      if (!ready.ok() || *ready || the_clock().now() > end) {
        return ready;
      }
      run(1ms);
    }
  }
  // What comes until so many bytes are there, or nothing for a while, or the end.
  Result<std::string> read(lwip::LwipStream& stream, std::size_t size, Duration patience = 10s) {
    std::string text;
    const MonotonicTime end = the_clock().now() + patience;
    while (text.size() < size && the_clock().now() < end) {
      std::uint8_t room[700];
      const Result<std::size_t> got =
          stream.read(ByteSpan(room).first(std::min(sizeof room, size - text.size())));
      if (!got.ok()) {
        return text.empty() ? Result<std::string>(got.status()) : Result<std::string>(text);
      }
      text.append(room, room + *got);
      run(1ms);
    }
    return text;
  }
};

// A server with one connection at a time.
class Peer {
 public:
  Peer() : listener_(tcp_new()) {
    ip_addr_t loopback;
    IP_ADDR4(&loopback, 127, 0, 0, 1);
    REQUIRE(tcp_bind(listener_, &loopback, 0) == ERR_OK);
    port_ = listener_->local_port;
    listener_ = tcp_listen(listener_);
    REQUIRE(listener_ != nullptr);
    tcp_arg(listener_, this);
    tcp_accept(listener_, accepted);
  }
  ~Peer() {
    reset();
    stop_listening();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::uint16_t port() const { return port_; }
  bool connected() const { return pcb_ != nullptr; }
  void stop_listening() {
    if (listener_ != nullptr) {
      tcp_close(listener_);
      listener_ = nullptr;
    }
  }

  // As many as there is room for.
  std::size_t send(const std::string& bytes, bool at_once = false) {
    if (at_once) {
      tcp_nagle_disable(pcb_);
    }
    const std::size_t size = std::min<std::size_t>(bytes.size(), tcp_sndbuf(pcb_));
    if (size == 0 ||
        tcp_write(pcb_, bytes.data(), static_cast<u16_t>(size), TCP_WRITE_FLAG_COPY) != ERR_OK) {
      return 0;
    }
    tcp_output(pcb_);
    return size;
  }
  // Takes what came; until then its window stays used.
  std::string take() {
    std::string taken;
    taken.swap(received_);
    if (pcb_ != nullptr && !taken.empty()) {
      tcp_recved(pcb_, static_cast<u16_t>(taken.size()));
    }
    return taken;
  }
  bool other_side_closed() const { return closed_; }
  bool was_reset() const { return reset_; }
  void close() {
    forget();
    REQUIRE(tcp_close(closing_) == ERR_OK);
  }
  void reset() {
    if (pcb_ != nullptr) {
      forget();
      tcp_abort(closing_);
    }
  }

 private:
  static err_t accepted(void* self, tcp_pcb* pcb, err_t) {
    auto& peer = *static_cast<Peer*>(self);
    peer.pcb_ = pcb;
    tcp_arg(pcb, self);
    tcp_recv(pcb, received);
    tcp_err(pcb, failed);
    return ERR_OK;
  }
  static err_t received(void* self, tcp_pcb*, pbuf* chain, err_t) {
    auto& peer = *static_cast<Peer*>(self);
    if (chain == nullptr) {
      peer.closed_ = true;
      return ERR_OK;
    }
    for (const pbuf* piece = chain; piece != nullptr; piece = piece->next) {
      peer.received_.append(static_cast<const char*>(piece->payload), piece->len);
    }
    pbuf_free(chain);
    return ERR_OK;
  }
  static void failed(void* self, err_t) {
    static_cast<Peer*>(self)->pcb_ = nullptr;
    static_cast<Peer*>(self)->reset_ = true;
  }
  void forget() {
    tcp_arg(pcb_, nullptr);
    tcp_recv(pcb_, nullptr);
    tcp_err(pcb_, nullptr);
    closing_ = pcb_;
    pcb_ = nullptr;
  }

  tcp_pcb* listener_;
  tcp_pcb* pcb_ = nullptr;
  tcp_pcb* closing_ = nullptr;
  std::uint16_t port_ = 0;
  std::string received_;
  bool closed_ = false;
  bool reset_ = false;
};

struct Connection : World {
  Peer peer;
  std::unique_ptr<lwip::LwipStream> stream = std::make_unique<lwip::LwipStream>(network);

  Connection() {
    REQUIRE(stream->open("127.0.0.1", peer.port()).ok());
    REQUIRE(*connect(*stream));
    run();
    REQUIRE(peer.connected());
  }
};

// Keeps questions until it is told to answer.
class NameServer {
 public:
  NameServer() : pcb_(udp_new()) {
    ip_addr_t loopback;
    IP_ADDR4(&loopback, 127, 0, 0, 1);
    REQUIRE(udp_bind(pcb_, &loopback, 53) == ERR_OK);
    udp_recv(pcb_, asked, this);
    dns_setserver(0, &loopback);
  }
  ~NameServer() {
    udp_remove(pcb_);
    dns_setserver(0, nullptr);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  std::size_t questions() const { return questions_; }
  // To the last question: 127.0.0.1 that may be kept for a second, or "no such name".
  void answer(bool found) {
    std::string text = question_;
    text[2] = static_cast<char>(0x81);
    text[3] = static_cast<char>(found ? 0x80 : 0x83);
    if (found) {
      text[7] = 1;
      text.append("\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x7F\x00\x00\x01", 16);
    }
    pbuf* const packet = pbuf_alloc(PBUF_TRANSPORT, static_cast<u16_t>(text.size()), PBUF_RAM);
    REQUIRE(pbuf_take(packet, text.data(), static_cast<u16_t>(text.size())) == ERR_OK);
    REQUIRE(udp_sendto(pcb_, packet, &from_, from_port_) == ERR_OK);
    pbuf_free(packet);
  }

 private:
  static void asked(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port) {
    auto& server = *static_cast<NameServer*>(self);
    server.question_.resize(packet->tot_len);
    pbuf_copy_partial(packet, server.question_.data(), packet->tot_len, 0);
    server.from_ = *from;
    server.from_port_ = port;
    ++server.questions_;
    pbuf_free(packet);
  }

  udp_pcb* pcb_;
  std::string question_;
  ip_addr_t from_{};
  u16_t from_port_ = 0;
  std::size_t questions_ = 0;
};

}  // namespace

TEST_CASE("lwip stream: a literal address and a name -> connected, bytes pass both ways") {
  const std::string host = GENERATE("127.0.0.1", "localhost");
  World world;
  Peer peer;
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open(host, peer.port()).ok());
  REQUIRE(stream.open(host, peer.port()).error() == Error::kWrongState);
  REQUIRE(*world.connect(stream));
  REQUIRE(*stream.write(as_bytes("hello")) == 5);
  world.run();
  REQUIRE(peer.take() == "hello");
  REQUIRE(*stream.read(ByteSpan()) == 0);
  REQUIRE(peer.send("answer") == 6);
  REQUIRE(*world.read(stream, 6) == "answer");
  peer.close();
  world.run();
  REQUIRE(*stream.read(ByteSpan()) == 0);  // no room isn't the end
  REQUIRE(world.read(stream, 1).status() == Status::with_os_code(Error::kLinkLost, ERR_CLSD));
  REQUIRE(stream.read(ByteSpan()).error() == Error::kWrongState);
  REQUIRE(stream.write(as_bytes("x")).error() == Error::kWrongState);
}

TEST_CASE("lwip stream: a name of the network's own list -> its address, without a name server") {
  {
    World earlier;  // whose list ends with it
    REQUIRE(earlier.network.add_host("gone.test", "127.0.0.1").ok());
  }
  World world;
  Peer peer;
  REQUIRE(world.network.add_host("hub.test", "127.0.0.1").ok());
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("hub.test", peer.port()).ok());
  REQUIRE(*world.connect(stream));
  REQUIRE(world.network.add_host("other.test", "127.0.0.1").error() == Error::kNoSpace);
  REQUIRE(world.network.add_host("", "127.0.0.1").error() == Error::kInvalidArgument);
  REQUIRE(world.network.add_host("hub.test", "127.0.0").error() == Error::kInvalidArgument);
  REQUIRE(world.network.add_host("hub.test", "").error() == Error::kInvalidArgument);
}

TEST_CASE(
    "lwip stream: a peer that doesn't read -> part taken, none taken, all arrives in the end") {
  Connection connection;
  std::string sent;
  const MonotonicTime end = the_clock().now() + 5s;
  while (the_clock().now() < end) {
    const std::string chunk(1000, static_cast<char>('a' + sent.size() / 1000 % 26));
    const Result<std::size_t> taken = connection.stream->write(as_bytes(chunk));
    REQUIRE(taken.ok());
    sent.append(chunk, 0, *taken);
    connection.run(1ms);
  }
  REQUIRE(sent.size() >= TCP_WND);
  REQUIRE(sent.size() <= TCP_WND + TCP_SND_BUF);
  REQUIRE(*connection.stream->write(as_bytes("x")) == 0);
  std::string arrived = connection.peer.take();
  connection.run(10s);  // lwIP asks a closed window only now and then
  arrived += connection.peer.take();
  REQUIRE(arrived == sent);
  REQUIRE(*connection.stream->write(as_bytes("x")) == 1);
}

TEST_CASE("lwip stream: what isn't read is bounded by the window, and more than it passes") {
  Connection connection;
  std::string text;
  for (int i = 0; text.size() < 40000; ++i) {
    text += std::to_string(i) + ' ';
  }
  std::size_t sent = 0;
  const auto feed = [&] {
    while (sent < text.size()) {
      const std::size_t size = connection.peer.send(text.substr(sent, 1460));
      if (size == 0) {
        break;
      }
      sent += size;
    }
    connection.run(1ms);
  };
  for (int i = 0; i < 3000; ++i) {
    feed();
  }
  REQUIRE(sent >= TCP_WND);
  REQUIRE(sent <= TCP_WND + TCP_SND_BUF);
  std::string got;
  const MonotonicTime end = the_clock().now() + 60s;
  while (got.size() < text.size() && the_clock().now() < end) {
    feed();
    const Result<std::string> more = connection.read(*connection.stream, 1000, 5ms);
    REQUIRE(more.ok());
    got += *more;
  }
  REQUIRE(got == text);
}

TEST_CASE(
    "lwip stream: many small segments unread -> few buffers are held, all arrives in the end") {
  Connection connection;
  std::string text;
  for (int i = 0; i < 2 * PBUF_POOL_SIZE; ++i) {
    const std::string one(1, static_cast<char>('a' + i));
    text.append(one, 0, connection.peer.send(one, true));
    connection.run(1ms);
  }
  REQUIRE(text.size() > PBUF_POOL_SIZE / 2);
  connection.run(5s);
  std::string first(text.size(), ' ');
  // At once, that is from what the stream itself holds.
  const Result<std::size_t> held = connection.stream->read(
      ByteSpan(reinterpret_cast<std::uint8_t*>(first.data()), first.size()));
  REQUIRE(held.ok());
  REQUIRE(*held <= PBUF_POOL_SIZE / 2);
  first.resize(*held);
  const Result<std::string> rest = connection.read(*connection.stream, text.size() - *held, 60s);
  REQUIRE(rest.ok());
  REQUIRE(first + *rest == text);
}

TEST_CASE("lwip stream: nobody listens -> refused, with lwIP's code, and can be opened again") {
  World world;
  Peer peer;
  peer.stop_listening();
  lwip::LwipStream stream(world.network);
  for (int attempt = 0; attempt < 10; ++attempt) {
    REQUIRE(stream.open("127.0.0.1", peer.port()).ok());
    REQUIRE(world.connect(stream).status() ==
            Status::with_os_code(Error::kConnectRefused, ERR_RST));
  }
}

TEST_CASE("lwip stream: an address that doesn't answer -> timed out after its patience") {
  World world;
  lwip::LwipStream stream(world.network);
  const MonotonicTime begun = the_clock().now();
  REQUIRE(stream.open("127.0.0.2", 8883).ok());
  REQUIRE_FALSE(*stream.advance(begun));
  REQUIRE(stream.next_deadline() == begun + lwip::LwipStream::kAddressPatience);
  REQUIRE(world.connect(stream).error() == Error::kConnectTimeout);
  REQUIRE(the_clock().now() == begun + lwip::LwipStream::kAddressPatience);
  REQUIRE(stream.next_deadline() == kNever);
}

TEST_CASE("lwip stream: no way to the address -> network failed, with lwIP's code") {
  World world;
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("192.0.2.1", 8883).ok());
  REQUIRE(world.connect(stream).status() == Status::with_os_code(Error::kNetworkFailed, ERR_RTE));
}

TEST_CASE("lwip stream: the peer resets -> what came before is given out, then the link is lost") {
  Connection connection;
  REQUIRE(connection.peer.send("last words") == 10);
  connection.run();
  connection.peer.reset();
  connection.run();
  // Taken and lost: whoever writes before reading, as TLS does in a handshake, must come to read.
  REQUIRE(*connection.stream->write(as_bytes("xyz")) == 3);
  REQUIRE(*connection.read(*connection.stream, 10) == "last words");
  const Status lost = Status::with_os_code(Error::kLinkLost, ERR_RST);
  SECTION("told to a reader") {
    REQUIRE(connection.read(*connection.stream, 1).status() == lost);
  }
  SECTION("told to a writer") {
    REQUIRE(connection.stream->write(as_bytes("x")).status() == lost);
  }
  REQUIRE(connection.stream->read(ByteSpan()).error() == Error::kWrongState);
}

TEST_CASE("lwip stream: the peer closes behind its words -> they are given out first") {
  Connection connection;
  REQUIRE(connection.peer.send("last words") == 10);
  connection.peer.close();
  connection.run();
  REQUIRE(*connection.read(*connection.stream, 10) == "last words");
  REQUIRE(connection.read(*connection.stream, 1).error() == Error::kLinkLost);
}

TEST_CASE("lwip stream: closed after a write -> the bytes arrive, then the end") {
  Connection connection;
  REQUIRE(*connection.stream->write(as_bytes("good bye")) == 8);
  connection.stream->close();
  connection.stream->close();
  connection.run();
  REQUIRE(connection.peer.take() == "good bye");
  REQUIRE(connection.peer.other_side_closed());
}

TEST_CASE("lwip stream: closed with bytes unread -> the peer is reset") {
  Connection connection;
  REQUIRE(connection.peer.send("never read") == 10);
  connection.run();
  connection.stream->close();
  connection.run();
  REQUIRE(connection.peer.was_reset());
}

TEST_CASE("lwip stream: destroyed in any state, often -> no connection of lwIP's is used up") {
  World world;
  Peer peer;
  const std::string kind = GENERATE("resolved", "connecting", "connected", "unread", "unanswered");
  CAPTURE(kind);
  for (int i = 0; i < 3 * MEMP_NUM_TCP_PCB; ++i) {
    lwip::LwipStream stream(world.network);
    REQUIRE(stream.open(kind == "unanswered" ? "127.0.0.2" : "127.0.0.1", peer.port()).ok());
    if (kind == "resolved") {
      continue;
    }
    const Result<bool> begun = stream.advance(the_clock().now());
    REQUIRE(begun.ok());
    REQUIRE_FALSE(*begun);
    if (kind == "connecting") {
      continue;
    }
    if (kind == "unanswered") {
      world.run(3s);
      continue;
    }
    REQUIRE(*world.connect(stream));
    world.run();
    REQUIRE(peer.connected());
    if (kind == "unread") {
      REQUIRE(peer.send("unread") == 6);
      world.run();
    }
    peer.reset();
  }
  world.run();
}

TEST_CASE("lwip stream: a peer that has vanished -> the closed connection gives way to new ones") {
  World world;
  netif* const loopback = netif_find("lo0");
  REQUIRE(loopback != nullptr);
  // Each leaves a connection behind that waits for an acknowledgement which never comes.
  for (int i = 0; i < 2 * MEMP_NUM_TCP_PCB; ++i) {
    CAPTURE(i);
    lwip::LwipStream stream(world.network);
    Peer peer;
    REQUIRE(stream.open("127.0.0.1", peer.port()).ok());
    REQUIRE(*world.connect(stream));
    world.run(2ms);
    netif_set_down(loopback);
    REQUIRE(*stream.write(as_bytes("unheard")) == 7);
    peer.reset();
    stream.close();
    netif_set_up(loopback);
  }
}

TEST_CASE("lwip stream: more connections than lwIP has -> no space") {
  Connection first;
  Peer second_peer;
  lwip::LwipStream second(first.network);
  REQUIRE(second.open("127.0.0.1", second_peer.port()).ok());
  REQUIRE(*first.connect(second));
  first.run();
  REQUIRE(second_peer.connected());  // with the peers' own, four are in use
  static_assert(MEMP_NUM_TCP_PCB == 4);
  lwip::LwipStream third(first.network);
  REQUIRE(third.open("127.0.0.1", second_peer.port()).ok());
  REQUIRE(first.connect(third).status() == Status::with_os_code(Error::kNoSpace, ERR_MEM));
}

TEST_CASE("lwip stream: a name -> asked for, and connected once the answer is there") {
  World world;
  NameServer server;
  Peer peer;
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("one.example", peer.port()).ok());
  world.run();
  REQUIRE_FALSE(*stream.advance(the_clock().now()));
  REQUIRE(server.questions() != 0);
  server.answer(true);
  REQUIRE(*world.connect(stream));
}

TEST_CASE("lwip stream: the name has no address -> resolve failed, asked again the next time") {
  World world;
  NameServer server;
  lwip::LwipStream stream(world.network);
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const std::size_t before = server.questions();
    REQUIRE(stream.open("none.example", 8883).ok());
    world.run();
    REQUIRE(server.questions() > before);
    server.answer(false);
    REQUIRE(world.connect(stream).error() == Error::kResolveFailed);
  }
}

TEST_CASE("lwip stream: no name server -> resolve failed, told by advance") {
  World world;
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("some.example", 8883).ok());
  REQUIRE(stream.next_deadline() == kAtOnce);
  REQUIRE(world.connect(stream).error() == Error::kResolveFailed);
}

TEST_CASE(
    "lwip stream: a name server that answers late -> the stream may be gone or ask for more") {
  World world;
  NameServer server;
  Peer peer;
  SECTION("destroyed") {
    {
      lwip::LwipStream stream(world.network);
      REQUIRE(stream.open("late.example", 8883).ok());
      world.run();
    }
    server.answer(true);
    world.run();
  }
  SECTION("another stream, at the same place, isn't mistaken for it") {
    std::optional<lwip::LwipStream> stream;
    stream.emplace(world.network);
    REQUIRE(stream->open("later.example", 8883).ok());
    world.run();
    stream.emplace(world.network);
    server.answer(true);
    world.run();
    REQUIRE(stream->advance(the_clock().now()).error() == Error::kWrongState);
  }
  SECTION("closed and opened for another name") {
    lwip::LwipStream stream(world.network);
    REQUIRE(stream.open("latest.example", 8883).ok());
    world.run();
    stream.close();
    REQUIRE(stream.open("127.0.0.1", peer.port()).ok());
    REQUIRE(*world.connect(stream));
    server.answer(false);
    world.run();
    REQUIRE(*stream.advance(the_clock().now()));
  }
}

TEST_CASE("lwip stream: names that can't be -> refused at once") {
  World world;
  lwip::LwipStream stream(world.network);
  REQUIRE(stream.open("", 8883).error() == Error::kInvalidArgument);
  REQUIRE(stream.open(std::string_view("a\0b", 3), 8883).error() == Error::kInvalidArgument);
  REQUIRE(stream.open(std::string(DNS_MAX_NAME_LENGTH, 'a'), 8883).error() == Error::kNoSpace);
  REQUIRE(stream.advance(the_clock().now()).error() == Error::kWrongState);
}

TEST_CASE("lwip network: no driver -> no address can be had, and it is never up") {
  World world;
  REQUIRE(world.network.start_dhcp().error() == Error::kWrongState);
  REQUIRE(world.network.set_address({"192.0.2.2"}).error() == Error::kWrongState);
  REQUIRE_FALSE(world.network.up());
}
