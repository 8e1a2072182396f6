//! Who is downstream of whom.

use std::collections::BTreeSet;

use crate::cycle::cycle;
use crate::finding::{Finding, FindingLog};
use crate::payment::case::{Names, at, limit};
use crate::payment::request::Request;

/// Most reaches looked at over all questions asked, so that no river can hang the program.
const STEPS_MAX: usize = 400_000_000;

/// The river as a graph without cycle.
#[derive(Debug, Clone, Default)]
pub(super) struct River {
    next: Vec<Vec<usize>>,
    steps: usize,
}

impl River {
    /// Reads the reaches; unknown areas, reaches given twice and cycles are findings.
    pub fn read(request: &Request, names: &Names, log: &mut FindingLog) -> Self {
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); names.areas.len()];
        let mut seen = BTreeSet::new();
        for (index, reach) in request.river.iter().enumerate() {
            let from = names.area(&reach.from, at("river", index, "from"), log);
            let to = names.area(&reach.to, at("river", index, "to"), log);
            let (Some(from), Some(to)) = (from, to) else { continue };
            let Some(list) = next.get_mut(from) else { continue };
            if !seen.insert((from, to)) {
                let finding = Finding::error("payment.reach_twice", at("river", index, "to"));
                log.push(finding.with("from", &reach.from).with("to", &reach.to));
            } else {
                list.push(to);
            }
        }
        let river = Self { next, steps: 0 };
        if let Some(cycle) = cycle(&river.next) {
            let place = request.river.iter().position(|reach| {
                let ends = [&reach.from, &reach.to].map(|id| names.area_of.get(id.as_str()).copied());
                cycle.windows(2).any(|pair| ends == [pair.first().copied(), pair.last().copied()])
            });
            let path = cycle.iter().map(|area| names.area_name(*area)).collect::<Vec<_>>().join(" → ");
            log.push(Finding::error("payment.cycle", at("river", place.unwrap_or(0), "from")).with("path", path));
        }
        river
    }

    /// Whether any reach is known.
    pub fn is_empty(&self) -> bool {
        self.next.iter().all(Vec::is_empty)
    }

    /// Every area downstream of one, in order.
    ///
    /// # Errors
    /// The river is too large for so many questions.
    pub fn downstream(&mut self, from: usize) -> Result<Vec<usize>, Finding> {
        let mut reached = vec![false; self.next.len()];
        let mut open = vec![from];
        while let Some(area) = open.pop() {
            for to in self.next.get(area).into_iter().flatten() {
                self.steps += 1;
                if reached.get(*to) == Some(&false) {
                    set(&mut reached, *to, true);
                    open.push(*to);
                }
            }
        }
        self.steps += reached.len();
        if self.steps > STEPS_MAX {
            return Err(limit("river", self.steps, STEPS_MAX));
        }
        Ok((0..reached.len()).filter(|area| reached.get(*area) == Some(&true)).collect())
    }
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(entry) = list.get_mut(index) {
        *entry = value;
    }
}
