"""Learning rate, batch size and L2: the settings one turns while training runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.parts import Part, Setting, changed, settings_of
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.form import Form
from neuralbuilder.ui.widgets.number_field import NumberField
from neuralbuilder.ui.widgets.numbers import shortest
from neuralbuilder.ui.widgets.section import label
from neuralbuilder.ui.workspace import Workspace

# label in the bar, where the setting is, its name, width of the field
ENTRIES = (
    ("Rate", "optimizer", "learning_rate", 84),
    ("Batch", "plan", "batch_size", 70),
    ("L2", "plan", "l2", 78),
)
_USUAL = Sgd()
"""What a field looks like whose setting the present optimizer does not have."""
ROOMY = 1200
"""Windows as wide as this have room for the rate on the button."""


class LiveField(QObject):
    """A number field bound to one setting of the plan or of its optimizer."""

    def __init__(self, workspace: Workspace, where: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._where, self._name = where, name
        setting = self._setting()
        self.field = NumberField(
            self._value(),
            integer=setting.type == "integer",
            minimum=setting.minimum,
            maximum=setting.maximum,
            logarithmic=setting.logarithmic,
            parent=parent,
        )
        self.field.setAccessibleName(setting.label)
        self.field.setStatusTip(f"{setting.label}: {setting.help}")
        self.field.value_changed.connect(self._apply)
        self.show_value()

    def show_value(self) -> None:
        """Show the present value, or why there is nothing to set."""
        setting, reason = self._setting(), self.unused()
        self.field.set_range(setting.minimum, setting.maximum)
        self.field.set_value(self._value())
        self.field.set_unused(bool(reason))
        hint = f"{setting.label}. {setting.help}\nWorks at once, also in training."
        self.field.set_hint(reason or hint)

    def unused(self) -> str:
        """Why the present optimizer does not use this setting; empty where it does."""
        optimizer = self._workspace.project.plan.optimizer
        if self._name == "batch_size" and optimizer.full_batch:
            return f"{optimizer.label} uses all samples in every step; no batch size is needed."
        if self._name == "learning_rate" and optimizer.rate is None:
            return f"{optimizer.label} has no learning rate: it finds by itself how far to go."
        if self._name == "learning_rate" and not optimizer.follows_rate:
            return (
                f"{optimizer.label} adapts its step sizes by itself; the first one is in the plan."
            )
        return ""

    def _part(self) -> Part:
        plan = self._workspace.project.plan
        if self._where == "plan":
            return plan
        return plan.optimizer if hasattr(plan.optimizer, self._name) else _USUAL

    def _setting(self) -> Setting:
        return next(s for s in settings_of(type(self._part())) if s.name == self._name)

    def _value(self) -> float:
        return getattr(self._part(), self._name)

    @Slot(object)
    def _apply(self, value: object) -> None:
        project, label_text = self._workspace.project, self._setting().label.lower()
        try:
            if self._where == "plan":
                new = edits.change_plan(project, **{self._name: value})
            else:
                optimizer = changed(project.plan.optimizer, **{self._name: value})
                new = edits.change_plan(project, optimizer=optimizer)
        except UserError:
            self.show_value()
            return
        self._workspace.apply(f"Change {label_text}", new, merge=f"plan/{self._name}")


class LiveSettings(QWidget):
    """The fields in a row, or in a small window behind one button where there is no room."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.fields: dict[str, LiveField] = {}
        self._wide = QWidget(self)
        wide = QHBoxLayout(self._wide)
        wide.setContentsMargins(0, 0, 0, 0)
        wide.setSpacing(6)
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._popup.setProperty("role", "panel")
        narrow = Form(self._popup)
        column = QVBoxLayout(self._popup)
        column.addWidget(narrow)
        self._popup.setFixedWidth(240)
        self._all: list[LiveField] = []
        for index, (text, where, name, width) in enumerate(ENTRIES):
            entry = LiveField(workspace, where, name, self._wide)
            entry.field.setFixedWidth(width)
            if index:
                wide.addSpacing(6)
            wide.addWidget(label(text, "muted", self._wide))
            wide.addWidget(entry.field)
            self.fields[name] = entry
            other = LiveField(workspace, where, name, self._popup)
            narrow.add_row(other.field.accessibleName(), other.field)
            self._all += [entry, other]
        self._row.addWidget(self._wide)
        self._row.addWidget(self._make_button())
        workspace.project_changed.connect(self._show_values)
        self.set_compact(False)

    def _make_button(self) -> QToolButton:
        self.button = QToolButton(self)
        self.button.setProperty("flat", True)
        self.button.setIconSize(QSize(22, 22))
        self.button.setFixedHeight(34)
        self.button.setMinimumWidth(34)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setToolTip("Learning rate, batch size and L2")
        self.button.setStatusTip("Learning rate, batch size and L2, also in training")
        self.button.setAccessibleName("Live settings")
        current().bind_icon(self.button, "settings")
        self.button.clicked.connect(self._open)
        return self.button

    def set_compact(self, compact: bool) -> None:
        """Show one button instead of the fields."""
        self._wide.setVisible(not compact)
        self.button.setVisible(compact)
        roomy = self.window().width() >= ROOMY
        style = Qt.ToolButtonStyle
        self.button.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if roomy else style.ToolButtonIconOnly
        )
        self._tell_rate()

    def _tell_rate(self) -> None:
        optimizer = self._workspace.project.plan.optimizer
        rate = optimizer.rate if optimizer.follows_rate else None
        self.button.setText("Rate" if rate is None else f"Rate {shortest(rate)}")

    @Slot()
    def _open(self) -> None:
        place = self.button.mapToGlobal(QPoint(0, self.button.height() + 4))
        self._popup.move(place)
        self._popup.show()

    @Slot(object, object)
    def _show_values(self, old: object, new: object) -> None:
        for entry in self._all:
            entry.show_value()
        self._tell_rate()
