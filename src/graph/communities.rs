//! Communities: groups that are tied more to themselves than to others.
//!
//! By the method of Louvain (Blondel, Guillaume, Lambiotte and Lefebvre, "Fast unfolding of
//! communities in large networks", 2008): nodes move to the neighbouring community that raises
//! the modularity most, communities become nodes, and again. Nodes are taken in their order, so
//! that the same graph has the same communities.

use std::collections::BTreeMap;

/// The community of each of `nodes` nodes, numbered from 0 in the order of their first nodes.
/// `edges` are undirected and weighted (weights above 0); several between two nodes add up.
pub fn communities(nodes: usize, edges: &[(usize, usize, f64)]) -> Vec<usize> {
    let mut level = Level::new(nodes, edges);
    let mut of_node: Vec<usize> = (0..nodes).collect();
    loop {
        let (moved, community) = level.settle();
        for of in &mut of_node {
            *of = community[*of];
        }
        if !moved {
            return numbered(&of_node);
        }
        level = level.merged(&community);
    }
}

/// A weighted graph in which a node may have an edge to itself.
struct Level {
    neighbours: Vec<BTreeMap<usize, f64>>,
    /// The weight of the edges of a node to itself.
    own: Vec<f64>,
    /// Twice the weight of all edges.
    total: f64,
}

impl Level {
    fn new(nodes: usize, edges: &[(usize, usize, f64)]) -> Self {
        let mut level = Self {
            neighbours: vec![BTreeMap::new(); nodes],
            own: vec![0.0; nodes],
            total: 0.0,
        };
        for (a, b, weight) in edges {
            level.add(*a, *b, *weight);
        }
        level
    }

    fn add(&mut self, a: usize, b: usize, weight: f64) {
        self.total += 2.0 * weight;
        if a == b {
            self.own[a] += weight;
            return;
        }
        *self.neighbours[a].entry(b).or_default() += weight;
        *self.neighbours[b].entry(a).or_default() += weight;
    }

    /// The weight of all edges of a node; one to itself has two ends there.
    fn degree(&self, node: usize) -> f64 {
        self.neighbours[node].values().sum::<f64>() + 2.0 * self.own[node]
    }

    /// Moves nodes until none gains by it. Gives the communities, and whether there are fewer
    /// than nodes.
    fn settle(&self) -> (bool, Vec<usize>) {
        let nodes = self.neighbours.len();
        let mut community: Vec<usize> = (0..nodes).collect();
        if self.total <= 0.0 {
            return (false, community);
        }
        let degrees: Vec<f64> = (0..nodes).map(|node| self.degree(node)).collect();
        let mut sums = degrees.clone();
        loop {
            let mut moved = false;
            for node in 0..nodes {
                let from = community[node];
                sums[from] -= degrees[node];
                let to = self.best(node, from, &community, &degrees, &sums);
                sums[to] += degrees[node];
                moved |= to != from;
                community[node] = to;
            }
            if !moved {
                break;
            }
        }
        let community = numbered(&community);
        let count = community.iter().max().map_or(0, |last| last + 1);
        (count < nodes, community)
    }

    /// The community that a node, taken out of `from`, fits best. It stays where others are not
    /// better: a tie would let it move for ever.
    fn best(
        &self,
        node: usize,
        from: usize,
        community: &[usize],
        degrees: &[f64],
        sums: &[f64],
    ) -> usize {
        let mut ties: BTreeMap<usize, f64> = BTreeMap::from([(from, 0.0)]);
        for (neighbour, weight) in &self.neighbours[node] {
            *ties.entry(community[*neighbour]).or_default() += weight;
        }
        let gain = |to: usize| ties[&to] - sums[to] * degrees[node] / self.total;
        let mut best = from;
        for to in ties.keys().copied() {
            if gain(to) > gain(best) + 1e-9 {
                best = to;
            }
        }
        best
    }

    /// The graph whose nodes are the communities.
    fn merged(&self, community: &[usize]) -> Self {
        let count = community.iter().max().map_or(0, |last| last + 1);
        let mut merged = Self::new(count, &[]);
        for (node, neighbours) in self.neighbours.iter().enumerate() {
            let of = community[node];
            if self.own[node] > 0.0 {
                merged.add(of, of, self.own[node]);
            }
            for (other, weight) in neighbours.range(node + 1..) {
                merged.add(of, community[*other], *weight);
            }
        }
        merged
    }
}

/// The same groups, numbered from 0 in the order of their first members.
fn numbered(groups: &[usize]) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    groups
        .iter()
        .map(|group| {
            let next = numbers.len();
            *numbers.entry(*group).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pairs of some nodes.
    fn clique(nodes: &[usize]) -> Vec<(usize, usize, f64)> {
        let pairs = nodes.iter().enumerate();
        pairs
            .flat_map(|(nth, a)| nodes[nth + 1..].iter().map(move |b| (*a, *b, 1.0)))
            .collect()
    }

    #[test]
    fn cliques_are_told_apart() {
        let edges = [
            clique(&[0, 2, 4, 6]),
            clique(&[1, 3, 5]),
            clique(&[7, 8, 9]),
            vec![(0, 1, 1.0), (5, 7, 1.0)],
        ]
        .concat();
        assert_eq!(communities(11, &edges), [0, 1, 0, 1, 0, 1, 0, 2, 2, 2, 3]);
    }

    #[test]
    fn weights_decide() {
        // A path of four: the heavy ends hold together.
        let path = |middle: f64| [(0, 1, 1.0), (1, 2, middle), (2, 3, 1.0)];
        assert_eq!(communities(4, &path(0.1)), [0, 0, 1, 1]);
        let held = communities(4, &path(20.0));
        assert_eq!(held[1], held[2]);
    }

    #[test]
    fn a_ring_of_cliques_comes_out_whole_at_every_level() {
        // Thirty cliques of five in a ring, as in the paper's figure.
        let mut edges = Vec::new();
        for ring in 0..30 {
            let nodes: Vec<usize> = (0..5).map(|nth| ring * 5 + nth).collect();
            edges.extend(clique(&nodes));
            edges.push((ring * 5, (ring * 5 + 6) % 150, 1.0));
        }
        let found = communities(150, &edges);
        for ring in 0..30 {
            let of = &found[ring * 5..ring * 5 + 5];
            assert!(of.iter().all(|it| *it == of[0]), "{ring}: {of:?}");
        }
        let count = found.iter().max().map_or(0, |last| last + 1);
        assert!((10..=30).contains(&count), "{count}");
    }

    #[test]
    fn nothing_is_its_own_community() {
        assert_eq!(communities(0, &[]), [0; 0]);
        assert_eq!(communities(3, &[]), [0, 1, 2]);
        assert_eq!(communities(2, &[(0, 0, 3.0)]), [0, 1]);
    }
}
