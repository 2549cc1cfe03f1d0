"""A folder of pictures with one sub-folder per class."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.images.labelled import (
    GROUP,
    MAXIMUM_SIDE,
    classified,
    refuse_too_much,
)
from neuralbuilder.data.images.listing import pictures_by_class
from neuralbuilder.data.images.pictures import (
    GROUNDS,
    Look,
    Range,
    picture_facts,
    pixels_of,
    remark_notes,
    remarks_on,
    upright,
)
from neuralbuilder.data.images.reading import tell
from neuralbuilder.data.images.survey import Survey
from neuralbuilder.data.samples import Expected, FileDataset, Progress, Samples
from neuralbuilder.parts import changed, choice, integer, register, size, text
from neuralbuilder.problems import SettingError, UserError

AUTO = "auto"
"""What a setting says that is found in the pictures when they are read."""
USUAL_SIDE = 28
LISTED = 20
"""So many pictures that could not be read are named."""

_FIRST_PICTURES = 20
_TOLD = 32


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

    # A file without these two settings was trained with what they are here.
    ground: str = choice(
        "white",
        "Transparent",
        ("auto", *GROUNDS),
        choice_labels=("On what differs", "On white", "On black", "On grey"),
        help="What transparent pictures lie on. What differs most from the shapes in all of them "
        "is found once, when the pictures are read.",
    )
    grey: str = text(
        "", "Deep grey",
        help="Black and white of pictures with more than 8 bits, such as 0 to 4095; auto: the "
        "range that occurs in the data set, found once. Empty: 0 to 65535.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grey not in ("", AUTO):
            _range(self.grey)

    @property
    def look(self) -> Look:
        """What every picture is made into; what is still to be found is as in `Look`."""
        channels = 1 if self.colour == "grey" else 3
        grey = None if self.grey in ("", AUTO) else _range(self.grey)
        ground = "white" if self.ground == AUTO else self.ground
        return Look(*self.size, channels, self.resizing, ground, grey)

    def expected(self) -> Expected:
        """The number of pictures, and the shape that they get."""
        found = pictures_by_class(self.path, self.rows)
        return Expected(len(found.pictures), self.look.shape)

    def load(self) -> Samples:
        """Images (samples, channels, height, width) of uint8, one class per sub-folder."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is."""
        found = pictures_by_class(self.path, self.rows)
        name, count = Path(self.path).name, len(found.pictures)
        refuse_too_much(name, count, self.look.shape)
        pixels = np.empty((count, *self.look.shape), np.uint8)
        labels = np.empty(count, np.intp)
        remarks: Counter[str] = Counter()
        broken: list[str] = []
        survey = Survey(self.grey == AUTO, self.ground == AUTO)
        waiting: list[tuple[int, Path]] = []
        read = test_from = 0
        for number, (path, label) in enumerate(found.pictures):
            if number == found.test_from:
                test_from = read
            try:
                with upright(path, self.look) as (picture, its_remarks):
                    if survey.takes(picture):
                        waiting.append((read, path))
                    else:
                        pixels[read] = pixels_of(picture, self.look)
                        its_remarks += remarks_on(picture, self.look)
            except UserError as error:
                broken.append(f"{path.parent.name}/{error.message}")
            else:
                labels[read] = label
                remarks.update(its_remarks)
                read += 1
            if number % _TOLD == 0 or number == count - 1:
                tell(progress, name, (number + 1) / (count + len(waiting)))
        self._read_waiting(waiting, survey, pixels, progress)
        _refuse_lost(name, labels[:read], found.class_names, broken)
        notes = (*found.notes, *_broken_notes(broken, count), *survey.notes())
        notes += remark_notes(remarks)
        # A copy where some are left out, so that the memory of the others is given back.
        kept = pixels if read == count else pixels[:read].copy()
        given = test_from if 0 < test_from < read else None
        samples = classified(name, kept, labels[:read], found.class_names, notes, given)
        return replace(samples, found=self._settings_found(survey))

    def _read_waiting(
        self,
        waiting: list[tuple[int, Path]],
        survey: Survey,
        pixels: NDArray[np.uint8],
        progress: Progress | None,
    ) -> None:
        """Read those pictures again that had to wait until all had been seen."""
        look, count = survey.settled(self.look), len(pixels)
        for number, (row, path) in enumerate(waiting):
            with upright(path, look) as (picture, _):
                pixels[row] = pixels_of(picture, look)
            if number % _TOLD == 0 or number == len(waiting) - 1:
                share = (count + number + 1) / (count + len(waiting))
                tell(progress, Path(self.path).name, share)

    def _settings_found(self, survey: Survey) -> tuple[tuple[str, str], ...]:
        found = []
        if self.ground == AUTO:
            found.append(("ground", survey.ground))
        if self.grey == AUTO:
            range_ = survey.grey
            found.append(("grey", " to ".join(map(_exactly, range_)) if range_ else ""))
        return tuple(found)


def _exactly(value: float) -> str:
    """The shortest text that is read back as this value."""
    return repr(value).removesuffix(".0")


def _range(text: str) -> Range:
    """The values of black and white in a text such as `0 to 4095`; raises `SettingError`."""
    try:
        low, high = (float(word) for word in re.split(r"\bto\b|…|\.\.+", text))
        if np.isfinite(low) and np.isfinite(high) and low < high:
            return low, high
    except ValueError:
        pass
    raise SettingError(
        "grey",
        f"Deep grey cannot be {text[:40]!r}.",
        "Give the values of black and white, such as 0 to 4095, or auto.",
    )


def suggested_folder(path: str | Path) -> ImageFolder:
    """The folder with the size and the colours that its first pictures have."""
    pictures = pictures_by_class(str(path), _FIRST_PICTURES).pictures
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
    path = os.path.abspath(path)
    return ImageFolder(path, size=chosen, colour=colour, ground=AUTO, grey=AUTO)


def read_as(folder: ImageFolder, shape: tuple[int, ...]) -> ImageFolder:
    """The folder with the size and the colours of a network that reads images of this shape; as it
    is for other networks.
    """
    if len(shape) != 3 or shape[0] not in (1, 3) or max(shape) > MAXIMUM_SIDE:
        return folder
    colour = "grey" if shape[0] == 1 else "colour"
    sized: ImageFolder = changed(folder, size=shape[1:], colour=colour)
    return sized


# ------------------------------------------------------------------ what is said


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


def _broken_notes(broken: list[str], count: int) -> tuple[str, ...]:
    if not broken:
        return ()
    rest = len(broken) - LISTED
    are = "is" if len(broken) == 1 else "are"
    first = f"{len(broken):,} of {count:,} pictures could not be read and {are} left out:"
    return (first, *broken[:LISTED], *((f"and {rest:,} more.",) if rest > 0 else ()))
