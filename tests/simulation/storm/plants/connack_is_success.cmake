# impl/session/backoff.ipp
# Waits begin anew with each CONNACK, as in azure-iot-sdk-c, where two clients on one identity fight
# for ever since each connect succeeds (its issues 1416 and 2287).
instead_of([[  up_since_ = now;]]
           [[  up_since_ = now;
  reset();]])
