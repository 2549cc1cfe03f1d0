"""The page of one layer: name, settings, activation curve, neuron arithmetic, advice."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layout import layout
from neuralbuilder.engine.shapes import infer
from neuralbuilder.parts import Setting
from neuralbuilder.project import edits
from neuralbuilder.ui.folding import FOLD, FOLD_HINT, fold_into_next, is_foldable
from neuralbuilder.ui.forms import PartForm
from neuralbuilder.ui.inspector.advice import ProblemList
from neuralbuilder.ui.inspector.curve_card import CurveCard
from neuralbuilder.ui.inspector.kernel_card import KernelCard
from neuralbuilder.ui.inspector.neuron_card import NeuronCard
from neuralbuilder.ui.inspector.softmax_card import SoftmaxCard
from neuralbuilder.ui.inspector.statistics_card import StatisticsCard
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.focus import give_back, home_of, leave
from neuralbuilder.ui.widgets.form import Form
from neuralbuilder.ui.widgets.numbers import thousands
from neuralbuilder.ui.workspace import Workspace


class LayerPage(QWidget):
    """Everything there is to know and to set about one layer."""

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._node_id: str | None = None
        self.name_field = QLineEdit(self)
        self.name_field.returnPressed.connect(self._give_keys_back)
        self.name_field.editingFinished.connect(self._rename)
        self.form = PartForm(parent=self)
        self.form.changed.connect(self._apply)
        self.curve = CurveCard(workspace, runner, self)
        self.neuron = NeuronCard(workspace, runner, self)
        self.kernels = KernelCard(workspace, runner, self)
        self.softmax = SoftmaxCard(workspace, runner, self)
        self.statistics = StatisticsCard(workspace, runner, self)
        self._runner = runner
        self.fold = QPushButton(FOLD, self)
        self.fold.setToolTip(FOLD_HINT)
        self.fold.clicked.connect(self._fold)
        self._problems = ProblemList(workspace, self)
        naming = Form(self)
        naming.add_row("Name", self.name_field, "What this layer is called on the canvas.")
        settings = QVBoxLayout()
        settings.setSpacing(6)
        settings.addWidget(naming)
        settings.addWidget(self.form)
        settings.addWidget(self.fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(settings)
        cards = (self.kernels, self.statistics, self.curve, self.neuron, self.softmax)
        for part in (*cards, self._problems):
            column.addWidget(part)

    def heading(self) -> tuple[str, str]:
        """Title and note of the panel while this page is shown."""
        if self._node_id is None:
            return "", ""
        node = self._workspace.project.node(self._node_id)
        label = type(node.layer).label.split(" (")[0]
        count = self._parameter_count(node.id)
        parameters = "1 parameter" if count == 1 else f"{thousands(count)} parameters"
        return node.name, f"{label} · {parameters}" if count else f"{label} · no parameters"

    def show_layer(self, node_id: str | None) -> None:
        """Show this layer, or nothing."""
        self._node_id = node_id
        if node_id is not None:
            node = self._workspace.project.node(node_id)
            if not (self.name_field.hasFocus() and self.name_field.isModified()):
                self.name_field.setText(node.name)
                self.name_field.setCursorPosition(0)
            self.form.set_part(node.layer)
            self.fold.setVisible(is_foldable(node))
            problems = self._workspace.advice
            own = tuple(p for p in problems if p.node == node_id)
            self._problems.show_problems(own or problems[:1])
        self.curve.show_layer(node_id)
        for card in (self.neuron, self.kernels, self.softmax, self.statistics):
            card.show_layer(node_id)

    def _parameter_count(self, node_id: str) -> int:
        """What is trained; statistics of the data are not."""
        graph = self._workspace.project.graph()
        return layout(graph, infer(graph)).trainable_of(node_id)

    def _apply(self, layer: Layer, setting: Setting) -> None:
        if self._node_id is None:
            return
        name = self._workspace.project.node(self._node_id).name
        self._workspace.apply(
            f"Change {setting.label.lower()} of {name}",
            edits.replace_layer(self._workspace.project, self._node_id, layer),
            merge=f"{self._node_id}/{setting.name}",
        )

    def _fold(self) -> None:
        leave(self.fold)
        if self._node_id is not None:
            fold_into_next(self._workspace, self._runner, self._node_id)

    def _give_keys_back(self) -> None:
        give_back(home_of(self))

    def _rename(self) -> None:
        if self._node_id is not None and self.name_field.isModified():
            self.name_field.setModified(False)
            project = edits.rename(self._workspace.project, self._node_id, self.name_field.text())
            self._workspace.apply("Rename layer", project)
