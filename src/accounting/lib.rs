//! GEP accounting (生态产品总值核算): indicators, norms, formulas, parameters, prices and quantities as data become 功能量表 and
//! 价值量表; years compared, prints checked, townships downscaled, the inventory kept.
//!
//! The modules stand in dependency order: each imports only from modules declared above it.

// the room below
use ecocomp_ground::{dataset, document, figures, finding, phrases, shapley, units};

// numbers and their units
pub mod value;
pub mod unit;
// formulas
pub mod expression;
// tables and the objects in them
pub mod sheet;
pub mod tree;
pub mod formula;
pub mod entry;
pub mod area;
pub mod quantity;
pub mod norm;
pub mod printed;
pub mod inventory;
pub mod manifest;
pub mod head_sheets;
pub mod book;
// the account
pub mod resolve;
pub mod chosen;
pub mod ledger;
pub mod select;
pub mod statement;
pub mod trace;
pub mod compare;
pub mod checks;
pub mod downscale;
pub mod stock;
pub mod view;
pub mod library;
pub mod template;
