"""Everything that can be done to the network on the canvas, for mouse, keys and menus alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.parts import Setting, find
from neuralbuilder.problems import Fix, UserError
from neuralbuilder.project import clipboard, edits
from neuralbuilder.project.model import Link, Project
from neuralbuilder.project.text import read_main_values
from neuralbuilder.ui.canvas.faces import worst
from neuralbuilder.ui.workspace import Workspace

Point = tuple[float, float]
Edit = Callable[[Project], Project]


class CanvasCommands(QObject):
    """Structural edits of the current project; each call is one undoable step.

    What cannot be done is told through `Workspace.failed` and changes nothing.
    """

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace

    # ------------------------------------------------------------ carrying out

    def edit(self, name: str, edit: Edit, merge: str = "", select_new: bool = False) -> bool:
        """Apply an edit under this name; whether it could be done."""
        old = self._workspace.project
        try:
            new = edit(old)
            self._workspace.apply(name, new, merge)
        except UserError as error:
            self._workspace.failed.emit(error)
            return False
        if select_new:
            self.select(edits.added(old, new))
        return True

    def _name(self, node_id: str) -> str:
        return self._workspace.project.node(node_id).name

    # ------------------------------------------------------------ selection

    def selected(self) -> tuple[str, ...]:
        """The ids of the selected layers, in the order of the project."""
        chosen = self._workspace.selection.nodes
        return tuple(node.id for node in self._workspace.project.nodes if node.id in chosen)

    def select(self, ids: Iterable[str], neuron: tuple[str, int] | None = None) -> None:
        """Select these layers and no others, and a neuron where given."""
        selection = replace(self._workspace.selection, nodes=frozenset(ids), neuron=neuron)
        self._workspace.select(selection)

    def toggle(self, node_id: str) -> None:
        """Add a layer to the selection, or take it out."""
        nodes = self._workspace.selection.nodes ^ {node_id}
        self._workspace.select(replace(self._workspace.selection, nodes=nodes, neuron=None))

    @Slot()
    def select_all(self) -> None:
        """Select every layer."""
        self.select(node.id for node in self._workspace.project.nodes)

    def select_neighbour(self, dx: int, dy: int) -> None:
        """Select the next layer in a direction; the first one when none is selected."""
        nodes = self._workspace.project.nodes
        chosen = self.selected()
        if not chosen:
            if nodes:
                self.select([min(nodes, key=lambda node: (node.x, node.y)).id])
            return
        here = self._workspace.project.node(chosen[-1 if dx + dy > 0 else 0])
        ahead = [
            (abs(node.x - here.x) + abs(node.y - here.y), node.id)
            for node in nodes
            if (node.x - here.x) * dx + (node.y - here.y) * dy > 0
        ]
        if ahead:
            self.select([min(ahead)[1]])

    # ------------------------------------------------------------ adding and removing

    def add(self, part: str | Layer, at: Point | None = None, link: Link | None = None) -> bool:
        """Add a layer at a place, into a link, or (without both) behind the selected layer."""
        samples = self._workspace.samples

        def edit(project: Project) -> Project:
            layer = _layer(part)
            if link is not None and layer.role == "hidden":
                return edits.insert_on_link(project, link, layer, at)
            chosen = self.selected()
            if at is None and len(chosen) == 1 and layer.role == "hidden":
                return edits.append_after(project, chosen[0], layer)
            return edits.add_node(project, layer, at, samples)

        label = (find("layer", part) if isinstance(part, str) else type(part)).label
        return self.edit(f"Add {label.split(' (')[0]}", edit, select_new=True)

    def delete(self, ids: Iterable[str] | None = None) -> None:
        """Remove layers, the selected ones unless given; a chain stays joined."""
        gone = self.selected() if ids is None else tuple(ids)
        if gone:
            what = self._name(gone[0]) if len(gone) == 1 else f"{len(gone)} layers"
            self.edit(f"Delete {what}", lambda project: edits.remove_nodes(project, gone))

    @Slot()
    def duplicate(self) -> None:
        """Copy the selected layers beside themselves."""
        ids = self.selected()
        if ids:
            self.edit("Duplicate", lambda p: edits.duplicate(p, ids), select_new=True)

    def can_paste(self) -> bool:
        """Whether there are layers on the clipboard."""
        return clipboard.looks_like_layers(QGuiApplication.clipboard().text())

    @Slot()
    def copy(self) -> None:
        """Put the selected layers on the clipboard, as text."""
        ids = self.selected()
        if ids:
            text = clipboard.to_text(self._workspace.project, ids)
            QGuiApplication.clipboard().setText(text)

    @Slot()
    def cut(self) -> None:
        """Copy the selected layers and remove them."""
        self.copy()
        self.delete()

    def paste(self, at: Point | None = None) -> None:
        """Add the layers that are on the clipboard; the leftmost one at a place, where given."""
        text = QGuiApplication.clipboard().text()
        self.edit("Paste", lambda p: edits.paste(p, clipboard.from_text(text), at), select_new=True)

    # ------------------------------------------------------------ links

    def connect_layers(self, source: str, target: str) -> bool:
        """Link two layers."""
        name = f"Connect {self._name(source)} to {self._name(target)}"
        return self.edit(name, lambda project: edits.connect(project, source, target))

    def disconnect_layers(self, link: Link) -> None:
        """Remove a link."""
        name = f"Disconnect {self._name(link.source)} from {self._name(link.target)}"
        self.edit(name, lambda p: edits.disconnect(p, link.source, link.target))

    # ------------------------------------------------------------ places

    def move(self, places: dict[str, Point]) -> None:
        """Put layers elsewhere."""
        what = self._name(next(iter(places))) if len(places) == 1 else f"{len(places)} layers"
        self.edit(f"Move {what}", lambda project: edits.move_nodes(project, places))

    def reorder(self, node_id: str, index: int) -> bool:
        """Move a hidden layer of a chain to another position of it."""
        return self.edit(
            f"Reorder {self._name(node_id)}", lambda p: edits.reorder(p, node_id, index)
        )

    @Slot()
    def arrange(self) -> None:
        """Put all layers in columns from left to right."""
        self.edit("Arrange", edits.arrange)

    # ------------------------------------------------------------ one layer

    def rename(self, node_id: str, name: str) -> None:
        """Give a layer another name."""
        self.edit("Rename layer", lambda project: edits.rename(project, node_id, name))

    def set_units(self, node_id: str, units: int) -> None:
        """Give a layer this many neurons."""
        name = f"Change size of {self._name(node_id)}"
        self.edit(name, lambda project: edits.set_units(project, node_id, units))

    def change(self, node_id: str, setting: Setting, value: object) -> bool:
        """Change one setting of a layer; whether it could be done."""
        name = f"Change {setting.label.lower()} of {self._name(node_id)}"
        return self.edit(name, lambda p: edits.change_layer(p, node_id, **{setting.name: value}))

    def change_main_values(self, node_id: str, text: str) -> bool:
        """Change what a layer is all about, by a text such as ``3@5x5``; whether it could."""
        cls = type(self._workspace.project.node(node_id).layer)
        return self.edit(
            f"Change size of {self._name(node_id)}",
            lambda p: edits.change_layer(p, node_id, **read_main_values(cls, text)),
        )

    def add_neuron(self, node_id: str) -> None:
        """One neuron more."""
        name = f"Add neuron to {self._name(node_id)}"
        self.edit(name, lambda project: edits.add_neuron(project, node_id))

    def remove_neuron(self, node_id: str) -> None:
        """One neuron less."""
        name = f"Remove neuron of {self._name(node_id)}"
        self.edit(name, lambda project: edits.remove_neuron(project, node_id))

    def set_activation(self, node_id: str, part: str) -> None:
        """Give a layer another activation, by the name of that part."""
        name = f"Change activation of {self._name(node_id)}"
        activation = find("activation", part)()
        self.edit(name, lambda p: edits.change_layer(p, node_id, activation=activation))

    def toggle_bias(self, node_id: str) -> None:
        """Switch the bias neuron of a layer on or off."""
        bias = not getattr(self._workspace.project.node(node_id).layer, "bias", True)
        name = f"Turn bias {'on' if bias else 'off'}"
        self.edit(name, lambda project: edits.change_layer(project, node_id, bias=bias))

    def fixes(self, node_id: str) -> tuple[Fix, ...]:
        """All remedies for the problem that is shown on a layer, the one shown there first."""
        problem = worst(self._workspace.problems, node_id)
        return () if problem is None else problem.fixes

    def apply_fix(self, node_id: str, number: int = 0) -> None:
        """Carry out one of the remedies of a layer; 0 is the one that is shown there."""
        fixes = self.fixes(node_id)
        if number >= len(fixes):
            return
        try:
            self._workspace.apply_fix(fixes[number])
        except UserError as error:
            self._workspace.failed.emit(error)


def _layer(part: str | Layer) -> Layer:
    if isinstance(part, Layer):
        return part
    layer = find("layer", part)()
    assert isinstance(layer, Layer)
    return layer
