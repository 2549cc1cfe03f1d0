"""The contract of an insight: settings in, network and data in, one figure out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.engine.losses import Loss
from neuralbuilder.engine.network import Network
from neuralbuilder.insights.figure import Figure
from neuralbuilder.parts import Part


@dataclass(frozen=True, eq=False)
class Source:
    """What an insight may look at.

    `parameters` is the flat array of the moment, not to be changed; `log` maps a series name such
    as "loss/train" to an array (points, 2) of step and value; `sample` is the index of the
    selected sample in `data.samples`.
    """

    network: Network
    loss: Loss
    parameters: FloatArray
    data: Prepared
    log: Mapping[str, Any]
    sample: int = 0


class Insight(Part):
    """A way to look at a network while it trains; its settings say what to look at.

    `in_panels` says whether it is offered for the panels below the canvas.
    """

    kind: ClassVar[str] = "insight"
    in_panels: ClassVar[bool] = True

    def compute(self, source: Source) -> Figure:
        """The figure for this moment. It must not keep or change any array of `source`."""
        raise NotImplementedError
