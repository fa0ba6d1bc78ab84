# impl/storage/reported_store.ipp
# What can't be stored since another client reads a document isn't stored at all.
instead_of([[    return;  // as soon as it is free]]
           [[    store_at_ = kNever;
    return;]])
# Nor is the store polled for it again and again until then.
instead_of([[                       (stored_ && !unacknowledged() && store_at_ == kNever);]]
           [[                       (stored_ && !unacknowledged() && noted_version_ == kNoVersion);]])
