"""Changes of plan and network under way, as the log notes them."""

from __future__ import annotations

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.optimizers import Optimizer
from neuralbuilder.parts import Part, Setting, settings_of
from neuralbuilder.project.model import Plan

MOST_NAMED = 2


def changes(old: Plan, new: Plan) -> list[tuple[str, float]]:
    """Which numbers of the plan changed, by the name of their marks, with their new values."""
    return [*_optimizer(old.optimizer, new.optimizer), *_parts(old, new), *_numbers(old, new)]


def _optimizer(old: Optimizer, new: Optimizer) -> list[tuple[str, float]]:
    if type(old) is type(new):
        return _numbers(old, new)
    if new.rate is None:
        return [(f"Optimizer: {new.label}", 0.0)]
    return [(f"{new.label}, learning rate", new.rate)]


def _parts(old: Plan, new: Plan) -> list[tuple[str, float]]:
    """Another schedule, stop rule or kind of class weights by its name, and other numbers of the
    same one.
    """
    found: list[tuple[str, float]] = []
    for setting in settings_of(Plan):
        if setting.name in ("schedule", "stop_rule", "class_weights"):
            before, after = getattr(old, setting.name), getattr(new, setting.name)
            if type(before) is not type(after):
                found.append((f"{setting.label}: {after.label.lower()}", 0.0))
            else:
                numbers = _numbers(before, after)
                found += [(f"{setting.label.lower()}, {name}", n) for name, n in numbers]
    return found


def _numbers(old: object, new: object) -> list[tuple[str, float]]:
    return [
        (_name(setting), float(getattr(new, setting.name)))
        for setting in settings_of(type(new))  # type: ignore[arg-type]
        if setting.type in ("integer", "number")
        and setting.name not in ("epochs", "seed")
        and getattr(old, setting.name) != getattr(new, setting.name)
    ]


def _name(setting: Setting) -> str:
    """What a number is called, and behind a slash what its 0 means: "clip norm/no limit"."""
    name = setting.label[0].lower() + setting.label[1:]
    return f"{name}/{setting.zero_word}" if setting.zero_word else name


def graph_changes(old: Graph, new: Graph) -> str:
    """What is different about the network, in few words: "Hidden 1: linear"."""
    before, after = dict(old.layers), dict(new.layers)
    found = [f"{_title(node)}: removed" for node in before if node not in after]
    for node, layer in after.items():
        if node not in before:
            found.append(f"{_title(node)}: added")
        elif layer != before[node]:
            found.append(f"{_title(node)}: {_difference(before[node], layer)}")
    if len(found) > MOST_NAMED:
        return f"Network: {len(found)} layers changed"
    return ", ".join(found) or "Network: other links"


def _difference(old: Layer, new: Layer) -> str:
    if type(old) is not type(new):
        return new.label.lower()
    names = [s.name for s in settings_of(type(new)) if getattr(old, s.name) != getattr(new, s.name)]
    value = getattr(new, names[0]) if len(names) == 1 else None
    if names == ["units"]:
        return f"{value} neurons"
    if isinstance(value, Part):
        return value.label.lower()
    labels = [s.label.lower() for s in settings_of(type(new)) if s.name in names]
    return ", ".join(labels)


def _title(node: str) -> str:
    return node.replace("_", " ").capitalize()
