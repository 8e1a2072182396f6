//! From monitoring data to index, tier and ledger (清算).
