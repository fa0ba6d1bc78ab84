# impl/storage/desired_store.ipp
# Of the sections of one link only the first one is stored.
instead_of([[    seen_version_ = version;
    due_ = true;]]
           [[    due_ = seen_version_ == kNoVersion;
    seen_version_ = version;]])
