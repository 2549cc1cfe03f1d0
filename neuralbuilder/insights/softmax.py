"""The softmax of the output opened: from the sums z to probabilities, loss and δ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.losses import activation_of
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import clean
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.neuron import plain, signed
from neuralbuilder.parts import register

MOST_ROWS = 12
COLUMNS = ("class", "z", "exp(z−m)", "p", "y", "δ")


@register("softmax", "Softmax")
@dataclass(frozen=True)
class SoftmaxArithmetic(Insight):
    """How the outputs of the selected sample become probabilities, what the loss is, and δ."""

    in_panels: ClassVar[bool] = False

    def compute(self, source: Source) -> Figure:
        """A table with one row per class and one of sums, a table of what follows from it, and
        an `Arrays` mark with all numbers.

        The arrays are z, powers (exp(z − max)), p, y and delta (∂L/∂z of this sample's own loss),
        one value per class, and max, total (the sum of the powers) and loss, one value each. z, p,
        delta and loss are what the engine has computed; the powers divided by the total are p.
        Of many classes those with the largest p and the right one are in the table.
        """
        layer = source.network.graph.layer(source.network.output_id)
        if not isinstance(activation_of(layer), Softmax):
            return Figure(title=self.label, message="The output layer has no softmax.")
        arrays = _numbers(source)
        return Figure(
            title="Softmax opened",
            note=source.sample_name,
            marks=(_table(source, arrays), _results(source, arrays), Arrays(arrays)),
        )


def _numbers(source: Source) -> dict[str, NDArray[Any]]:
    trace, node = source.sample_trace, source.network.output_id
    z = trace.pre_activations[node][0]
    largest = z.max(keepdims=True)
    powers = np.exp(z - largest)
    return {
        "z": z.copy(),
        "max": largest,
        "powers": powers,
        "total": powers.sum(keepdims=True),
        "p": trace.activations[node][0].copy(),
        "y": source.sample_target[0].copy(),
        "delta": trace.deltas[node][0].copy(),
        "loss": clean([trace.loss]),
    }


def _table(source: Source, arrays: dict[str, NDArray[Any]]) -> Table:
    p, y = arrays["p"], arrays["y"]
    shown = _shown(p, y)
    rows = [
        (
            _name(source, i),
            plain(arrays["z"][i]),
            plain(arrays["powers"][i]),
            plain(p[i]),
            f"{float(y[i]):g}",
            signed(float(arrays["delta"][i])),
        )
        for i in shown
    ]
    left = np.setdiff1d(np.arange(len(p)), shown)
    if len(left):
        rest = (arrays[name][left].sum() for name in ("powers", "p", "y", "delta"))
        powers, shares, targets, deltas = (float(value) for value in rest)
        rows.append(
            (f"{len(left)} others", "", plain(powers), plain(shares), f"{targets:g}",
             signed(deltas))
        )  # fmt: skip
    sums = (plain(float(arrays[name].sum())) for name in ("powers", "p"))
    total, share = sums
    rows.append(("Σ", "", total, share, f"{float(y.sum()):g}", _zero(arrays["delta"])))
    return Table(COLUMNS, tuple(rows))


def _results(source: Source, arrays: dict[str, NDArray[Any]]) -> Table:
    """The largest z, the loss and what δ is, in words that are true for this loss."""
    loss, layer = source.loss, source.network.graph.layer(source.network.output_id)
    rows = [("m = max z", plain(float(arrays["max"][0])))]
    value = plain(float(arrays["loss"][0]))
    if loss.fuses(layer):
        rows += [
            ("L = −ln p = ln Σ − (z − m)", value),
            ("δ = ∂L/∂z", "p − y"),
        ]
    else:
        rows += [(f"L, {loss.label[:1].lower()}{loss.label[1:]}", value), ("δ", "∂L/∂z")]
    return Table(("term", "value"), tuple(rows))


def _name(source: Source, index: int) -> str:
    return source.class_name(source.network.output_id, index) or str(index + 1)


def _zero(deltas: NDArray[Any]) -> str:
    """The sum of all δ, where rounding is not told as a number."""
    total = float(deltas.sum())
    return signed(total) if abs(total) >= 5e-4 else "0"


def _shown(p: NDArray[Any], y: NDArray[Any]) -> NDArray[np.intp]:
    """All of a few classes in their order; of many the likeliest ones and the right one."""
    if len(p) <= MOST_ROWS:
        return np.arange(len(p))
    likeliest = np.argsort(-p, kind="stable")[: MOST_ROWS - 1]
    return np.union1d(likeliest, [int(y.argmax())]).astype(np.intp)
