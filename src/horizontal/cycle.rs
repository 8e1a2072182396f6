//! Cycles of a graph: what neither a river of parties nor one of areas may have.

/// A cycle, its first node repeated at the end; `None` where there is none. `next[n]` are the nodes after node n.
pub(super) fn cycle(next: &[Vec<usize>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; next.len()];
    let set = |marks: &mut Vec<Mark>, node: usize, mark| {
        if let Some(entry) = marks.get_mut(node) {
            *entry = mark;
        }
    };
    for start in 0..next.len() {
        if marks.get(start) != Some(&Mark::New) {
            continue;
        }
        // The way from the start to here, with how many edges of each node were already followed: a stack of our own, since a
        // river of thousands must not overflow the machine's.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        set(&mut marks, start, Mark::OnPath);
        while let Some((node, followed)) = path.last_mut() {
            let node = *node;
            let Some(to) = next.get(node).and_then(|list| list.get(*followed)).copied() else {
                set(&mut marks, node, Mark::Done);
                path.pop();
                continue;
            };
            *followed += 1;
            match marks.get(to) {
                Some(Mark::OnPath) => {
                    let mut cycle: Vec<usize> =
                        path.iter().map(|(node, _)| *node).skip_while(|node| *node != to).collect();
                    cycle.push(to);
                    return Some(cycle);
                }
                Some(Mark::New) => {
                    set(&mut marks, to, Mark::OnPath);
                    path.push((to, 0));
                }
                _ => {}
            }
        }
    }
    None
}
