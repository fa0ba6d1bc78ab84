# impl/session/backoff.ipp
# The largest bound is doubled once more.
instead_of([[  return std::min(bound, cap);]] [[  return bound * 2;]])
