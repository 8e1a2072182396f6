//! Failures of the engine and the store as problems.

use crate::finding::{Finding, Findings};
use crate::http::edge::members;
use crate::http::edge::problem::{self, Kind, Problem};
use crate::jobs::{End, Full, Ticket};
use crate::phrases::Phrase;
use crate::questions::Failure;
use crate::store::{Conflict, StoreError, Unfit};

/// The status of a time limit that the service sets is that of a full service: asking later, or as a job, may do.
const TIME_LIMIT: Kind = Kind::new("service.time_limit", 503);
/// Somebody cancelled the work while another waited for it.
const CANCELLED: Kind = Kind::new("service.cancelled", 409);

/// An answer did not pass the engine's own check: nothing that the client sent is wrong.
const SELF_CHECK: Kind = Kind::new("service.self_check", 500);
/// The findings of such checks.
const SELF_CHECKS: [&str; 2] = ["settlement.check_failed", "allocation.audit_failed"];

/// Findings of a question; what the command line calls `--name`, a document calls `/name`.
pub fn pointed(findings: Findings) -> Problem {
    let Findings(mut list) = findings;
    if list.iter().any(|finding| SELF_CHECKS.contains(&finding.code())) {
        tracing::error!(code = list.first().map(Finding::code), "an answer failed its own check");
        list.retain(|finding| SELF_CHECKS.contains(&finding.code()));
        return Problem::new(SELF_CHECK).findings(list);
    }
    list.iter_mut().for_each(relocate);
    let pointer = list.iter().find_map(|finding| finding.place.file.clone().filter(|file| file.starts_with('/')));
    let problem = Problem::new(problem::INVALID_INPUT).findings(list);
    match pointer {
        Some(pointer) => problem.pointer(pointer),
        None => problem,
    }
}

fn relocate(finding: &mut Finding) {
    let Some(name) = finding.place.file.as_deref().and_then(|file| file.strip_prefix("--")) else { return };
    finding.place.file = Some(members::pointer(name));
}

/// Work that ended without a document.
pub fn of_work(failure: Failure, ticket: &Ticket) -> Problem {
    match ticket.ended() {
        Some(End::TimedOut) => return Problem::new(TIME_LIMIT).retry_after(1),
        Some(End::Cancelled) => return Problem::new(CANCELLED),
        Some(End::Shutdown) => return Problem::new(problem::SHUTTING_DOWN).retry_after(5),
        None => {}
    }
    match failure {
        Failure::Limit(_) => Problem::new(TIME_LIMIT).retry_after(1),
        Failure::Findings(findings) | Failure::Usage(findings) | Failure::Infeasible(findings, _) => pointed(findings),
    }
}

/// No room for work.
pub fn of_full(full: Full) -> Problem {
    Problem::new(problem::OVERLOADED).detail(Phrase::new("service.queue_full")).retry_after(full.retry_after)
}

/// What the store did not do.
pub fn of_store(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound => Problem::new(problem::NOT_FOUND),
        StoreError::Stale { .. } => Problem::new(problem::PRECONDITION_FAILED).parameter("If-Match"),
        StoreError::Conflict(conflict) => Problem::new(problem::CONFLICT).detail(Phrase::new(match conflict {
            Conflict::OwnPlan => "service.own_plan",
            Conflict::MakersToken => "service.makers_token",
            Conflict::NoAllocation => "service.run_without_allocation",
            Conflict::PlanDecided => "service.plan_decided",
            Conflict::NoPreviousPlan => "service.no_previous_plan",
            Conflict::NotApproved => "service.not_approved",
            Conflict::NotMaker => "service.not_maker",
            Conflict::JobEnded => "service.job_ended",
            Conflict::RunInPlan => "service.run_in_plan",
            Conflict::KeyReused | Conflict::ForeignJob | Conflict::RunDiffers | Conflict::IdTaken => "service.state",
        })),
        // A cursor that no list gave is the address of a page that is not there.
        StoreError::Invalid { why: Unfit::Cursor, .. } => {
            Problem::new(problem::NOT_FOUND).detail(Phrase::new("service.no_page")).parameter("cursor")
        }
        StoreError::Invalid { field, why } => {
            let words = Phrase::new("service.unfit").with("field", field).with_phrase("why", &Phrase::new(why.code()));
            Problem::new(problem::WRONG_SHAPE).detail(words).parameter(field)
        }
        StoreError::Unavailable(why) => {
            tracing::warn!(why, "the store does not answer");
            Problem::new(problem::STORE_UNAVAILABLE).retry_after(2)
        }
        StoreError::Failed(why) => {
            tracing::error!(why, "the store failed");
            Problem::new(problem::INTERNAL)
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;
    use crate::finding::Place;

    #[test]
    fn a_failed_check_of_our_own_is_no_fault_of_the_input() {
        let failed = Finding::error("settlement.check_failed", Place::file("agreement.toml"));
        assert_eq!(pointed(failed.into()).status_code().as_u16(), 500);
        let wrong = Finding::error("settlement.no_amount_of_year", Place::file("agreement.toml"));
        assert_eq!(pointed(wrong.into()).status_code().as_u16(), 422);
    }
}
