//! Which changes speak of the same place: what commutes and what stacks.

use crate::policy::tree::Node;
use crate::scenario::{Change, path};

/// A place in model or data with the changes made there, in their stacking order.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Canonical name: the same however the path is written and wherever the change is listed.
    pub key: String,
    /// The changes.
    pub changes: Vec<Change>,
}

/// Groups changes by place, in canonical order.
///
/// Changes of one figure are one place, and so are changes of a value and of a part of it.
pub fn spots(changes: &[Change], tree: &Node) -> Vec<Spot> {
    let mut located: Vec<(Vec<String>, usize, &Change)> =
        changes.iter().enumerate().map(|(at, change)| (tokens(change, tree), at, change)).collect();
    located.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (root, at, change) in located {
        match groups.last_mut() {
            // In this order a part follows the whole at once.
            Some(group) if root.starts_with(&group.root) => group.members.push((at, change)),
            _ => groups.push(Group { root, members: vec![(at, change)] }),
        }
    }
    groups.into_iter().map(Group::spot).collect()
}

struct Group<'a> {
    root: Vec<String>,
    members: Vec<(usize, &'a Change)>,
}

impl Group<'_> {
    fn spot(mut self) -> Spot {
        self.members.sort_by_key(|(at, _)| *at);
        let changes = self.members.into_iter().map(|(_, change)| change.clone()).collect();
        Spot { key: path::written(&self.root), changes }
    }
}

fn tokens(change: &Change, tree: &Node) -> Vec<String> {
    match change.selection() {
        Ok(Some(selection)) => vec!["data".to_owned(), selection.figure],
        _ => path::location(tree, &change.path),
    }
}
