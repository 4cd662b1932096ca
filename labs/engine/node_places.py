"""Chooses the place of each node in a drawing, as a column and a row. The drawing turns them into points."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from labs.engine.definition.spec import Kind, Lab


def node_places(lab: Lab) -> dict[str, tuple[float, float]]:
    """Return columns and rows: the author's if each node has them, else layers from one end of the network to the other."""
    given = {name: node.at for name, node in lab.nodes.items() if node.at is not None}
    if len(given) == len(lab.nodes):
        return {name: (float(at[0]), float(at[1])) for name, at in given.items()}
    near: dict[str, list[str]] = {name: [] for name in lab.nodes}
    for link in lab.links:
        near[link.a.node].append(link.b.node)
        near[link.b.node].append(link.a.node)
    places: dict[str, tuple[float, float]] = {}
    top = 0.0
    for part in _parts(near):
        layers = _ordered(_layers(part, near, lab), near)
        tallest = max(map(len, layers))
        for column, layer in enumerate(layers):
            # Centre the layers, so that no line crosses a box
            start = top + (tallest - len(layer)) / 2
            aside = _between_linked(layer, near)
            places |= {n: (column + 0.45 * (n in aside), start + row) for row, n in enumerate(layer)}
        top += tallest
    return places


def _between_linked(layer: Sequence[str], near: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the nodes of a layer that are between two linked nodes: they are moved aside for the link."""
    rows = {name: row for row, name in enumerate(layer)}
    spans = [(rows[a], rows[b]) for a in layer for b in near[a] if b in rows and rows[b] > rows[a] + 1]
    return {layer[row] for low, high in spans for row in range(low + 1, high)}


def _parts(near: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the connected components of the network, in the lab's order."""
    seen, parts = set[str](), []
    for name in near:
        if name not in seen:
            part = list(_distances(name, near))
            seen.update(part)
            parts.append(part)
    return parts


def _distances(start: str, near: Mapping[str, Sequence[str]]) -> dict[str, int]:
    found, todo = {start: 0}, [start]
    for name in todo:
        for other in near[name]:
            if other not in found:
                found[other] = found[name] + 1
                todo.append(other)
    return found


def _layers(part: Sequence[str], near: Mapping[str, Sequence[str]], lab: Lab) -> list[list[str]]:
    """Return layers by distance from the node that is farthest from some other; of several such nodes the first, hosts first."""
    reach = {name: max(_distances(name, near).values()) for name in part}
    first = min(part, key=lambda name: (-reach[name], lab.nodes[name].kind is not Kind.HOST))
    distances = _distances(first, near)
    layers: list[list[str]] = [[] for _step in range(max(distances.values()) + 1)]
    for name in part:
        layers[distances[name]].append(name)
    return layers


def _ordered(layers: list[list[str]], near: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Sort each layer by the mean row of its neighbours in the layer before, so that fewer lines cross."""
    for before, layer in pairwise(layers):
        rows = {name: row for row, name in enumerate(before)}

        def mean(name: str, rows: Mapping[str, int] = rows) -> float:
            known = [rows[other] for other in near[name] if other in rows]
            return sum(known) / len(known) if known else 0.0

        layer.sort(key=mean)
    return layers
