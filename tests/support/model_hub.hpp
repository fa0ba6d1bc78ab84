// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model of IoT Hub at the other end of ScriptedTransport: the device side of the protocol as
/// the public documents tell it, in virtual time, with faults on demand. It shares no code with
/// the library or the local hub.

#include "support/hub_records.hpp"
#include "support/model_twin.hpp"
#include "support/scripted_transport.hpp"
#include "support/world.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hubtwin::test {

class ModelHub final : public ScriptedTransport::Peer {
 public:
  /// What the hub sends to a client.
  enum class Kind {
    kConnack,
    kSuback,
    kPuback,
    kGetAnswer,
    kReportAnswer,
    kNotification,
    kMethodRequest,
    kMessage
  };
  /// What becomes of one packet on its way to the client. A network that keeps the order of bytes
  /// loses single packets only when the hub never sent them; that is what `lost` means.
  struct Fate {
    bool lost = false;
    unsigned copies = 1;
    Duration delay{0};
    bool then_cut = false;  ///< The link breaks right after it was sent, before it arrives.
    std::optional<std::size_t> silent_after;  ///< The link goes silent within it, after so many
                                              ///< bytes of its payload.
  };
  /// Decides the fate of each packet; the identity is "device" or "device/module".
  using FateHook = std::function<Fate(Kind kind, const std::string& identity)>;

  /// How a request of a client fares.
  struct Verdict {
    int status = 0;              ///< 0: the normal course; else this status, with an error body.
    std::optional<bool> effect;  ///< Whether a reported update is applied; else: unless refused.
    bool silent = false;         ///< No answer at all.
    bool cut = false;            ///< The link breaks instead of an answer.
    std::string body;            ///< With `status`: instead of the usual body.
  };

  static constexpr const char* kHost = "contoso.azure-devices.net";

  explicit ModelHub(World& world) : world_(world) {}

  // The service side.

  /// Creates an identity, "device" or "device/module". \return its connection string.
  std::string create(const std::string& identity);
  /// Deletes it and creates it again with the same key: an empty twin at version 1.
  void recreate(const std::string& identity);
  /// Deletes it, twin and messages with it, and drops its link.
  void remove(const std::string& identity);
  /// The key in use becomes this one (base64).
  void set_key(const std::string& identity, const std::string& key);
  std::string connection_string(const std::string& identity) const;
  std::string key(const std::string& identity) const { return record(identity).key; }

  void set_desired(const std::string& identity, const Json& patch);
  void replace_desired(const std::string& identity, const Json& document);
  const ModelSection& desired(const std::string& identity) const {
    return record(identity).desired;
  }
  const ModelSection& reported(const std::string& identity) const {
    return record(identity).reported;
  }

  std::shared_ptr<const MethodOutcome> invoke(const std::string& identity, const std::string& name,
                                              const std::string& payload,
                                              Duration timeout = std::chrono::seconds(30));
  /// Cloud to device for a device, input `input` for a module.
  void send_message(const std::string& identity, const std::string& body,
                    const Properties& properties = {}, const std::string& input = "");
  std::size_t messages_waiting(const std::string& identity) const;
  const std::vector<Telemetry>& telemetry(const std::string& identity) const {
    return record(identity).telemetry;
  }
  bool connected(const std::string& identity) const { return record(identity).link != nullptr; }
  unsigned connects(const std::string& identity) const { return record(identity).connects; }
  /// CONNECTs refused so far.
  unsigned refusals() const { return refusals_; }
  /// Requests that came in, answered or not.
  unsigned gets(const std::string& identity) const { return record(identity).gets; }
  unsigned reports(const std::string& identity) const { return record(identity).reports; }

  // Faults.

