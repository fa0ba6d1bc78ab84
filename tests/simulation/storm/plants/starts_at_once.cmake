# impl/session/session.ipp
# The first attempt comes with open(), as if nobody else were switched on.
instead_of([[now() + context_.jitter(options_.start_spread)]] [[now()]])
