//! The longest chain of nodes that depend on each other.

use petgraph::algo::{condensation, tarjan_scc, toposort};
use petgraph::graph::DiGraph;

/// The longest chain of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its nodes, each after what it depends on. Nodes of a cycle stand beside each other and
    /// count as one.
    pub nodes: Vec<usize>,
    /// Its length in steps: nodes, cycles counted as one.
    pub length: usize,
    /// Is there a cycle anywhere in the graph?
    pub cyclic: bool,
}

/// The circle that each of `nodes` nodes is in, numbered from 0 in the order of their first nodes;
/// a node that is in none has a number of its own.
pub fn circles(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes, edges.len());
    let indexes: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
    for (from, to) in edges {
        graph.update_edge(indexes[*from], indexes[*to], ());
    }
    let mut groups: Vec<Vec<usize>> = tarjan_scc(&graph)
        .into_iter()
        .map(|group| {
            group
                .into_iter()
                .map(petgraph::graph::NodeIndex::index)
                .collect()
        })
        .collect();
    groups.sort_by_key(|group| group.iter().min().copied());
    let mut of_node = vec![0; nodes];
    for (number, group) in groups.into_iter().enumerate() {
        for node in group {
            of_node[node] = number;
        }
    }
    of_node
}

/// The longest chain of `nodes` nodes, where `edges` lead from who depends to what it depends on.
/// Of several, the one with the lowest last node.
pub fn longest_chain(nodes: usize, edges: &[(usize, usize)]) -> Chain {
    let mut graph: DiGraph<usize, ()> = DiGraph::with_capacity(nodes, edges.len());
    let indexes: Vec<_> = (0..nodes).map(|node| graph.add_node(node)).collect();
    for (from, to) in edges.iter().filter(|(from, to)| from != to) {
        graph.update_edge(indexes[*from], indexes[*to], ());
    }
    let graph = condensation(graph, true);
    let order = toposort(&graph, None).expect("a condensation has no cycles");
    // From what depends on nothing upwards: the best way down from each.
    let mut best = vec![(0, None); graph.node_count()];
    for node in order.iter().rev() {
        let below = graph.neighbors(*node);
        let deepest = below.max_by_key(|below| (best[below.index()].0, graph[*below].clone()));
        let length = deepest.map_or(0, |below| best[below.index()].0);
        best[node.index()] = (length + 1, deepest);
    }
    let first = |node: &petgraph::graph::NodeIndex| graph[*node].iter().min().copied();
    let top = graph
        .node_indices()
        .max_by_key(|node| (best[node.index()].0, std::cmp::Reverse(first(node))));
    let mut chain = Vec::new();
    let mut next = top;
    while let Some(node) = next {
        let mut group = graph[node].clone();
        group.sort_unstable();
        chain.push(group);
        next = best[node.index()].1;
    }
    Chain {
        length: chain.len(),
        nodes: chain.into_iter().rev().flatten().collect(),
        cyclic: graph.node_weights().any(|group| group.len() > 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_depended_on_comes_first() {
        let chain = longest_chain(5, &[(0, 1), (1, 2), (0, 2), (3, 4)]);
        assert_eq!(
            (chain.nodes, chain.length, chain.cyclic),
            (vec![2, 1, 0], 3, false)
        );
    }

    #[test]
    fn a_cycle_is_one_step() {
        let chain = longest_chain(4, &[(0, 1), (1, 0), (1, 2), (3, 0)]);
        assert_eq!(
            (chain.nodes, chain.length, chain.cyclic),
            (vec![2, 0, 1, 3], 3, true)
        );
    }

    #[test]
    fn circles_have_one_number() {
        assert_eq!(
            circles(5, &[(0, 3), (3, 1), (1, 3), (4, 2)]),
            [0, 1, 2, 1, 3]
        );
    }

    #[test]
    fn lone_nodes_are_chains_of_one() {
        let chain = longest_chain(2, &[(1, 1)]);
        assert_eq!(
            (chain.nodes, chain.length, chain.cyclic),
            (vec![0], 1, false)
        );
        assert_eq!(longest_chain(0, &[]).length, 0);
    }
}
