"""The window's side of training: it keeps the training process in step with the workspace."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from neuralbuilder.data.preprocessing import Prepared, Scaling
from neuralbuilder.data.samples import Samples
from neuralbuilder.insights.base import Insight
from neuralbuilder.problems import Problem, UserError
from neuralbuilder.project.history import WeightChange
from neuralbuilder.project.model import Project
from neuralbuilder.training.messages import (
    Adjust,
    Loaded,
    Pause,
    Refused,
    Rewind,
    Rewound,
    Run,
    SetWeight,
    Snapshot,
    Stopped,
    TakeBest,
    Written,
)
from neuralbuilder.ui.consequences import restart_notice, schedule_notice
from neuralbuilder.ui.loading import Loading
from neuralbuilder.ui.newest import Newest
from neuralbuilder.ui.process import TrainingProcess
from neuralbuilder.ui.questions import Questions
from neuralbuilder.ui.workspace import Workspace

_log = logging.getLogger("neuralbuilder")


class Runner(QObject):
    """Carries out train, pause, step … and passes on what the training process shows.

    `status` is one of "starting", "waiting" (the design does not fit yet), "idle", "running",
    "paused", "finished", "diverged" and "ended" (the process is gone; see `restart`).
    While training runs a snapshot holds only the figures whose turn it is, see `Turns`.
    `snapshot_arrived` carries a `Snapshot`, `failed` a `Problem`, `ended` how and a hint;
    `stopped` says why the stop rule has ended training; `emptied` that nothing shown so far belongs
    to the present network.
    """

    snapshot_arrived = Signal(object)
    emptied = Signal()
    status_changed = Signal(str)
    notice = Signal(str)
    stopped = Signal(str)
    failed = Signal(object)
    ended = Signal(str, str)
    hangs = Signal(bool)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.last: Snapshot | None = None
        self._mistakes: set[str] = set()
        self._workspace = workspace
        self._process = TrainingProcess(self)
        self._loading = Loading(workspace, self._process, self)
        self._questions = Questions(self._process, workspace.selection.sample, self)
        self._questions.set_names(workspace.project.names)
        self._status = "starting"
        self._closed = False
        self._is_preparing = False
        self._next_run: Run | None = None
        self._newest = Newest(workspace, self._loading, self._questions)
        self._connect()

    def _connect(self) -> None:
        workspace, process = self._workspace, self._process
        workspace.project_changed.connect(self._project_changed)
        workspace.weight_restored.connect(self._weight_restored)
        workspace.replaced.connect(self._document_replaced)
        workspace.selection_changed.connect(self._selection_changed)
        self._loading.due.connect(self._reload)
        self._loading.plan_due.connect(self._send_plan)
        process.ready.connect(self._reload)
        process.answered.connect(self._take)
        process.looked.connect(self._ask)
        process.ended.connect(self._process_ended)
        process.hangs.connect(self.hangs)
        self.emptied.connect(self._forget_symptoms)

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Start the training process, if it does not run yet."""
        if not self._process.is_started and not self._closed:
            self._set_status("starting")
            self._process.start()

    def restart(self) -> None:
        """Start another process after one has ended, with the last known weights."""
        self._process.close()
        self._forget_process()
        self.start()

    def stop_process(self) -> None:
        """End a process that does not answer."""
        self._process.close()
        self._process_ended("training process was stopped", "")

    def close(self) -> None:
        """End the process for good; afterwards nothing is going on any more."""
        self._closed = True
        self._loading.stop()
        self._process.close()
        self._forget_process()

    def _forget_process(self) -> None:
        self._newest.rewound_unseen()
        self._loading.forget()
        self._next_run = None
        self._newest.forget()
        self._questions.forget()
        self._newest.arrived()

    @Slot(str, str)
    def _process_ended(self, how: str, hint: str) -> None:
        self._forget_process()
        self._set_status("ended")
        self.ended.emit(how, hint)

    # ------------------------------------------------------------ reading

    @property
    def status(self) -> str:
        """What is going on, as one word."""
        return self._status

    @property
    def is_running(self) -> bool:
        """Whether training runs, or will as soon as the network is ready."""
        return self._status == "running" or self._next_run == Run()

    @property
    def is_rewinding(self) -> bool:
        """Whether the workspace does not know yet what there was before a rewind."""
        return self._newest.rewinding

    @property
    def process_id(self) -> int | None:
        """The number of the training process; None while there is none."""
        return self._process.pid

    @property
    def data(self) -> Prepared | None:
        """The data of the present network as training uses them; None where it has none."""
        network = self._loading.network
        return None if network is None else network.data

    def input_scaling(self) -> Scaling | None:
        """How the inputs of the present data are scaled; None while that is not known."""
        return self._loading.input_scaling()

    @property
    def settled(self) -> bool:
        """Whether training rests and the figures of the present project have all arrived."""
        last, loading = self.last, self._loading
        busy = loading.is_changing or self._questions.pending
        if busy or self._status == "running" or last is None or loading.network is None:
            return False
        wanted = self._questions.watched.keys()
        return loading.is_newest(last.generation) and wanted <= last.figures.keys()

    # ------------------------------------------------------------ what is looked at

    def watch(self, key: str, insight: Insight) -> None:
        """Ask for this insight from now on; its figure comes with every snapshot under `key`."""
        self._questions.watch(key, insight)

    def unwatch(self, key: str) -> None:
        """Ask for it no longer."""
        self._questions.watched.pop(key, None)

    def set_visible(self, visible: bool) -> None:
        """Whether anybody can see the figures; unseen ones are not asked for."""
        self._questions.set_visible(visible)

    @Slot()
    def _selection_changed(self) -> None:
        selection, questions = self._workspace.selection, self._questions
        if (selection.sample, selection.own_input) != (questions.sample, questions.own_input):
            questions.sample, questions.own_input = selection.sample, selection.own_input
            questions.look()

    # ------------------------------------------------------------ commands

    def train(self) -> None:
        """Train until paused, or until the plan's epochs are done."""
        self._begin(Run())

    def pause(self) -> None:
        """Stop after the mini-batch that runs."""
        self._next_run = None
        if self._status == "running":
            self._set_status("paused")
        else:
            self.status_changed.emit(self._status)
        if self._loading.is_loaded:
            self._questions.command(Pause())
            self._questions.want_state()

    def toggle(self) -> None:
        """Train, or pause."""
        if self.is_running:
            self.pause()
        else:
            self.train()

    def step(self) -> None:
        """Train one mini-batch; pauses a training that runs."""
        self._begin_some(Run(steps=1))

    def epoch(self) -> None:
        """Train one epoch; pauses a training that runs."""
        self._begin_some(Run(epochs=1))

    def train_epochs(self, epochs: int) -> None:
        """Train so many epochs."""
        self._begin(Run(epochs=epochs))

    def rewind(self) -> None:
        """Return to the initial weights of the seed; undoable, see `Travel`.

        A run that goes on starts again.
        """
        runs = self.is_running
        if not self._loading.is_loaded:
            self._tell_rewound(self._workspace.rewind())
            self._loading.begin_from_workspace()
            self._loading.soon()
            return
        self._newest.leave(Rewind())
        self._set_status("idle")
        self._questions.look()
        if runs:
            self.train()

    def take_best(self) -> None:
        """Return to the best weights so far, and pause; undoable, see `Travel`."""
        if self._loading.is_loaded:
            self._next_run = None
            self._newest.leave(TakeBest())
            self._set_status("paused")
            self._questions.look()

    def _tell_rewound(self, can_undo: bool) -> None:
        if can_undo:
            self.notice.emit("The initial weights are back; undo returns to the trained ones")

    def set_weight(self, name: str, index: tuple[int, ...], value: float) -> None:
        """Write one weight, such as "hidden_1/W" at (0, 2); undoable."""
        if not self._loading.is_loaded:
            self.failed.emit(self._obstacle() or Problem("The network is not ready yet."))
            return
        self._write(SetWeight(name, index, float(value)))

    def _write(self, request: SetWeight) -> None:
        self._questions.command(request)
        self._newest.ahead = True
        self._questions.look()
        self._questions.want_state()

    def after_state(self, call: Callable[[], object]) -> None:
        """Call this as soon as the workspace holds the newest weights, now if it does."""
        self._newest.after(call)

    def _begin_some(self, run: Run) -> None:
        if self.is_running:
            self.pause()
        else:
            self._begin(run)

    def _begin(self, run: Run) -> None:
        problem = self._obstacle()
        if problem is not None:
            self.failed.emit(problem)
            return
        self._next_run = run
        self.start()
        if self._loading.is_changing:
            self.status_changed.emit(self._status)  # it will run, and what pauses it is shown now
            return
        if self._loading.is_loaded:
            self._run_next()
        elif self._process.is_ready:
            self._loading.soon()

    def _run_next(self) -> None:
        if self._next_run is not None:
            self._tell_of_schedule()
            self._questions.command(self._next_run)
            self._next_run = None
            self._newest.ahead = True
            self._set_status("running")
            self._questions.look()

    def _tell_of_schedule(self) -> None:
        state = None if self._newest.rewinding else self._workspace.state
        told = schedule_notice(self._workspace.project.plan, state)
        if told:
            self.notice.emit(told)

    def _obstacle(self) -> Problem | None:
        """Why training cannot begin."""
        if self._status == "ended":
            return Problem("The training process has ended.", "Restart it first.")
        first = next((p for p in self._workspace.problems if p.severity == "error"), None)
        if first is None and self._workspace.samples is None:
            return Problem("There are no data to train on.", "Choose a data set on the left.")
        return first

    # ------------------------------------------------------------ following the workspace

    @Slot(object, object)
    def _project_changed(self, old: Project, new: Project) -> None:
        self._questions.set_names(new.names)
        self._loading.follow(old, new)

    @Slot()
    def _document_replaced(self) -> None:
        """Another document begins at rest, and nothing of the one before stays in sight."""
        self._let_go()
        self._newest.forget()
        if self._process.is_ready:
            self._set_status("idle")
        self.emptied.emit()

    def _let_go(self) -> None:
        """Have the process rest: what it has is not the present network."""
        if self._loading.is_loaded:
            self._questions.command(Pause())
        self._loading.let_go()
        self._next_run = None

    @Slot(object, float)
    def _weight_restored(self, change: WeightChange, value: float) -> None:
        """Bring an undone weight into the network in training, which goes on from where it is."""
        self._loading.at_once()
        if self._loading.is_loaded:
            self._write(SetWeight(change.name, change.index, value, undoable=False))

    @Slot()
    def _send_plan(self) -> None:
        if self._loading.is_loaded and not self._loading.is_changing:
            self._process.send(Adjust(self._workspace.project.plan))
            self._questions.look()

    @Slot()
    def _reload(self) -> None:
        """Bring the present network into training, as soon as it can be computed."""
        if not self._process.is_ready:
            return
        if self._status == "running":
            self._next_run = Run()
        problem, samples = self._obstacle(), self._workspace.samples
        if problem is None and samples is not None:
            if not self._loading.is_prepared(samples):
                self._is_preparing = True
                self.notice.emit("The data are being prepared …")
                return  # it is carried out again when the data are ready
            problem = self._load(samples)
        if self._is_preparing:
            self._is_preparing = False
            self.notice.emit("")
        if problem is None:
            self._run_next()
        else:
            self._wait(problem)

    def _wait(self, problem: Problem) -> None:
        """Stand still until the design fits; a training that cannot go on is paused."""
        was_running = self.is_running
        self._let_go()
        self._set_status("waiting")
        self.emptied.emit()
        if was_running:
            self.status_changed.emit(self._status)
            self.notice.emit(f"Training is paused: {problem.message}")

    def _load(self, samples: Samples) -> Problem | None:
        self._newest.rewound_unseen()
        try:
            network = self._loading.load(samples)
        except UserError as error:
            problem = Problem(error.message, error.hint)
            self.failed.emit(problem)
            return problem
        self._questions.commands += 1
        self._newest.ahead = network.keep
        has_begun = network.keep or network.state is not None
        self._set_status("paused" if has_begun else "idle")
        self._questions.look()
        return None

    # ------------------------------------------------------------ questions and answers

    @Slot()
    def _ask(self) -> None:
        """The next question; without a network there is nothing to ask for."""
        running = self._status == "running"
        if self._loading.is_loaded:
            self._questions.ask(running)
        elif self._process.is_ready:
            self._questions.forget()
        if self._process.is_ready and not running and not self._questions.pending:
            self._process.rest()

    @Slot()
    def _forget_symptoms(self) -> None:
        self._workspace.note_symptoms(())

    @Slot(object)
    def _take(self, answer: object) -> None:
        match answer:
            case Loaded():
                self._loading.arrived(answer.generation)
                self._tell_restarted(answer)
            case Written():
                if self._loading.is_loaded and not self._loading.is_changing:
                    self._workspace.apply_weight(f"Set weight {answer.change.name}", answer.change)
            case Snapshot():
                self._take_snapshot(answer)
            case Rewound():
                can_undo = self._newest.left(answer.state, answer.best)
                if answer.best is None:
                    self._tell_rewound(can_undo)
                elif can_undo:
                    self.notice.emit("The best weights are back; undo returns to the others")
                else:
                    self.notice.emit("No weights were better than these")
            case Stopped() if not self._newest.rewinding:
                self._set_status(answer.status)
                self._questions.want_state()
                self._questions.look()
                if answer.message:
                    self.stopped.emit(answer.message)
                if answer.problem is not None:
                    self.failed.emit(answer.problem)
            case Refused():
                if self._loading.is_refusal(answer.generation):
                    self._forget_network()
                self._newest.arrived()
                self._questions.look()
                # Once a network has not come, what was asked of it fails as well.
                if self._loading.is_loaded or self._loading.is_newest(answer.generation):
                    self.failed.emit(answer.problem)

    def _forget_network(self) -> None:
        """The process has not taken the present network; what it still has is another one."""
        if not self._loading.is_loaded:
            return
        self._let_go()
        self._loading.forget()
        self._newest.ahead = False
        self._set_status("waiting")
        self.emptied.emit()

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        self.last = snapshot
        if not self._loading.is_loaded:  # it is about a network that is no longer there
            self._newest.arrived()
            return
        is_news = self._questions.is_news  # those who have waited may send other commands
        self._newest.take(snapshot)
        if not is_news:
            self._questions.look()
        elif snapshot.step or snapshot.status == "running":
            self._set_status(snapshot.status)
        if self._status != "running":
            if self._newest.ahead:
                self._questions.want_state()
            if any(figure.growing for figure in snapshot.figures.values()):
                self._questions.look()
        if snapshot.symptoms is not None:
            self._workspace.note_symptoms(snapshot.symptoms)
        self._log_mistakes(snapshot)
        self.snapshot_arrived.emit(snapshot)

    def _log_mistakes(self, snapshot: Snapshot) -> None:
        """Note the mistake of a view in the log, once and not with every frame."""
        for figure in snapshot.figures.values():
            if figure.details and figure.details not in self._mistakes:
                self._mistakes.add(figure.details)
                _log.error("%s\n%s", figure.message, figure.details)

    def _tell_restarted(self, loaded: Loaded) -> None:
        network = self._loading.network
        # The design may have become one that cannot be computed while the process compiled.
        if self._loading.is_loaded and loaded.other_data:
            self.notice.emit("Other data: epochs and losses start afresh, the weights stay")
        if network is not None and network.keep and loaded.restarted:
            self.notice.emit(restart_notice(self._workspace.project, loaded.restarted))

    def _set_status(self, status: str) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)
