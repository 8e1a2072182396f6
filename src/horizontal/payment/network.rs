//! Payments as a flow of whole 分: whether any plan meets the conditions, and the plan nearest to one in real numbers.
//!
//! Every condition but the shares bounds one payment or one sum of payments at a party, and these sums form a network
//! (receipts, net and payments of a party are arcs of their own). A network with whole bounds has a whole flow whenever it has
//! one at all (Hoffman's circulation theorem), so both questions are decided exactly. Flows by Dinic's method.

use crate::payment::terms::{Limit, On, Terms};

/// No bound: beyond every sum of amounts.
const FREE: i128 = 1 << 90;

/// One arc with its bounds and flow.
#[derive(Debug, Clone)]
struct Edge {
    from: usize,
    to: usize,
    low: i128,
    high: i128,
    flow: i128,
}

/// The network of a case; arcs first, then receipts, payments and net of every party.
#[derive(Debug, Clone)]
pub(super) struct Network {
    edges: Vec<Edge>,
    arcs: usize,
    nodes: usize,
    /// Edges at each node.
    at: Vec<Vec<usize>>,
}

impl Network {
    /// The network of those limits for which `active` holds. Share conditions take no part.
    pub fn new(terms: &Terms, active: &dyn Fn(usize) -> bool) -> Self {
        let parties = terms.parties.len();
        let (receive, hold, pay) = (|p: usize| 1 + 3 * p, |p: usize| 2 + 3 * p, |p: usize| 3 + 3 * p);
        let mut edges: Vec<Edge> = Vec::with_capacity(terms.arcs.len() + 3 * parties);
        let edge = |from: usize, to: usize, low: i128| Edge { from, to, low, high: FREE, flow: 0 };
        edges.extend(terms.arcs.iter().map(|arc| edge(pay(arc.payer), receive(arc.recipient), 0)));
        for party in 0..parties {
            edges.push(edge(receive(party), hold(party), 0));
            edges.push(edge(hold(party), pay(party), 0));
            edges.push(edge(hold(party), 0, -FREE));
        }
        let nodes = 1 + 3 * parties;
        let mut at = vec![Vec::new(); nodes];
        for (index, edge) in edges.iter().enumerate() {
            for node in [edge.from, edge.to] {
                if let Some(list) = at.get_mut(node) {
                    list.push(index);
                }
            }
        }
        let mut network = Self { edges, arcs: terms.arcs.len(), nodes, at };
        for (_, limit) in terms.limits.iter().enumerate().filter(|(index, _)| active(*index)) {
            network.bound(limit);
        }
        network
    }

    fn position(&self, on: On) -> usize {
        match on {
            On::Arc(arc) => arc,
            On::Receipts(party) => self.arcs + 3 * party,
            On::Payments(party) => self.arcs + 3 * party + 1,
            On::Net(party) => self.arcs + 3 * party + 2,
        }
    }

    fn bound(&mut self, limit: &Limit) {
        if limit.kind.is_share() {
            return;
        }
        let fen = i128::from(limit.fen);
        if limit.kind.is_lower() { self.narrow(limit.on, fen, FREE) } else { self.narrow(limit.on, -FREE, fen) }
    }

    /// Narrows what a sum may be.
    pub fn narrow(&mut self, on: On, low: i128, high: i128) {
        let position = self.position(on);
        if let Some(edge) = self.edges.get_mut(position) {
            edge.low = edge.low.max(low);
            edge.high = edge.high.min(high);
        }
    }

    /// The payments in the order of the arcs.
    pub fn payments(&self) -> Vec<i128> {
        self.edges.iter().take(self.arcs).map(|edge| edge.flow).collect()
    }

    /// A flow within all bounds, as near to these payments as repairing them goes; `false` where there is none.
    pub fn settle(&mut self, wished: &[i128]) -> bool {
        if self.edges.iter().any(|edge| edge.low > edge.high) {
            return false;
        }
        let mut sums = vec![(0_i128, 0_i128); (self.edges.len() - self.arcs) / 3];
        for (index, edge) in self.edges.iter_mut().take(self.arcs).enumerate() {
            edge.flow = wished.get(index).copied().unwrap_or(0).clamp(edge.low, edge.high);
            let party = |node: usize| node.saturating_sub(1) / 3;
            if let Some(sum) = sums.get_mut(party(edge.to)) {
                sum.0 += edge.flow;
            }
            if let Some(sum) = sums.get_mut(party(edge.from)) {
                sum.1 += edge.flow;
            }
        }
        for (edges, (received, paid)) in self.edges.get_mut(self.arcs..).unwrap_or_default().chunks_mut(3).zip(sums) {
            for (edge, wish) in edges.iter_mut().zip([received, paid, received - paid]) {
                edge.flow = wish.clamp(edge.low, edge.high);
            }
        }
        self.repair()
    }

