"""Fitting a whole network to its data: both ends, and hidden layers that can read what arrives."""

from __future__ import annotations

from math import prod

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers import Flatten, Missing, Reshape
from neuralbuilder.engine.layers.base import Shape
from neuralbuilder.engine.shapes import Shapes, infer
from neuralbuilder.problems import Fix, Problem
from neuralbuilder.project.changing import remove_nodes
from neuralbuilder.project.fitting import fit_ends
from neuralbuilder.project.model import Project
from neuralbuilder.project.naming import space
from neuralbuilder.project.order_checks import with_order
from neuralbuilder.project.placement import kept_in_columns
from neuralbuilder.project.remedies import apply_fix
from neuralbuilder.project.wiring import disconnect

_SMALLEST_IMAGE = 8
"""Side of the smallest square that numbers are laid out in; fewer are seldom the pixels of one."""
_MOST_NAMES = 6


def fit_to_data(project: Project, samples: Samples) -> Project:
    """As `fit_ends`, and with hidden layers that can read what arrives.

    Where images arrive at a dense layer, a Flatten layer goes before it. Kernels and windows that
    are larger than the image get smaller, or are padded. Numbers of which there are as many as
    pixels of a square of 8×8 or more become images where a layer reads those. A layer that still
    cannot read what arrives is left out, and so is a Flatten layer that has no image any more.
    `what_fitting_did` says so.
    """
    flat = [node for node in _flatten_layers(project) if _reads_image(project, node)]
    fitted = _all_readable(fit_ends(project, samples))
    for node in flat:
        if _reads_vector(fitted, node):
            fitted = _without(fitted, node)
    return kept_in_columns(project, fitted)


def what_fitting_did(before: Project, after: Project) -> tuple[str, str]:
    """What fitting has done to the hidden layers, and what that means; "" where it is nothing.

    It is also said where a network weighs every pixel by itself.
    """
    shapes = infer(after.graph())
    told = [*_left_out(before, after), *_changed(before, after), *_made_images(before, after)]
    hints = ["Undo brings them back."] if told and _left_out(before, after) else []
    for node in _flatten_layers(after):
        source = after.graph().sources(node)
        if source and after.node(source[0]).layer.role == "input" and _reads_image(after, node):
            told.append(
                f"The network reads the {prod(shapes.inputs[node][0])} pixels of an image as "
                "single numbers, not knowing which of them are neighbours."
            )
            hints.append("A Conv2D layer before the Flatten layer sees what lies side by side.")
    return " ".join(told), " ".join(hints)


def _left_out(before: Project, after: Project) -> list[str]:
    gone = [node for node in before.nodes if node.id not in after.names]
    if all(isinstance(node.layer, Flatten) for node in gone):
        return []
    names = listed([node.name for node in gone], _MOST_NAMES)
    inputs = [node.layer for node in after.nodes if node.layer.role == "input"]
    vectors = all(len(getattr(layer, "shape", ())) == 1 for layer in inputs)
    why = "these data have no images" if vectors else "what arrives there does not fit"
    return [f"{names} {'is' if len(gone) == 1 else 'are'} left out: {why}."]


def _changed(before: Project, after: Project) -> list[str]:
    layers = {node.id: node.layer for node in before.nodes if node.layer.role == "hidden"}
    others = [n.name for n in after.nodes if n.id in layers and n.layer != layers[n.id]]
    if not others:
        return []
    have = "has" if len(others) == 1 else "have"
    return [f"{listed(others, _MOST_NAMES)} {have} other sizes, so that the data fit."]


def _made_images(before: Project, after: Project) -> list[str]:
    return [
        f"{node.name} makes images of {space(node.layer.shape)} of the numbers."
        for node in after.nodes
        if isinstance(node.layer, Reshape) and node.id not in before.names
    ]


# ------------------------------------------------------------------ hidden layers


def _all_readable(project: Project) -> Project:
    """The project with every layer readable, one after the other, as values flow."""
    for _ in range(3 * len(project.nodes) + 3):
        graph = project.graph()
        shapes = infer(graph)
        problem = _first_unreadable(graph, shapes)
        if problem is None:
            break
        problem = with_order(problem, project, graph, shapes)
        inputs = tuple(shapes.outputs[source] for source in graph.sources(problem.node))
        project = _readable(project, problem, inputs)
    return project


def _first_unreadable(graph: Graph, shapes: Shapes) -> Problem | None:
    """The problem of the first layer that has all its links and cannot read what arrives.

    What a layer of a newer version reads, nobody knows.
    """
    order, _ = graph.sorted_as_far_as_possible()
    for node in order:
        layer, sources = graph.layer(node), graph.sources(node)
        least, most = layer.inputs_allowed
        complete = least <= len(sources) <= (len(sources) if most is None else most)
        known = all(source in shapes.outputs for source in sources)
        if node in shapes.outputs or not complete or not known or isinstance(layer, Missing):
            continue
        problem = layer.output_shape(tuple(shapes.outputs[source] for source in sources))
        if isinstance(problem, Problem):
            return problem.at(node)
    return None


def _readable(project: Project, problem: Problem, inputs: tuple[Shape, ...]) -> Project:
    """With the first remedy after which this layer reads what arrives, or without the layer."""
    for fix in problem.fixes:
        if _keeps_meaning(fix, inputs):
            after = apply_fix(project, fix)
            if problem.node in infer(after.graph()).outputs:
                return after
    return _without(project, problem.node)


def _without(project: Project, node: str) -> Project:
    """Without a layer, and without those that merged its values with others and now cannot.

    What it read last goes on to the layers behind it.
    """
    before = project.graph()
    for source in before.sources(node)[:-1]:
        project = disconnect(project, source, node)
    project = remove_nodes(project, [node])
    for each in project.nodes:
        least = each.layer.inputs_allowed[0]
        if len(project.graph().sources(each.id)) < least <= len(before.sources(each.id)):
            return _without(project, each.id)
    return project


def _keeps_meaning(fix: Fix, inputs: tuple[Shape, ...]) -> bool:
    """Whether a remedy neither makes tiny images of numbers, nor a window of a single pixel."""
    settings = dict(fix.settings)
    shape, window = settings.get("shape"), settings.get("window")
    tiny = isinstance(shape, tuple) and len(shape) == 3 and min(shape[1:]) < _SMALLEST_IMAGE
    return window != (1, 1) and not (tiny and any(len(each) == 1 for each in inputs))


def _flatten_layers(project: Project) -> list[str]:
    return [node.id for node in project.nodes if isinstance(node.layer, Flatten)]


def _reads_image(project: Project, node: str) -> bool:
    return any(len(shape) == 3 for shape in infer(project.graph()).inputs.get(node, ()))


def _reads_vector(project: Project, node: str) -> bool:
    return any(len(shape) == 1 for shape in infer(project.graph()).inputs.get(node, ()))
