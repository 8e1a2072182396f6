//! Vertical compensation: rules, optimum, what-ifs, analyses, and the command line that asks for them.

#[path = "../common/mod.rs"]
mod common;

mod annex;
mod attribution;
mod bases;
mod by_hand;
mod coarse;
mod command_line;
mod comfort;
mod compare;
mod compiled;
mod curve;
mod deduction;
mod details;
mod documents;
mod exact;
mod frontier;
mod fund_year;
mod gep;
mod hostile;
mod infeasible;
mod inputs;
mod numbers;
mod office;
mod optimum;
mod outputs;
mod paid;
mod prices;
mod ranges;
mod robust;
mod rules;
mod scenarios;
mod slips;
mod sobol;
mod soft;
mod steadiness;
mod stochastic;
mod sweep;
mod ties;
mod uncertainty;
mod what_if;
mod workbooks;
