"""The scene: one item per layer and per bundle of links, kept in step with the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Slot
from PySide6.QtWidgets import QGraphicsScene

from neuralbuilder.project.model import Link, Node, Project
from neuralbuilder.ui.canvas import labels
from neuralbuilder.ui.canvas.faces import column_face, layer_face, worst
from neuralbuilder.ui.canvas.layer_item import LayerItem
from neuralbuilder.ui.canvas.layout import Column, Placement, arrange
from neuralbuilder.ui.canvas.link_geometry import Curves, join
from neuralbuilder.ui.canvas.links_item import LinksItem, Ribbon
from neuralbuilder.ui.canvas.small_items import BiasItem, CaptionItem, CardItem, DragMark
from neuralbuilder.ui.workspace import Workspace

Arrays = Mapping[str, NDArray[Any]]
Key = tuple[str, str]
CAPTION_ROOM = 30.0
"""How near to a header that is not its own a caption may stand."""
FREE_SPACE = 3000.0
"""How far one can pan beyond the outermost layer."""


class CanvasScene(QGraphicsScene):
    """Shows the project of a workspace and follows its changes.

    New ids get an item, missing ids lose theirs, others refresh what has changed. Items never
    change the project; they only show it.
    """

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.workspace = workspace
        self.layers: dict[str, LayerItem] = {}
        self.bundles: dict[Key, LinksItem] = {}
        self.captions: dict[Key, CaptionItem] = {}
        self.biases: dict[str, BiasItem] = {}
        self.arrays: Arrays = {}
        self.card, self.mark = CardItem(), DragMark()
        self.addItem(self.card)
        self.addItem(self.mark)
        self.words = labels.words(workspace.project, workspace.samples)
        self.placement: Placement = arrange(workspace.project, self.words.shapes)
        self.refresh()
        workspace.project_changed.connect(self._project_changed)
        workspace.samples_changed.connect(self.refresh)
        workspace.selection_changed.connect(self.refresh_faces)

    # ------------------------------------------------------------ following the workspace

    @Slot(object, object)
    def _project_changed(self, old: Project, new: Project) -> None:
        self.card.hide()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Bring all items in step with the project."""
        project = self.workspace.project
        self.words = labels.words(project, self.workspace.samples)
        self.placement = arrange(project, self.words.shapes)
        self._sync_layers(project)
        self._sync_bundles(project)
        self._sync_biases(project)
        self.refresh_faces()
        self.place_links()
        self._show_arrays()
        self.setSceneRect(self.content().adjusted(*_ALL_AROUND))

    @Slot()
    def refresh_faces(self) -> None:
        """Bring names, problems and selection in step; nothing moves."""
        project, selection = self.workspace.project, self.workspace.selection
        for node in project.nodes:
            item = self.layers.get(node.id)
            if item is not None:
                problem = worst(self.workspace.problems, node.id)
                item.set_face(layer_face(project, node, self.words, problem, selection))
                column = self.placement.columns[node.id]
                item.column.set_face(column_face(node, self.words, column, selection))

    def _sync_layers(self, project: Project) -> None:
        nodes = {node.id: node for node in project.nodes}
        for node_id in self.layers.keys() - nodes.keys():
            self.removeItem(self.layers.pop(node_id))
        for node in project.nodes:
            if node.id not in self.layers:
                self.layers[node.id] = self._new_layer(project, node)
                self.addItem(self.layers[node.id])
            item = self.layers[node.id]
            item.setPos(node.x, node.y)
            item.column.setPos(0.0, self.placement.middle)

    def _new_layer(self, project: Project, node: Node) -> LayerItem:
        selection = self.workspace.selection
        column = column_face(node, self.words, self.placement.columns[node.id], selection)
        problem = worst(self.workspace.problems, node.id)
        return LayerItem(node.id, layer_face(project, node, self.words, problem, selection), column)

    def _sync_bundles(self, project: Project) -> None:
        wanted = {(link.source, link.target): link for link in project.links}
        for key in self.bundles.keys() - wanted.keys():
            self.removeItem(self.bundles.pop(key))
            self.removeItem(self.captions.pop(key))
        for key, link in wanted.items():
            if key not in self.bundles:
                self.bundles[key], self.captions[key] = LinksItem(link), CaptionItem()
                self.addItem(self.bundles[key])
                self.addItem(self.captions[key])

    def _sync_biases(self, project: Project) -> None:
        for node_id in self.biases.keys() - self.placement.biases.keys():
            self.removeItem(self.biases.pop(node_id))
        for node in project.nodes:
            if node.id not in self.placement.biases:
                continue
            if node.id not in self.biases:
                self.biases[node.id] = BiasItem(node.id)
                self.addItem(self.biases[node.id])
            self.biases[node.id].set_enabled(bool(getattr(node.layer, "bias", False)))

    # ------------------------------------------------------------ places

    def place_links(self, moved: frozenset[str] | None = None) -> None:
        """Draw links, captions and bias neurons where the layer items are now.

        With `moved`, only those that belong to these layers.
        """
        project = self.workspace.project
        places = {node_id: item.pos() for node_id, item in self.layers.items()}
        self._place_biases(project, places)
        nodes = {node.id: node for node in project.nodes}
        first_source: dict[str, str] = {}
        for link in project.links:
            leads = first_source.setdefault(link.target, link.source) == link.source
            if moved is None or link.source in moved or link.target in moved:
                self._place_bundle(link, nodes[link.target], leads)

    def _place_biases(self, project: Project, places: Mapping[str, QPointF]) -> None:
        nodes = {node.id: node for node in project.nodes}
        sources = {link.target: link.source for link in reversed(project.links)}
        for node_id, item in self.biases.items():
            place = self.placement.biases[node_id]
            anchor = nodes[sources.get(node_id, node_id)]
            drag = places[anchor.id] - QPointF(anchor.x, anchor.y)
            item.setPos(QPointF(place.x, place.y) + drag)

    def _place_bundle(self, link: Link, target: Node, leads: bool) -> None:
        key = (link.source, link.target)
        source_item, target_item = self.layers[link.source], self.layers[link.target]
        before = self.placement.columns[link.source]
        after = self.placement.columns[link.target]
        from_bias = None
        bias = self.biases.get(link.target)
        if leads and bias is not None and bias.enabled:
            from_bias = (bias.x() + 11.0, bias.y())
        curves, ribbons = self._curves(
            before, source_item, after, target_item, from_bias, hasattr(target.layer, "bias")
        )
        self.bundles[key].set_geometry(curves, ribbons, (before.units, after.units))
        caption = self.captions[key]
        left = source_item.x() + source_item.width / 2
        right = target_item.x() - target_item.width / 2
        middle = QPointF((left + right) / 2, (source_item.y() + target_item.y()) / 2)
        text = labels.caption(self.words, link, target.layer)
        caption.show_text("" if self._is_header(middle) else text, right - left)
        caption.setPos(middle)

    def _is_header(self, point: QPointF) -> bool:
        """Whether a header stands there, so that a caption would only look out from behind it."""
        return any(
            abs(point.y() - item.y()) < item.height
            and abs(point.x() - item.x()) < item.width / 2 + CAPTION_ROOM
            for item in self.layers.values()
        )

    def _curves(
        self,
        before: Column,
        source: LayerItem,
        after: Column,
        target: LayerItem,
        bias: tuple[float, float] | None,
        dense: bool,
    ) -> tuple[Curves, tuple[Ribbon, ...]]:
        begins = _points(before, source, self.placement.middle, 1)
        ends = _points(after, target, self.placement.middle, -1)
        ribbons: tuple[Ribbon, ...] = ()
        if before.block or after.block or not dense:
            ribbon = _ribbon(before, source, after, target, self.placement.middle)
            ribbons = (ribbon,) if ribbon else ()
            begins = ((), np.zeros((0, 2)))
        if after.block and ribbons and bias is not None:
            start = QPointF(*bias)
            ribbons += ((start, ribbons[0][1], ribbons[0][2], start),)
        return join(begins, ends, bias), ribbons

    def content(self) -> QRectF:
        """The rectangle around everything that is drawn."""
        rect = QRectF()
        for item in [*self.layers.values(), *self.biases.values()]:
            rect |= item.mapRectToScene(item.boundingRect() | item.childrenBoundingRect())
        return rect

    # ------------------------------------------------------------ live values

    def show_arrays(self, arrays: Arrays) -> None:
        """Show the values, weights and heat maps of another moment (see `NetworkView`)."""
        self.arrays = arrays
        self._show_arrays()

    def _show_arrays(self) -> None:
        arrays = self.arrays
        for node_id, item in self.layers.items():
            item.column.set_values(
                arrays.get(f"{node_id}/activation"),
                arrays.get(f"{node_id}/map"),
                arrays.get(f"{node_id}/original"),
            )
        for (_, target), bundle in self.bundles.items():
            weights, biases = self._fitting(target, arrays)
            bundle.set_weights(weights, biases)

    def _fitting(
        self, target: str, arrays: Arrays
    ) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
        """W and b of a layer, if they are those of the layer as it is drawn now."""
        weights, biases = arrays.get(f"{target}/W"), arrays.get(f"{target}/b")
        inputs = self.words.input_shapes.get(target, ())
        units = self.placement.columns[target].units
        if weights is not None and not (inputs and weights.shape == (*inputs[0], units)):
            weights = None
        return weights, biases if biases is not None and biases.shape == (units,) else None

    def forget_look(self) -> None:
        """Paint everything with the colours and fonts of another theme."""
        for item in self.layers.values():
            item.forget_look()
        self.place_links()
        self.update()


_ALL_AROUND = (-FREE_SPACE, -FREE_SPACE, FREE_SPACE, FREE_SPACE)


def _points(
    column: Column, item: LayerItem, middle: float, side: int
) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Where links touch the drawn neurons, on their right (1) or left (−1) side."""
    x = item.x() + side * column.half_width
    points = np.array([[x, item.y() + middle + offset] for offset in column.offsets])
    return column.indices, points.reshape(-1, 2)


def _ribbon(
    before: Column, source: LayerItem, after: Column, target: LayerItem, middle: float
) -> Ribbon:
    """The corners of the area between two columns; nothing when one of them is empty."""
    if not before.units or not after.units:
        return ()
    left, right = source.x() + before.half_width, target.x() - after.half_width
    y0, y1 = source.y() + middle, target.y() + middle
    return (
        QPointF(left, y0 - before.half_height),
        QPointF(right, y1 - after.half_height),
        QPointF(right, y1 + after.half_height),
        QPointF(left, y0 + before.half_height),
    )
