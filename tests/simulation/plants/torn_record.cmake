# impl/storage/flash_log_open.ipp
# A record that power cut short counts, and the one before it doesn't any more.
instead_of([[  for (std::uint32_t index = 1; index < count; ++index) {
    const Page next = read_page(block, page + index, 0, ByteSpan());]]
           [[  for (std::uint32_t index = count; index < count; ++index) {
    const Page next = read_page(block, page + index, 0, ByteSpan());]])
