//! Divisions, cooperative games and bargains: requests that are documents complete in themselves.

use crate::finding::{Finding, Limit, Place};
use crate::horizontal::bargaining::{self, bargain};
use crate::horizontal::cooperative::{self, GameRequest, Solved};
use crate::horizontal::division::{self, Division, DivisionRequest};
use crate::phrases::Phrase;
use crate::questions::Failure;
use crate::questions::question::OfDocument;
use crate::solver::SolveOptions;

impl OfDocument for DivisionRequest {
    type Answer = Division;

    fn answer(self, options: &SolveOptions) -> Result<Division, Failure> {
        Ok(division::divide_while(&self, &|| !options.is_interrupted())?)
    }

    fn is_complete(answer: &Division) -> bool {
        answer.complete
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

    fn is_complete(answer: &Solved) -> bool {
        answer.complete
    }
}

impl OfDocument for bargaining::Request {
    type Answer = bargaining::Answer;

    fn answer(self, options: &SolveOptions) -> Result<bargaining::Answer, Failure> {
        bargain(&self, options).map_err(|findings| {
            // That parties and set leave no agreement is an answer.
            if bargaining::is_no_agreement(&findings) { Failure::Infeasible(findings, None) } else { findings.into() }
        })
    }

    fn is_complete(answer: &bargaining::Answer) -> bool {
        answer.complete
    }

    fn nothing(answer: &bargaining::Answer) -> Option<Finding> {
        if !answer.complete && answer.solutions.is_empty() {
            return Some(Finding::limit(Limit::Interrupt, Phrase::new("bargain.phase").text()));
        }
        let ([], Some(unsolved)) = (answer.solutions.as_slice(), answer.unsolved.first()) else { return None };
        Some(Finding::error("bargain.none_found", Place::default()).with("why", unsolved.why.clone()))
    }
}
