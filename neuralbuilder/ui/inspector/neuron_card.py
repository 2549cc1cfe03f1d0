"""How the value of the selected neuron comes about, term by term."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from neuralbuilder.insights.figure import Figure, Table
from neuralbuilder.insights.neuron import NeuronArithmetic
from neuralbuilder.ui.inspector.live_card import LiveCard
from neuralbuilder.ui.runner import Runner
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.widgets.section import number_line, set_style_property
from neuralbuilder.ui.workspace import Workspace


class NeuronCard(LiveCard):
    """Every term w·x, the bias, the sum, the activation and the gradients of one neuron."""

    key = "inspector/neuron"

    def __init__(self, workspace: Workspace, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(workspace, runner, parent)
        self._header = PanelHeader(parent=self)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._header)
        column.addLayout(self._lines)

    def show_layer(self, node_id: str | None) -> None:
        """Show the selected neuron of this layer, or nothing."""
        neuron = self._workspace.selection.neuron
        is_dense = node_id is not None and hasattr(
            self._workspace.project.node(node_id).layer, "units"
        )
        if neuron is not None and neuron[0] == node_id and is_dense:
            self.watch(NeuronArithmetic(node=neuron[0], index=neuron[1]))
        else:
            self.watch(None)

    def rows(self) -> list[tuple[str, str]]:
        """The rows that are shown: name and value."""
        return [(n.text(), v.text()) for n, v in self._rows if n.isVisibleTo(self)]

    def show_figure(self, figure: Figure) -> None:
        """Write the terms into the rows; labels are made once and kept."""
        self._header.set_whole_title(figure.title)
        self._header.set_note(figure.note)
        table = next((mark for mark in figure.marks if isinstance(mark, Table)), None)
        cells = table.rows if table else ()
        while len(self._rows) < len(cells):
            self._add_row()
        for index, (name, value) in enumerate(self._rows):
            used = index < len(cells)
            name.setVisible(used)
            value.setVisible(used)
            if used:
                name.setText(cells[index][0])
                value.setText(cells[index][-1])
                # A term shows its product; what the terms amount to is one number.
                set_style_property(value, "result", "=" not in cells[index][1])

    def _add_row(self) -> None:
        line, name, value = number_line(self)
        self._lines.addLayout(line)
        self._rows.append((name, value))
