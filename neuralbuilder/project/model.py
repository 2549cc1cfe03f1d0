"""The project: one immutable value that holds the whole design, and the state that was trained.

An edit (see `edits`) is a pure function from project to project. Selection, zoom and open panels
are not part of it. Weights and optimizer state live in `State`, so that undoing a deletion can
bring the trained weights back with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from neuralbuilder.data.class_weights import ClassWeights, NoClassWeights
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.augmentation import Augmentation, NoAugmentation
from neuralbuilder.data.preprocessing import Preprocessing, Scaling, Standardise
from neuralbuilder.data.samples import Dataset
from neuralbuilder.data.splits import Split
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss, MeanSquaredError
from neuralbuilder.engine.optimizers import Adam, Optimizer
from neuralbuilder.engine.schedules import Constant, Schedule
from neuralbuilder.engine.stopping import NeverStop, StopRule
from neuralbuilder.parts import Part, choice, integer, nested, number, register, switch

MAXIMUM_NODES = 1000
MAXIMUM_LINKS = 10_000
"""What one project may hold; files and texts with more are refused before work starts."""


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


@register("plan", "Training plan")
@dataclass(frozen=True)
class Plan(Part):
    """How the network is trained: data, preprocessing, loss, optimizer and when to stop.

    A part like any other, so that its limits, its form and its place in the file are derived
    from the declarations below. `l1` and `l2` apply to the weights (not the biases) of every
    layer, in addition to each layer's own.
    """

    kind: ClassVar[str] = "plan"

    dataset: Dataset = nested(FormulaDataset(), "Data", help="Where the samples come from.")
    task: str = choice(
        "auto",
        "Task",
        ("auto", "classification", "yes/no", "regression"),
        choice_labels=("Automatic", "Classes", "Yes/no", "Quantities"),
        help="What the targets are. Automatic: the output layer says it (softmax: classes, "
        "sigmoid: yes or no, linear: quantities), and where it does not fit, the data do.",
    )
    split: Split = nested(Split(), "Split", help="How samples are shared out.")
    preprocessing: Preprocessing = nested(
        Standardise(), "Preprocessing", help="How inputs are scaled; fitted on the training part."
    )
    scale_targets: bool = switch(
        True, "Standardise targets", help="Scale the targets of a regression, too."
    )
    augmentation: Augmentation = nested(
        NoAugmentation(), "Augmentation", help="How training images are changed in every epoch."
    )
    loss: Loss = nested(MeanSquaredError(), "Loss", help="What training makes small.")
    class_weights: ClassWeights = nested(
        NoClassWeights(),
        "Class weights",
        help="How much a sample of each class counts in the loss.",
    )
    optimizer: Optimizer = nested(Adam(), "Optimizer", help="How each step changes the weights.")
    schedule: Schedule = nested(
        Constant(), "Schedule", help="How the learning rate changes from epoch to epoch."
    )
    batch_size: int = integer(
        32,
        "Batch size",
        minimum=1,
        maximum=1_000_000,
        logarithmic=True,
        help="Samples per step. Small batches are noisy and quick, large ones smooth and slow.",
    )
    epochs: int = integer(
        0,
        "Epochs",
        minimum=0,
        maximum=100_000_000,
        zero_word="no limit",
        help="Training pauses by itself after this many passes through the data.",
    )
    stop_rule: StopRule = nested(
        NeverStop(), "Early stopping", help="When training ends by itself before that."
    )
    l1: float = number(
        0.0,
        "L1 penalty",
        minimum=0,
        maximum=1000,
        logarithmic=True,
        help="λ·Σ|w| over all weights, added to the loss; drives weights to exactly zero.",
    )
    l2: float = number(
        0.0,
        "L2 penalty",
        minimum=0,
        maximum=1000,
        logarithmic=True,
        help="½·λ·Σw² over all weights, added to the loss; keeps weights small.",
    )
    clip_norm: float = number(
        0.0,
        "Clip norm",
        minimum=0,
        maximum=1e6,
        logarithmic=True,
        zero_word="no limit",
        help="A gradient longer than this is shortened to it.",
    )
    clip_value: float = number(
        0.0,
        "Clip values",
        minimum=0,
        maximum=1e6,
        logarithmic=True,
        zero_word="no limit",
        help="Each number of the gradient is cut to ± this, before the norm.",
    )
    seed: int = integer(
        0,
        "Seed",
        minimum=0,
        maximum=2**32 - 1,
        help="Equal seeds give equal initial weights, shuffles and noise.",
    )
    precision: str = choice(
        "float32",
        "Precision",
        ("float32", "float64"),
        help="float32 is quick and enough to train; float64 is for checking numbers.",
    )

    @property
    def objective(self) -> tuple[Loss, ClassWeights]:
        """What is made small; only losses of plans in which it is the same can be compared."""
        return self.loss, self.class_weights


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

    @property
    def names(self) -> dict[str, str]:
        """What people call the layers, by id."""
        return {node.id: node.name for node in self.nodes}

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
    (points, 2) of step and value, and "samples/train" to on how many samples that was measured.
    `memory` holds what schedule and stop rule remember, such as "stopping/waited"; while a stop
    rule waits, `best` holds the best weights as "best" and the optimizer's arrays of that moment as
    "optimizer/m" …. `spare` holds arrays of a file, by their names there, that belong to layers
    this version does not know; they are written again.
    """

    parameters: FloatArray
    optimizer: Mapping[str, FloatArray] = field(default_factory=dict)
    step: int = 0
    epoch: int = 0
    batch: int = 0
    random: Mapping[str, Any] = field(default_factory=dict)
    log: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, float] = field(default_factory=dict)
    best: Mapping[str, FloatArray] = field(default_factory=dict)
    scaling: Scaling | None = None
    spare: Mapping[str, Any] = field(default_factory=dict)
