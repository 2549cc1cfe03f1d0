"""Whether network and data fit together: the sizes of both ends, and images where they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.images.mnist import Mnist
from neuralbuilder.data.samples import Dataset, FileDataset, Samples
from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer, Shape
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.engine.losses import Loss
from neuralbuilder.parts import changed
from neuralbuilder.problems import Fix, Problem
from neuralbuilder.project.fitting import suitable_output
from neuralbuilder.project.model import Node, Project
from neuralbuilder.project.naming import space

_MNIST, _DIGITS = "handwritten digits 28×28", "digits 8×8"
_IMAGES: dict[str, tuple[Dataset, Shape]] = {
    _MNIST: (Mnist(), (1, 28, 28)),
    _DIGITS: (Digits(as_images=True), (1, 8, 8)),
}
"""Images that are there without a file, and the shape of one."""
_LARGE = (1, 64, 64)
"""What reads these and smaller ones reads images, and not only as many values."""


def size_problems(project: Project, samples: Samples) -> Iterator[Problem]:
    """Where input and output have other sizes than the data."""
    for node in project.nodes:
        if isinstance(node.layer, Input) and node.layer.shape != samples.input_shape:
            yield _input_size(node, node.layer, samples, project)
        elif isinstance(node.layer, Output):
            yield from _output_size(node, node.layer, samples, project.plan.loss)


def _input_size(node: Node, layer: Input, samples: Samples, project: Project) -> Problem:
    wanted = samples.input_shape
    if len(layer.shape) == 3 and not samples.is_images:
        return _no_images(node, layer, samples, project)
    others = "other data" if samples.is_images else "other columns of the data"
    return Problem(
        f"The input is {space(layer.shape)}, but the data have {_inputs_in_words(wanted)}.",
        f"Change the input, or choose {others}.",
        node.id,
        "shape",
        fix=_set_input(node, wanted),
    )


def _no_images(node: Node, layer: Input, samples: Samples, project: Project) -> Problem:
    """The input is drawn for images, and the data are vectors."""
    dataset, wanted = project.plan.dataset, samples.input_shape
    own_file = isinstance(dataset, FileDataset)
    source = Path(dataset.path).name if isinstance(dataset, FileDataset) else dataset.label
    graph = project.graph()
    fix = None
    if all(_reads(graph, target, wanted) for target in graph.targets(node.id)):
        fix = _set_input(node, wanted)
    others = "a folder of pictures, IDX files or an .npz archive"
    for name, (_, shape) in _IMAGES.items():
        if shape == layer.shape and not own_file:
            fix, others = _use(name), f"such as {name}"
    return Problem(
        f"The input is {space(layer.shape)}, but the data ({source}) are no images: they have "
        f"{wanted[0]} {_plural(wanted[0], 'input')}.",
        f"Choose images, {others}; or change the input.",
        node.id,
        "shape",
        fix=fix,
    )


def _reads(graph: Graph, node: str, shape: Shape) -> bool:
    """Whether a layer can read one input of this shape."""
    return not isinstance(graph.layer(node).output_shape((shape,)), Problem)


def _set_input(node: Node, shape: Shape) -> Fix:
    return Fix(f"Set the input to {space(shape)}", (("shape", shape),), node.id)


def _use(name: str) -> Fix:
    return Fix(f"Use {name}", plan=(("dataset", _IMAGES[name][0]),))


def images_for(problem: Problem, project: Project, graph: Graph, samples: Samples) -> Problem:
    """The problem, or that images are missing where its layer stands right behind the input and
    reads images only. Data of the user's own may be images row by row; those stay what they are.
    """
    dataset, node = project.plan.dataset, problem.node
    if node not in graph or samples.is_images or isinstance(dataset, FileDataset):
        return problem
    sources = graph.sources(node)
    vector = _vector(graph.layer(sources[0])) if len(sources) == 1 else None
    if vector is None or _reads(graph, node, vector):
        return problem
    name = _DIGITS if isinstance(dataset, Digits) else _MNIST
    if not all(_reads(graph, node, shape) for shape in (_IMAGES[name][1], _LARGE)):
        return problem
    name_of_layer = project.node(node).name
    return replace(
        problem,
        message=f"{name_of_layer} reads images, but the data ({dataset.label}) have none.",
        hint=f"Choose images as data, such as {name}.",
        fix=_use(name),
    )


def _vector(layer: Layer) -> Shape | None:
    """The shape of an input of vectors."""
    return layer.shape if isinstance(layer, Input) and len(layer.shape) == 1 else None


def _inputs_in_words(shape: Shape) -> str:
    if len(shape) == 1:
        return f"{shape[0]} {'input' if shape[0] == 1 else 'inputs'}: they are in {space(shape)}"
    return f"images of {space(shape)}"


def _output_size(node: Node, layer: Output, samples: Samples, loss: Loss) -> Iterator[Problem]:
    columns = samples.y.shape[1]
    two_classes_on_one = samples.task == "classification" and columns == 2 and layer.units == 1
    if layer.units == columns or two_classes_on_one:
        return
    noun = "classes" if samples.task == "classification" else _plural(columns, "target")
    each = "class" if samples.task == "classification" else "target"
    yield Problem(
        f"The output has {layer.units} {_plural(layer.units, 'neuron')}, but the data have "
        f"{columns} {noun}.",
        f"The output needs one neuron per {each}.",
        node.id,
        "units",
        fix=_set_output(node, layer, samples, loss),
    )


def _set_output(node: Node, layer: Output, samples: Samples, loss: Loss) -> Fix:
    """The right number of neurons; with the usual activation and loss where they do not fit it."""
    columns = samples.y.shape[1]
    label = f"Set the output to {columns} {_plural(columns, 'neuron')}"
    wanted = changed(layer, units=columns)
    single = columns == 1 and isinstance(layer.activation, Softmax)
    if not single and not any(
        problem.severity == "error" for problem in loss.check(wanted, samples.task, columns)
    ):
        return Fix(label, (("units", columns),), node.id)
    units, activation, usual = suitable_output(samples, columns)
    settings = (("units", units), ("activation", activation))
    return Fix(label, settings, node.id, plan=(("loss", usual),))


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else noun + "s"
