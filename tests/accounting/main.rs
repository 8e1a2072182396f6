//! GEP accounting: published accounts step by step, random accounts, slips, hostile tables.

mod absent;
mod cases;
mod hostile;
mod own;
mod published;
mod random;
mod shelf;
mod slips;
mod steps;
mod template;
