"""What every test of the window gets: own settings, and a hunt for what Qt was left with.

A timer, animation, thread or window that outlives its test fires in the middle of a later one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QSettings, QThread, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from tests.conftest import FAILED

QTS_OWN_WINDOWS = {"QTipLabel"}


@pytest.fixture(scope="session", autouse=True)
def drained_at_the_end(qapp: QApplication) -> Iterator[None]:
    """Delete what waits for deletion before Python ends, where it would crash.

    What is alive before the first test is put out of the garbage collector's sight; that makes
    the search after every test twenty times quicker. Garbage is collected between tests only: a
    window of an earlier test must not die while a later one is being painted.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()
    drain()
    gc.collect()
    drain()


@pytest.fixture(autouse=True)
def own_settings(own_profile: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every test starts with empty settings, kept in a folder of its own."""
    folder = str(tmp_path_factory.mktemp("settings"))
    usual_format = QSettings.defaultFormat()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for settings_format in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            QSettings.setPath(settings_format, scope, folder)
    yield
    QSettings.setDefaultFormat(usual_format)


@pytest.fixture(autouse=True)
def pointer_at_its_place(qapp: QApplication) -> Iterator[None]:
    """Put the pointer back where it was: the next window would show a hint of what is under it."""
    before = QCursor.pos()
    yield
    if QCursor.pos() != before:
        QCursor.setPos(before)


@pytest.fixture(autouse=True)
def nothing_left_in_qt(
    qapp: QApplication, own_settings: None, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Fail a test that leaves a timer or animation running, a thread, or a window behind."""
    before = {id(each) for each in alive()}
    yield
    drain()
    gc.collect(0)
    left = [each for each in alive() if id(each) not in before]
    if left:
        del left
        gc.collect()
        drain()
        left = [each for each in alive() if id(each) not in before]
    if left and not request.node.stash.get(FAILED, False):
        names = [f"{type(each).__name__} {each.objectName()}".strip() for each in left]
        for each in left:
            if isinstance(each, QTimer | QAbstractAnimation):
                each.stop()
            elif isinstance(each, QWidget):
                each.deleteLater()
        drain()
        pytest.fail(f"The test left behind in Qt: {', '.join(names)}")


def drain() -> None:
    """Carry out the deletions that wait for the event loop."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def alive() -> list[QTimer | QAbstractAnimation | QThread | QWidget]:
    """The running timers, animations and threads known to Python, and all windows."""
    kinds = with_subclasses(QTimer, QAbstractAnimation, QThread)
    known = [each for each in gc.get_objects() if type(each) in kinds]
    found = [each for each in known if isValid(each) and runs(each)]
    windows = QApplication.topLevelWidgets()
    return found + [each for each in windows if type(each).__name__ not in QTS_OWN_WINDOWS]


def runs(each: QTimer | QAbstractAnimation | QThread) -> bool:
    """Whether it is at work now; the thread of the tests themselves does not count."""
    if isinstance(each, QTimer):
        return each.isActive()
    if isinstance(each, QAbstractAnimation):
        return each.state() == QAbstractAnimation.State.Running
    return each.isRunning() and each != QApplication.instance().thread()


def with_subclasses(*kinds: type) -> set[type]:
    """The classes and everything derived from them; quicker to ask than `isinstance`."""
    found = set(kinds)
    for kind in kinds:
        found |= with_subclasses(*kind.__subclasses__())
    return found
