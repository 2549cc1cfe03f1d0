"""Advice about a network: what is right, and what could be better."""

from __future__ import annotations

from collections.abc import Iterator

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.activations import Linear, Sigmoid, Softmax, Step, Tanh
from neuralbuilder.engine.initializers import Zeros
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.layers.missing import Missing
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Loss,
)
from neuralbuilder.parts import Part, settings_of
from neuralbuilder.problems import Fix, Problem
from neuralbuilder.project.model import Node, Project
from neuralbuilder.project.naming import space

_CUTS = {
    "sigmoid": "off at 0 and 1",
    "tanh": "off at ±1",
    "relu": "off below 0",
    "softplus": "off below 0",
    "softmax": "to shares that add up to 1",
}


def layer_advice(project: Project) -> Iterator[Problem]:
    """What could be better about the layers, whatever the data are."""
    hidden = [node for node in project.nodes if node.layer.role == "hidden"]
    active = [node for node in hidden if hasattr(node.layer, "activation")]
    if active and not any(_bends(node.layer) for node in hidden):
        yield _all_linear(active[0])
    for node in hidden:
        yield from _equal_neurons(node)
    for node in project.nodes:
        if isinstance(getattr(node.layer, "activation", None), Step):
            yield _no_derivative(node, project.plan.loss)


def _bends(layer: Layer) -> bool:
    """Whether a layer is more than a linear function; nobody knows of one of a newer version."""
    activation = getattr(layer, "activation", Linear())
    return layer.bends or isinstance(layer, Missing) or not isinstance(activation, Linear)


def _all_linear(node: Node) -> Problem:
    usual = _default(node.layer, "activation")
    bend = Tanh() if isinstance(usual, Linear) else usual
    return Problem(
        "All hidden layers are linear, so the whole network can do no more than one single matrix.",
        "A bend such as tanh or ReLU lets it learn curves.",
        node.id,
        "activation",
        "advice",
        Fix(f"Use {bend.label.lower()}", (("activation", bend),), node.id),
    )


def _no_derivative(node: Node, loss: Loss) -> Problem:
    usual = _default(node.layer, "activation")
    if node.layer.role == "output" and loss.partner is not None:
        usual = loss.partner()
    return Problem(
        f"{node.name} has the step activation, and its derivative is 0: no weight of this layer "
        f"or of those before it learns.",
        f"{usual.label} has a derivative; a step is for weights that are set by hand.",
        node.id,
        "activation",
        "advice",
        Fix(f"Use {usual.label.lower()}", (("activation", usual),), node.id),
    )


def _equal_neurons(node: Node) -> Iterator[Problem]:
    """Neurons, or feature maps, that begin equal and see the same never become different."""
    if not isinstance(getattr(node.layer, "initializer", None), Zeros):
        return
    counted = next(s for s in settings_of(type(node.layer)) if s.main and s.type == "integer")
    count, noun = getattr(node.layer, counted.name), counted.label.lower()
    if count > 1:
        fresh = _default(node.layer, "initializer")
        yield Problem(
            f"All weights of {node.name} begin at 0, so its {count} {noun} stay equal.",
            "Random initial weights let every one of them learn something of its own.",
            node.id,
            "initializer",
            "advice",
            Fix(f"Use {fresh.label}", (("initializer", fresh),), node.id),
        )


def _default(layer: Layer, name: str) -> Part:
    """The part that a setting of such a layer begins with."""
    part: Part = getattr(type(layer)(), name)
    return part


def output_advice(project: Project, samples: Samples) -> Iterator[Problem]:
    """What is right, or could be better, about the end of a network that is free of errors."""
    for node in project.nodes:
        if isinstance(node.layer, Output):
            if samples.task == "regression":
                yield _regression_advice(node, node.layer)
            elif samples.task == "yes/no":
                yield _yes_no_advice(node, node.layer)
            else:
                yield from _classification_advice(node, node.layer, samples, project.plan.loss)


def _regression_advice(node: Node, layer: Output) -> Problem:
    target = space((layer.units,))
    activation = layer.activation
    if isinstance(activation, Linear):
        return Problem(
            f"{target} is a regression target: the output layer is linear, so it is not cut off "
            f"at ±1. Good.",
            node=node.id,
            severity="advice",
        )
    cut = _CUTS.get(activation.name, "into another shape")
    return Problem(
        f"{target} is a regression target, but {activation.label.lower()} cuts the output {cut}.",
        "A linear output reaches every number.",
        node.id,
        "activation",
        "advice",
        Fix("Use linear", (("activation", Linear()),), node.id),
    )


def _yes_no_advice(node: Node, layer: Output) -> Problem:
    if isinstance(layer.activation, Sigmoid):
        return Problem(
            f"Each of the {layer.units} sigmoids gives the probability of a yes of its own. Good.",
            node=node.id,
            severity="advice",
        )
    return Problem(
        f"Every output answers yes or no for itself, but {layer.activation.label.lower()} outputs "
        f"are not such probabilities.",
        "A sigmoid with binary cross-entropy is the usual choice.",
        node.id,
        "activation",
        "advice",
        Fix(
            "Use sigmoid",
            (("activation", Sigmoid()),),
            node.id,
            plan=(("loss", BinaryCrossEntropy()),),
        ),
    )


def _classification_advice(
    node: Node, layer: Output, samples: Samples, loss: Loss
) -> Iterator[Problem]:
    count = samples.y.shape[1]
    if isinstance(loss, Hinge):
        return  # it compares scores, not probabilities, and says itself what suits it
    if isinstance(layer.activation, Softmax):
        yield Problem(
            f"The softmax turns {layer.units} outputs into probabilities that add up to 1, one "
            f"for each of {count} classes. Good.",
            node=node.id,
            severity="advice",
        )
    elif isinstance(layer.activation, Sigmoid) and layer.units == 1:
        second = samples.class_names[1]
        yield Problem(
            f"The sigmoid gives the probability of {second}; the other class gets the rest. Good.",
            node=node.id,
            severity="advice",
        )
    else:
        yield _no_probabilities(node, layer, count)


def _no_probabilities(node: Node, layer: Output, count: int) -> Problem:
    better = Sigmoid() if layer.units == 1 else Softmax()
    loss = BinaryCrossEntropy() if layer.units == 1 else CategoricalCrossEntropy()
    return Problem(
        f"The data have {count} classes, but {layer.activation.label.lower()} outputs are not "
        f"probabilities that add up to 1.",
        f"A {better.label.lower()} with a cross-entropy is the usual choice.",
        node.id,
        "activation",
        "advice",
        Fix(
            f"Use {better.label.lower()}",
            (("activation", better),),
            node.id,
            plan=(("loss", loss),),
        ),
    )
