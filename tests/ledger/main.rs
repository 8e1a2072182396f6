//! Tests of the ledger against independent arithmetic, published cases and hostile lists.

mod cases;
mod chain;
mod common;
mod identities;
mod lists;
