"""How the newest weights come from the training process, and who waits for them."""

from __future__ import annotations

from collections.abc import Callable

from neuralbuilder.project.model import State
from neuralbuilder.training.messages import Rewind, Snapshot, TakeBest
from neuralbuilder.ui.loading import Loading
from neuralbuilder.ui.questions import Questions
from neuralbuilder.ui.workspace import Workspace


class Newest:
    """Keeps account of what the training process has and the workspace has not.

    `ahead` says that there may be newer weights. A rewind, or a return to the best weights, is
    carried out over there first, whose answer is all that had been trained up to that moment:
    `rewinding` lasts until it is here.
    """

    def __init__(self, workspace: Workspace, loading: Loading, questions: Questions) -> None:
        self.ahead = False
        self._workspace, self._loading, self._questions = workspace, loading, questions
        self._leaving: list[Rewind | TakeBest] = []  # those without an answer
        self._waiting: list[Callable[[], object]] = []

    @property
    def rewinding(self) -> bool:
        """Whether the workspace still shows what the training process has already left."""
        return bool(self._leaving)

    def after(self, call: Callable[[], object]) -> None:
        """Call this as soon as the workspace holds the newest weights, now if it does."""
        if (self.ahead or self.rewinding) and self._loading.is_loaded:
            self._waiting.append(call)
            self._questions.want_state()
        else:
            call()

    def arrived(self) -> None:
        """Those who wait need not wait any longer."""
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def take(self, snapshot: Snapshot) -> None:
        """Keep the weights of a snapshot, if it has some."""
        if snapshot.state is None:
            return
        self._questions.state_arrived()
        self._keep(snapshot.state)
        if self._questions.is_news:
            self.ahead = snapshot.status == "running"
            self.arrived()

    def _keep(self, state: State) -> None:
        if self._loading.is_changing or not self._loading.is_loaded:
            return  # it belongs to a network that is being replaced
        workspace = self._workspace
        if state.step or workspace.state is not None or workspace.history.has_written_weights:
            workspace.keep_state(state)

    # ------------------------------------------------------------ rewinding

    def leave(self, request: Rewind | TakeBest) -> None:
        """Have the training process rewind, or return to the best weights."""
        self._questions.command(request)
        self._leaving.append(request)
        self.ahead = False

    def left(self, before: State, best: State | None) -> bool:
        """The training process has rewound, or has the best weights back, and had this before;
        whether that can be undone.
        """
        if not self.rewinding:
            return False
        self._leaving.pop(0)
        self._keep(before)
        if best is None:
            can_undo = self._workspace.rewind()
        else:
            can_undo = best is not before
            if can_undo:
                self._workspace.take_best(best)
        if not self.ahead:
            self.arrived()
        return can_undo

    def rewound_unseen(self) -> None:
        """No answer comes any more: what is to come back is what the workspace knows."""
        rewinds = any(isinstance(request, Rewind) for request in self._leaving)
        self._leaving.clear()
        if rewinds:
            self._workspace.rewind()

    # ------------------------------------------------------------ the end of a process or document

    def forget(self) -> None:
        """The process is gone, or what it has is not what the workspace holds."""
        self.ahead = False
        self._leaving.clear()
