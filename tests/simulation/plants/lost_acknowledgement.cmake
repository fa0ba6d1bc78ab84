# impl/twin/reported_sender.ipp
# An update whose acknowledgement doesn't come is taken for acknowledged.
instead_of([[    answered(Error::kHubTimeout, kNoVersion);]]
           [[    answered(Status(), kNoVersion);]])
