"""A slider below the title of a plot, for a setting that people like to run through."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSlider, QWidget

from neuralbuilder.insights.base import Insight
from neuralbuilder.parts import Setting, changed, settings_of

STEPS = 100


class SettingSlider(QSlider):
    """Shows the one setting of an insight that has a slider, where there is one.

    `insight_chosen` carries the insight with the value that the user has moved to.
    """

    insight_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._insight: Insight | None = None
        self._setting: Setting | None = None
        self.setRange(0, STEPS)
        self.setPageStep(STEPS // 10)
        self.hide()
        self.valueChanged.connect(self._tell)

    @property
    def has_setting(self) -> bool:
        """Whether the insight has a setting to move."""
        return self._setting is not None

    def set_insight(self, insight: Insight) -> None:
        """Stand at the value of this insight."""
        self._insight = insight
        self._setting = next((s for s in settings_of(type(insight)) if s.slider), None)
        if self._setting is None:
            return
        self.setAccessibleName(self._setting.label)
        self.setToolTip(f"{self._setting.label}: {self._setting.help}")
        low, high = _ends(self._setting)
        share = (getattr(insight, self._setting.name) - low) / (high - low)
        place = round(STEPS * share)
        if place != self.value():
            blocked = self.blockSignals(True)
            self.setValue(place)
            self.blockSignals(blocked)

    @Slot(int)
    def _tell(self, place: int) -> None:
        if self._insight is None or self._setting is None:
            return
        low, high = _ends(self._setting)
        value = round(low + (high - low) * place / STEPS, 10)
        self.insight_chosen.emit(changed(self._insight, **{self._setting.name: value}))


def _ends(setting: Setting) -> tuple[float, float]:
    assert setting.minimum is not None
    assert setting.maximum is not None
    return setting.minimum, setting.maximum
