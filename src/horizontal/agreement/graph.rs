//! The river as a graph of parties: upstream to downstream, without cycles.

use std::collections::{BTreeMap, BTreeSet};

/// The parties of a cycle, the first one again at its end; `None` where there is none.
pub(super) fn cycle(flows: &[[String; 2]]) -> Option<Vec<&str>> {
    let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for [up, down] in flows {
        below.entry(up).or_default().push(down);
        below.entry(down).or_default();
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in below.keys() {
        // A walk of its own stack: a river of thousands of parties must not overflow the machine's.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((party, next)) = path.last_mut() {
            let party = *party;
            let child = below.get(party).and_then(|children| children.get(*next)).copied();
            *next += 1;
            match child {
                None => {
                    done.insert(party);
                    path.pop();
                }
                Some(child) if done.contains(child) => {}
                Some(child) => {
                    if let Some(at) = path.iter().position(|(known, _)| *known == child) {
                        let mut found: Vec<&str> = path.iter().skip(at).map(|(party, _)| *party).collect();
                        found.push(child);
                        return Some(found);
                    }
                    path.push((child, 0));
                }
            }
        }
    }
    None
}

/// Parties from the source to the mouth; parties beside the river come last, in their own order.
pub(super) fn order<'a>(parties: &[&'a str], flows: &[[String; 2]]) -> Vec<&'a str> {
    let mut rest: Vec<&str> = parties.to_vec();
    let mut ordered: Vec<&'a str> = Vec::new();
    let on_river = |party: &str| flows.iter().any(|[up, down]| up == party || down == party);
    while let Some(at) = rest.iter().position(|party| {
        on_river(party) && flows.iter().all(|[up, down]| down != party || ordered.iter().any(|known| known == up))
    }) {
        ordered.push(rest.remove(at));
    }
    ordered.extend(rest);
    ordered
}

/// Whether `down` can be reached from `up`.
pub(super) fn reaches(flows: &[[String; 2]], up: &str, down: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![up];
    while let Some(party) = open.pop() {
        for [from, to] in flows {
            if from == party && seen.insert(to) {
                open.push(to);
            }
        }
    }
    seen.contains(down)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_orders_follow_the_water() {
        let flow = |up: &str, down: &str| [up.to_owned(), down.to_owned()];
        let river = [flow("a", "b"), flow("b", "c"), flow("a", "c")];
        assert_eq!(cycle(&river), None);
        assert_eq!(order(&["x", "c", "b", "a"], &river), ["a", "b", "c", "x"]);
        assert!(reaches(&river, "a", "c") && !reaches(&river, "c", "a"));
        let ring = [flow("a", "b"), flow("b", "c"), flow("c", "b")];
        assert_eq!(cycle(&ring).unwrap(), ["b", "c", "b"]);
        assert_eq!(cycle(&[flow("a", "a")]).unwrap(), ["a", "a"]);
    }
}
