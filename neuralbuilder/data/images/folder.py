"""A folder of pictures with one sub-folder per class."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neuralbuilder.data.images.labelled import (
    GROUP,
    MAXIMUM_SIDE,
    classified,
    refuse_classes,
    refuse_too_much,
)
from neuralbuilder.data.images.pictures import SUFFIXES, Look, picture_facts, read_picture
from neuralbuilder.data.images.reading import tell
from neuralbuilder.data.samples import Expected, FileDataset, Progress, Samples
from neuralbuilder.data.table_format import unreadable
from neuralbuilder.parts import choice, integer, register, size, text
from neuralbuilder.problems import UserError

USUAL_SIDE = 28
LISTED = 20
"""So many pictures that could not be read are named."""

_FIRST_PICTURES = 20
_TOLD = 32
_TRAINING = frozenset(("train", "training"))
_TEST = frozenset(("test", "testing"))
_BESIDE = frozenset(("val", "valid", "validation"))
_NEEDED = "Make one sub-folder per class and put the pictures of the class into it."


@register("image_folder", "Folder of pictures", "sub-folders → classes")
@dataclass(frozen=True)
class ImageFolder(FileDataset):
    """Pictures (PNG, JPEG, BMP, GIF, WebP, TIFF) in one sub-folder per class.

    All are made one size. Where the folder holds “train” and “test”, the sub-folders of these are
    the classes, and the test part is the one given.
    """

    group = GROUP

    path: str = text("", "Folder", help="The folder whose sub-folders are the classes.")
    size: tuple[int, int] = size(
        (USUAL_SIDE, USUAL_SIDE), "Size", maximum=MAXIMUM_SIDE,
        help="The height and width that all pictures get.",
    )  # fmt: skip
    resizing: str = choice(
        "fit",
        "Other shapes",
        ("fit", "crop", "stretch"),
        choice_labels=("Fit", "Crop", "Stretch"),
        help="Of other proportions: fit all in with a margin, crop the middle, or stretch.",
    )
    colour: str = choice(
        "grey",
        "Colours",
        ("grey", "colour"),
        choice_labels=("Grey", "Colour"),
        help="Whether the network sees brightness alone, or three channels.",
    )
    rows: int = integer(
        0,
        "Per class",
        minimum=0,
        maximum=1_000_000,
        zero_word="all",
        help="So many pictures of each class are read at most.",
    )

    @property
    def look(self) -> Look:
        """What every picture is made into."""
        channels = 1 if self.colour == "grey" else 3
        return Look(*self.size, channels, self.resizing)

    def expected(self) -> Expected:
        """The number of pictures, and the shape that they get."""
        found = _found(self.path, self.rows)
        return Expected(len(found.pictures), self.look.shape)

    def load(self) -> Samples:
        """Images (samples, channels, height, width) of uint8, one class per sub-folder."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is."""
        found = _found(self.path, self.rows)
        name, count = Path(self.path).name, len(found.pictures)
        refuse_too_much(name, count, self.look.shape)
        pixels = np.empty((count, *self.look.shape), np.uint8)
        labels = np.empty(count, np.intp)
        remarks: Counter[str] = Counter()
        broken: list[str] = []
        read = test_from = 0
        for number, (path, label) in enumerate(found.pictures):
            if number == found.test_from:
                test_from = read
            try:
                pixels[read], its_remarks = read_picture(path, self.look)
            except UserError as error:
                broken.append(f"{path.parent.name}/{error.message}")
            else:
                labels[read] = label
                remarks.update(its_remarks)
                read += 1
            if number % _TOLD == 0 or number == count - 1:
                tell(progress, name, (number + 1) / count)
        _refuse_lost(name, labels[:read], found.class_names, broken)
        notes = (*found.notes, *_broken_notes(broken, count), *_remark_notes(remarks))
        # A copy where some are left out, so that the memory of the others is given back.
        kept = pixels if read == count else pixels[:read].copy()
        given = test_from if 0 < test_from < read else None
        return classified(name, kept, labels[:read], found.class_names, notes, given)


def suggested_folder(path: str | Path) -> ImageFolder:
    """The folder with the size and the colours that its first pictures have."""
    pictures = _found(str(path), _FIRST_PICTURES).pictures
    step = max(1, len(pictures) // _FIRST_PICTURES)
    facts = []
    for picture, _ in pictures[::step]:
        try:
            facts.append(picture_facts(picture))
        except UserError:
            continue
    shapes = {fact[:2] for fact in facts}
    alike = len(shapes) == 1 and max(*shapes) and max(next(iter(shapes))) <= 2 * USUAL_SIDE
    colour = "colour" if any(fact[2] for fact in facts) else "grey"
    chosen = next(iter(shapes)) if alike else (USUAL_SIDE, USUAL_SIDE)
    return ImageFolder(os.path.abspath(path), size=chosen, colour=colour)


def pictures_in(folder: Path) -> list[Path]:
    """All pictures in a folder and below it, in order."""
    return [path for path in _walk(folder) if path.suffix.lower() in SUFFIXES]


# ------------------------------------------------------------------ what is there


@dataclass
class _Found:
    """The pictures with the index of their class; those for the test are last."""

    class_names: tuple[str, ...]
    pictures: list[tuple[Path, int]] = field(default_factory=list)
    test_from: int | None = None
    notes: tuple[str, ...] = ()


def _found(path: str, limit: int) -> _Found:
    """The pictures of a folder; raises `UserError` that says what is missing."""
    if not path:
        raise UserError("No folder is chosen.", "Import a folder of pictures.")
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
    found = _Found(class_names, notes=_passed_over(other + more))
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


# ------------------------------------------------------------------ what is said


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


def _refuse_lost(
    name: str,
    labels: np.ndarray[tuple[int], np.dtype[np.intp]],
    names: tuple[str, ...],
    broken: list[str],
) -> None:
    """Raise `UserError` where a class has lost all its pictures."""  # fmt: skip
    lost = sorted(set(range(len(names))) - set(labels.tolist()))
    if lost:
        raise UserError(
            f"{name}: not one picture of {names[lost[0]]!r} can be read; the first is {broken[0]}",
            "Copy the pictures again, or remove this sub-folder.",
        )


def _passed_over(others: list[str]) -> tuple[str, ...]:
    if not others:
        return ()
    named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    return (f"Passed over, because they are no pictures: {named}.",)


def _broken_notes(broken: list[str], count: int) -> tuple[str, ...]:
    if not broken:
        return ()
    rest = len(broken) - LISTED
    are = "is" if len(broken) == 1 else "are"
    first = f"{len(broken):,} of {count:,} pictures could not be read and {are} left out:"
    return (first, *broken[:LISTED], *((f"and {rest:,} more.",) if rest > 0 else ()))


def _remark_notes(remarks: Counter[str]) -> tuple[str, ...]:
    return tuple(
        f"{count:,} picture{' is' if count == 1 else 's are'} {remark}."
        for remark, count in remarks.most_common()
    )
