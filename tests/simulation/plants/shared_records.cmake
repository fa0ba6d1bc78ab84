# impl/storage/message_store.ipp
# All clients keep their messages in the same records. Nothing comes of it unless they share a log.
instead_of([[slots_(slots), first_(first) {]]
           [[slots_(slots), first_(RecordId::kFirstMessage) {
  static_cast<void>(first);]])
