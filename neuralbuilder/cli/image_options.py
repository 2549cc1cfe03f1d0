"""The options of ``neuralbuilder new`` on how images are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Dataset
    from neuralbuilder.data.tables.dataset import CsvTable

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--size",
        metavar="HxW",
        help="The size of the pictures of a folder, where it is not that of the network.",
    ),
    click.option(
        "--colour/--grey", default=None, help="Whether pictures of a folder are read in colour."
    ),
    click.option(
        "--images",
        metavar="HxW",
        help="The rows of a table are images of this size, pixel by pixel; no: they are none.",
    ),
    click.option(
        "--transposed/--not-transposed",
        default=None,
        help="Whether IDX images are stored column by column, as those of EMNIST are.",
    ),
)


def image_options(command: _Command) -> _Command:
    """Give a command these options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def as_asked(
    dataset: Dataset,
    read: tuple[int, ...],
    size: str | None,
    colour: bool | None,
    images: str | None,
    transposed: bool | None,
) -> Dataset:
    """The dataset with these options, and with what suits a network that reads inputs of the shape
    `read` where they are left out. Raises `UserError` for an option that is for other data.
    """
    from neuralbuilder.data.images.folder import ImageFolder, read_as
    from neuralbuilder.data.images.idx import IdxFiles
    from neuralbuilder.data.tables.dataset import CsvTable
    from neuralbuilder.data.tables.pixel_rows import proposed_images

    settings: dict[str, Any] = {}
    if isinstance(dataset, ImageFolder):
        dataset = read_as(dataset, read)
        settings |= {} if size is None else {"size": _height_and_width(size)}
        settings |= {} if colour is None else {"colour": "colour" if colour else "grey"}
    elif size is not None or colour is not None:
        raise UserError("--size, --colour and --grey are for folders of pictures.", "Leave them "
                        "out.")  # fmt: skip
    if isinstance(dataset, CsvTable):
        if images is None:
            images = proposed_images(_inputs_of(dataset), read)
        settings["images"] = images if images.lower() != "no" else ""
    elif images is not None:
        raise UserError("--images is for tables.", "Leave it out.")
    if isinstance(dataset, IdxFiles):
        settings |= {} if transposed is None else {"transposed": transposed}
    elif transposed is not None:
        raise UserError("--transposed is for IDX images.", "Leave it out.")
    return _changed(dataset, settings)


def _inputs_of(table: CsvTable) -> tuple[str, ...]:
    """The names of the inputs, also where they are all columns but the targets."""
    from neuralbuilder.data.tables.reading.reader import read_table

    if table.inputs:
        return table.inputs
    columns = read_table(table.path, table.format, table.rows).columns
    names = tuple(column.name for column in columns)
    targets = table.targets or names[-1:]
    return tuple(name for name in names if name not in targets)


def _changed(dataset: Dataset, settings: dict[str, Any]) -> Dataset:
    from neuralbuilder.parts import changed

    result: Dataset = changed(dataset, **settings)
    return result


def _height_and_width(text: str) -> tuple[int, int]:
    words = text.lower().replace("×", "x").split("x")
    if len(words) > 2 or not all(word.isascii() and word.isdecimal() for word in words):
        raise UserError(f"--size cannot be {text!r}.", "Give height × width, such as 64x64.")
    return int(words[0]), int(words[-1])
