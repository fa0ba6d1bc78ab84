# impl/session/context.ipp
# Waits are as long as their bound, for all alike: the whole fleet tries again at one moment.
instead_of([[  return Duration(static_cast<Duration::rep>(ports_.random.next() % (span + 1)));]]
           [[  return Duration(static_cast<Duration::rep>(span));]])
