"""One-click remedies: carrying them out with all that it takes, and telling which ones help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import changed, find
from neuralbuilder.problems import Fix, Problem, UserError
from neuralbuilder.project.changing import change_layer, change_plan, insert_on_link, remove_nodes
from neuralbuilder.project.model import Project
from neuralbuilder.project.ordering import move_before

Errors = Callable[[Project], Sequence[Problem]]
"""What keeps a project from being trained."""

_MOST = 100
"""How many errors, that a remedy brings to light, are mended with it."""


def apply_fix(project: Project, fix: Fix) -> Project:
    """Carry out the one-click remedy of a problem: on its layer, around it, and on the plan."""
    project = change_plan(project, **dict(fix.plan)) if fix.plan else project
    if fix.remove:
        return remove_nodes(project, fix.remove)
    if fix.move:
        return move_before(project, fix.move, fix.node)
    if fix.insert:
        return _insert_before(project, fix.node, fix.insert, dict(fix.settings))
    return change_layer(project, fix.node, **dict(fix.settings)) if fix.settings else project


def _insert_before(
    project: Project, node_id: str, name: str, settings: Mapping[str, Any]
) -> Project:
    """Put a layer of this name into every link that leads to this layer."""
    layer = changed(find("layer", name)(), **settings)
    assert isinstance(layer, Layer)
    for link in project.links:
        if link.target == node_id:
            project = insert_on_link(project, link, layer)
    return project


def carry_out(project: Project, fix: Fix, errors: Errors) -> Project:
    """As `apply_fix`, and where that brings errors to light, their remedies as well.

    A Reshape layer before a convolution, for example, leaves an image for the dense layer behind
    it, which then needs a Flatten layer.
    """
    known = set(map(_words, errors(project)))
    project = apply_fix(project, fix)
    for _ in range(_MOST):
        fresh = (e.fix for e in errors(project) if e.fix and _words(e) not in known)
        following = next((fix for fix in fresh if not brings_data(fix)), None)
        after = project if following is None else apply_fix(project, following)
        if after == project:
            break
        project = after
    return project


def with_remedies_that_help(
    problems: Sequence[Problem], project: Project, errors: Errors
) -> list[Problem]:
    """The problems, without the remedies of errors and warnings that only lead to other errors.

    Those that bring other data are kept: whoever carries them out fits the network to the data.
    """
    known = {_place(error) for error in problems if error.severity == "error"}

    def helps(fix: Fix, problem: Problem) -> bool:
        if brings_data(fix):
            return True
        try:
            left = errors(carry_out(project, fix, errors))
        except UserError:
            return False
        return {_place(e) for e in left} <= known and _words(problem) not in map(_words, left)

    found = []
    for problem in problems:
        if problem.fix is not None and problem.severity != "advice":
            fixes = tuple(fix for fix in problem.fixes if helps(fix, problem))
            problem = replace(problem, fix=fixes[0] if fixes else None, others=fixes[1:])
        found.append(problem)
    return found


def brings_data(fix: Fix) -> bool:
    """Whether a remedy is to train on other data."""
    return any(name == "dataset" for name, _ in fix.plan)


def _words(problem: Problem) -> tuple[str, str]:
    return problem.node, problem.message


def _place(problem: Problem) -> tuple[str, str]:
    return problem.node, problem.setting
