//! Tests of the ledger against independent arithmetic, published cases and hostile lists.

mod cases;
mod chain;
mod clocks;
mod common;
mod damage;
mod identities;
mod lists;
mod outcome;
mod payees;
