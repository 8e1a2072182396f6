//! Horizontal compensation: agreements, settlement, payments, division, bargaining, negotiation.

#[path = "../common/mod.rs"]
mod common;

mod agreement;
mod bargaining;
mod cooperative;
mod division;
mod funds;
mod monitoring;
mod negotiation;
mod payment;
mod payment_remedies;
mod searches;
mod settlement;
