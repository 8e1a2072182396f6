//! The river as a graph of parties: upstream to downstream, without cycles.

use std::collections::{BTreeMap, BTreeSet};

use crate::cycle;

/// The parties of a cycle, the first one again at its end; `None` where there is none.
pub(super) fn cycle(flows: &[[String; 2]]) -> Option<Vec<&str>> {
    let names: BTreeSet<&str> = flows.iter().flatten().map(String::as_str).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    for [up, down] in flows {
        let at = |name: &String| names.binary_search(&name.as_str()).ok();
        if let (Some(list), Some(down)) = (at(up).and_then(|up| below.get_mut(up)), at(down)) {
            list.push(down);
        }
    }
    let found = cycle::cycle(&below)?;
    Some(found.into_iter().filter_map(|at| names.get(at).copied()).collect())
}

/// Parties from the source to the mouth; parties beside the river come last, in their own order.
pub(super) fn order<'a>(parties: &[&'a str], flows: &[[String; 2]]) -> Vec<&'a str> {
    let at: BTreeMap<&str, usize> = parties.iter().enumerate().map(|(at, party)| (*party, at)).collect();
    let mut above = vec![0_usize; parties.len()];
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); parties.len()];
    let mut on_river = BTreeSet::new();
    for [up, down] in flows {
        let (Some(up), Some(down)) = (at.get(up.as_str()), at.get(down.as_str())) else { continue };
        on_river.extend([*up, *down]);
        if let (Some(count), Some(list)) = (above.get_mut(*down), below.get_mut(*up)) {
            *count += 1;
            list.push(*down);
        }
    }
    // Of several that could come next, the first of the file does.
    let mut open: BTreeSet<usize> = on_river.iter().copied().filter(|at| above.get(*at) == Some(&0)).collect();
    let mut ordered = Vec::new();
    while let Some(next) = open.pop_first() {
        ordered.push(next);
        for down in below.get(next).cloned().unwrap_or_default() {
            if let Some(count) = above.get_mut(down) {
                *count -= 1;
                if *count == 0 {
                    open.insert(down);
                }
            }
        }
    }
    let placed: BTreeSet<usize> = ordered.iter().copied().collect();
    ordered.extend((0..parties.len()).filter(|at| !placed.contains(at)));
    ordered.into_iter().filter_map(|at| parties.get(at).copied()).collect()
}

/// Whether `down` can be reached from `up`.
pub(super) fn reaches(flows: &[[String; 2]], up: &str, down: &str) -> bool {
    let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for [from, to] in flows {
        below.entry(from).or_default().push(to);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![up];
    while let Some(party) = open.pop() {
        for next in below.get(party).into_iter().flatten() {
            if seen.insert(next) {
                open.push(next);
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
