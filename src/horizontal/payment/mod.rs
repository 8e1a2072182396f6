//! Supply and benefit of services between areas, and the multi-party payment program (供给—受益与支付).
//!
//! [`pay`] is the whole of it: who supplies what to whom, what bounds a payment, and the deal that is reached by objectives in
//! order, or why there is none.

mod answer;
mod assemble;
mod case;
mod concession;
mod elastic;
mod end;
mod fewest;
mod figures;
mod impasse;
mod network;
mod parts;
mod position;
mod possible;
mod program;
pub mod reading;
mod request;
mod river;
mod rounding;
mod shares;
mod stages;
mod stuck;
pub mod synthetic;
pub mod tables;
mod terms;
mod words;

pub use answer::{
    Answer, CellPart, ConcessionPart, ConditionPart, ConflictPart, Deal, Impasse, MemberPart, PairPart, PartyPart,
    PaymentPart, PositionPart, PricePart, ServicePart, StagePart, Status, TopUpPart,
};
pub use figures::{Label, Number, Sum, Worth};
pub use request::{
    Ability, Among, AreaSpec, DataFiles, DealSpec, Distance, FlowRow, FlowRule, GepRow, Levels, Measure, Objective,
    PairSpec, PartySpec, Reach, Request, ServiceSpec, ShareWeights,
};

use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::solver::SolveOptions;

/// Supply, benefit and payment of a case.
///
/// # Errors
/// Everything that is wrong with the request, at its place; limits and failures of the solver; a corridor around the shares
/// that leaves no plan in whole 分. That no deal keeps every condition is no error but an answer.
pub fn pay(request: &Request, options: &SolveOptions) -> Result<Answer, Findings> {
    let mut log = FindingLog::default();
    if request.data.is_some() {
        log.push(Finding::error("payment.files_not_read", Place::default().column("data")));
    }
    let names = case::Names::read(request, &mut log);
    stop_at_errors(&mut log)?;
    let gep = shares::gep(request, &names, &mut log);
    let mut river = river::River::read(request, &names, &mut log);
    stop_at_errors(&mut log)?;
    let spills = shares::spills(request, &names, &gep, &mut river, &mut log);
    stop_at_errors(&mut log)?;
    let ledger = position::Ledger::of(&names, &gep, &spills);
    let terms = terms::Terms::read(request, &names, &ledger, &mut log);
    check_objectives(request, &mut log);
    stop_at_errors(&mut log)?;
    let mut answer = assemble::positions(request, &names, &ledger, &terms);
    let trial = concession::Trial { names: &names, ledger: &ledger, options };
    let plan = match possible::possible(&terms, options)? {
        possible::Possible::Deal(plan) => plan,
        possible::Possible::Nothing => {
            answer.impasse = Some(impasse::explain(&concession::conditions_of(request), &terms, &trial)?);
            return Ok(answer);
        }
        possible::Possible::BetweenFen => return Err(Finding::error("payment.unroundable", Place::default()).into()),
    };
    match stages::optimise(&terms, &request.deal, &plan, options) {
        Ok(optimum) => {
            // A plan that rounding cannot follow gives way to one that keeps every condition.
            let plan = rounding::round(&terms, &optimum.payments).unwrap_or(plan);
            answer.status = Status::Deal;
            answer.remarks.extend(words::deal_remarks(&terms, &request.deal, &optimum));
            answer.deal = Some(assemble::deal(request, &terms, &optimum, &plan));
            Ok(answer)
        }
        Err(end::End::Infeasible) => {
            answer.impasse = Some(impasse::explain(&concession::conditions_of(request), &terms, &trial)?);
            Ok(answer)
        }
        Err(end::End::Finding(finding)) => Err((*finding).into()),
    }
}

/// The findings so far where one of them is an error.
fn stop_at_errors(log: &mut FindingLog) -> Result<(), Findings> {
    if log.errors() > 0 { Err(Findings(std::mem::take(log).into_findings())) } else { Ok(()) }
}

fn check_objectives(request: &Request, log: &mut FindingLog) {
    let mut seen = std::collections::BTreeSet::new();
    for objective in &request.deal.objectives {
        if !seen.insert(*objective) {
            log.push(Finding::error("payment.objective_twice", Place::default().column("deal.objectives")));
        }
    }
}
