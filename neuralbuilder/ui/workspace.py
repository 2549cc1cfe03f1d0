"""The one object that may replace the current project, and tells everyone with one signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from neuralbuilder.data.samples import Dataset, ReadingCancelled, Samples
from neuralbuilder.insights.base import OwnInput
from neuralbuilder.problems import Fix, Problem, UserError
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check, mended
from neuralbuilder.project.files import Document
from neuralbuilder.project.fitting import with_loss_for_data
from neuralbuilder.project.history import History, WeightChange
from neuralbuilder.project.model import Project, State
from neuralbuilder.project.task import meant
from neuralbuilder.project.usual_plan import suitable_plan, usual_settings
from neuralbuilder.ui.cell_focus import CellFocus

_Data = tuple[Samples | None, UserError | None]
"""The samples as their source gives them, or why there are none."""


@dataclass(frozen=True)
class Selection:
    """What the user looks at: layers, one neuron (layer id and index), one sample, or instead of
    it an input of the user's own.
    """

    nodes: frozenset[str] = frozenset()
    neuron: tuple[str, int] | None = None
    sample: int = 0
    own_input: OwnInput | None = None


class Workspace(QObject):
    """Holds the current project, its history, its trained state, its samples and the selection.

    Every change of the project goes through `apply`; panels and canvas read from here and never
    call each other. `samples` are read as the project means them: as classes, yes or no, or
    quantities. `project_changed(old, new)` follows each change, after the checks have run;
    `replaced` says after it that another document is here altogether.
    `cells` says which cell of a feature map is looked at.
    `symptoms_changed` says that something else goes wrong in the trained network than before.
    `weight_restored` carries the `WeightChange` that was undone or redone and the value that the
    weight has again; all other weights stay as they are.
    `fitted` says what fitting to the data has done to the hidden layers, and what that means; both
    are "" where it is nothing.
    """

    project_changed = Signal(object, object)
    samples_changed = Signal()
    state_replaced = Signal()
    replaced = Signal()
    symptoms_changed = Signal()
    weight_restored = Signal(object, float)
    fitted = Signal(str, str)
    selection_changed = Signal()
    file_changed = Signal()
    failed = Signal(object)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.reader: Callable[[Dataset], Samples] = _load
        """How samples are read; the window shows progress meanwhile."""
        self.selection = Selection()
        self._symptoms: tuple[Problem, ...] = ()
        self._adopt(document)
        self.cells = CellFocus(self)

    def _adopt(self, document: Document) -> None:
        # What takes long comes first: until it is complete, nothing has changed.
        samples, problem = document.samples, None
        if samples is None:
            samples, problem = self._read(document.project.plan.dataset)
        self.history = History(document.project, document.state)
        self._saved: tuple[Project, State | None] | None = (document.project, document.state)
        self._take((samples, problem))
        # What a file brings along may be nowhere else; undoing a change of data needs it again.
        self._embedded = (document.project.plan.dataset, document.samples)
        self._check()
        if problem is not None:
            self.failed.emit(problem)

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
    def source(self) -> Samples | None:
        """The samples as their source gives them, whatever the project means by them."""
        return self._source

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the checks say about the current project."""
        return self._problems

    @property
    def advice(self) -> tuple[Problem, ...]:
        """What is to be told: problems, what goes wrong in the trained network, other advice.

        Nothing is praised where something goes wrong.
        """
        if not self._symptoms:
            return self._problems
        hindering = tuple(p for p in self._problems if p.severity != "advice")
        better = tuple(p for p in self._problems if p.severity == "advice" and not p.confirms)
        return hindering + self._symptoms + better

    @property
    def draws(self) -> bool:
        """Whether the network reads one image, grey or in colour, which people can draw."""
        shape = self._read_shape
        return len(shape) == 3 and shape[0] in (1, 3)

    @property
    def tries(self) -> bool:
        """Whether the network reads the rows of its data, which people can type."""
        return len(self._read_shape) == 1

    @property
    def _read_shape(self) -> tuple[int, ...]:
        """The shape of the samples, where the network reads that; else ()."""
        shape = self.samples.input_shape if self.samples is not None else ()
        inputs = (node.layer for node in self.project.nodes if node.layer.role == "input")
        read = next((getattr(layer, "shape", ()) for layer in inputs), ())
        return shape if shape == read else ()

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
        return Document(self.project, self.state, self._source)

    # ------------------------------------------------------------ changing

    def apply(self, name: str, project: Project, merge: str = "") -> None:
        """Replace the project in one undoable step called `name`.

        Steps in a row with the same non-empty `merge` key become one. Other data bring the settings
        that are usual for them, see `suitable_plan`. Nothing happens when the project is equal to
        the current one, or when the user stops the reading of other data.
        """
        if project == self.project:
            return
        data = self._data_of(project)
        if not isinstance(data[1], ReadingCancelled):
            self._push_suited(name, project, merge, data)

    def import_as(self, name: str, project: Project, moved: bool = False) -> bool:
        """As `apply` for other data, but only if they can be read; whether there are others.

        Data that could not be read so far are tried again. Where files have only `moved`, training
        goes on with them from where it was.
        """
        if project == self.project:
            return self.data_problem is not None and self._read_again()
        data = self._data_of(project)
        if data[1] is None:
            state = self.state
            self._push_suited(name, project, "", data)
            if moved and state is not None:
                self.history = self.history.with_state(state)
                self.state_replaced.emit()
        elif not isinstance(data[1], ReadingCancelled):
            self.failed.emit(data[1])
        return data[1] is None

    def _read_again(self) -> bool:
        samples, problem = self._read(self.project.plan.dataset)
        if problem is not None:
            self.failed.emit(problem)
            return False
        self._renew((samples, None))
        return True

    def _renew(self, data: _Data) -> None:
        """Take the data of the present project as they have been read again."""
        self._take(data)
        self.samples_changed.emit()
        self._check()
        self.project_changed.emit(self.project, self.project)

    def _push_suited(self, name: str, project: Project, merge: str, data: _Data) -> None:
        """Take other data in one step; it is none where what was found in them makes the project
        what it is.
        """
        suited = self._suited(project, data[0])
        if suited == self.project:
            self._renew(data)
        else:
            self._push(name, suited, merge, data)

    def _suited(self, project: Project, samples: Samples | None) -> Project:
        """The project with what was found in its samples, and with what is usual for them where
        that differs from before.
        """
        if samples is None or samples is self._source:
            return project
        project = edits.change_plan(project, dataset=project.plan.dataset.keeping(samples))
        before, samples = self.samples, meant(project, samples)
        if before is None:  # files that are found again change nothing else
            same = type(project.plan.dataset) is type(self.project.plan.dataset)
        else:
            same = usual_settings(samples) == usual_settings(before)
        plan = project.plan if same else suitable_plan(project.plan, samples, before)
        project = replace(project, plan=plan)
        return project if before is None else with_loss_for_data(project, samples)

    def _push(self, name: str, project: Project, merge: str, data: _Data) -> None:
        old = self.project
        self.history = self.history.push(name, project, merge)
        self._after(old, data)

    def apply_with_state(self, name: str, project: Project, state: State) -> None:
        """Replace the project and its weights together, in one undoable step called `name`."""
        old, data = self.project, self._data_of(project)
        self.history = self.history.push(name, project).with_state(state)
        self._after(old, data)
        self.state_replaced.emit()

    def apply_fix(self, fix: Fix) -> None:
        """Carry out the remedy of a problem and what it takes besides, in one undoable step; where
        it brings other data, the network is fitted. Raises `UserError` for what cannot be done.
        """
        project = edits.apply_fix(self.project, fix)
        data = self._data_of(project)
        if data[0] is not None and data[0] is not self._source:
            self._push_fitted(fix.label, self._suited(project, data[0]), data)
        elif not isinstance(data[1], ReadingCancelled):
            project = mended(self.project, fix, data[0])
            if project != self.project:
                self._push(fix.label, project, "", data)

    def fit_to_data(self) -> None:
        """Make the network read the data and predict their targets, in one undoable step."""
        if self._source is not None:
            self._push_fitted("Fit network to data", self.project, (self._source, None))

    def _push_fitted(self, name: str, project: Project, data: _Data) -> None:
        assert data[0] is not None
        fitted = edits.fit_to_data(project, meant(project, data[0]))
        if fitted != self.project:
            self._push(name, fitted, "", data)
            self.fitted.emit(*edits.what_fitting_did(project, fitted))

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
        data = self._data_of(history.project)
        if isinstance(data[1], ReadingCancelled):
            return
        self.history = history
        if self.project != old:
            self._after(old, data)
        if not one_weight and not _same_weights(old_state, self.state):
            self.state_replaced.emit()
        if self.project == old:
            self.file_changed.emit()

    def note_symptoms(self, symptoms: tuple[Problem, ...]) -> None:
        """Remember what goes wrong in the trained network."""
        if symptoms != self._symptoms:
            self._symptoms = symptoms
            self.symptoms_changed.emit()

    def keep_state(self, state: State) -> None:
        """Remember the weights that training has produced; not an undo step."""
        self.history = self.history.with_state(state)
        self.file_changed.emit()

    def apply_weight(self, name: str, change: WeightChange) -> None:
        """Note that somebody has written one weight, in one undoable step called `name`."""
        self.history = self.history.push_weight(name, change)
        self.file_changed.emit()

    def rewind(self) -> bool:
        """Return to the initial weights of the seed, in one undoable step if others are known.

        Whether they are; whoever trains knows already.
        """
        if self.state is None:
            return False
        self.history = self.history.push_rewind()
        self.file_changed.emit()
        return True

    def take_best(self, state: State) -> None:
        """Return to the best weights, in one undoable step; whoever trains knows already."""
        self.history = self.history.push_best(state)
        self.file_changed.emit()

    def select(self, selection: Selection) -> None:
        """Change what the user looks at."""
        if self._set_selection(selection):
            self.selection_changed.emit()

    @Slot(object)
    def select_sample(self, row: int) -> None:
        """Look at another sample, with the same layers and neuron."""
        self.select(replace(self.selection, sample=row))

    def _set_selection(self, selection: Selection) -> bool:
        """Take a selection, without what does not exist; whether it is another one."""
        nodes = frozenset(node.id for node in self.project.nodes) & selection.nodes
        neuron = selection.neuron
        if neuron is not None and not (neuron[0] in nodes and self._has_neuron(*neuron)):
            neuron = None
        before, self.selection = self.selection, replace(selection, nodes=nodes, neuron=neuron)
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

    def _after(self, old: Project, data: _Data) -> None:
        before = self.samples
        self._take(data)
        others = self.project.plan.dataset != old.plan.dataset
        if others and self.data_problem is not None:
            self.failed.emit(self.data_problem)
        if others or self.samples is not before:
            self.samples_changed.emit()
        self._check()
        # Whoever hears of the new project already sees a selection that exists in it.
        reselected = self._set_selection(self.selection)
        self.project_changed.emit(old, self.project)
        if reselected:
            self.selection_changed.emit()
        self.file_changed.emit()

    def _take(self, data: _Data) -> None:
        """Keep the samples as their source gives them, and as the project means them."""
        self._source, self.data_problem = data
        self.samples = None if self._source is None else meant(self.project, self._source)

    def _data_of(self, project: Project) -> _Data:
        """The samples for a project, or why there are none; it is not the current one yet."""
        dataset = project.plan.dataset
        if dataset == self.project.plan.dataset:
            return self._source, self.data_problem
        known, embedded = self._embedded
        if embedded is not None and dataset == known:
            return embedded, None
        return self._read(dataset)

    def _read(self, dataset: Dataset) -> _Data:
        try:
            return self.reader(dataset), None
        except UserError as error:
            return None, error

    def _check(self) -> None:
        found = check(self.project, self.samples)
        if self.data_problem is not None:
            found += (Problem(self.data_problem.message, self.data_problem.hint),)
        self._problems = found


def _load(dataset: Dataset) -> Samples:
    return dataset.load()


def _same_weights(old: State | None, new: State | None) -> bool:
    """Whether both hold the very same array, whatever else they note."""
    if old is None or new is None:
        return old is new
    return old.parameters is new.parameters
