"""The contract of an insight: settings in, network and data in, one figure out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.metrics import predicted_classes
from neuralbuilder.engine.network import Network, Trace
from neuralbuilder.insights.answers import Answers, Outcome
from neuralbuilder.insights.decisions import QUANTITIES, USUAL_THRESHOLD, Decisions, decisions
from neuralbuilder.insights.figure import Figure
from neuralbuilder.parts import Part

BATCH = 256
"""How many training samples stand for all of them in histograms and gradients."""
PATIENT, HURRY = 2000, 4
"""Samples that one look adds to an `Outcome` at most; while training goes on, it is divided."""
PARTS = ("test", "validation", "train")
PLANE = (2,)
"""The shape of inputs that are points of a plane, where the answers can be drawn as a surface."""
MOST_VALUES, HURRIED_VALUES = 4_000_000, 200_000
"""Values that one look may compute at rest, and for what is shown at every look while training."""


def classifies(samples: Samples | None) -> bool:
    """Whether the targets of these data are classes."""
    return samples is not None and samples.task == "classification"


def decides(samples: Samples | None) -> bool:
    """Whether the answers are right or wrong: classes, or yes and no. Quantities are neither."""
    return samples is not None and samples.task != QUANTITIES


def spread(rows: NDArray[np.intp], limit: int) -> NDArray[np.intp]:
    """At most `limit` of these rows, evenly spaced."""
    if len(rows) <= limit:
        return rows
    return rows[np.linspace(0, len(rows) - 1, limit).astype(np.intp)]


@dataclass(frozen=True, eq=False)
class OwnInput:
    """An input that is none of the samples, such as a drawing: `values` in original units, in the
    shape of one input.
    """

    values: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Quantities:
    """Answers and what is right, each (samples, outputs) in original units; `outcome` says of which
    samples.
    """

    outcome: Outcome
    given: NDArray[np.float64]
    right: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Source:
    """What an insight may look at.

    `parameters` is the flat array of the moment, not to be changed; `log` maps a series name such
    as "loss/train" to an array (points, 2) of step and value; `sample` is the index of the
    selected sample in `data.samples`, and `own_input` stands in its place where it is given and
    fits the network; `names` maps a layer's id to what people call it. `answers` is what earlier
    looks at the same weights have found out about the samples. With `hurries` training goes on
    meanwhile, so that every look is short.
    """

    network: Network
    loss: Loss
    parameters: FloatArray
    data: Prepared
    log: Mapping[str, Any]
    sample: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    hurries: bool = False
    own_input: OwnInput | None = None

    def name(self, node: str) -> str:
        """What people call a layer: "Hidden 1" for hidden_1 where it has no name of its own."""
        return self.names.get(node) or node.replace("_", " ").capitalize()

    def class_name(self, node: str, index: int) -> str:
        """The class that a neuron of the output layer stands for; "" for any other neuron."""
        if node != self.network.output_id:
            return ""
        return self.data.samples.class_of(index, prod(self.network.shapes.outputs[node]))

    def neuron(self, node: str, index: int) -> str:
        """What people call a neuron of a layer: ``class 1`` by its name, or ``neuron 2``."""
        name = self.class_name(node, index)
        return f"class {name}" if name else f"neuron {index + 1}"

    # What several insights need is computed once for all that look at the same moment.

    def affordable(self, samples: int) -> int:
        """How many of so many samples an insight may send through a network of this size.

        Layers of many neurons are looked at with fewer samples, so that an answer stays quick.
        """
        return max(1, min(samples, MOST_VALUES // self.cost))

    @cached_property
    def cost(self) -> int:
        """What one sample costs on its way through the network, in values."""
        values = sum(prod(shape) for shape in self.network.shapes.outputs.values())
        return max(1, values, self.network.multiplications // 16)

    @cached_property
    def batch(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Scaled inputs and targets of up to `BATCH` training samples, spread evenly.

        Fewer in a large network while training goes on, so that it shows often what it learns.
        """
        limit = self.affordable(BATCH)
        if self.hurries:
            limit = max(1, min(limit, HURRIED_VALUES // self.cost))
        rows = spread(self.data.train, limit)
        return self.data.x[rows], self.data.y[rows]

    def part(self, wanted: str) -> tuple[str, NDArray[np.intp]]:
        """A part of the data and its rows; of an empty one the first that has samples."""
        parts = dict.fromkeys((wanted, *PARTS))
        found = next((part for part in parts if len(getattr(self.data, part))), wanted)
        rows: NDArray[np.intp] = getattr(self.data, found)
        return found, rows

    def outcome(self, part: str) -> Outcome:
        """What the network makes of a part of the data: "train", "validation" or "test".

        Of an empty part the first one that has samples is looked at. Right and given classes mean
        something for classes only.
        """
        found, rows = self.part(part)
        if found not in self._outcomes:
            at_once = self.affordable(PATIENT)
            most = at_once if classifies(self.data.samples) else 0
            if self.hurries:
                at_once = max(1, at_once // HURRY)
            self._outcomes[found] = self.answers.look(
                found, rows, at_once, self.data.y, self.loss, self._answer, most
            )
        return self._outcomes[found]

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {}

    def decisions(self, part: str, threshold: float = USUAL_THRESHOLD) -> Decisions:
        """The answers of `outcome` class by class, or output by output; see `decides`."""
        outcome, samples = self.outcome(part), self.data.samples
        return decisions(
            samples.task, samples.target_names, outcome.output, outcome.target, threshold
        )

    def quantities(self, part: str) -> Quantities:
        """Answers and right ones in original units, of the part or the next one with samples."""
        outcome = self.outcome(part)
        original = self.data.scaling.original_targets
        return Quantities(
            outcome,
            original(outcome.output.astype(np.float64)),
            original(outcome.target.astype(np.float64)),
        )

    def _answer(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        return self.network.forward(self.parameters, self.data.x[rows])

    @cached_property
    def batch_trace(self) -> Trace:
        """All values and gradients of `batch`."""
        return self.network.trace(self.parameters, *self.batch, self.loss)

    @property
    def sample_name(self) -> str:
        """Which sample is looked at: ``this sample (6)``, counted from 1, or ``your input``."""
        return "your input" if self.shows_own_input else f"this sample ({self.sample + 1})"

    @property
    def shows_own_input(self) -> bool:
        """Whether an input of one's own stands in the place of the sample."""
        own = self.own_input
        return own is not None and own.values.shape == self.network.input_shape

    @cached_property
    def sample_input(self) -> NDArray[Any]:
        """The selected sample's input (1, …) in original units."""
        if self.own_input is not None and self.shows_own_input:
            return self.own_input.values[None]
        return self.data.samples.x[self.sample : self.sample + 1]

    @cached_property
    def sample_target(self) -> NDArray[Any]:
        """The target (1, outputs) that the selected sample is compared with, scaled.

        Nobody knows what an input of one's own should give: the answer of the network itself
        counts as right, for classes the most probable one, for yes or no the more probable one.
        Gradients then say what would make the
        network more certain.
        """
        if not self.shows_own_input:
            return self.data.y[self.sample : self.sample + 1]
        output = self.network.forward(self.parameters, self._scaled_input)
        if self.data.samples.task == "regression":
            return output.copy()
        if self.data.samples.task == "yes/no":
            return np.asarray(output >= 0.5, output.dtype)
        classes = predicted_classes(output)
        if output.shape[1] == 1:
            return classes[:, None].astype(output.dtype)
        return np.eye(output.shape[1], dtype=output.dtype)[classes]

    @cached_property
    def _scaled_input(self) -> NDArray[Any]:
        if not self.shows_own_input:
            return self.data.x[self.sample : self.sample + 1]
        scaled = self.data.scaling.inputs(self.sample_input)
        return np.ascontiguousarray(scaled, dtype=self.data.x.dtype)

    @cached_property
    def sample_trace(self) -> Trace:
        """All values and gradients of the selected sample alone."""
        x, y = self._scaled_input, self.sample_target
        return self.network.trace(self.parameters, x, y, self.loss)

    @cached_property
    def sample_gradients(self) -> dict[str, NDArray[Any]]:
        """∂L/∂output of every layer for the selected sample alone, see
        `Network.activation_gradients`.
        """
        x, y = self._scaled_input, self.sample_target
        return self.network.activation_gradients(self.parameters, x, y, self.loss)


class Insight(Part):
    """A way to look at a network while it trains; its settings say what to look at.

    `in_panels` says whether it is offered for the panels below the canvas, and `of_classes`
    whether it says something about classes only.
    """

    kind: ClassVar[str] = "insight"
    in_panels: ClassVar[bool] = True
    of_classes: ClassVar[bool] = False

    @classmethod
    def suits(cls, samples: Samples | None) -> bool:
        """Whether it says something of these data; None stands for no data."""
        return not cls.of_classes or classifies(samples)

    @classmethod
    def usual_for(cls, samples: Samples | None) -> bool:
        """Whether it is among the three plots that are shown of these data until people choose;
        None stands for no data.
        """
        return False

    def compute(self, source: Source) -> Figure:
        """The figure for this moment. It must not keep or change any array of `source`."""
        raise NotImplementedError

    def turned(self) -> Insight:
        """What stands in its place while the window shows gradients; itself where it has no way
        back.
        """
        return self

    def behind(self, figure: Figure, row: int, column: int) -> Insight | None:
        """What a click on a cell of the map in `figure` opens beside it; None for nothing."""
        return None
