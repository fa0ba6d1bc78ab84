# impl/twin/node_store.ipp
# A key that no property has any more stays in the arena.
instead_of([[  if (users == 0) {
    unlink_key]]
           [[  if (users == kNoKey) {
    unlink_key]])
