"""What the program remembers of its last run: theme, sizes, recent files."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths, QTemporaryDir

NAME = "NeuralBuilder"
RECENT = 10
_log = logging.getLogger(__name__)


class Settings:
    """Typed reading and writing; whatever is missing or damaged gives the default.

    `temporary` ones begin empty and leave no trace.
    """

    def __init__(self, temporary: bool = False) -> None:
        self._folder = QTemporaryDir() if temporary else None
        if self._folder is not None:
            name = self._folder.filePath("settings.ini")
            self._store = QSettings(name, QSettings.Format.IniFormat)
        else:
            self._store = _readable_store()

    def text(self, key: str, default: str, allowed: Sequence[str] = ()) -> str:
        """A text, one of `allowed` where that is given."""
        value = self._store.value(key, default)
        if isinstance(value, str) and (not allowed or value in allowed):
            return value
        return default

    def switch(self, key: str, default: bool) -> bool:
        """On or off."""
        return self.text(key, "on" if default else "off", ("on", "off")) == "on"

    def sizes(self, key: str, count: int) -> list[int]:
        """So many positive whole numbers, or an empty list."""
        words = self.text(key, "").split()
        numbers = [int(word) for word in words if word.isascii() and word.isdigit()]
        return numbers if len(numbers) == count and all(0 < n < 100_000 for n in numbers) else []

    def tree(self, key: str) -> dict[str, Any]:
        """A dict of JSON types; empty when there is none or it is damaged."""
        try:
            value = json.loads(self.text(key, "{}"))
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def geometry(self) -> QByteArray:
        """The place of the window as Qt wrote it; empty when there is none."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    def recent_files(self) -> list[Path]:
        """The files used last, newest first. None of them is looked at here: a path may lead to
        a network drive that answers after minutes.
        """
        value = self._store.value("files/recent", [])
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and text][:RECENT]

    def remember_file(self, path: Path) -> None:
        """Put a file at the top of the recent ones."""
        rest = [other for other in self.recent_files() if other != path]
        self.write("files/recent", [str(other) for other in [path, *rest][:RECENT]])

    def write(self, key: str, value: object) -> None:
        """Remember a text, a list of texts or a `QByteArray`."""
        self._store.setValue(key, value)

    def write_sizes(self, key: str, sizes: Sequence[int]) -> None:
        """Remember whole numbers."""
        self.write(key, " ".join(str(size) for size in sizes))

    def write_tree(self, key: str, tree: dict[str, Any]) -> None:
        """Remember a dict of JSON types."""
        self.write(key, json.dumps(tree))

    def forget(self, group: str) -> None:
        """Forget everything under a key."""
        self._store.remove(group)

    def save(self) -> None:
        """Write everything to disk now."""
        self._store.sync()


def data_folder() -> Path:
    """The folder for what the program keeps for the user; made when it is missing."""
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    folder = Path(base or Path.home()) / NAME
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _store() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, NAME, NAME)


def _readable_store() -> QSettings:
    """The settings file; a damaged one is moved aside, so that a new one can begin."""
    store = _store()
    store.sync()
    if store.status() != QSettings.Status.FormatError:
        return store
    path = store.fileName()
    _log.warning("The settings in %s are damaged; starting with the usual ones.", path)
    del store
    try:
        os.replace(path, f"{path}.damaged")
    except OSError:
        _log.exception("The damaged settings could not be moved aside.")
    return _store()
