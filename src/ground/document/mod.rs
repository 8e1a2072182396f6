//! Documents: text (TOML, JSON) becomes a tree and then typed values, each finding with its line.

pub mod json;
mod marks;
pub mod number;
pub mod places;
pub mod reasons;
mod reading;
pub mod sections;
pub mod spots;
pub mod tree;
pub mod rewrite;
pub mod typed;

/// The program that made a document, with its version: part of every record and hash.
pub const ENGINE: &str = concat!("ecocomp ", env!("CARGO_PKG_VERSION"));
