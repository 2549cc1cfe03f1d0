"""Reading data beside the window: it goes on meanwhile, and Cancel does not wait for the work."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QProgressDialog

from neuralbuilder.data.samples import ReadingCancelled
from neuralbuilder.problems import UserError
from neuralbuilder.ui.data_panel.progress import ReadingProgress
from neuralbuilder.ui.theme import install

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LONG = 20.0


@pytest.fixture
def progress(qapp: QApplication) -> Iterator[ReadingProgress]:
    install(qapp, "dark")
    window = ReadingProgress("many.npz", None)
    yield window
    window.close()


def test_the_window_goes_on_while_something_is_read(progress: ReadingProgress) -> None:
    seen_by_window = Event()
    QTimer.singleShot(50, seen_by_window.set)  # only an event loop that runs comes to it

    def work(tell) -> str:
        assert tell(0.25)
        assert seen_by_window.wait(LONG)
        return "read"

    assert progress.run(work) == "read"


def test_a_short_work_needs_no_event_loop(progress: ReadingProgress) -> None:
    assert progress.run(lambda tell: 7) == 7


def test_what_cannot_be_read_is_told(progress: ReadingProgress) -> None:
    def work(tell) -> None:
        raise UserError("many.npz is damaged.")

    with pytest.raises(UserError, match="damaged"):
        progress.run(work)


def test_cancel_does_not_wait_for_the_work(progress: ReadingProgress) -> None:
    released, ended = Event(), []

    def work(tell) -> None:
        released.wait(LONG)
        ended.append(tell(0.9))

    def cancel() -> None:
        shown = QApplication.activeModalWidget()
        if isinstance(shown, QProgressDialog):
            assert shown.labelText() == "Reading many.npz …"
            shown.cancel()
        else:
            QTimer.singleShot(50, cancel)

    QTimer.singleShot(50, cancel)
    with pytest.raises(ReadingCancelled, match=r"Reading many\.npz was stopped"):
        progress.run(work)
    assert ended == []
    released.set()
    while not ended:
        QApplication.processEvents()
    assert ended == [False], "the work is told that nobody waits for it"
