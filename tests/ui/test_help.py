"""The Help menu: all keys at a glance, and what this program is."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from neuralbuilder.ui.help_dialogs import about_dialog, shortcuts_dialog
from neuralbuilder.ui.theme import install

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.mark.parametrize(
    ("make", "told"), [(shortcuts_dialog, "Ctrl+Shift+S"), (about_dialog, "NeuralBuilder 0.")]
)
def test_help_tells_keys_and_version(qapp: QApplication, qtbot: QtBot, make, told: str) -> None:
    install(qapp, "dark")
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = make(parent)
    dialog.open()
    assert any(told in text.text() for text in dialog.findChildren(QLabel))
    assert all(button.icon().isNull() for button in dialog.findChildren(QPushButton))
    dialog.reject()
    assert not dialog.isVisible()


def test_no_keys_are_cut_off(qapp: QApplication, qtbot: QtBot) -> None:
    install(qapp, "dark")
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = shortcuts_dialog(parent)
    dialog.open()
    scroll = dialog.findChild(QScrollArea)
    assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width()
