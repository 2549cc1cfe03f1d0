"""Layers as text on the clipboard: strict JSON, checked as carefully as a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from neuralbuilder.problems import UserError
from neuralbuilder.project.edits import Fragment, fragment
from neuralbuilder.project.encoding import decode, encode
from neuralbuilder.project.model import Project
from neuralbuilder.project.strict_json import dumps, loads

FORMAT = "neuralbuilder layers"
VERSION = 1
LARGEST_TEXT = 4 * 2**20
_HINT = "Copy layers in NeuralBuilder first."
_START = re.compile(r'\s*\{\s*"format":\s*"neuralbuilder layers"')


def to_text(project: Project, ids: Iterable[str]) -> str:
    """These layers and the links among them, as text."""
    copied = fragment(project, ids)
    design = encode(Project(copied.nodes, copied.links, unknown=_unknown(project, copied)))
    return dumps(
        {"format": FORMAT, "links": design["links"], "nodes": design["nodes"], "version": VERSION}
    )


def _unknown(project: Project, copied: Fragment) -> dict[str, Any]:
    """What a newer version wrote about these layers goes along with them."""
    nodes = project.unknown.get("nodes", {})
    ids = {node.id for node in copied.nodes}
    return {"nodes": {key: value for key, value in nodes.items() if key in ids}}


def looks_like_layers(text: str) -> bool:
    """Whether a text may be worth pasting, without reading all of it."""
    return len(text) <= LARGEST_TEXT and _START.match(text) is not None


def from_text(text: str) -> Fragment:
    """The layers in a text; raises `UserError` for anything that is not a copy of layers."""
    if len(text) > LARGEST_TEXT:
        raise UserError("The text on the clipboard is too long to be layers.", _HINT)
    if not looks_like_layers(text):
        raise UserError("The clipboard holds no layers.", _HINT)
    data = loads(text, "clipboard")
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise UserError("The clipboard holds no layers.", _HINT)
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise UserError("The layers on the clipboard name no version.", _HINT)
    if version > VERSION:
        raise UserError(
            "The layers on the clipboard were copied in a newer version of NeuralBuilder.",
            "Update NeuralBuilder to paste them.",
        )
    project, _ = decode({key: data[key] for key in ("nodes", "links") if key in data})
    return Fragment(project.nodes, project.links)
