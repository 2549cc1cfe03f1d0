"""What every test gets: a platform for Qt, an own profile, and a hunt for what was left running.

The tests that need Qt live in ``tests/ui``; without Qt they are left out and all others run.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator

import hypothesis
import pytest

if sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

try:
    import PySide6.QtWidgets  # noqa: F401 - also fails where a library of the system is missing
except ImportError:
    QT_IS_HERE = False
else:
    QT_IS_HERE = True

collect_ignore = [] if QT_IS_HERE else ["ui"]

hypothesis.settings.register_profile(
    "neuralbuilder",
    deadline=None,
    max_examples=50,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("neuralbuilder")

GRACE_SECONDS = 2.0
MOST_AT_A_TIME = 4
"""Tests of the window wait for a training process of their own, so more would wait for cores."""


def pytest_xdist_auto_num_workers() -> int:
    """How many tests run side by side where all of them are run."""
    return min(os.cpu_count() or 1, MOST_AT_A_TIME)


def pytest_plugin_registered(
    plugin: object, plugin_name: str, manager: pytest.PytestPluginManager
) -> None:
    """Take pytest-qt out where Qt is absent, because it would refuse to start."""
    if plugin_name == "pytest-qt" and not QT_IS_HERE:
        manager.unregister(plugin)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test itself failed: its traceback keeps alive what it created."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(autouse=True)
def own_profile(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, recovery files and caches of a test never reach the user's own."""
    profile = tmp_path_factory.mktemp("profile")
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(profile / name.lower()))
    for name in ("APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(profile / name.lower()))


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread or a child process behind."""
    threads_before = set(threading.enumerate())
    children_before = set(multiprocessing.active_children())
    yield
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        left: list[object] = [
            thread
            for thread in threading.enumerate()
            if thread not in threads_before and not thread.daemon
        ]
        left += [
            child for child in multiprocessing.active_children() if child not in children_before
        ]
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    for child in multiprocessing.active_children():
        if child in left:
            child.kill()
    if left and not request.node.stash.get(FAILED, False):
        pytest.fail(f"The test left running: {left}")
