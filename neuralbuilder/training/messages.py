"""What the window's process and the training process say to each other.

Everything is a frozen dataclass and travels by value. Each `Load` carries a `generation`; every
answer repeats it, so that an answer about an older network is recognised and passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.graph import Graph
from neuralbuilder.insights.base import Insight, OwnInput
from neuralbuilder.insights.figure import Figure
from neuralbuilder.problems import Problem
from neuralbuilder.project.history import WeightChange
from neuralbuilder.project.model import Plan, State

Status = Literal["idle", "running", "paused", "finished", "diverged"]


# ------------------------------------------------------------------ window → training


@dataclass(frozen=True, eq=False)
class Load:
    """Train this network on these data, from `state` or from fresh weights where it is None.

    `state` is laid out for `graph`. With `keep` and no `state`, every layer whose id and shapes
    are as in the network in training now goes on with its newest weights, optimizer state
    included, and step, epoch and log go on too; the other layers start afresh. Training is paused
    afterwards; `Run` goes on. `names` maps ids of layers to what messages call them.
    """

    generation: int
    graph: Graph
    plan: Plan
    data: Prepared
    state: State | None = None
    keep: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LoadAgain:
    """A `Load` with the same data as the one before, without them.

    The session makes it out of a `Load` by itself, so that an edit of the network does not send
    a large table once more.
    """

    generation: int
    graph: Graph
    plan: Plan
    state: State | None
    keep: bool
    names: Mapping[str, str]

    @classmethod
    def of(cls, load: Load) -> LoadAgain:
        """The message that stands for `load`."""
        return cls(load.generation, load.graph, load.plan, load.state, load.keep, load.names)

    def with_data(self, data: Prepared) -> Load:
        """The message that this one stands for."""
        return Load(self.generation, self.graph, self.plan, data, self.state, self.keep, self.names)


@dataclass(frozen=True)
class Run:
    """Train until told otherwise, or for this many steps or epochs."""

    steps: int | None = None
    epochs: int | None = None


@dataclass(frozen=True)
class Pause:
    """Stop after the running mini-batch."""


@dataclass(frozen=True)
class Rewind:
    """Return to the initial weights of the plan's seed, and forget the log.

    It is answered by `Rewound`.
    """


@dataclass(frozen=True)
class TakeBest:
    """Pause, and return to the best weights that are kept, if any.

    It is answered by `Rewound`.
    """


@dataclass(frozen=True)
class Adjust:
    """Go on with another plan for the same data, such as another learning rate or batch size."""

    plan: Plan


@dataclass(frozen=True)
class SetWeight:
    """Write one parameter, by name such as "hidden_1/W" and index.

    One that is `undoable` is answered by `Written`.
    """

    name: str
    index: tuple[int, ...]
    value: float
    undoable: bool = True


@dataclass(frozen=True)
class Ask:
    """Answer with one `Snapshot`: the figures of these insights, and the state if wanted.

    `names` maps ids of layers to what figures and, from now on, messages call them: a layer is
    renamed without loading the network again. An `own_input` that fits the network stands in the
    place of the sample.
    """

    request: int
    insights: Mapping[str, Insight] = field(default_factory=dict)
    sample: int = 0
    with_state: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    own_input: OwnInput | None = None


@dataclass(frozen=True)
class Quit:
    """End the process."""


# ------------------------------------------------------------------ training → window


@dataclass(frozen=True)
class Ready:
    """The process has started and imported the engine."""


@dataclass(frozen=True)
class Loaded:
    """The network is compiled; `restarted` names the layers that start with fresh weights.

    `other_data` says that step, epoch and log start afresh, because the data are others.
    """

    generation: int
    restarted: tuple[str, ...] = ()
    other_data: bool = False


@dataclass(frozen=True)
class Best:
    """The weights that were best so far: after so many epochs (14.5 is in the 15th), with this loss
    of a part of the data. `now` is that of the present weights.
    """

    epoch: float
    loss: float
    part: str
    now: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One consistent look between two mini-batches.

    `best` is there where other weights than the present ones were better. `symptoms` say what goes
    wrong in the trained network, None where that was not looked for. `seconds` is the time
    that training stood still to make it; whoever asks paces itself by it.
    """

    generation: int
    request: int
    status: Status
    step: int
    epoch: int
    steps_per_second: float
    metrics: Mapping[str, float]
    figures: Mapping[str, Figure]
    state: State | None = None
    seconds: float = 0.0
    best: Best | None = None
    symptoms: tuple[Problem, ...] | None = None


@dataclass(frozen=True)
class Stopped:
    """Training paused by itself.

    `status` is "paused" when the steps or epochs of a `Run` are done, "finished" when the plan's
    epochs are or the stop rule has ended it, which `message` then says, and "diverged" when a
    value was no longer finite; `problem` then says where.
    """

    generation: int
    status: Status
    problem: Problem | None = None
    message: str = ""


@dataclass(frozen=True)
class Written:
    """One parameter has been written by hand; `change` says what it was before."""

    generation: int
    change: WeightChange


@dataclass(frozen=True, eq=False)
class Rewound:
    """The initial weights are back, or the best ones where those are given; `state` is what there
    was before.
    """

    generation: int
    state: State
    best: State | None = None


@dataclass(frozen=True)
class Refused:
    """A request could not be carried out; the network in training is as it was.

    Where it was a `Load`, `generation` is that of the network that did not come.
    """

    generation: int
    problem: Problem
    details: str = ""


Request = Load | LoadAgain | Run | Pause | Rewind | TakeBest | Adjust | SetWeight | Ask | Quit
Reply = Ready | Loaded | Snapshot | Stopped | Written | Rewound | Refused
