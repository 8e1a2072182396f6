//! Agreements as data (补偿协议): parties, indicators, baselines, tiers, contributions, accidents, caps.
