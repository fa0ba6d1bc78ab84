# impl/storage/message_store.ipp
# A stored message is taken out of the store when it's sent again, and not when it's acknowledged.
instead_of([[        slot.ticket_ = *ticket;
        slot.state_ = State::kStored;]]
           [[        slot.ticket_ = *ticket;
        slot.state_ = State::kGone;]])