    /// Routes what nodes have too much to where it lacks.
    fn repair(&mut self) -> bool {
        let mut excess = vec![0_i128; self.nodes];
        for edge in &self.edges {
            if let Some(node) = excess.get_mut(edge.to) {
                *node += edge.flow;
            }
            if let Some(node) = excess.get_mut(edge.from) {
                *node -= edge.flow;
            }
        }
        while excess.iter().any(|excess| *excess > 0) {
            let Some(levels) = self.levels(&excess) else { return false };
            self.block(&levels, &mut excess);
        }
        true
    }

    /// Room of an edge when gone through from `node`.
    fn room(edge: &Edge, node: usize) -> i128 {
        if edge.from == node { edge.high - edge.flow } else { edge.flow - edge.low }
    }

    /// Distance of each node from those with too much; `None` where no lack can be reached.
    fn levels(&self, excess: &[i128]) -> Option<Vec<usize>> {
        let mut levels = vec![usize::MAX; self.nodes];
        let mut queue: Vec<usize> = (0..self.nodes).filter(|node| excess.get(*node).is_some_and(|e| *e > 0)).collect();
        for node in &queue {
            set(&mut levels, *node, 0);
        }
        let mut found = false;
        let mut next = 0;
        while let Some(node) = queue.get(next).copied() {
            next += 1;
            found |= excess.get(node).is_some_and(|excess| *excess < 0);
            let level = levels.get(node).copied().unwrap_or(0);
            for edge in self.at.get(node).into_iter().flatten().filter_map(|index| self.edges.get(*index)) {
                let other = if edge.from == node { edge.to } else { edge.from };
                if levels.get(other) == Some(&usize::MAX) && Self::room(edge, node) > 0 {
                    set(&mut levels, other, level + 1);
                    queue.push(other);
                }
            }
        }
        found.then_some(levels)
    }

    /// A blocking flow along rising levels.
    fn block(&mut self, levels: &[usize], excess: &mut [i128]) {
        let mut tried = vec![0_usize; self.nodes];
        let level = |node: usize| levels.get(node).copied().unwrap_or(usize::MAX);
        let sources: Vec<usize> = (0..self.nodes).filter(|node| excess.get(*node).is_some_and(|e| *e > 0)).collect();
        for source in sources {
            let mut path: Vec<(usize, usize)> = Vec::new();
            let mut node = source;
            while excess.get(source).is_some_and(|excess| *excess > 0) {
                if excess.get(node).is_some_and(|excess| *excess < 0) {
                    self.push(source, node, &path, excess);
                    (path, node) = (Vec::new(), source);
                    continue;
                }
                let position = tried.get(node).copied().unwrap_or(usize::MAX);
                match self.at.get(node).and_then(|list| list.get(position)) {
                    Some(index) => {
                        let forward = self.edges.get(*index).and_then(|edge| {
                            let other = if edge.from == node { edge.to } else { edge.from };
                            let next = level(other) == level(node).saturating_add(1);
                            (next && Self::room(edge, node) > 0).then_some(other)
                        });
                        match forward {
                            Some(other) => {
                                path.push((*index, node));
                                node = other;
                            }
                            None => set(&mut tried, node, position + 1),
                        }
                    }
                    // A dead end: one step back, and not this way again.
                    None => match path.pop() {
                        Some((_, before)) => {
                            let position = tried.get(before).copied().unwrap_or(0);
                            set(&mut tried, before, position + 1);
                            node = before;
                        }
                        None => break,
                    },
                }
            }
        }
    }

    /// Sends as much as the path and both its ends allow.
    fn push(&mut self, source: usize, sink: usize, path: &[(usize, usize)], excess: &mut [i128]) {
        let ends = excess.get(source).copied().unwrap_or(0).min(-excess.get(sink).copied().unwrap_or(0));
        let room = |(index, node): &(usize, usize)| self.edges.get(*index).map_or(0, |edge| Self::room(edge, *node));
        let amount = path.iter().map(room).fold(ends, i128::min);
        for (index, node) in path {
            if let Some(edge) = self.edges.get_mut(*index) {
                edge.flow += if edge.from == *node { amount } else { -amount };
            }
        }
        if let Some(excess) = excess.get_mut(source) {
            *excess -= amount;
        }
        if let Some(excess) = excess.get_mut(sink) {
            *excess += amount;
        }
    }
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(entry) = list.get_mut(index) {
        *entry = value;
    }
}

/// Whether whole payments meet all active conditions but the shares.
pub(super) fn feasible(terms: &Terms, active: &dyn Fn(usize) -> bool) -> bool {
    Network::new(terms, active).settle(&[])
}
