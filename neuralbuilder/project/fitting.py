"""Making a project fit: to a text, and to the data it is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.activations import Activation, Linear, Sigmoid, Softmax
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.engine.layers.reshaping import Flatten
from neuralbuilder.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
)
from neuralbuilder.parts import changed, settings_of
from neuralbuilder.problems import Problem
from neuralbuilder.project.model import Link, Node, Plan, Project
from neuralbuilder.project.naming import name_of, new_id
from neuralbuilder.project.placement import (
    COLUMN_DISTANCE,
    Point,
    arrange,
    in_columns,
    kept_in_columns,
    moved,
)
from neuralbuilder.project.task import meant, output_of, suited_to
from neuralbuilder.project.text import Design, TextError, chain, defaulted, main_values, parse
from neuralbuilder.project.usual_plan import suitable_plan

# ------------------------------------------------------------------ data


def fit_ends(project: Project, samples: Samples) -> Project:
    """Give input and output the sizes of the data, and the output the activation and loss that
    suit the task: linear with mean squared error for quantities, sigmoid with binary cross-entropy
    for yes or no and where two classes share one neuron, else softmax with categorical
    cross-entropy. The plan is
    that of `suitable_plan`.

    The layers between them stay as they are; see `edits.fit_to_data`, which makes them read images.
    """
    loss = project.plan.loss
    nodes = []
    for node in project.nodes:
        layer: Layer = node.layer
        if isinstance(layer, Input):
            layer = Input(samples.input_shape)
        elif isinstance(layer, Output):
            units, activation, loss = suitable_output(samples, layer.units)
            kept = type(layer.activation) is type(activation)
            activation = layer.activation if kept else activation
            layer = changed(layer, units=units, activation=activation)
        nodes.append(replace(node, layer=layer))
    plan = suitable_plan(changed(project.plan, loss=loss), samples)
    return replace(project, nodes=tuple(nodes), plan=plan)


def suitable_output(samples: Samples, units: int = 0) -> tuple[int, Activation, Loss]:
    """How many output neurons these data need, with which activation and loss.

    Two classes may share one neuron; they do where `units` is 1 already.
    """
    columns = samples.y.shape[1]
    if samples.task == "regression":
        return columns, Linear(), MeanSquaredError()
    if samples.task == "yes/no":
        return columns, Sigmoid(), BinaryCrossEntropy()
    if units == 1 and columns == 2:
        return 1, Sigmoid(), BinaryCrossEntropy()
    return columns, Softmax(), CategoricalCrossEntropy()


def fitted_layer(layer: Layer, samples: Samples | None) -> Layer:
    """An Input or Output as it comes from the palette, with the size that suits the data."""
    if samples is None or layer != type(layer)():
        return layer
    if isinstance(layer, Input):
        return Input(samples.input_shape)
    if isinstance(layer, Output):
        units, activation, _ = suitable_output(samples)
        return Output(units=units, activation=activation)
    return layer


def with_suitable_loss(project: Project, samples: Samples) -> Project:
    """The project with the loss for its first Output, unless another one is chosen already."""
    if output_of(project) is not None or project.plan.loss != Plan().loss:
        return project
    _, _, loss = suitable_output(samples)
    return replace(project, plan=changed(project.plan, loss=loss))


def with_open_activation(design: Design, plan: Plan, samples: Samples) -> Design:
    """The design with the output activation that suits data and plan, where it names none."""
    output = design.layers[-1]
    if not isinstance(output, Output) or not design.mentioned:
        return design
    if "activation" in design.mentioned[-1]:
        return design
    suited = suited_to(plan, samples, output.units)
    _, activation, _ = suitable_output(suited, output.units)
    if output.units == 1 and isinstance(activation, Softmax):
        activation = Sigmoid()  # shares of one output are always 1
    layers = (*design.layers[:-1], changed(output, activation=activation))
    return Design(layers, design.mentioned)


def with_data_input(design: Design, shape: tuple[int, ...] | None) -> Design:
    """The design with the input space of the data, where the text leaves that to them.

    Raises `TextError` where there are no data.
    """
    if not design.has_open_input:
        return design
    if shape is None:
        raise TextError(1, "auto takes the input space from the data, and there are none.",
                        "Choose data first, or type the space, such as R^4.")  # fmt: skip
    mentioned = (frozenset({"shape"}), *design.mentioned[1:])
    reads_images = len(shape) > 1 and not isinstance(
        design.layers[1].output_shape((shape,)), Problem
    )
    if len(shape) == 1 or reads_images:
        return Design((Input(shape), *design.layers[1:]), mentioned)
    return Design(
        (Input(shape), Flatten(), *design.layers[1:]),
        (mentioned[0], frozenset(), *mentioned[1:]),
    )


def _with_loss_of_new_activation(before: Project, after: Project, samples: Samples) -> Project:
    """`after` with the loss for an output activation that `before` did not have.

    Only where it is the activation that suits the data, and no other loss is chosen already that
    can be trained with it.
    """
    old, new = output_of(before), output_of(after)
    if new is None or (old is not None and type(old.activation) is type(new.activation)):
        return after
    unchosen = (Plan().loss, _usual_loss(before, samples))
    return _with_loss(after, new, meant(after, samples), unchosen)


def with_loss_for_data(project: Project, samples: Samples) -> Project:
    """The project with the loss for other data, where its output suits them as it is drawn.

    Only where no other loss is chosen already that can be trained with them.
    """
    output = output_of(project)
    if output is None or suitable_output(samples, output.units)[0] != output.units:
        return project
    return _with_loss(project, output, samples, (Plan().loss,))


def _with_loss(
    project: Project, output: Output, samples: Samples, unchosen: tuple[Loss | None, ...]
) -> Project:
    loss = project.plan.loss
    # The usual loss of the data before is no choice either; it fits neither these nor the output.
    wrong = loss.check(output, samples.task, samples.y.shape[1])
    if loss not in unchosen and all(problem.severity != "error" for problem in wrong):
        return project
    _, activation, usual = suitable_output(samples, output.units)
    if type(output.activation) is not type(activation):
        return project
    return replace(project, plan=changed(project.plan, loss=usual))


def _usual_loss(project: Project, samples: Samples) -> Loss | None:
    """The loss that suits the output there is."""
    output = output_of(project)
    return None if output is None else suitable_output(meant(project, samples), output.units)[2]


# ------------------------------------------------------------------ text


def set_design(project: Project, design: Design | str, samples: Samples | None = None) -> Project:
    """The chain that a text describes, in place of the layers there are.

    Layers that stay keep their ids, names and what the text cannot express; so their weights
    survive. The input and the output stay; a hidden layer stays if it is the same, or else if
    it is in the same order among the changed ones of its type. With `samples`, as their source
    gives them, a first Output gets
    the activation that suits them where the text names none, and a first Output or another output
    activation brings the loss that suits, as `with_suitable_loss`. An input called auto has the
    space of the samples. Raises `TextError` for a bad text.
    """
    if isinstance(design, str):
        design = parse(design)
    design = with_data_input(design, None if samples is None else samples.input_shape)
    if samples is not None and output_of(project) is None:
        design = with_open_activation(design, project.plan, samples)
    mentioned = design.mentioned or tuple(_all_settings(layer) for layer in design.layers)
    kept = _matches(_in_order(project), design.layers)
    nodes: list[Node] = []
    taken = {node.id for node in project.nodes}
    for layer, words, old in zip(design.layers, mentioned, kept, strict=True):
        if old is not None:
            nodes.append(replace(old, layer=_merged(old.layer, layer, words)))
        else:
            node_id = new_id(taken, layer)
            taken.add(node_id)
            nodes.append(Node(node_id, layer, name_of(node_id, layer)))
    links = tuple(Link(a.id, b.id) for a, b in pairwise(nodes))
    result = _placed(project, replace(project, nodes=tuple(nodes), links=links))
    return result if samples is None else _with_loss_of_new_activation(project, result, samples)


def _placed(before: Project, after: Project) -> Project:
    """`after`, a chain, with its new layers in their places.

    What stood in columns stands in columns again. In a chain that somebody has moved by hand, a
    new layer stands behind the one before it, and those after it make room.
    """
    before = replace(before, nodes=_in_order(before))
    if chain(before.graph()) is None or not before.nodes:
        return arrange(after)
    same = [node.id for node in before.nodes] == [node.id for node in after.nodes]
    if same and set(before.links) == set(after.links):
        return after
    if in_columns(before):
        return kept_in_columns(before, after)
    return moved(after, _places_between(before, after))


def _places_between(before: Project, after: Project) -> dict[str, Point]:
    old = {node.id for node in before.nodes}
    places: dict[str, Point] = {}
    x, y, shift, added = before.nodes[0].x - COLUMN_DISTANCE, before.nodes[0].y, 0.0, False
    for node in after.nodes:
        room = x + COLUMN_DISTANCE
        if node.id in old:
            shift += max(0.0, room - node.x - shift) if added else 0.0
            x, y, added = node.x + shift, node.y, False
        else:
            x, added = room, True
        places[node.id] = x, y
    return places


def _all_settings(layer: Layer) -> frozenset[str]:
    return frozenset(setting.name for setting in settings_of(type(layer)))


def _in_order(project: Project) -> tuple[Node, ...]:
    graph = project.graph()
    ids = chain(graph)
    if ids is None:
        ordered, left = graph.sorted_as_far_as_possible()
        ids = (*ordered, *left)
    return tuple(project.node(node_id) for node_id in ids)


def _matches(old: tuple[Node, ...], layers: tuple[Layer, ...]) -> list[Node | None]:
    """For every new layer the node that goes on as this layer."""
    hidden = [node for node in old if node.layer.role == "hidden"]
    wanted = [layer for layer in layers if layer.role == "hidden"]
    middle = iter(_matched_hidden(hidden, wanted))
    matches: list[Node | None] = []
    for layer in layers:
        if layer.role == "hidden":
            matches.append(next(middle))
        else:
            same = (node for node in old if type(node.layer) is type(layer))
            matches.append(next(same, None))
    return matches


def _matched_hidden(old: list[Node], new: list[Layer]) -> list[Node | None]:
    """Equal layers at both ends stay what they are; between them type and order decide."""
    first = 0
    while first < min(len(old), len(new)) and _key(old[first].layer) == _key(new[first]):
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and _key(old[-1 - last].layer) == _key(
        new[-1 - last]
    ):
        last += 1
    between = _by_kinship(old[first : len(old) - last], new[first : len(new) - last])
    return [*old[:first], *between, *old[len(old) - last :]]


def _by_kinship(old: list[Node], new: list[Layer]) -> list[Node | None]:
    """Stretches of equal layers go on as such, and those between them by their types."""
    found: list[Node | None] = []
    keys = [_key(node.layer) for node in old], [_key(layer) for layer in new]
    first = 0
    for start, at, count in SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks():
        found += _by_type(old[first:start], new[len(found) : at])
        found += old[start : start + count]
        first = start + count
    return found


def _by_type(old: list[Node], new: list[Layer]) -> list[Node | None]:
    """Layers go on as new ones of their type, in the same order."""
    found: list[Node | None] = [None] * len(new)
    types = [type(node.layer) for node in old], [type(layer) for layer in new]
    for start, at, count in SequenceMatcher(None, *types, autojunk=False).get_matching_blocks():
        found[at : at + count] = old[start : start + count]
    return found


def _key(layer: Layer) -> tuple[object, ...]:
    """What makes two layers the same one in the eyes of who edits a text."""
    return type(layer), *main_values(layer)


def _merged(old: Layer, new: Layer, mentioned: frozenset[str]) -> Layer:
    """The new layer, with the old one's settings where the text had no word about them.

    A text always shows the activation, so leaving it out means that it stays. Bias and initializer
    are shown only where they differ from the default, so leaving them out means the default.
    """
    expressible = defaulted(new) | mentioned
    silent: Mapping[str, Any] = {
        setting.name: getattr(old, setting.name)
        for setting in settings_of(type(new))
        if setting.name not in expressible
    }
    merged: Layer = changed(new, **silent)
    return merged
