"""The one object that may replace the current project, and tells everyone with one signal."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from neuralbuilder.data.samples import Samples
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project.checks import check
from neuralbuilder.project.files import Document
from neuralbuilder.project.history import History, WeightChange
from neuralbuilder.project.model import Project, State
from neuralbuilder.ui.cell_focus import CellFocus


@dataclass(frozen=True)
class Selection:
    """What the user looks at: layers, one neuron (layer id and index), one sample."""

    nodes: frozenset[str] = frozenset()
    neuron: tuple[str, int] | None = None
    sample: int = 0


class Workspace(QObject):
    """Holds the current project, its history, its trained state, its samples and the selection.

    Every change of the project goes through `apply`; panels and canvas read from here and never
    call each other. `project_changed(old, new)` follows each change, after the checks have run;
    `replaced` says after it that another document is here altogether.
    `cells` says which cell of a feature map is looked at.
    `weight_restored` carries the `WeightChange` that was undone or redone and the value that the
    weight has again; all other weights stay as they are.
    """

    project_changed = Signal(object, object)
    samples_changed = Signal()
    state_replaced = Signal()
    replaced = Signal()
    weight_restored = Signal(object, float)
    selection_changed = Signal()
    file_changed = Signal()
    failed = Signal(object)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.selection = Selection()
        self._adopt(document)
        self.cells = CellFocus(self)

    def _adopt(self, document: Document) -> None:
        self.history = History(document.project, document.state)
        self._saved: tuple[Project, State | None] | None = (document.project, document.state)
        self.samples: Samples | None = document.samples
        # What a file brings along may be nowhere else; undoing a change of data needs it again.
        self._embedded = (document.project.plan.dataset, document.samples)
        self.data_problem: UserError | None = None
        if self.samples is None:
            self._load_samples()
        self._check()

    # ------------------------------------------------------------ reading

    @property
    def project(self) -> Project:
        """The current project."""
        return self.history.project

    @property
    def state(self) -> State | None:
        """The latest known weights of the current project, or None before any training."""
        return self.history.state

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the checks say about the current project."""
        return self._problems

    @property
    def unsaved(self) -> bool:
        """Whether the project or its trained weights differ from what is on disk."""
        if self._saved is None:
            return True
        project, state = self._saved
        return project != self.project or state is not self.state

    @property
    def document(self) -> Document:
        """Everything a file holds."""
        return Document(self.project, self.state, self.samples)

    # ------------------------------------------------------------ changing

    def apply(self, name: str, project: Project, merge: str = "") -> None:
        """Replace the project in one undoable step called `name`.

        Steps in a row with the same non-empty `merge` key become one. Nothing happens when the
        project is equal to the current one.
        """
        if project == self.project:
            return
        old = self.project
        self.history = self.history.push(name, project, merge)
        self._after(old)

    def apply_with_state(self, name: str, project: Project, state: State) -> None:
        """Replace the project and its weights together, in one undoable step called `name`."""
        old = self.project
        self.history = self.history.push(name, project).with_state(state)
        self._after(old)
        self.state_replaced.emit()

    def undo(self) -> None:
        """Go back one step, weights included."""
        change = self.history.undo_change
        self._travel(self.history.undo(), change is not None)
        if change is not None:
            self.weight_restored.emit(change, change.old)

    def redo(self) -> None:
        """Go forward one step."""
        change = self.history.redo_change
        self._travel(self.history.redo(), change is not None)
        if change is not None:
            self.weight_restored.emit(change, change.new)

    def _travel(self, history: History, one_weight: bool) -> None:
        old, old_state = self.project, self.state
        self.history = history
        if self.project != old:
            self._after(old)
        if not one_weight and not _same_weights(old_state, self.state):
            self.state_replaced.emit()
        if self.project == old:
            self.file_changed.emit()

    def keep_state(self, state: State) -> None:
        """Remember the weights that training has produced; not an undo step."""
        self.history = self.history.with_state(state)
        self.file_changed.emit()

    def apply_weight(self, name: str, change: WeightChange) -> None:
        """Note that somebody has written one weight, in one undoable step called `name`."""
        self.history = self.history.push_weight(name, change)
        self.file_changed.emit()

    def forget_state(self) -> None:
        """Return to the initial weights of the seed; whoever trains knows already."""
        if self.state is not None:
            self.history = self.history.with_state(None)
            self.file_changed.emit()

    def select(self, selection: Selection) -> None:
        """Change what the user looks at."""
        if self._set_selection(selection):
            self.selection_changed.emit()

    def _set_selection(self, selection: Selection) -> bool:
        """Take a selection, without what does not exist; whether it is another one."""
        nodes = frozenset(node.id for node in self.project.nodes) & selection.nodes
        neuron = selection.neuron
        if neuron is not None and not (neuron[0] in nodes and self._has_neuron(*neuron)):
            neuron = None
        before, self.selection = self.selection, Selection(nodes, neuron, selection.sample)
        return self.selection != before

    def _has_neuron(self, node_id: str, index: int) -> bool:
        layer = self.project.node(node_id).layer
        units = getattr(layer, "units", None)
        return index < (units if units is not None else prod(getattr(layer, "shape", ())))

    # ------------------------------------------------------------ files

    def open(self, document: Document, path: Path | None) -> None:
        """Put another document in place of the current one; the history starts afresh."""
        old = self.project
        self.path = path
        self._adopt(document)
        reselected = self._set_selection(Selection())
        self.samples_changed.emit()
        self.project_changed.emit(old, self.project)
        self.replaced.emit()
        self.state_replaced.emit()
        if reselected:
            self.selection_changed.emit()
        self.file_changed.emit()

    def saved_as(self, path: Path, document: Document) -> None:
        """Note that `document` is now what the file at `path` holds."""
        self.path = path
        self._saved = (document.project, document.state)
        self.file_changed.emit()

    def mark_unsaved(self) -> None:
        """Note that no file holds what is here."""
        self._saved = None
        self.file_changed.emit()

    # ------------------------------------------------------------ after a change

    def _after(self, old: Project) -> None:
        if self.project.plan.dataset != old.plan.dataset:
            self._load_samples()
            self.samples_changed.emit()
        self._check()
        # Whoever hears of the new project already sees a selection that exists in it.
        reselected = self._set_selection(self.selection)
        self.project_changed.emit(old, self.project)
        if reselected:
            self.selection_changed.emit()
        self.file_changed.emit()

    def _load_samples(self) -> None:
        dataset, embedded = self._embedded
        if embedded is not None and self.project.plan.dataset == dataset:
            self.samples, self.data_problem = embedded, None
            return
        try:
            self.samples, self.data_problem = self.project.plan.dataset.load(), None
        except UserError as error:
            self.samples, self.data_problem = None, error
            self.failed.emit(error)

    def _check(self) -> None:
        found = check(self.project, self.samples)
        if self.data_problem is not None:
            found += (Problem(self.data_problem.message, self.data_problem.hint),)
        self._problems = found


def _same_weights(old: State | None, new: State | None) -> bool:
    """Whether both hold the very same array, whatever else they note."""
    if old is None or new is None:
        return old is new
    return old.parameters is new.parameters
