# impl/storage/reported_store.ipp
# What can't be stored since another client reads a document isn't stored at all.
instead_of([[    store_at_ = context.document_free_at();
    return;]]
           [[    store_at_ = kNever;
    return;]])
