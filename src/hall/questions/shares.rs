//! Divisions, cooperative games and bargains: requests that are documents complete in themselves.

use crate::finding::{Finding, Place};
use crate::horizontal::bargaining::{self, bargain};
use crate::horizontal::cooperative::{self, GameRequest, Solved};
use crate::horizontal::division::{self, Division, DivisionRequest};
use crate::questions::Failure;
use crate::questions::question::OfDocument;
use crate::solver::SolveOptions;

impl OfDocument for DivisionRequest {
    type Answer = Division;

    fn answer(self, options: &SolveOptions) -> Result<Division, Failure> {
        Ok(division::divide_while(&self, &|| !options.is_interrupted())?)
    }
}

impl OfDocument for GameRequest {
    type Answer = Solved;

    fn answer(self, options: &SolveOptions) -> Result<Solved, Failure> {
        Ok(cooperative::solve_while(&self, &|| !options.is_interrupted())?)
    }

    fn is_long(&self) -> bool {
        // A table of 2ⁿ coalitions and its sequence of programs grow so fast that few parties decide.
        self.parties.len() > 10
    }
}

impl OfDocument for bargaining::Request {
    type Answer = bargaining::Answer;

    fn answer(self, options: &SolveOptions) -> Result<bargaining::Answer, Failure> {
        Ok(bargain(&self, options)?)
    }

    fn nothing(answer: &bargaining::Answer) -> Option<Finding> {
        let ([], Some(unsolved)) = (answer.solutions.as_slice(), answer.unsolved.first()) else { return None };
        Some(Finding::error("bargain.none_found", Place::default()).with("why", unsolved.why.clone()))
    }
}
