"""Undo and redo: a list of projects, each with the state that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from neuralbuilder.engine.layout import layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.project.model import Plan, Project, State
from neuralbuilder.project.state import (
    carry_over,
    outdated,
    same_parameters,
    with_schedule_for_fresh,
    without_best,
    without_course,
)

MAXIMUM_ENTRIES = 200
MAXIMUM_STATE_BYTES = 512 * 1024**2
"""How much memory the weights of all entries may take; older ones are forgotten first, and the
newest stay whatever their size."""

DATA_SETTINGS = ("dataset", "split", "preprocessing", "scale_targets")
"""Settings of the plan that decide how data are scaled."""


@dataclass(frozen=True)
class WeightChange:
    """One weight, such as "hidden_1/W" at (0, 2), that somebody has written by hand."""

    name: str
    index: tuple[int, ...]
    old: float
    new: float


@dataclass(frozen=True, eq=False)
class Entry:
    """A project, the state it had last, and the name of the edit that led to it.

    `change` is there where the edit was one of a single weight; `rewinds` says that it went back to
    the initial weights, or to the best ones. `merge` is the key with which a next edit may join
    this one; travelling through the history clears it.
    """

    name: str
    project: Project
    state: State | None
    merge: str = ""
    change: WeightChange | None = None
    rewinds: bool = False


@dataclass(frozen=True, eq=False, init=False)
class History:
    """The entries from oldest to newest, and which of them is current. An immutable value."""

    entries: tuple[Entry, ...] = field(default=())
    index: int = 0

    def __init__(self, project: Project, state: State | None = None) -> None:
        object.__setattr__(self, "entries", (Entry("", project, state),))
        object.__setattr__(self, "index", 0)

    # ------------------------------------------------------------ reading

    @property
    def project(self) -> Project:
        """The current project."""
        return self._current.project

    @property
    def state(self) -> State | None:
        """The current state."""
        return self._current.state

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier entry."""
        return self.index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a later entry."""
        return self.index < len(self.entries) - 1

    @property
    def undo_name(self) -> str:
        """The name of the edit that `undo` takes back, "" where there is none."""
        return self._current.name if self.can_undo else ""

    @property
    def redo_name(self) -> str:
        """The name of the edit that `redo` brings back, "" where there is none."""
        return self.entries[self.index + 1].name if self.can_redo else ""

    @property
    def _current(self) -> Entry:
        return self.entries[self.index]

    @property
    def has_written_weights(self) -> bool:
        """Whether weights written by hand belong to what is current."""
        for entry in reversed(self.entries[1 : self.index + 1]):
            if entry.change is not None or entry.rewinds:
                return entry.change is not None
        return False

    @property
    def undo_change(self) -> WeightChange | None:
        """The weight that `undo` brings its old value back to."""
        return self._current.change if self.can_undo else None

    @property
    def redo_change(self) -> WeightChange | None:
        """The weight that `redo` writes again."""
        return self.entries[self.index + 1].change if self.can_redo else None

    @property
    def undo_rewinds(self) -> bool:
        """Whether `undo` brings the weights from before a rewind, or of another seed, back."""
        return self.can_undo and self._leaves_weights(self.index)

    @property
    def redo_rewinds(self) -> bool:
        """Whether `redo` rewinds again, or takes another seed."""
        return self.can_redo and self._leaves_weights(self.index + 1)

    def _leaves_weights(self, index: int) -> bool:
        """Whether this entry has left everything that had been trained before it."""
        before, entry = self.entries[index - 1], self.entries[index]
        return entry.rewinds or _begins_anew(before.project, entry.project)

    # ------------------------------------------------------------ changing

    def push(self, name: str, project: Project, merge: str = "") -> History:
        """One edit more; what had been undone is forgotten.

        Edits in a row with the same non-empty `merge` key become one; when they lead back to
        where they began, none is left. The weights go along as far as they fit.
        """
        current = self._current
        if merge and merge == current.merge and self.can_undo and not self.can_redo:
            return self._merged(project, merge)
        return self._appended(Entry(name, project, self._state_for(project), merge))

    def push_weight(self, name: str, change: WeightChange) -> History:
        """One edit more, of a single weight of the current project."""
        state = _written(self.state, self.project, change, change.new)
        return self._appended(Entry(name, self.project, state, change=change))

    def push_rewind(self) -> History:
        """One edit more, back to the initial weights; none where there are no others to leave."""
        if self.state is None:
            return self
        return self._appended(Entry("Rewind", self.project, None, rewinds=True))

    def push_best(self, state: State) -> History:
        """One edit more, back to the best weights, which `state` holds."""
        return self._appended(Entry("Best weights", self.project, state, rewinds=True))

    def _appended(self, entry: Entry) -> History:
        entries = (*self.entries[: self.index + 1], entry)[-MAXIMUM_ENTRIES:]
        entries = _without_empty_rewinds(_within_memory(entries))
        return self._at(entries, len(entries) - 1)

    def _merged(self, project: Project, merge: str) -> History:
        before, current = self.entries[self.index - 1], self._current
        if project == before.project:
            return self.undo()._without_future()
        following: State | None
        if _fits(before.project, project):
            # A size that was dragged there and back has its weights again.
            following = self._kept(before, project)
        else:
            following = self._state_for(project)
        entry = Entry(current.name, project, following, merge)
        return self._at((*self.entries[: self.index], entry), self.index)

    def undo(self) -> History:
        """One edit back; the oldest entry stays where it is.

        Weights stay as they are where both projects have the same parameters, so that undoing a
        learning rate does not throw training away; else the entry's own weights come back. An edit
        of one weight gives that weight its old value and leaves all others as they are now. Of a
        rewind it brings everything back that had been trained.
        """
        if not self.can_undo:
            return self
        edit = self._current
        return self._travel(self.index - 1, edit, edit.change.old if edit.change else 0.0)

    def redo(self) -> History:
        """One edit forward again; after a rewind stands what has been trained since then."""
        if not self.can_redo:
            return self
        edit = self.entries[self.index + 1]
        return self._travel(self.index + 1, edit, edit.change.new if edit.change else 0.0)

    def with_state(self, state: State | None) -> History:
        """The current entry with another state; not an edit."""
        return self._replacing(replace(self._current, state=state))

    # ------------------------------------------------------------ weights

    def _travel(self, index: int, edit: Entry, value: float) -> History:
        goal, current = self.entries[index], self._current
        state = goal.state
        if edit.change is not None:
            untrained = goal.state is None and (current.state is None or current.state.step == 0)
            state = None if untrained else _written(current.state, goal.project, edit.change, value)
        elif not edit.rewinds and _fits(current.project, goal.project):
            state = self._kept(current, goal.project)
        history = self._replacing(replace(current, merge=""))._at(None, index)
        return history._replacing(replace(goal, state=state, merge=""))

    def _state_for(self, project: Project) -> State | None:
        """The current weights as far as they fit the other project."""
        current = self._current
        if _begins_anew(current.project, project):
            return None
        if _fits(current.project, project):
            return self._kept(current, project)
        state, fresh = carry_over(
            current.project.graph(),
            current.state,
            project.graph(),
            project.plan.precision,
            project.plan.seed,
        )
        if state is not None and fresh:
            state = with_schedule_for_fresh(state, project.plan)
        return _without_scaling(state, current.project.plan, project.plan)

    def _kept(self, entry: Entry, project: Project) -> State | None:
        state = entry.state
        if state is not None and entry.project.graph() != project.graph():
            state = without_best(outdated(state))
        return _without_scaling(state, entry.project.plan, project.plan)

    # ------------------------------------------------------------ building

    def _replacing(self, entry: Entry) -> History:
        entries = list(self.entries)
        entries[self.index] = entry
        return self._at(tuple(entries), self.index)

    def _without_future(self) -> History:
        return self._at(self.entries[: self.index + 1], self.index)

    def _at(self, entries: tuple[Entry, ...] | None, index: int) -> History:
        history = object.__new__(History)
        object.__setattr__(history, "entries", self.entries if entries is None else entries)
        object.__setattr__(history, "index", index)
        return history


def _begins_anew(old: Project, new: Project) -> bool:
    """Whether the initial weights are others, so that training starts afresh."""
    return old.plan.seed != new.plan.seed


def _fits(old: Project, new: Project) -> bool:
    """Whether the weights of one are the weights of the other, number by number."""
    if _begins_anew(old, new):
        return False
    same_precision = old.plan.precision == new.plan.precision
    return same_precision and same_parameters(old.graph(), new.graph())


def _without_scaling(state: State | None, old: Plan, new: Plan) -> State | None:
    """Without the fitted scaling, epochs and log of other data than the new ones."""
    if state is None:
        return state
    same = all(getattr(old, name) == getattr(new, name) for name in DATA_SETTINGS)
    if same:
        return state
    return replace(without_course(state), scaling=None, batch=0, step=0, epoch=0, log={})


def _written(
    state: State | None, project: Project, change: WeightChange, value: float
) -> State | None:
    """The state with one weight written; its other arrays are shared."""
    if state is None:
        return None
    graph = project.graph()
    parameters = state.parameters.copy()
    array = layout(graph, infer(graph)).views(parameters).get(change.name)
    if array is None:
        return state
    array[change.index] = value
    parameters.flags.writeable = False
    return replace(state, parameters=parameters)


def _within_memory(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    total = 0
    seen: set[int] = set()
    kept: list[Entry] = []
    for entry in reversed(entries):
        if entry.state is not None and id(entry.state.parameters) not in seen:
            seen.add(id(entry.state.parameters))
            total += _bytes(entry.state)
        too_much = total > MAXIMUM_STATE_BYTES and len(seen) > 1
        kept.append(replace(entry, state=None) if too_much else entry)
    return tuple(reversed(kept))


def _without_empty_rewinds(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Without the rewinds whose weights from before have been forgotten: they undo nothing."""
    kept = list(entries[:1])
    for entry in entries[1:]:
        if entry.rewinds and kept[-1].state is None:
            kept[-1] = replace(kept[-1], state=entry.state)
        else:
            kept.append(entry)
    return tuple(kept)


def _bytes(state: State) -> int:
    arrays = (
        state.parameters,
        *state.optimizer.values(),
        *state.log.values(),
        *state.best.values(),
    )
    return sum(int(getattr(array, "nbytes", 0)) for array in arrays)
