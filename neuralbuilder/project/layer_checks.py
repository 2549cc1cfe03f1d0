"""What layers that work on whole mini-batches or data sets need of them."""

from __future__ import annotations

from collections.abc import Iterator

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.pooling import left_out
from neuralbuilder.engine.layers.standardisation import Standardise
from neuralbuilder.engine.shapes import Shapes
from neuralbuilder.problems import Fix, Problem
from neuralbuilder.project.model import Project

_MOST_NAMES = 5


def batch_problems(project: Project, shapes: Shapes, trained: int | None) -> Iterator[Problem]:
    """Layers for which the mini-batches out of `trained` samples are too small."""
    plan, graph = project.plan, project.graph()
    sizes = [] if plan.optimizer.full_batch else [plan.batch_size]
    batch = min(sizes + ([] if trained is None else [trained]), default=None)
    if batch is None:
        return
    for node, inputs in shapes.inputs.items():
        least = graph.layer(node).least_batch(inputs)
        if batch < least:
            few = trained is not None and trained < least
            of_plan = Fix(f"Use batches of {least}", plan=(("batch_size", least),))
            yield Problem(
                f"{project.node(node).name} needs at least {least} samples in a mini-batch, and "
                f"{'there is' if few else 'the batch size is'} {batch}.",
                "Train on more samples." if few else "Use larger batches, or LayerNorm.",
                node,
                "" if few else "batch_size",
                fix=None if few else of_plan,
            )


def pooling_problems(project: Project, shapes: Shapes) -> Iterator[Problem]:
    """Pooling layers whose windows leave rows or columns of the image out."""
    for node in project.nodes:
        inputs = shapes.inputs.get(node.id, ())
        rows, columns = left_out(node.layer, inputs[0]) if len(inputs) == 1 else (0, 0)
        if not rows and not columns:
            continue
        window = getattr(node.layer, "window")  # noqa: B009 - every pooling layer has one
        height, width = inputs[0][1:]
        parts = [_counted(rows, "row")] * bool(rows) + [_counted(columns, "column")] * bool(columns)
        yield Problem(
            f"Windows of {window[0]} × {window[1]} do not divide the image of {height} × {width}: "
            f"the last {' and '.join(parts)} are left out.",
            "Use a window that divides the image, or leave it: the network can do without them.",
            node.id,
            "window",
            severity="warning",
            fix=_dividing_window(node.layer, window, (height, width), node.id),
        )


def _dividing_window(
    layer: Layer, window: tuple[int, int], size: tuple[int, int], node: str
) -> Fix | None:
    """The nearest window that divides the image; None where windows overlap, or none does."""
    if getattr(layer, "stride", 0) not in (0, *window):
        return None
    found = tuple(
        min((d for d in range(2, length + 1) if length % d == 0), key=lambda d: abs(d - wanted))
        for wanted, length in zip(window, size, strict=True)
        if length > 1
    )
    if len(found) != 2 or found == size:
        return None
    settings = (("window", found), ("stride", 0))
    return Fix(f"Use {found[0]} × {found[1]}", settings, node)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def constant_columns(project: Project, graph: Graph, samples: Samples) -> Iterator[Problem]:
    """Columns without spread that a Standardise right after the input cannot scale."""
    for node in project.nodes:
        sources = graph.sources(node.id)
        if not isinstance(node.layer, Standardise) or not set(sources) & set(graph.input_ids()):
            continue
        names = samples.constant_inputs
        if names:
            shown = listed([repr(name) for name in names], _MOST_NAMES)
            have, them = ("have", "them") if len(names) > 1 else ("has", "it")
            yield Problem(
                f"{shown} {have} the same value in all samples: {node.name} cannot scale {them}.",
                f"The network learns nothing from {them}: leave {them} out of the inputs.",
                node.id,
                severity="warning",
            )
