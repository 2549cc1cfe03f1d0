"""The statistics of the data that a layer keeps: one mean and one spread per feature or map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neuralbuilder.engine.layers import BatchNorm, Standardise
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import chosen
from neuralbuilder.insights.figure import Arrays, Figure, Table
from neuralbuilder.insights.neuron import plain, signed
from neuralbuilder.parts import register, text

MOST_ROWS = 24
KEPT = {
    BatchNorm: ("Running statistics", {"mean": "μ", "variance": "v", "scale": "γ", "shift": "β"}),
    Standardise: ("Statistics of the training data", {"mean": "μ", "deviation": "σ"}),
}
"""What a layer keeps per feature or map: the title, and the symbols by the names of the arrays."""


@register("layer_statistics", "Statistics")
@dataclass(frozen=True)
class LayerStatistics(Insight):
    """Running mean and variance of a batch norm with its γ and β, or mean and deviation of a
    Standardise layer, for every feature or map.
    """

    in_panels: ClassVar[bool] = False

    node: str = text("", "Layer", help="The id of the layer; empty for the first one with any.")

    def compute(self, source: Source) -> Figure:
        """A table with a row per feature or map, the first ones of many, and an `Arrays` mark with
        all numbers under the names of the engine: mean, variance, scale … (features,).
        """
        graph = source.network.graph
        node = chosen(self.node, (n for n in graph.ids if type(graph.layer(n)) in KEPT))
        if node is None:
            return Figure(title=self.label, message="Only batch norm and Standardise keep any.")
        title, symbols = KEPT[type(graph.layer(node))]
        views = source.network.layout.views(source.parameters)
        arrays = {name: views[f"{node}/{name}"].copy() for name in symbols}
        names = _names(source, node)
        rows = [
            (name, *(_written(kind, float(values[i])) for kind, values in arrays.items()))
            for i, name in enumerate(names[:MOST_ROWS])
        ]
        is_image = len(source.network.shapes.outputs[node]) == 3
        unit = "map" if is_image else "feature"
        shown = f"first {len(rows)} of " if len(names) > len(rows) else ""
        return Figure(
            title=title,
            note=f"{shown}{len(names)} {unit}{'' if len(names) == 1 else 's'}",
            marks=(Table((unit, *symbols.values()), tuple(rows)), Arrays(arrays)),
        )


def _names(source: Source, node: str) -> tuple[str, ...]:
    """What the features are called where the layer reads the columns of the data; else numbers."""
    count = source.network.shapes.outputs[node][0]
    columns = source.data.samples.input_names
    reads_data = source.network.graph.sources(node) == (source.network.input_id,)
    if reads_data and len(source.network.input_shape) == 1 and len(columns) == count:
        return columns
    return tuple(str(i + 1) for i in range(count))


def _written(kind: str, value: float) -> str:
    return plain(value) if kind in ("variance", "deviation") else signed(value)
