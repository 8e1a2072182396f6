//! Bargaining over a polyhedral feasible set (议价): Nash, Kalai–Smorodinsky, egalitarian, utilitarian.
