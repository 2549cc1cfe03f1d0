"""The part of an unfinished design that can be computed already."""

from __future__ import annotations

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Flatten, Output
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import UserError

CLOSING = ("closing flatten", "closing output")
"""The ids of layers that stand for a missing end; no layer of a design has a blank in its id."""


def sound_part(graph: Graph, precision: str = "float32") -> Network | None:
    """A network of all layers whose shapes are known; None where not even an input is.

    A network needs an end: where that of the design is not known yet, an output that reads the
    input directly stands in its place. It changes nothing for the other layers.
    """
    known = infer(graph).outputs
    layers = [(node, layer) for node, layer in graph.layers if node in known]
    links = [link for link in graph.links if link[0] in known and link[1] in known]
    if not any(layer.role == "output" for _, layer in layers):
        flatten, output = CLOSING
        inputs = [node for node, layer in layers if layer.role == "input"]
        layers += [(flatten, Flatten()), (output, Output())]
        links += [*((node, flatten) for node in inputs), (flatten, output)]
    try:
        return Network(Graph(tuple(layers), tuple(links)), precision)
    except UserError:
        return None
