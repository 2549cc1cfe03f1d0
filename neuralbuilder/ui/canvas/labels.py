"""The words on the canvas: spaces, neuron names, header lines and captions. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import Samples, class_of_output
from neuralbuilder.data.splits import Split, split_indices
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.metrics import predicted_classes
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import Setting, settings_of
from neuralbuilder.project.model import Link, Node, Project
from neuralbuilder.project.text.words import main_settings
from neuralbuilder.ui.widgets.numbers import subscript, superscript, thousands

Shape = tuple[int, ...]
SEPARATOR = " · "
ARROW = " → "
FUSED = "∂L/∂z = p − y"
"""What an output shows on the way back where the loss is computed from its sum z."""
MAIN_VALUES = "main values"
"""What the first word of a header stands for where a layer is all about several settings."""

_PREPROCESSING = {"standardise": "standardised", "min_max": "min–max"}
_LONGEST_NAME = 14


@dataclass(frozen=True)
class Detail:
    """One word of a header's second line, and the setting it stands for ("" for none)."""

    text: str
    setting: str = ""


@dataclass(frozen=True)
class Words:
    """All texts that follow from the design, the samples and nothing else."""

    shapes: Mapping[str, Shape]
    input_shapes: Mapping[str, tuple[Shape, ...]]
    letters: Mapping[str, str]
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    sample_classes: NDArray[np.intp] | None = None
    """The class of every sample; None for a regression."""
    parts: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    """The rows of each part of the data, in ascending order."""


def words(project: Project, samples: Samples | None) -> Words:
    """The texts of this project; samples add the names of classes and inputs."""
    inferred = infer(project.graph())
    shapes = {
        node.id: inferred.outputs.get(node.id) or _own_shape(node.layer) for node in project.nodes
    }
    return Words(
        shapes,
        inferred.inputs,
        _letters(project),
        samples.class_names if samples else (),
        samples.input_names if samples else (),
        samples.target_names if samples and samples.task != "classification" else (),
        samples.labels if samples and samples.task == "classification" else None,
        _parts(samples, project.plan.split) if samples else {},
    )


@lru_cache(maxsize=1)
def _parts(samples: Samples, split: Split) -> dict[str, NDArray[np.intp]]:
    """Kept, because words are made anew with every edit, but parts only with other data."""
    if not samples.count:
        return {}
    found = split_indices(samples, split)
    return dict(zip(("train", "validation", "test"), found, strict=True))


def _own_shape(layer: Layer) -> Shape:
    """What a layer that is not linked yet will hand on, as far as its settings say."""
    units = getattr(layer, "units", None)
    return (units,) if units else tuple(getattr(layer, "shape", ()))


def _letters(project: Project) -> dict[str, str]:
    """x, h and y; hidden layers are told apart by a raised number when there are several."""
    hidden = [node.id for node in project.nodes if node.layer.role == "hidden"]
    letters = {}
    for node in project.nodes:
        if node.layer.role != "hidden":
            letters[node.id] = "x" if node.layer.role == "input" else "y"
        elif len(hidden) == 1:
            letters[node.id] = "h"
        else:
            letters[node.id] = f"h⁽{superscript(hidden.index(node.id) + 1)}⁾"
    return letters


def is_fused(project: Project) -> bool:
    """Whether the outputs show ∂L/∂z on the way back, the loss being computed from their sums."""
    outputs = (node.layer for node in project.nodes if node.layer.role == "output")
    return any(project.plan.loss.fuses(layer) for layer in outputs)


def neuron(words: Words, node_id: str, index: int) -> str:
    """The name of a neuron, such as ``h₂``."""
    return words.letters.get(node_id, "h") + subscript(index + 1)


def space(shape: Shape) -> str:
    """The space of a shape: ``ℝ⁴`` or ``3×24×24``."""
    if len(shape) == 1:
        return f"ℝ{superscript(shape[0])}"
    return "×".join(str(size) for size in shape)


def details(project: Project, node: Node, shape: Shape) -> tuple[Detail, ...]:
    """The second line of a header: size, activation and bias, each with its setting."""
    layer: Any = node.layer
    settings = {setting.name for setting in settings_of(type(layer))}
    found = []
    counted = "units" in settings
    if "shape" in settings:
        found.append(Detail(space(layer.shape), "shape"))
    elif counted:
        units = int(layer.units)
        text = space((units,)) if layer.role == "output" else thousands(units)
        found.append(Detail(text, "units"))
    else:
        found += _main_values(layer)
    if layer.role == "input":
        done = scaling_word(project)
        found += [Detail(done)] if done else []
    if "activation" in settings:
        activation = layer.activation
        found.append(Detail(activation.name.replace("_", " "), "activation"))
    if counted and "bias" in settings:
        found.append(Detail("bias" if layer.bias else "no bias", "bias"))
    if shape and not counted and "shape" not in settings:
        last = found.pop() if found else Detail("")
        found.append(replace(last, text=f"{last.text}{ARROW}{space(shape)}".lstrip()))
    return tuple(found) or (Detail(type(layer).label.lower()),)


