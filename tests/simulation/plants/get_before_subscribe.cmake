# impl/twin/twin.ipp
# The twin is read before desired changes are subscribed: what changes in between is lost, as in
# Azure/azure-iot-sdk-c issues 798 and 2702.
instead_of([[  return {detail_twin::kSubscriptions,
          sizeof(detail_twin::kSubscriptions) / sizeof(detail_twin::kSubscriptions[0])};]]
           [[  return {detail_twin::kSubscriptions, sync_ == Sync::kInStep ? 2u : 1u};]])
instead_of([[void Twin::on_link_ready() {
]]
           [[void Twin::on_link_ready() {
  if (sync_ == Sync::kInStep) {
    return;  // the second subscription was granted
  }
]])
instead_of([[    sync_ = Sync::kInStep;
]]
           [[    sync_ = Sync::kInStep;
    session_.subscriptions_changed(*this);
]])
