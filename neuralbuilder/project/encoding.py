"""A project as plain JSON types, and back.

What this version does not know is kept aside in `Project.unknown` and written again, so that a
file from a newer minor version loses nothing by being saved here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.missing import Missing
from neuralbuilder.parts import catalogue, changed, from_dict, settings_of, to_dict
from neuralbuilder.problems import SettingError, UserError
from neuralbuilder.project.model import MAXIMUM_LINKS, MAXIMUM_NODES, Link, Node, Plan, Project
from neuralbuilder.project.naming import ID, clean_name, name_of
from neuralbuilder.project.placement import arrange
from neuralbuilder.project.strict_json import dumps

FARTHEST = 1e6


def encode(project: Project) -> dict[str, Any]:
    """The project as a dict of JSON types, with everything unknown put back in its place."""
    known: dict[str, Any] = {
        "nodes": {node.id: _encode_node(node, index) for index, node in enumerate(project.nodes)},
        "links": [[link.source, link.target] for link in project.links],
        "plan": to_dict(project.plan),
        "notes": project.notes,
    }
    rest = dict(project.unknown)
    ids = known["nodes"]
    rest["nodes"] = {key: value for key, value in rest.get("nodes", {}).items() if key in ids}
    return cast(dict[str, Any], _merged(known, rest))


def decode(data: Any) -> tuple[Project, tuple[str, ...]]:
    """The project described by `data`, and what had to be put right.

    Raises `UserError` that names the layer or field at fault.
    """
    if not isinstance(data, Mapping):
        raise UserError("The design is not an object with nodes, links and plan.", "")
    data = _with_task_of_plan(data)
    nodes = _decode_nodes(data.get("nodes", {}))
    links = _decode_links(data.get("links", []), {node.id for node in nodes})
    project = Project(nodes, links, _decode_plan(data.get("plan")), _text(data, "notes"))
    unknown = _leftovers(data, encode(project))
    project = Project(nodes, links, project.plan, project.notes, unknown)
    return _within_reach(project)


# ------------------------------------------------------------------ nodes and links


def _encode_node(node: Node, index: int) -> dict[str, Any]:
    return {
        "index": index,
        "name": node.name,
        "layer": encode_layer(node.layer),
        "x": node.x + 0.0,
        "y": node.y + 0.0,
    }


def encode_layer(layer: Layer) -> dict[str, Any]:
    """A layer as a dict; one that this version does not know comes back as it was found."""
    if isinstance(layer, Missing):
        return cast(dict[str, Any], json.loads(layer.original))
    return to_dict(layer)


def decode_layer(data: Any, place: str) -> Layer:
    """The layer described by `data`; a placeholder for a type that this version does not know."""
    if not isinstance(data, Mapping) or not isinstance(data.get("part"), str):
        raise UserError(f"{place} has no type of layer.", "")
    if not _is_known("layer", data):
        return Missing(dumps(data))
    with _Placed(place):
        return cast(Layer, from_dict("layer", data))


def _is_known(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether this version has the part, and every part among its settings."""
    parts = {cls.name: cls for cls in catalogue(kind)}
    cls = parts.get(data["part"])
    if cls is None:
        return False
    for setting in settings_of(cls):
        inner = data.get(setting.name)
        if setting.type == "part" and isinstance(inner, Mapping) and "part" in inner:
            name = inner["part"]
            if isinstance(name, str) and not _is_known(setting.part_kind, inner):
                return False
    return True


def _decode_nodes(data: Any) -> tuple[Node, ...]:
    if not isinstance(data, Mapping):
        raise UserError("The nodes of the design are not an object of id and layer.", "")
    if len(data) > MAXIMUM_NODES:
        raise UserError(
            f"The design has {len(data):,} layers; {MAXIMUM_NODES:,} are the limit.", ""
        )
    nodes = [_decode_node(node_id, entry) for node_id, entry in data.items()]
    return tuple(node for _, node in sorted(nodes, key=lambda pair: pair[0]))


