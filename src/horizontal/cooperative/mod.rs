//! Cooperative games (合作博弈): Shapley value, core, least core, nucleolus, separable costs.
