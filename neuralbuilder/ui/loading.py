"""The network in the training process: which one it is, and when the next one takes its place."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from neuralbuilder.data.preprocessing import Scaling
from neuralbuilder.data.samples import Samples
from neuralbuilder.project.model import Project
from neuralbuilder.training.messages import Load
from neuralbuilder.ui.consequences import Consequence, consequence
from neuralbuilder.ui.preparation import Preparation
from neuralbuilder.ui.process import TrainingProcess
from neuralbuilder.ui.workspace import Workspace

SETTLE = 30
"""Milliseconds that changes may follow each other before the network is compiled anew."""


class Loading(QObject):
    """Brings the network of the workspace into the training process when changes have settled.

    `network` is what the process has been given, None while that is not the present network. `due`
    says that it is time to `load`, `plan_due` that the plan alone has changed.
    """

    due = Signal()
    plan_due = Signal()

    def __init__(self, workspace: Workspace, process: TrainingProcess, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._process = workspace, process
        self._preparation = Preparation(self)
        self.network: Load | None = None
        self._generation = 0
        self._arrived = 0  # the generation of the last network that the process has taken
        self._weights: Literal["keep", "workspace"] = "workspace"
        self._in_process = False  # whether the process has a network whose weights it can keep
        self._settle = self._single_shot(self.due)
        self._settle_plan = self._single_shot(self.plan_due)
        self._preparation.done.connect(self._data_prepared)
        workspace.samples_changed.connect(self.soon)
        workspace.state_replaced.connect(self._state_replaced)

    def _single_shot(self, signal: SignalInstance) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(SETTLE)
        timer.timeout.connect(signal)
        return timer

    # ------------------------------------------------------------ when

    @property
    def is_loaded(self) -> bool:
        """Whether the process has been given the present network."""
        return self.network is not None

    @property
    def is_changing(self) -> bool:
        """Whether another network or other data are about to be loaded."""
        return self._settle.isActive() or self._preparation.busy

    def follow(self, old: Project, new: Project) -> None:
        """Do what a change of the project asks for, once it has settled."""
        follows = consequence(old, new)
        if follows is Consequence.ADJUST:
            self._settle_plan.start()
        elif follows is not Consequence.NOTHING:
            if follows is Consequence.RESTART:
                self.begin_from_workspace()
            self._settle.start()

    @Slot()
    def soon(self) -> None:
        """Load when changes have settled."""
        self._settle.start()

    def at_once(self) -> None:
        """Load now what was about to be loaded."""
        if self._settle.isActive():
            self._settle.stop()
            self.due.emit()

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._settle.stop()
        self._settle_plan.stop()

    @Slot()
    def _state_replaced(self) -> None:
        self.begin_from_workspace()
        self._settle.start()

    @Slot()
    def _data_prepared(self) -> None:
        if not self._settle.isActive():
            self.due.emit()

    # ------------------------------------------------------------ what

    def begin_from_workspace(self) -> None:
        """The next network begins with the weights of the workspace, not with those in training."""
        self._weights = "workspace"

    def is_prepared(self, samples: Samples) -> bool:
        """Whether `load` can be called; if not, `due` comes again."""
        return self._preparation.begin(self._workspace.project, samples)

    def input_scaling(self) -> Scaling | None:
        """How the inputs of the present data are scaled; None while that is not known."""
        samples = self._workspace.samples
        if samples is None:
            return None
        return self._preparation.input_scaling(self._workspace.project, samples)

    def load(self, samples: Samples) -> Load:
        """Give the present network to the process. Raises `UserError` for data that do not suit."""
        workspace, project = self._workspace, self._workspace.project
        data = self._preparation.prepared(project, samples)
        keeps = self._weights == "keep" and self._in_process
        state = None if keeps else workspace.state
        self._generation += 1
        network = Load(
            self._generation, project.graph(), project.plan, data, state, keeps, project.names
        )
        self._process.load(network)
        self.network, self._weights, self._in_process = network, "keep", True
        return network

    # ------------------------------------------------------------ what has become of it

    def is_newest(self, generation: int) -> bool:
        """Whether this is the network that was loaded last."""
        return generation == self._generation

    def arrived(self, generation: int) -> None:
        """The process has taken this network."""
        self._arrived = generation

    def is_refusal(self, generation: int) -> bool:
        """Whether a problem with this network means that the process has not taken it."""
        return self._arrived < generation == self._generation

    def let_go(self) -> None:
        """What the process has is not the present network."""
        self.network = None

    def forget(self) -> None:
        """The process has no network whose weights it could keep."""
        self.network, self._in_process = None, False
        self.begin_from_workspace()
