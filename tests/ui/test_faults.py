"""Faults from outside: signals, and what the banner says about processes that come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from neuralbuilder.problems import UserError
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.application import Farewell
from neuralbuilder.ui.errors import Rescue
from tests.ui.window_parts import PATIENCE, open_window

needs_signals = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@needs_signals
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_f13_every_signal_that_ends_programs_ends_in_the_event_loop(
    qtbot: QtBot, name: str
) -> None:
    before = signal.getsignal(signal.Signals[name])
    left: list[bool] = []
    farewell = Farewell(lambda: left.append(True))
    try:
        os.kill(os.getpid(), signal.Signals[name])
        qtbot.waitUntil(lambda: bool(left), timeout=PATIENCE)
        assert left == [True]
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0, "an end that hangs is cut short"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        farewell.close()
    assert signal.getsignal(signal.Signals[name]) == before


TWICE = """
import os, signal
from PySide6.QtCore import QCoreApplication
from neuralbuilder.ui.application import Farewell
application = QCoreApplication([])
farewell = Farewell(lambda: None)
os.kill(os.getpid(), signal.SIGINT)
os.kill(os.getpid(), signal.SIGINT)
application.exec()
"""


@needs_signals
def test_f13_a_second_ctrl_c_ends_the_program_at_once() -> None:
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", PYTHONPATH=os.getcwd())
    done = subprocess.run(
        [sys.executable, "-c", TWICE], env=environment, timeout=60, capture_output=True, text=True
    )
    assert done.returncode == 128 + signal.SIGINT
    assert "Traceback" not in done.stderr


def test_f9_a_process_that_answers_again_takes_only_its_own_message_away(qtbot: QtBot) -> None:
    with open_window(qtbot, ready=False) as window:
        window.runner.hangs.emit(True)
        assert "not answered" in window.banner.message()
        window.runner.hangs.emit(False)
        assert not window.banner.isVisible()
        window.runner.hangs.emit(True)
        window.messages.show_failure(UserError("The disk is full."))
        window.runner.hangs.emit(False)
        assert window.banner.isVisible()


@pytest.mark.skipif(sys.platform == "win32", reason="a file in the way is another error there")
def test_a_recovery_folder_that_cannot_be_made_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    rescue = Rescue(tmp_path / "file" / "recovery")
    assert rescue.found() == []
    with pytest.raises(OSError, match="ot a directory"):
        rescue.write(Document(example()), "net")