def _decode_node(node_id: str, entry: Any) -> tuple[float, Node]:
    if not ID.fullmatch(node_id):
        raise UserError(
            f"{node_id[:60]!r} cannot be the id of a layer.",
            "Ids are small letters, digits and underscores, and begin with a letter.",
        )
    place = f"Layer {node_id!r}"
    if not isinstance(entry, Mapping):
        raise UserError(f"{place} is not described by an object.", "")
    layer = decode_layer(entry.get("layer"), place)
    name = clean_name(_text(entry, "name")) or name_of(node_id, layer)
    numbers = [_number(entry, key, place) for key in ("index", "x", "y")]
    return numbers[0], Node(node_id, layer, name, numbers[1], numbers[2])


def _decode_links(data: Any, ids: set[str]) -> tuple[Link, ...]:
    if not isinstance(data, list) or len(data) > MAXIMUM_LINKS:
        raise UserError(f"The links are not a list of at most {MAXIMUM_LINKS:,} pairs.", "")
    links = tuple(_decode_link(entry, ids) for entry in data)
    if len(set(links)) != len(links):
        raise UserError("The same link stands in the design twice.", "")
    return links


def _decode_link(entry: Any, ids: set[str]) -> Link:
    if not isinstance(entry, list) or len(entry) != 2 or not all(isinstance(e, str) for e in entry):
        raise UserError("A link is not a pair of two ids.", "")
    source, target = entry
    for end in entry:
        if end not in ids:
            raise UserError(
                f"A link leads from {source[:60]!r} to {target[:60]!r}, but there is no layer "
                f"{end[:60]!r}.",
                "Remove the link or add the layer.",
            )
    if source == target:
        raise UserError(f"A link leads from {source!r} to itself.", "Remove the link.")
    return Link(source, target)


def _decode_plan(data: Any) -> Plan:
    if data is None:
        return Plan()
    with _Placed("The training plan"):
        plan = cast(Plan, from_dict("plan", data))
        split = data.get("split")
        if isinstance(split, Mapping) and "seed" in split:
            return plan
        # Before the split had a seed of its own, that of the plan decided about it.
        return cast(Plan, changed(plan, split=changed(plan.split, seed=plan.seed)))


def _with_task_of_plan(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The design with the task in the plan, where older files have it among the data's settings."""
    plan = data.get("plan")
    dataset = plan.get("dataset") if isinstance(plan, Mapping) else None
    if not isinstance(dataset, Mapping) or "task" not in dataset:
        return data
    assert isinstance(plan, Mapping)
    moved = {"task": dataset["task"], **plan}
    others = {name: value for name, value in dataset.items() if name != "task"}
    return {**data, "plan": {**moved, "dataset": others}}


def _within_reach(project: Project) -> tuple[Project, tuple[str, ...]]:
    far = [n for n in project.nodes if max(abs(n.x), abs(n.y)) > FARTHEST]
    if not far:
        return project, ()
    names = ", ".join(node.name for node in far[:3])
    return arrange(project), (f"Layers were arranged anew, because {names} stood out of reach.",)


class _Placed:
    """Adds the place to what is wrong with a part."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, SettingError | UserError):
            raise UserError(f"{self._place}: {error.message}", error.hint) from None


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise UserError(f"{key!r} in the design is not a text.", "")
    return value


def _number(data: Mapping[str, Any], key: str, place: str) -> float:
    value = data.get(key, 0)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise UserError(f"{place}: {key!r} is not a number.", "")
    return float(value)


# ------------------------------------------------------------------ what is not known


def _leftovers(found: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in `found` under keys that `known` does not have, as a tree of dicts."""
    rest: dict[str, Any] = {}
    for key, value in found.items():
        if key not in known:
            rest[key] = value
        elif isinstance(value, Mapping) and isinstance(known[key], Mapping):
            inner = _leftovers(value, known[key])
            if inner:
                rest[key] = inner
    return rest


def _merged(known: Any, rest: Mapping[str, Any]) -> Any:
    """`known` with the leftovers put back."""
    result = dict(known)
    for key, value in rest.items():
        if key not in result:
            result[key] = value
        elif isinstance(value, Mapping) and isinstance(result[key], Mapping):
            result[key] = _merged(result[key], value)
    return result
