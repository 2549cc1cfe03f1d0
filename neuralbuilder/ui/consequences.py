"""What a change of the project means for the network that is in training."""

from __future__ import annotations

from enum import Enum

from neuralbuilder.engine.layout import layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.project.model import Plan, Project, State
from neuralbuilder.project.state import fallen_for_good

RELOADING = ("dataset", "task", "split", "preprocessing", "scale_targets", "precision")
"""Settings of the plan that need the data or the network to be loaded anew."""


class Consequence(Enum):
    """What the training process has to be told; the later ones include the earlier ones."""

    NOTHING = 0
    ADJUST = 1
    RELOAD = 2
    RESTART = 3


def consequence(old: Project, new: Project) -> Consequence:
    """What follows from replacing `old` by `new`; names and positions concern nobody."""
    if new.plan.seed != old.plan.seed:
        return Consequence.RESTART
    if any(getattr(new.plan, name) != getattr(old.plan, name) for name in RELOADING):
        return Consequence.RELOAD
    if new.graph() != old.graph():
        return Consequence.RELOAD
    return Consequence.ADJUST if new.plan != old.plan else Consequence.NOTHING


def restart_notice(project: Project, restarted: tuple[str, ...]) -> str:
    """Which layers start with fresh weights, as a sentence."""
    names = [node.name for node in project.nodes if node.id in restarted]
    graph = project.graph()
    parameters = layout(graph, infer(graph))
    # Only of layers with weights can be said that they keep them.
    with_weights = [node for node in project.nodes if parameters.trainable_of(node.id)]
    others = sum(node.id not in restarted for node in with_weights)
    if others <= 0:
        return "All layers start with fresh weights"
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "starts" if len(names) == 1 else "start"
    rest = "the other layer keeps its own" if others == 1 else "the other layers keep theirs"
    return f"{listed} {verb} with fresh weights; {rest}"


def schedule_notice(plan: Plan, state: State | None) -> str:
    """That the learning rate has fallen for good, where training begins again after its schedule;
    "" otherwise.
    """
    factor = None if state is None else fallen_for_good(state, plan)
    if factor is None or plan.optimizer.rate is None:
        return ""
    rate = f"{plan.optimizer.rate * factor:.3g}"
    return f"The schedule is over: the learning rate stays at {rate}. Rewind (R) begins it again"
