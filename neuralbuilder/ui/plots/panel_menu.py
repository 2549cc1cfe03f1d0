"""The menu of a plot: what it shows, with which settings, and taking it elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget, QWidgetAction

from neuralbuilder.insights.base import Insight
from neuralbuilder.parts import Setting, catalogue, changed, help_of, settings_of
from neuralbuilder.ui.forms import PartForm

IN_MENU = ("switch", "choice")
"""Settings that are lines of the menu; all others are fields of a form in it."""
FORM_WIDTH = 230


def choosable() -> tuple[type[Insight], ...]:
    """The insights that a panel can show, in the order of the catalogue."""
    return tuple(cls for cls in catalogue("insight") if issubclass(cls, Insight) and cls.in_panels)


class PanelMenu(QMenu):
    """Tells what was chosen; `insight_chosen` carries an insight with its settings."""

    insight_chosen = Signal(object)
    copy_chosen = Signal()
    details_chosen = Signal()
    save_chosen = Signal(str)
    everything_chosen = Signal()
    close_chosen = Signal()

    def __init__(self, insight: Insight, add_menu: QMenu, parent: QWidget) -> None:
        super().__init__(parent)
        self._insight = insight
        self._kinds = self._add_kinds()
        self._settings_end = self.addSeparator()
        self._setting_actions: list[QAction] = []
        self._setting_menus: list[QMenu] = []
        self._lines: dict[tuple[str, str | None], QAction] = {}
        self._form: PartForm | None = None
        self._layers: tuple[tuple[str, str], ...] = ()
        self.everything = self._add("Show everything", self.everything_chosen.emit)
        self.everything.setToolTip("Forget what the mouse has zoomed to (double click).")
        self.addSeparator()
        self._add("Copy as picture", self.copy_chosen.emit)
        self.details = self._add("Copy details of the mistake", self.details_chosen.emit)
        self.details.setVisible(False)
        for kind in ("PNG", "SVG", "CSV"):
            action = self._add(f"Save as {kind}…", self._tell_save)
            action.setData(f".{kind.lower()}")
        self.addSeparator()
        self.add = self.addMenu(add_menu)
        self.close_plot = self._add("Close this plot", self.close_chosen.emit)
        self.set_insight(insight)

    def set_insight(self, insight: Insight) -> None:
        """Tick what is shown and offer its settings."""
        rebuild = not self._setting_actions or type(insight) is not type(self._insight)
        self._insight = insight
        for action in self._kinds.actions():
            action.setChecked(action.data() == insight.name)
        if rebuild:
            self._rebuild_settings()
        self._tick_settings()

    def setting_action(self, name: str, value: str | None = None) -> QAction:
        """The line of a switch, or of one value of a choice; raises `KeyError` otherwise."""
        return self._lines[name, value]

    @property
    def form(self) -> PartForm | None:
        """The form of the settings that are no lines of the menu; None where there are none."""
        return self._form

    def offer_layers(self, layers: tuple[tuple[str, str], ...]) -> None:
        """Say which layers the insight could look at, each by its id and its name."""
        self._layers = layers
        if self._form is not None:
            self._form.offer_layers(layers)

    def offer(self, kinds: Collection[type[Insight]]) -> None:
        """Show lines for these kinds only, and for what is shown."""
        names = {cls.name for cls in kinds} | {self._insight.name}
        for action in self._kinds.actions():
            action.setVisible(action.data() in names)

    def kind_actions(self) -> list[QAction]:
        """One line per insight that can be shown."""
        return self._kinds.actions()

    # ------------------------------------------------------------ building

    def _add(self, text: str, call: object) -> QAction:
        action = self.addAction(text)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(call)
        return action

    def _add_kinds(self) -> QActionGroup:
        menu = self.addMenu("Show")
        group = QActionGroup(self)
        for cls in choosable():
            action = menu.addAction(cls.label)
            action.setCheckable(True)
            action.setData(cls.name)
            action.setToolTip(help_of(cls))
            group.addAction(action)
        menu.setToolTipsVisible(True)
        group.triggered.connect(self._kind_chosen)
        return group

    def _rebuild_settings(self) -> None:
        for action in self._setting_actions:
            self.removeAction(action)
            action.deleteLater()
        for menu in self._setting_menus:
            menu.deleteLater()
        self._setting_actions, self._setting_menus = [], []
        self._lines, self._form = {}, None
        shown = [s for s in settings_of(type(self._insight)) if not s.hidden]
        for setting in shown:
            if setting.type == "switch":
                self._insert_switch(setting)
            elif setting.type == "choice":
                self._insert_choice(setting)
        if any(setting.type not in IN_MENU for setting in shown):
            self._insert_form([s.name for s in shown if s.type in IN_MENU])

    def _insert_switch(self, setting: Setting) -> None:
        action = QAction(setting.label, self)
        action.setCheckable(True)
        action.setToolTip(setting.help)
        self._lines[setting.name, None] = action
        action.triggered.connect(self._setting_chosen)
        self._insert(action)

    def _insert_choice(self, setting: Setting) -> None:
        menu = QMenu(setting.label, self)
        group = QActionGroup(menu)
        for value in setting.choices:
            action = menu.addAction(value)
            action.setCheckable(True)
            self._lines[setting.name, value] = action
            group.addAction(action)
            action.triggered.connect(self._setting_chosen)
        self._setting_menus.append(menu)
        self._insert(menu.menuAction())

    def _insert_form(self, skip: list[str]) -> None:
        action = QWidgetAction(self)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(10, 4, 10, 4)
        form = PartForm(self._insight, holder, skip)
        form.setMinimumWidth(FORM_WIDTH)
        form.offer_layers(self._layers)
        form.changed.connect(self._form_changed)
        self._form = form
        column.addWidget(form)
        action.setDefaultWidget(holder)
        self._insert(action)

    def _insert(self, action: QAction) -> None:
        self.insertAction(self._settings_end, action)
        self._setting_actions.append(action)

    def _tick_settings(self) -> None:
        for (name, value), action in self._lines.items():
            now = getattr(self._insight, name)
            action.setChecked(bool(now) if value is None else now == value)
        if self._form is not None:
            self._form.set_part(self._insight)

    # ------------------------------------------------------------ telling

    @Slot(QAction)
    def _kind_chosen(self, action: QAction) -> None:
        if action.data() != self._insight.name:
            cls = next(cls for cls in choosable() if cls.name == action.data())
            self.insight_chosen.emit(cls())

    @Slot()
    def _setting_chosen(self) -> None:
        action = self.sender()
        name, value = next(line for line, each in self._lines.items() if each is action)
        chosen = self._lines[name, value].isChecked() if value is None else value
        self.insight_chosen.emit(changed(self._insight, **{name: chosen}))

    @Slot(object, object)
    def _form_changed(self, part: Insight, setting: Setting) -> None:
        self.insight_chosen.emit(part)

    @Slot()
    def _tell_save(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.save_chosen.emit(action.data())
