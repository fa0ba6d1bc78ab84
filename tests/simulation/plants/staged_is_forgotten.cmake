# impl/storage/reported_store.ipp
# Stored values are taken out of the store when they are staged again, and not when they're acknowledged.
instead_of([[  stored_digest_ = crc.value();
  if (stored_) {]]
           [[  stored_digest_ = crc.value();
  static_cast<void>(storage_.erase(record_));
  if (stored_) {]])
