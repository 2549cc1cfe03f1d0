"""What the tests of the canvas share: a canvas on a real workspace, and a hand for the mouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from neuralbuilder.data.preprocessing import prepare
from neuralbuilder.data.samples import Dataset
from neuralbuilder.insights.canvas import NetworkView
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.project.model import Project
from neuralbuilder.training.messages import Ask, Load, Snapshot
from neuralbuilder.training.trainer import Trainer
from neuralbuilder.ui.canvas import Canvas, layer_mime
from neuralbuilder.ui.workspace import Workspace

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier

MakeCanvas = Callable[..., Canvas]


def project_of(text: str, dataset: Dataset | None = None) -> Project:
    """A project with this network; without text an empty one."""
    samples = dataset.load() if dataset else None
    return new_project(text, dataset, samples) if text else Project()


def make_canvas(qtbot: Any, project: Project, width: int = 996, height: int = 596) -> Canvas:
    """A shown canvas without a runner."""
    workspace = Workspace(Document(project))
    canvas = Canvas(workspace)
    workspace.setParent(canvas)
    canvas.resize(width, height)
    qtbot.addWidget(canvas)
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas


def snapshot_of(canvas: Canvas, steps: int = 20, sample: int = 0) -> Snapshot:
    """A look into a network of this design that was really trained for a few steps."""
    workspace = canvas.view.workspace
    project, plan = workspace.project, workspace.project.plan
    assert workspace.samples is not None
    prepared = prepare(
        workspace.samples,
        plan.split,
        plan.preprocessing,
        plan.scale_targets,
        project.nodes[-1].layer.units,
    )
    trainer = Trainer()
    trainer.load(Load(1, project.graph(), plan, prepared))
    trainer.run(steps=steps)
    return trainer.snapshot(Ask(1, {"canvas": NetworkView()}, sample))


def arrays_of(snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
    """The arrays that the canvas draws."""
    return snapshot.figures["canvas"].marks[0].values


class Hand:
    """Mouse events in the coordinates of the scene, built as the system builds them."""

    def __init__(self, canvas: Canvas) -> None:
        self.view = canvas.view
        self.at = QPoint()

    def _event(self, kind: QEvent.Type, button: Any, buttons: Any, modifiers: Any) -> QMouseEvent:
        place = QPointF(self.at)
        everywhere = QPointF(self.view.viewport().mapToGlobal(self.at))
        return QMouseEvent(kind, place, everywhere, button, buttons, modifiers)

    def _send(self, event: QEvent) -> None:
        QApplication.sendEvent(self.view.viewport(), event)

    def move(self, point: QPointF, held: Any = Qt.MouseButton.NoButton) -> None:
        """Move the pointer to a point of the scene."""
        self.at = self.view.mapFromScene(point)
        none = Qt.MouseButton.NoButton
        self._send(self._event(QEvent.Type.MouseMove, none, held, PLAIN))

    def press(self, point: QPointF, modifiers: Any = PLAIN, button: Any = LEFT) -> None:
        """Press a button there."""
        self.at = self.view.mapFromScene(point)
        self._send(self._event(QEvent.Type.MouseButtonPress, button, button, modifiers))

    def release(self, modifiers: Any = PLAIN, button: Any = LEFT) -> None:
        """Release it where the pointer is."""
        none = Qt.MouseButton.NoButton
        self._send(self._event(QEvent.Type.MouseButtonRelease, button, none, modifiers))

    def click(self, point: QPointF, modifiers: Any = PLAIN) -> None:
        """Press and release."""
        self.move(point)
        self.press(point, modifiers)
        self.release(modifiers)

    def double_click(self, point: QPointF) -> None:
        """What the system sends for two clicks."""
        self.click(point)
        self._send(self._event(QEvent.Type.MouseButtonDblClick, LEFT, LEFT, PLAIN))
        self.release()

    def drag(
        self, start: QPointF, *way: QPointF, modifiers: Any = PLAIN, release: bool = True
    ) -> None:
        """Press, move along a way, and release at its end unless told not to."""
        self.move(start)
        self.press(start, modifiers)
        for point in way:
            self.move(point, LEFT)
        if release:
            self.release(modifiers)

    def wheel(self, point: QPointF, angle: int, modifiers: Any = PLAIN) -> None:
        """Turn the wheel there, by eighths of a degree."""
        place = QPointF(self.view.mapFromScene(point))
        everywhere = QPointF(self.view.viewport().mapToGlobal(place.toPoint()))
        none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            place, everywhere, QPoint(), QPoint(0, angle), none, modifiers, phase, False
        )
        self._send(event)

    def drag_layer(self, name: str, point: QPointF) -> QDragMoveEvent:
        """Hold a layer of the palette over a point."""
        place = self.view.mapFromScene(point)
        copy = Qt.DropAction.CopyAction
        self._mime = layer_mime(name)
        event = QDragMoveEvent(place, copy, self._mime, LEFT, PLAIN)
        self.view.dragMoveEvent(event)
        return event

    def drop_layer(self, name: str, point: QPointF) -> QDropEvent:
        """Drop a layer of the palette there."""
        place = QPointF(self.view.mapFromScene(point))
        self._mime = layer_mime(name)
        event = QDropEvent(place, Qt.DropAction.CopyAction, self._mime, LEFT, PLAIN)
        self.view.dropEvent(event)
        return event
