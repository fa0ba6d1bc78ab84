# impl/storage/reported_store.ipp
# What can't be stored since another client reads a document isn't stored at all.
instead_of([[    return;  // as soon as it is free]]
           [[    store_at_ = kNever;
    return;]])
