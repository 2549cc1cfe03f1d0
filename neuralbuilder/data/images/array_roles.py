"""Which array holds the inputs and which the targets, and of which part, judged by its name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_INPUTS = frozenset(("x", "images", "image", "imgs", "img", "data", "inputs", "input", "features"))
_TARGETS = frozenset(("y", "labels", "label", "lbls", "targets", "target", "classes"))
_PARTS = {
    "train": "train", "training": "train", "tr": "train", "val": "val", "valid": "val",
    "validation": "val", "test": "test", "testing": "test", "t10k": "test",
}  # fmt: skip
_GLUED = re.compile(
    rf"({'|'.join(_PARTS)})?({'|'.join(sorted(_INPUTS | _TARGETS, key=len, reverse=True))})"
    rf"({'|'.join(_PARTS)})?"
)
_UNNAMED = ("arr_0", "arr_1")  # as numpy.savez(file, x, y) calls them


@dataclass(frozen=True)
class Role:
    """What an array is: inputs or targets, of `train`, `val`, `test` or ("") all; and the other
    words of its name, which belong to both.
    """

    is_inputs: bool
    part: str = ""
    rest: tuple[str, ...] = ()


Pair = tuple[str, str]
"""The names of an array of inputs and of that of its targets."""


def role_of(name: str) -> Role | None:
    """The role that a name tells: X, y_train, test_images, trainX …; None where it tells none."""
    rest, parts, kinds = [], [], []
    for word in re.findall(r"[a-z0-9]+", name.lower()):
        glued = _GLUED.fullmatch(word)
        if word in _PARTS:
            parts.append(_PARTS[word])
        elif glued:
            parts += [_PARTS[part] for part in (glued[1], glued[3]) if part]
            kinds.append(glued[2] in _INPUTS)
        else:
            rest.append(word)
    if not kinds or len(parts) > 1:
        return None
    return Role(all(kinds), parts[0] if parts else "", tuple(rest))  # data_labels are labels


def pairs_in(names: Iterable[str]) -> dict[str, Pair]:
    """The arrays that make samples, by their parts: `train`, `val` and `test`, or "" for all."""
    names = sorted(names, key=lambda name: (len(name), name))
    if sorted(names) == list(_UNNAMED):
        return {"": _UNNAMED}
    roles: dict[Role, str] = {}
    for name in names:
        role = role_of(name)
        if role is not None:
            roles.setdefault(role, name)
    pairs = {
        (role.rest, role.part): (name, roles[targets])
        for role, name in roles.items()
        if role.is_inputs and (targets := Role(False, role.part, role.rest)) in roles
    }
    for rest in sorted({rest for rest, _ in pairs}, key=len):
        found = {part: pair for (its_rest, part), pair in pairs.items() if its_rest == rest}
        if "train" in found:
            return {part: found[part] for part in ("train", "val", "test") if part in found}
        if "" in found:
            return {"": found[""]}
    return {}


def inputs_in(names: Iterable[str]) -> str | None:
    """The array of inputs for predictions: the only array, the one that is x by its name, or the
    only one that holds inputs; None where none stands out.
    """
    names = sorted(names, key=lambda name: (len(name), name))
    if len(names) == 1 or names == list(_UNNAMED):
        return names[0]
    roles = ((name, role_of(name)) for name in names)
    inputs = [(name, role) for name, role in roles if role is not None and role.is_inputs]
    plain = [name for name, role in inputs if not role.part]
    found = plain or [name for name, _ in inputs]
    return found[0] if plain or len(found) == 1 else None


def files_beside(path: Path) -> dict[str, tuple[Path, Path]]:
    """For a file with one array of inputs, the files that make samples, by their parts.

    The targets of X.npy are in y.npy beside it, those of kmnist-train-imgs.npz in
    kmnist-train-labels.npz; and the files for the test are found in the same way.
    """
    role = role_of(path.stem)
    if role is None or not role.is_inputs:
        return {}
    roles: dict[Role, Path] = {role: path}
    with os.scandir(path.parent) as entries:
        others = sorted(entry.name for entry in entries)
    for other in (path.with_name(name) for name in others):
        its = role_of(other.stem) if other.suffix.lower() == path.suffix.lower() else None
        if its is not None and its.rest == role.rest:
            roles.setdefault(its, other)
    parts = ("train", "val", "test") if role.part == "train" else (role.part,)
    return {
        part: (roles[Role(True, part, role.rest)], roles[Role(False, part, role.rest)])
        for part in parts
        if Role(True, part, role.rest) in roles and Role(False, part, role.rest) in roles
    }
