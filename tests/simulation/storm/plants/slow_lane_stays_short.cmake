# impl/session/backoff.ipp
# Refused credentials are tried again every minute or two, for ever.
instead_of([[    ++slow_attempts_;]] [[]])
