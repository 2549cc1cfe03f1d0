"""The context menu of the canvas: every mouse gesture has an entry here, too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from neuralbuilder.parts import catalogue
from neuralbuilder.project import edits
from neuralbuilder.project.model import Link
from neuralbuilder.project.text.words import main_settings
from neuralbuilder.ui.canvas.faces import can_count
from neuralbuilder.ui.canvas.hits import Hit, bundle_at
from neuralbuilder.ui.folding import FOLD, fold_into_next, is_foldable

if TYPE_CHECKING:
    from neuralbuilder.ui.canvas.view import CanvasView


def open_menu(view: CanvasView, found: Hit, point: QPointF, at: QPoint) -> None:
    """Open the menu for what is under the pointer."""
    menu = build_menu(view, found, point)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)


def build_menu(view: CanvasView, found: Hit, point: QPointF) -> QMenu:
    """The entries for a layer, a link or the free canvas."""
    menu = QMenu(view)
    link = found.link or bundle_at(view.canvas_scene, point)
    if found.kind == "link" or (found.kind in ("nothing", "column") and link is not None):
        assert link is not None
        if found.kind == "link":
            _add(menu, "Edit weight…", partial(view.editor.edit_weight, found, point))
        _link_entries(view, menu, link, point)
    elif found.kind != "nothing":
        if found.node not in view.commands.selected():
            view.commands.select([found.node])
        _layer_entries(view, menu, found.node)
    else:
        _canvas_entries(view, menu, point)
    return menu


def _layer_entries(view: CanvasView, menu: QMenu, node_id: str) -> None:
    commands, editor = view.commands, view.editor
    node = view.workspace.project.node(node_id)
    for number, fix in enumerate(commands.fixes(node_id)):
        _add(menu, fix.label.replace("&", "&&"), partial(commands.apply_fix, node_id, number))
    menu.addSeparator()
    _add(menu, "Rename", partial(editor.edit_name, node_id), "F2")
    workspace = view.workspace
    if node.layer.role == "input" and (workspace.draws or workspace.tries):
        text = "Draw an input…" if workspace.draws else "Try a row…"
        _add(menu, text, view.draw_asked.emit, "D")
    if can_count(node):
        _add(menu, "Change size…", partial(editor.edit_size, node_id))
        _add(menu, "Add neuron", partial(commands.add_neuron, node_id))
        _add(menu, "Remove neuron", partial(commands.remove_neuron, node_id))
    for setting in main_settings(type(node.layer)):
        if setting.name not in ("units", "shape"):
            _add(menu, f"{setting.label}…", partial(editor.edit_setting, node_id, setting.name))
    if hasattr(node.layer, "activation"):
        choices = menu.addMenu("Activation")
        for part in catalogue("activation"):
            entry = _add(choices, part.label, partial(commands.set_activation, node_id, part.name))
            entry.setCheckable(True)
            entry.setChecked(part.name == node.layer.activation.name)
    if hasattr(node.layer, "bias"):
        entry = _add(menu, "Bias neuron", partial(commands.toggle_bias, node_id))
        entry.setCheckable(True)
        entry.setChecked(node.layer.bias)
    if is_foldable(node) and view.runner is not None:
        _add(menu, FOLD, partial(fold_into_next, view.workspace, view.runner, node_id))
    menu.addSeparator()
    _connections(view, menu, node_id)
    menu.addSeparator()
    _add(menu, "Cut", commands.cut, "Ctrl+X")
    _add(menu, "Copy", commands.copy, "Ctrl+C")
    _add(menu, "Duplicate", commands.duplicate, "Ctrl+D")
    _add(menu, "Delete", commands.delete, "Del")


def _connections(view: CanvasView, menu: QMenu, node_id: str) -> None:
    """What dragging from a port does: every layer, with the reason where it cannot be linked."""
    project, commands = view.workspace.project, view.commands
    targets = menu.addMenu("Connect to")
    targets.setToolTipsVisible(True)
    for other in project.nodes:
        reason = edits.can_connect(project, node_id, other.id)
        if other.id != node_id:
            entry = _add(targets, other.name, partial(commands.connect_layers, node_id, other.id))
            entry.setEnabled(reason is None)
            entry.setToolTip(reason or "")
    targets.setEnabled(bool(targets.actions()))
    for link in project.links:
        if node_id in (link.source, link.target):
            other_id = link.target if link.source == node_id else link.source
            name = project.node(other_id).name
            _add(menu, f"Disconnect from {name}", partial(commands.disconnect_layers, link))
    order = edits.finished_chain(project)
    if order is not None and project.node(node_id).layer.role == "hidden" and len(order) > 3:
        index = order.index(node_id)
        earlier = _add(menu, "Move earlier", partial(commands.reorder, node_id, index - 1))
        later = _add(menu, "Move later", partial(commands.reorder, node_id, index + 1))
        earlier.setEnabled(index > 1)
        later.setEnabled(index < len(order) - 2)


def _link_entries(view: CanvasView, menu: QMenu, link: Link, point: QPointF) -> None:
    project = view.workspace.project
    inserting = menu.addMenu("Insert layer")
    for part in catalogue("layer"):
        if getattr(part, "role", "") == "hidden":
            at = (point.x(), project.node(link.source).y)
            _add(inserting, part.label, partial(view.commands.add, part.name, at, link))
    names = project.node(link.source).name, project.node(link.target).name
    text = f"Disconnect {names[0]} from {names[1]}"
    _add(menu, text, partial(view.commands.disconnect_layers, link))


def _canvas_entries(view: CanvasView, menu: QMenu, point: QPointF) -> None:
    commands = view.commands
    adding = menu.addMenu("Add layer")
    at = (point.x(), point.y())
    for part in catalogue("layer"):
        _add(adding, part.label, partial(commands.add, part.name, at))
    paste = _add(menu, "Paste", partial(commands.paste, at), "Ctrl+V")
    paste.setEnabled(commands.can_paste())
    menu.addSeparator()
    _add(menu, "Select all", commands.select_all, "Ctrl+A")
    _add(menu, "Arrange", commands.arrange)
    _add(menu, "Fit", view.fit, "F")
    _add(menu, "100 %", view.reset_zoom, "Ctrl+0")


def _add(menu: QMenu, text: str, call: Callable[..., object], keys: str = "") -> QAction:
    # The key is shown and not bound: the canvas itself listens to it.
    action = QAction(f"{text}\t{keys}" if keys else text, menu)
    action.setMenuRole(QAction.MenuRole.NoRole)
    action.triggered.connect(lambda _checked=False: call())
    menu.addAction(action)
    return action
