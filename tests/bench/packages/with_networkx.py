"""Build a graph and ask it for paths, centres and components."""

import networkx
from timed import timed


def work(size):
    for seed in range(12 * size):
        graph = networkx.Graph(name=f"graph {seed}")
        for at in range(60):
            graph.add_edge(at, (at + 1) % 60, weight=at % 7 + 1)
            graph.add_edge(at, (at * 7 + seed) % 60, weight=at % 5 + 1)
        assert networkx.is_connected(graph)
        networkx.betweenness_centrality(graph)
        dict(networkx.all_pairs_dijkstra_path_length(graph))
        networkx.minimum_spanning_tree(graph)


timed(work)
