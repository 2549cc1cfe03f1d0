"""Which cell of which feature map people look at, and whether forward or backward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from neuralbuilder.engine.layers.base import Shape
from neuralbuilder.engine.shapes import infer
from neuralbuilder.insights.receptive_field import Cell, fits
from neuralbuilder.project.model import Project

if TYPE_CHECKING:
    from neuralbuilder.ui.workspace import Workspace


class CellFocus(QObject):
    """The cell under the pointer and the one that is pinned; the pinned one counts.

    `changed` follows each change of `cell`. A pinned cell stays until it is released or the
    network has no such cell any more. `backward` says whether gradients are shown in the place of
    activations; `backward_changed` carries it.
    """

    changed = Signal()
    backward_changed = Signal(bool)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self.pointed: Cell | None = None
        self.pinned: Cell | None = None
        self.backward = False
        workspace.project_changed.connect(self._project_changed)
        workspace.replaced.connect(self._forget)

    @property
    def cell(self) -> Cell | None:
        """The cell whose arithmetic is shown."""
        return self.pinned or self.pointed

    def point(self, cell: Cell | None) -> None:
        """The pointer is over this cell now, or over none."""
        self._set(cell, self.pinned)

    def pin(self, cell: Cell | None) -> None:
        """Keep this cell in sight, or none."""
        self._set(self.pointed, cell)

    def move(self, rows: int, columns: int, maps: int = 0) -> bool:
        """Move the pinned cell, as far as there are cells; whether one is pinned."""
        cell = self.pinned
        shape = self._shapes().get(cell.node, ()) if cell is not None else ()
        if cell is None or not fits(cell, {cell.node: shape}):
            return False
        ways = (maps, rows, columns) if len(shape) == 3 else (rows + columns + maps,)
        moved = (
            min(max(at + way, 0), size - 1)
            for at, way, size in zip(cell.index, ways, shape, strict=True)
        )
        self.pin(Cell(cell.node, tuple(moved)))
        return True

    def pin_middle(self, node: str) -> bool:
        """Pin the middle of the first map of a layer; whether it has maps or a strip."""
        shape = self._shapes().get(node, ())
        if len(shape) != 3:
            return False
        self.pin(Cell(node, (0, shape[1] // 2, shape[2] // 2)))
        return True

    def set_backward(self, backward: bool) -> None:
        """Show gradients, or activations."""
        if backward != self.backward:
            self.backward = backward
            self.backward_changed.emit(backward)

    def toggle_backward(self) -> None:
        """The other way round."""
        self.set_backward(not self.backward)

    def _set(self, pointed: Cell | None, pinned: Cell | None) -> None:
        before, was_pinned = self.cell, self.pinned
        self.pointed, self.pinned = pointed, pinned
        if self.cell != before or (self.pinned is None) != (was_pinned is None):
            self.changed.emit()

    def _shapes(self) -> dict[str, Shape]:
        return dict(infer(self._workspace.project.graph()).outputs)

    @Slot()
    def _forget(self) -> None:
        """What is pinned belongs to another document."""
        self._set(None, None)

    @Slot(object, object)
    def _project_changed(self, old: Project, new: Project) -> None:
        if self.cell is None:
            return
        shapes = self._shapes()
        kept = (self.pointed, self.pinned)
        if not all(cell is None or fits(cell, shapes) for cell in kept):
            self._set(None, None)
