# impl/session/backoff.ipp
# A link that stood for the rival's first slow wait is a good one: only one of two is told.
instead_of([[quick_drops_ < kConflictDrops - 1 ? kQuickDrop : options_.slow_base * 2 + kQuickDrop]]
           [[kQuickDrop]])
