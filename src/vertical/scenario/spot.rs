//! Which changes speak of the same place: what commutes and what stacks.

use crate::document::tree::Node;
use crate::scenario::{Change, path};

/// A place in model or data with the changes made there, in their stacking order.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Canonical name: the same however the path is written and wherever the change is listed.
    pub key: String,
    /// Positions of the changes in the list that was grouped, in order.
    pub members: Vec<usize>,
}

/// Groups changes by place, in canonical order.
///
/// Changes of one figure are one place, and so are changes of a value and of a part of it.
pub fn spots(changes: &[Change], tree: &Node) -> Vec<Spot> {
    let mut located: Vec<(Vec<String>, usize)> =
        changes.iter().enumerate().map(|(at, change)| (tokens(change, tree), at)).collect();
    located.sort();
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (root, at) in located {
        match groups.last_mut() {
            // In this order a part follows the whole at once.
            Some((known, members)) if root.starts_with(known) => members.push(at),
            _ => groups.push((root, vec![at])),
        }
    }
    let spot = |(root, mut members): (Vec<String>, Vec<usize>)| {
        members.sort_unstable();
        Spot { key: path::written(&root), members }
    };
    groups.into_iter().map(spot).collect()
}

fn tokens(change: &Change, tree: &Node) -> Vec<String> {
    match change.selection() {
        Ok(Some(selection)) => vec!["data".to_owned(), selection.figure],
        _ => path::location(tree, &change.path),
    }
}
