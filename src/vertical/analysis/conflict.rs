//! Infeasible is an answer: one irreducible conflict in the rules' own names.
//!
//! The solver's own proof names rows that contradict each other; a deletion filter over their funds and rules (Chinneck &
//! Dravnieks 1991) leaves out what can be left out while no plan exists. What remains has no plan, and leaving out any one of it
//! gives one.

use std::collections::BTreeSet;

use crate::analysis::standing::Standing;
use crate::finding::Findings;
use crate::phrases::Text;
use crate::rules::Member;
use crate::run::Prepared;
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

/// One irreducible conflict of a prepared model; empty where none was found for sure.
///
/// # Errors
/// Numbers that cannot stand in a linear program.
pub fn conflict(prepared: &Prepared, options: &SolveOptions) -> Result<Vec<Member>, Findings> {
    Ok(irreducible(&mut Standing::open(prepared, options)?).unwrap_or_default().members)
}

/// Funds and rules that have no plan together, though all but any one of them have.
#[derive(Debug, Default)]
pub(super) struct Irreducible {
    /// The funds and rules.
    pub members: Vec<Member>,
    /// Those without which everything else has a plan, or may have one: of the others no number helps.
    pub decisive: BTreeSet<Member>,
}

/// One irreducible conflict; `None` where none was found for sure (a limit, or a plan exists).
pub(super) fn irreducible(standing: &mut Standing<'_>) -> Option<Irreducible> {
    if standing.stands(&|_| true)? {
        return None;
    }
    let all: BTreeSet<Member> = standing.demands().iter().map(|demanded| demanded.member).collect();
    let (mut kept, proved) = standing.contradicting();
    // A proof that our own sums do not confirm counts only where the solver, asked again, says the same.
    if kept.len() < all.len() && !proved && standing.stands(&|member| kept.contains(&member)) != Some(false) {
        kept = all;
    }
    let mut decisive = BTreeSet::new();
    // Later rules go first: what a planner wrote first is kept where there is a choice.
    for candidate in kept.clone().into_iter().rev() {
        let rest = standing.stands(&|member| member != candidate);
        if rest != Some(false) {
            decisive.insert(candidate);
        }
        // A plan that meets everything else meets the others of the conflict too.
        if rest != Some(true) && !standing.stands(&|member| member != candidate && kept.contains(&member))? {
            kept.remove(&candidate);
        }
    }
    Some(Irreducible { members: kept.into_iter().collect(), decisive })
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
