"""The scene: one item per layer and per bundle of links, kept in step with the workspace."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer, Slot
from PySide6.QtWidgets import QGraphicsScene

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.project.model import Link, Node, Project
from neuralbuilder.ui.canvas import gradient_drawing, labels
from neuralbuilder.ui.canvas.bundles import Bundle, End, Values, links_between, only_bias
from neuralbuilder.ui.canvas.faces import column_face, has_bars, layer_face, worst
from neuralbuilder.ui.canvas.layer_item import WIDEST_HEADER, LayerItem
from neuralbuilder.ui.canvas.layout import BIAS_SIZE, Placement, arrange
from neuralbuilder.ui.canvas.links_item import LinksItem
from neuralbuilder.ui.canvas.live_links import Arrays, Key, LiveLinks
from neuralbuilder.ui.canvas.push_overlay import PushOverlay
from neuralbuilder.ui.canvas.routes import Box, Lanes, Point, partners, plain
from neuralbuilder.ui.canvas.small_items import BiasItem, CaptionItem, CardItem, DragMark
from neuralbuilder.ui.canvas.window_overlay import WindowOverlay
from neuralbuilder.ui.workspace import Workspace

HEADER_GAP = 10.0
"""What stays free between two headers that are as wide as can be."""
CAPTION_ROOM = 30.0
"""How near to a header that is not its own a caption may stand."""
LINKS_AFTER = 12
"""Milliseconds from values to links where they are shown in turns: about a frame."""
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
        self.card, self.mark, self.overlay = CardItem(), DragMark(), WindowOverlay()
        self.pushes = PushOverlay()
        self.hovered_neuron: tuple[str, int] | None = None
        self.addItem(self.card)
        self.addItem(self.mark)
        self.addItem(self.overlay)
        self.addItem(self.pushes)
        self.words = labels.words(workspace.project, workspace.samples)
        self.placement: Placement = arrange(workspace.project, self.words.shapes)
        self.live_links = LiveLinks(self)
        self._keeps_links = False
        self._keeping = QTimer(self)
        self._keeping.setInterval(LINKS_AFTER)
        self._keeping.timeout.connect(self._keep_next)
        self._links_due = QTimer(self)
        self._links_due.setSingleShot(True)
        self._links_due.setInterval(LINKS_AFTER)
        self._links_due.timeout.connect(self._show_links)
        self._placed: dict[Key, tuple[Link, Node, int, tuple[Point, ...]]] = {}
        self.refresh()
        workspace.project_changed.connect(self._project_changed)
        workspace.samples_changed.connect(self.refresh)
        workspace.selection_changed.connect(self.refresh_faces)
        workspace.selection_changed.connect(self.show_pushes)
        workspace.cells.changed.connect(self.show_cell)

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
        bars = [node.id for node in project.nodes if has_bars(self.words, node)]
        before, self.placement = self.placement, arrange(project, self.words.shapes, bars)
        self.live_links.forget(before)
        self._sync_layers(project)
        self._sync_bundles(project)
        self._sync_biases(project)
        self.refresh_faces()
        self.place_links()
        self._show_values()
        self._show_links()
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
                face = column_face(project, node, self.words, column, selection)
                backward = gradient_drawing.are_gradients(self.arrays)
                item.column.set_face(gradient_drawing.face(face) if backward else face)
        for link, target, *_ in self._placed.values():
            self._place_caption(link, target)  # beside the words of a problem

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
            item.column.setPos(self.placement.columns[node.id].aside, self.placement.middle)

    def _new_layer(self, project: Project, node: Node) -> LayerItem:
        selection = self.workspace.selection
        drawn = self.placement.columns[node.id]
        column = column_face(project, node, self.words, drawn, selection)
        problem = worst(self.workspace.problems, node.id)
        return LayerItem(node.id, layer_face(project, node, self.words, problem, selection), column)

    def _sync_bundles(self, project: Project) -> None:
        wanted = {(link.source, link.target): link for link in project.links}
        for key in self.bundles.keys() - wanted.keys():
            self.removeItem(self.bundles.pop(key))
            self.removeItem(self.captions.pop(key))
            self.live_links.chosen.pop(key, None)
            self._placed.pop(key, None)
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

        With `moved`, only those that belong to these layers, and those that may lead around them.
        """
        project = self.workspace.project
        places = {node_id: item.pos() for node_id, item in self.layers.items()}
        self._place_biases(project, places)
        lanes = Lanes({node_id: self._box(node_id) for node_id in self.layers})
        nodes = {node.id: node for node in project.nodes}
        self._give_room()
        numbers: dict[str, int] = {}
        for link in project.links:
            number = numbers[link.target] = numbers.get(link.target, -1) + 1
            several = nodes[link.target].layer.inputs_allowed[1] != 1
            if moved is None or several or link.source in moved or link.target in moved:
                detour = self._detour(link, nodes[link.target], lanes)
                placed = link, nodes[link.target], number, detour
                self._placed[link.source, link.target] = placed
                self._draw_bundle(*placed)
                self._place_caption(link, nodes[link.target])
        self.show_cell()

    @Slot()
    def show_cell(self) -> None:
        """Outline what belongs to the cell that people look at."""
        self.overlay.show_cell(self, self.workspace.cells.cell)
        self.show_pushes()

    @Slot()
    def show_pushes(self) -> None:
        """Mark what pushes the neuron under the pointer, or else the selected one."""
        neuron = self.hovered_neuron or self.workspace.selection.neuron
        if self.workspace.cells.cell is not None:
            neuron = None
        self.pushes.show_neuron(self, neuron)

    def hover_neuron(self, neuron: tuple[str, int] | None) -> None:
        """The pointer is over this neuron (layer, index), or over none."""
        if neuron != self.hovered_neuron:
            self.hovered_neuron = neuron
            self.show_pushes()

    def _detour(self, link: Link, target: Node, lanes: Lanes) -> tuple[Point, ...]:
        """The corners of the line that stands for a link, () where its links are drawn."""
        columns = self.placement.columns
        unknown = not columns[link.source].units or not columns[link.target].units
        if hasattr(target.layer, "bias") and not unknown:
            return ()
        around = lanes.detour(link.source, link.target)
        if around or not unknown:
            return around
        return plain(self._box(link.source), self._box(link.target))

    def _give_room(self) -> None:
        """Let every header become as wide as the ones beside it allow."""
        for item in self.layers.values():
            beside = [
                abs(other.x() - item.x())
                for other in self.layers.values()
                if other is not item and abs(other.y() - item.y()) < 2 * item.height
            ]
            item.set_room(min(beside, default=WIDEST_HEADER + HEADER_GAP) - HEADER_GAP)

    def _box(self, node_id: str) -> Box:
        item, column = self.layers[node_id], self.placement.columns[node_id]
        half = max(item.width / 2, column.widest)
        bottom = item.y() + self.placement.middle + column.half_height
        return Box(item.x() - half, item.y() - item.height / 2, item.x() + half, bottom, item.y())

    def _place_biases(self, project: Project, places: Mapping[str, QPointF]) -> None:
        nodes = {node.id: node for node in project.nodes}
        sources = {link.target: link.source for link in reversed(project.links)}
        for node_id, item in self.biases.items():
            place = self.placement.biases[node_id]
            anchor = nodes[sources.get(node_id, node_id)]
            drag = places[anchor.id] - QPointF(anchor.x, anchor.y)
            item.setPos(QPointF(place.x, place.y) + drag)

    def place_bundle(self, key: Key) -> None:
        """Draw a bundle anew where it is, such as with other links."""
        self._draw_bundle(*self._placed[key])

    def _draw_bundle(
        self, link: Link, target: Node, number: int, detour: tuple[Point, ...]
    ) -> None:
        """Draw one link; `number` says which of the target's inputs it is."""
        key = (link.source, link.target)
        before = self.placement.columns[link.source]
        after = self.placement.columns[link.target]
        source, end = self._end(link.source, 1), self._end(link.target, -1)
        bias = self._from_bias(link, number)
        if detour:
            bundle: Bundle = (only_bias(end, bias), ())
        else:
            values = self._values_through(link, target.layer, number)
            bundle = links_between(source, end, values, bias, self.live_links.chosen.get(key))
        corners = tuple(QPointF(*corner) for corner in detour)
        item = self.bundles[key]
        item.chosen = key in self.live_links.chosen
        item.maps = before.indices if len(bundle[1]) > 1 else ()
        item.set_geometry(*bundle, (before.units, after.units), corners)

    def _end(self, node_id: str, side: int) -> End:
        item = self.layers[node_id]
        middle = item.y() + self.placement.middle
        column = self.placement.columns[node_id]
        return End(column, item.x() + column.aside, middle, side)

    def _values_through(self, link: Link, layer: Layer, number: int) -> Values:
        """How the values of a source go into a layer."""
        shapes = self.words.shapes
        source, target = shapes[link.source], shapes[link.target]
        if hasattr(layer, "bias"):
            return Values("weights" if len(source) == 1 == len(target) else "all")
        shift = partners(source, self.words.input_shapes.get(link.target, ()), number, target)
        if shift is None or layer.is_view:
            return Values("maps" if len(source) == 3 and layer.is_view else "area")
        return Values("partners", shift)

    def _from_bias(self, link: Link, number: int) -> tuple[float, float] | None:
        bias = self.biases.get(link.target)
        if number or bias is None or not bias.enabled:
            return None
        return bias.x() + BIAS_SIZE / 2, bias.y()

    def _place_caption(self, link: Link, target: Node) -> None:
        source_item, target_item = self.layers[link.source], self.layers[link.target]
        caption = self.captions[(link.source, link.target)]
        left = source_item.x() + source_item.width / 2
        right = target_item.x() - target_item.width / 2
        middle = QPointF((left + right) / 2, (source_item.y() + target_item.y()) / 2)
        texts = labels.captions(self.words, link, target.layer)
        # From one row to another the links themselves run where the caption would stand.
        level = abs(source_item.y() - target_item.y()) <= target_item.height
        shown = level and not self._is_header(middle)
        below = target_item.x() - source_item.x() - HEADER_GAP
        for item in (source_item, target_item):  # a problem in words stands there already
            below = min(below, 2 * (abs(item.x() - middle.x()) - item.problem_reach))
        caption.show_text(texts if shown else (), right - left, below)
        caption.setPos(middle)

    def _is_header(self, point: QPointF) -> bool:
        """Whether a header stands there, so that a caption would only look out from behind it."""
        return any(
            abs(point.y() - item.y()) < item.height
            and abs(point.x() - item.x()) < item.width / 2 + CAPTION_ROOM
            for item in self.layers.values()
        )

    def content(self) -> QRectF:
        """The rectangle around everything that is drawn."""
        rect = QRectF()
        for layer in self.layers.values():
            column = layer.column.extent().translated(layer.column.pos())
            rect |= (layer.extent() | column).translated(layer.pos())
        for bias in self.biases.values():
            rect |= bias.boundingRect().translated(bias.pos())
        for bundle in self.bundles.values():
            if bundle.detour:
                rect |= bundle.boundingRect()
        return rect

    # ------------------------------------------------------------ live values

    def show_arrays(self, arrays: Arrays, in_turns: bool = False) -> None:
        """Show the values, weights and heat maps of another moment.

        They are those of a `NetworkView`, or of a `BackwardView`. With `in_turns` the links follow
        a moment later, so that no frame paints everything.
        """
        turned = gradient_drawing.are_gradients(arrays) != gradient_drawing.are_gradients(
            self.arrays
        )
        self.arrays = arrays
        if turned:
            self.refresh_faces()
        self._show_values()
        if in_turns:
            self._links_due.start()
        else:
            self._show_links()

    def keep_links(self, kept: bool) -> None:
        """Keep pictures of the links from now on, as while the values around them are live.

        They are made one by one, so that no frame has to make them all.
        """
        self._keeps_links = kept
        self._keeping.start()

    @Slot()
    def _keep_next(self) -> None:
        kept = self._keeps_links
        bundle = next((each for each in self.bundles.values() if each.is_kept != kept), None)
        if bundle is None:
            self._keeping.stop()
        else:
            bundle.set_kept(kept)

    def _show_values(self) -> None:
        for node_id, item in self.layers.items():
            item.column.set_values(*gradient_drawing.column_values(self.arrays, node_id))
            item.column.set_silent(self.arrays.get(f"{node_id}/silent"))
            item.column.set_images(
                self.arrays.get(f"{node_id}/images"), self.arrays.get(f"{node_id}/picture")
            )
        self._show_answer()

    @Slot()
    def _show_links(self) -> None:
        self._links_due.stop()
        self.live_links.show(self.arrays)
        self.show_pushes()

    def _show_answer(self) -> None:
        """Below an image that goes in, say for what the network takes it where that is wrong."""
        nodes = {node.layer.role: node.id for node in self.workspace.project.nodes}
        if "input" in nodes and "output" in nodes:
            output = self.arrays.get(f"{nodes['output']}/activation")
            remark = labels.wrong_answer(self.words, output, self.arrays.get("y"))
            self.layers[nodes["input"]].column.set_remark(remark)

    def forget_look(self) -> None:
        """Paint everything with the colours and fonts of another theme."""
        for item in self.layers.values():
            item.forget_look()
        self.place_links()
        self.update()


_ALL_AROUND = (-FREE_SPACE, -FREE_SPACE, FREE_SPACE, FREE_SPACE)
