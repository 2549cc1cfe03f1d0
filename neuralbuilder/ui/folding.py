"""Folding a standardisation into the next layer, with the weights of this moment."""

from __future__ import annotations

from neuralbuilder.engine.layers.standardisation import Standardise
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.model import Node
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.workspace import Workspace

FOLD = "Fold into next layer"
FOLD_HINT = (
    "Removes this layer and changes the weights behind it, so that the network computes the same."
)


def is_foldable(node: Node) -> bool:
    """Whether folding is a word for this kind of layer."""
    return isinstance(node.layer, Standardise)


def fold_into_next(workspace: Workspace, runner: Runner, node_id: str) -> None:
    """Fold a layer away as soon as the newest weights are here, in one undoable step.

    Why that cannot be done is told through `Workspace.failed`.
    """

    def fold() -> None:
        node = next((n for n in workspace.project.nodes if n.id == node_id), None)
        if node is None:
            return
        try:
            project, state = edits.fold(workspace.project, workspace.state, node_id)
        except UserError as error:
            workspace.failed.emit(error)
            return
        workspace.apply_with_state(f"Fold {node.name}", project, state)

    runner.after_state(fold)