def _main_values(layer: Layer) -> list[Detail]:
    """What the text form says first of a layer, ``3@5×5``; several values are edited together."""
    main = main_settings(type(layer))
    word = main[0].name if len(main) == 1 else MAIN_VALUES
    return [Detail(main_text(layer), word)] if main else []


def main_text(layer: Layer) -> str:
    """The main values of a layer as its header shows them, ``3@5×5``."""
    main = main_settings(type(layer))
    return "@".join(_written(setting, getattr(layer, setting.name)) for setting in main)


def _written(setting: Setting, value: Any) -> str:
    if isinstance(value, tuple):
        return "×".join(str(length) for length in value)
    if setting.unit == "%":
        return f"{100 * value:.4g} %"
    return thousands(value) if isinstance(value, int) else f"{value:.4g}".replace("-", "−")


def scaling_word(project: Project) -> str:
    """How the inputs are scaled, in a word; "" where they are not."""
    return _PREPROCESSING.get(project.plan.preprocessing.name, "")


def captions(words: Words, link: Link, layer: Layer) -> tuple[str, ...]:
    """What may stand between two headers, from long to short; nothing where nothing is learnt.

    For a matrix these are ``W 4×3 + b 3 = 15``, ``12 + 3`` and ``15``, for kernels the first and
    the last.
    """
    inputs = words.input_shapes.get(link.target, ())
    if not inputs or not words.shapes.get(link.source):
        return ()
    parameters = [p for p in layer.parameters(inputs) if p.trainable]
    if not parameters:
        return ()
    shown = [f"{p.name} {'×'.join(thousands(size) for size in p.shape)}" for p in parameters]
    counts = [math.prod(parameter.shape) for parameter in parameters]
    total = thousands(sum(counts))
    matrix = len(parameters[0].shape) == 2 and len(counts) > 1
    terms = (" + ".join(thousands(count) for count in counts),) if matrix else ()
    return (f"{' + '.join(shown)} = {total}", *terms, total)


def weight_name(words: Words, link: Link, row: int, unit: int) -> str:
    """The name of a weight: ``w(h₂ → y₁)``; row −1 is the bias neuron: ``b(y₁)``."""
    target = neuron(words, link.target, unit)
    return f"b({target})" if row < 0 else f"w({neuron(words, link.source, row)} → {target})"


def class_name(words: Words, node: Node, index: int) -> str:
    """The class of an output neuron, shortened; "" for a regression or another layer."""
    return shortened(whole_class_name(words, node, index))


def whole_class_name(words: Words, node: Node, index: int) -> str:
    """As `class_name`, however long it is."""
    if node.layer.role != "output":
        return ""
    units = math.prod(words.shapes.get(node.id, ()))
    return class_of_output(words.class_names, index, units)


def shortened(name: str) -> str:
    """The name of a class or column as short as there is room for below a neuron."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def sample_caption(words: Words, sample: int, own: bool = False) -> str:
    """What stands below an image that goes into the network: ``sample 17 · test · label 4``."""
    if own:
        return "your own input"
    said = [f"sample {thousands(sample + 1)}"]
    said += [name for name, rows in words.parts.items() if _holds(rows, sample)]
    classes = words.sample_classes
    if classes is not None and sample < len(classes):
        said.append(f"label {words.class_names[classes[sample]]}")
    return SEPARATOR.join(said)


def _holds(rows: NDArray[np.intp], sample: int) -> bool:
    at = int(np.searchsorted(rows, sample))
    return at < len(rows) and int(rows[at]) == sample


def wrong_answer(words: Words, output: NDArray[Any] | None, target: NDArray[Any] | None) -> str:
    """For what class the network takes a sample: ``seen as 9``; "" where that is the right one."""
    names = words.class_names
    if output is None or target is None or not names or len(target) != len(names):
        return ""
    (seen,) = predicted_classes(output.reshape(1, -1))
    if seen >= len(names) or seen == int(np.argmax(target)):
        return ""
    return f"seen as {shortened(names[int(seen)])}"


def column_name(words: Words, node_id: str, index: int) -> str:
    """The data's name of an input, or of an output of a regression.

    It is "" for other neurons, and where the data have no better name than x1 or y1.
    """
    letter = words.letters.get(node_id, "")
    names = {"x": words.input_names, "y": words.target_names}.get(letter, ())
    units = math.prod(words.shapes.get(node_id, ()))
    if len(names) != units or index >= units:
        return ""
    name = names[index]
    return "" if name in (f"{letter}{index + 1}", f"{letter}{subscript(index + 1)}") else name


def gives_probabilities(node: Node) -> bool:
    """Whether the outputs of this layer are probabilities of classes."""
    activation = getattr(node.layer, "activation", None)
    return node.layer.role == "output" and getattr(activation, "name", "") in (
        "sigmoid",
        "softmax",
    )
