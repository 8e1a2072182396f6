//! Infeasible is an answer: one irreducible conflict in the rules' own names.
//!
//! A deletion filter over funds and rules (Chinneck & Dravnieks 1991): what can be left out while no plan exists is left out;
//! what remains has no plan, and leaving out any one of it gives one.

use crate::finding::Findings;
use crate::phrases::Text;
use crate::rules::Member;
use crate::run::{Prepared, feasible};
use crate::solver::SolveOptions;

use schemars::JsonSchema;
use serde::Serialize;

/// A fund or rule of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ConflictMember {
    /// Short code.
    pub id: String,
    /// `fund` or the kind of rule.
    pub kind: &'static str,
    /// Printed name.
    pub label: Text,
    /// The demand in words.
    pub sentence: Text,
    /// Legal basis.
    pub basis: String,
    /// Position among funds or rules.
    #[serde(skip)]
    pub member: Option<Member>,
}

/// One irreducible conflict; empty where none was found (a limit, or a plan exists).
///
/// # Errors
/// Blank figures, or numbers that cannot stand in a linear program.
pub fn irreducible(prepared: &Prepared, options: &SolveOptions) -> Result<Vec<Member>, Findings> {
    let problem = &prepared.problem;
    let funds = (0..problem.frame.funds.len()).map(Member::Fund);
    let rules = (0..problem.rules.len()).map(Member::Rule);
    let mut kept: Vec<Member> = funds.chain(rules).filter(|member| problem.penalty(*member).is_none()).collect();
    if feasible(problem, &|member| kept.contains(&member), options)? != Some(false) {
        return Ok(Vec::new());
    }
    // Later rules go first: what a planner wrote first is kept where there is a choice.
    for candidate in kept.clone().into_iter().rev() {
        let rest: Vec<Member> = kept.iter().copied().filter(|member| *member != candidate).collect();
        if feasible(problem, &|member| rest.contains(&member), options)? == Some(false) {
            kept = rest;
        }
    }
    Ok(kept)
}

/// A member of a conflict in words.
pub fn describe(prepared: &Prepared, member: Member) -> Option<ConflictMember> {
    let part = crate::record::rule_part(&prepared.problem, member, &[])?;
    Some(ConflictMember {
        id: part.id,
        kind: part.kind,
        label: part.label,
        sentence: part.sentence,
        basis: part.basis,
        member: Some(member),
    })
}
