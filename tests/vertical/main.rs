//! Vertical compensation: rules, optimum, what-ifs, analyses, and the command line that asks for them.

#[path = "../common/mod.rs"]
mod common;

mod attribution;
mod bases;
mod command_line;
mod compare;
mod compiled;
mod curve;
mod details;
mod exact;
mod frontier;
mod gep;
mod hostile;
mod infeasible;
mod inputs;
mod numbers;
mod optimum;
mod outputs;
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
