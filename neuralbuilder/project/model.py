"""The project: one immutable value that holds the whole design, and the state that was trained.

An edit (see `edits`) is a pure function from project to project. Selection, zoom and open panels
are not part of it. Weights and optimizer state live in `State`, so that undoing a deletion can
bring the trained weights back with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.preprocessing import Preprocessing, Scaling, Standardise
from neuralbuilder.data.samples import Dataset
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss, MeanSquaredError
from neuralbuilder.engine.optimizers import Adam, Optimizer


@dataclass(frozen=True)
class Node:
    """A layer on the canvas: its id (fixed, unique), its name for people, and its position."""

    id: str
    layer: Layer
    name: str
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Link:
    """A connection from the output of one node to the input of another, by id."""

    source: str
    target: str


@dataclass(frozen=True)
class Plan:
    """How the network is trained: data, preprocessing, loss, optimizer and when to stop.

    `epochs` is the number of epochs after which training pauses by itself; 0 means never.
    `l1` and `l2` apply to the weights (not the biases) of every layer, in addition to each
    layer's own.
    """

    dataset: Dataset = field(default_factory=FormulaDataset)
    split: Split = field(default_factory=Split)
    preprocessing: Preprocessing = field(default_factory=Standardise)
    scale_targets: bool = True
    loss: Loss = field(default_factory=MeanSquaredError)
    optimizer: Optimizer = field(default_factory=Adam)
    batch_size: int = 32
    epochs: int = 0
    l1: float = 0.0
    l2: float = 0.0
    seed: int = 0
    precision: str = "float32"


@dataclass(frozen=True)
class Project:
    """The whole design as one value."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    plan: Plan = field(default_factory=Plan)
    notes: str = ""
    unknown: Mapping[str, Any] = field(default_factory=dict)

    def node(self, node_id: str) -> Node:
        """The node with this id; raises `KeyError` when there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def graph(self) -> Graph:
        """The network as the engine sees it: layers and links, without names and positions."""
        return Graph(
            layers=tuple((node.id, node.layer) for node in self.nodes),
            links=tuple((link.source, link.target) for link in self.links),
        )


@dataclass(frozen=True, eq=False)
class State:
    """What training has produced so far; every array is read-only.

    `parameters` is the engine's flat array, laid out as `layout(project.graph())`;
    `optimizer` holds the optimizer's arrays of the same size by name. `step` counts mini-batches
    and `epoch` completed epochs; `batch` is the position inside the running epoch. `random` is
    the state of the noise generator. `log` maps a series name such as "loss/train" to an array
    (points, 2) of step and value.
    """

    parameters: FloatArray
    optimizer: Mapping[str, FloatArray] = field(default_factory=dict)
    step: int = 0
    epoch: int = 0
    batch: int = 0
    random: Mapping[str, Any] = field(default_factory=dict)
    log: Mapping[str, Any] = field(default_factory=dict)
    scaling: Scaling | None = None
