//! Supply and benefit of services between areas, and the multi-party payment program (供给—受益与支付).
