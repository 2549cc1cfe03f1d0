"""Which pictures a folder holds, and the class of each: one sub-folder per class."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from neuralbuilder.data.images.labelled import refuse_classes
from neuralbuilder.data.images.pictures import SUFFIXES
from neuralbuilder.data.tables.reading.format import unreadable
from neuralbuilder.problems import UserError

_TRAINING = frozenset(("train", "training"))
_TEST = frozenset(("test", "testing"))
_BESIDE = frozenset(("val", "valid", "validation"))
_NEEDED = "Make one sub-folder per class and put the pictures of the class into it."


def pictures_in(folder: Path) -> list[Path]:
    """All pictures in a folder and below it, in order."""
    return [path for path in _walk(folder) if path.suffix.lower() in SUFFIXES]


@dataclass
class PicturesFound:
    """The pictures with the index of their class; those for the test are last."""

    class_names: tuple[str, ...]
    pictures: list[tuple[Path, int]] = field(default_factory=list)
    test_from: int | None = None
    notes: tuple[str, ...] = ()


def pictures_by_class(path: str, limit: int) -> PicturesFound:
    """The pictures of a folder; raises `UserError` that says what is missing."""
    if not path:
        raise UserError("No folder is chosen.", "Import a folder of pictures.")
    if "\0" in path:
        raise UserError("The name of the folder holds a NUL character.", "Choose another folder.")
    folder = Path(path)
    given = {child.name.lower(): child for child in _sub_folders(folder)}
    training = [given[name] for name in given if name in _TRAINING | _BESIDE]
    tests = [given[name] for name in given if name in _TEST]
    if not given.keys() & _TRAINING or len(training) + len(tests) < len(given):
        training, tests = [folder], []
    for_training, other = _classes(training)
    for_test, more = _classes(tests)
    _refuse_none(folder, for_training, len(given))
    class_names = tuple(sorted({*for_training, *for_test}, key=_natural))
    refuse_classes(folder.name, class_names)
    found = PicturesFound(class_names, notes=_passed_over(other + more))
    for classes in (for_training, for_test):
        if classes is for_test and for_test:
            found.test_from = len(found.pictures)
            found.notes += (f"The test part is the folder {tests[0].name}.",)
        for label, name in enumerate(class_names):
            pictures = classes.get(name, [])
            kept = pictures[:limit] if limit else pictures
            found.pictures += [(picture, label) for picture in kept]
    return found


def _classes(folders: list[Path]) -> tuple[dict[str, list[Path]], list[str]]:
    """The pictures of each class, and what is passed over."""
    classes: dict[str, list[Path]] = {}
    other: list[str] = []
    for folder in folders:
        for child in _sub_folders(folder):
            files = list(_walk(child))
            pictures = [file for file in files if file.suffix.lower() in SUFFIXES]
            other += [f"{child.name}/{f.name}" for f in files if f.suffix.lower() not in SUFFIXES]
            if pictures:
                classes.setdefault(child.name, []).extend(pictures)
            else:
                other.append(f"{child.name} (a folder without pictures)")
    return classes, other


def _sub_folders(folder: Path) -> list[Path]:
    try:
        children = sorted(folder.iterdir(), key=lambda child: _natural(child.name))
    except NotADirectoryError:
        raise UserError(f"{folder.name} is not a folder.", "Choose a folder of pictures.") from None
    except OSError as error:
        raise unreadable(folder, error) from None
    return [child for child in children if child.is_dir() and not _is_hidden(child.name)]


def _walk(folder: Path) -> Iterator[Path]:
    """All files below a folder in order; a folder that was there before is not entered again,
    so links that lead in a circle come to an end.
    """
    entered: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            facts = here.stat()
            if (facts.st_dev, facts.st_ino) in entered:
                continue
            entered.add((facts.st_dev, facts.st_ino))
            with os.scandir(here) as entries:
                visible = [entry for entry in entries if not _is_hidden(entry.name)]
        except OSError as error:
            raise unreadable(here, error) from None
        visible.sort(key=lambda entry: _natural(entry.name))
        waiting += [Path(entry.path) for entry in reversed(visible) if _is_folder(entry)]
        yield from (Path(entry.path) for entry in visible if not _is_folder(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """An order in which 2 comes before 10."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(p[:18]), p) if p[0].isdigit() else (1, 0, p.lower()) for p in pieces)


def _refuse_none(folder: Path, classes: dict[str, list[Path]], sub_folders: int) -> None:
    if classes:
        return
    name = folder.name
    if sub_folders:
        raise UserError(
            f"{name} has {sub_folders} sub-folder{'' if sub_folders == 1 else 's'}, but no "
            "pictures in any of them.",
            "Pictures are files such as .png, .jpg, .bmp or .gif.",
        )
    loose = len(pictures_in(folder))
    if loose:
        pictures = f"{loose:,} picture{'' if loose == 1 else 's'}"
        raise UserError(f"{name} has {pictures}, but no sub-folders.", _NEEDED)
    raise UserError(f"{name} holds no pictures.", _NEEDED)


def _passed_over(others: list[str]) -> tuple[str, ...]:
    if not others:
        return ()
    named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    return (f"Passed over, because they are no pictures: {named}.",)