  void set_fate(FateHook hook) { fate_ = std::move(hook); }
  /// The next GETs, and the next reported updates, of this identity fare so, in turn.
  void judge_get(const std::string& identity, const Verdict& verdict);
  void judge_report(const std::string& identity, const Verdict& verdict);
  /// Takes back the verdicts that haven't been used.
  void forgive(const std::string& identity);
  /// The link of this identity breaks now.
  void cut(const std::string& identity, Status reason = Error::kLinkLost);
  void go_silent(const std::string& identity);
  /// The MQTT session of an identity that isn't connected is lost, subscriptions with it.
  void forget_session(const std::string& identity);
  /// While set, every CONNECT is refused so.
  void refuse_all(std::optional<Status> reason) { refuse_all_ = reason; }
  /// How far the CONNECTs of one identity come.
  enum class Reach { kFine, kRefused, kUnanswered };
  /// Until set anew, its CONNECTs are refused below MQTT, or lost. A link that stands isn't
  /// touched.
  void set_reach(const std::string& identity, Reach reach) { record(identity).reach = reach; }
  /// While set, no CONNECT is answered.
  void ignore_connects(bool ignore) { ignore_connects_ = ignore; }
  /// Desired properties change behind everybody's back: neither version nor notification.
  void corrupt_desired(const std::string& identity, const Json& patch);
  /// Sends a packet of any content to the client, if it is connected.
  void inject(const std::string& identity, const std::string& topic, const std::string& payload);
  /// How far ahead of true time (the start of the world's clock) this hub's own clock is.
  void set_clock_offset(std::chrono::seconds offset) { clock_offset_ = offset; }
  /// What that clock says.
  UtcTime utc() const;

  // Peer.

  void on_connect(ScriptedTransport& transport, const ScriptedTransport::Connect& connect) override;
  void on_subscribe(ScriptedTransport& transport,
                    const ScriptedTransport::Subscribe& subscribe) override;
  void on_publish(ScriptedTransport& transport, const ScriptedTransport::Publish& publish) override;
  void on_acknowledged(ScriptedTransport& transport, std::uint16_t packet_id) override;
  void on_gone(ScriptedTransport& transport, bool orderly) override;

 private:
  struct Queued {
    std::string topic;
    std::string body;
    std::uint16_t packet_id = 0;  // on the present link; 0: not handed over on it
    bool handed_over = false;     // on some link
  };
  struct PendingMethod {
    std::shared_ptr<MethodOutcome> result;
  };
  struct Record {
    std::string id;
    std::string key;
    ModelSection desired;
    ModelSection reported;
    ScriptedTransport* link = nullptr;
    std::uint64_t link_number = 0;
    unsigned connects = 0;
    Reach reach = Reach::kFine;
    bool session = false;
    std::map<std::string, Qos> filters;
    std::deque<Queued> messages;
    std::map<std::string, PendingMethod> methods;
    std::vector<Telemetry> telemetry;
    std::deque<Verdict> get_verdicts;
    std::deque<Verdict> report_verdicts;
    unsigned gets = 0;
    unsigned reports = 0;
    bool is_module() const { return id.find('/') != std::string::npos; }
    std::string topic_root() const;
    const Qos* subscribed(std::string_view topic) const;
  };

  Record& record(const std::string& identity);
  const Record& record(const std::string& identity) const;
  Record* record_of(const ScriptedTransport& transport);
  std::string refusal_of_connect(const ScriptedTransport::Connect& connect, UtcTime& expiry) const;

  void send(Record& to, Kind kind, const std::string& topic, const std::string& payload,
            Qos qos = Qos::kAtMostOnce, Queued* queued = nullptr);
  void notify(Record& record, const Json& patch);
  void hand_over_messages(Record& record);
  void answer_get(Record& record, const std::string& request_id);
  void take_report(Record& record, const std::string& request_id, const std::string& body);
  void answer_error(Record& record, Kind kind, const std::string& request_id, int status,
                    const std::string& body);
  void take_method_answer(Record& record, const std::string& topic, const std::string& body);
  void take_telemetry(Record& record, const ScriptedTransport::Publish& publish);
  void drop(Record& record, Status reason);
  Fate fate(Kind kind, const Record& record) const;
  static Verdict next_verdict(std::deque<Verdict>& verdicts);

  World& world_;
  std::map<std::string, Record> records_;
  FateHook fate_;
  std::optional<Status> refuse_all_;
  bool ignore_connects_ = false;
  unsigned refusals_ = 0;
  std::uint64_t last_link_ = 0;
  std::uint64_t last_method_ = 0;
  std::uint64_t last_key_ = 0;
  std::chrono::seconds clock_offset_{0};
};

}  // namespace hubtwin::test
