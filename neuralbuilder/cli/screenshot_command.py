"""``neuralbuilder screenshot``: a picture of the real window, made without a screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuralbuilder.cli.output import say
from neuralbuilder.cli.writing import PICTURE, check_output, files_of, force_option
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.project.files import Document

SMALLEST, LARGEST = 200, 8000


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A size such as 1600x1000."""

    name = "WIDTHxHEIGHT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Width and height in pixels."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", str(value))
        sizes = tuple(int(number) for number in match.groups()) if match else ()
        if len(sizes) != 2 or not all(SMALLEST <= size <= LARGEST for size in sizes):
            self.fail(f"{value!r} is not a size such as 1600x1000 (from {SMALLEST} to {LARGEST}).")
        return sizes


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The PNG to write."
)
@click.option("--size", type=Size(), default=(1600, 1000), help="1600x1000 by default.")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@click.option("--train", "epochs", type=click.IntRange(0, 10**6), default=0, help="Epochs before.")
@force_option
def command(
    file: Path, output: Path, size: tuple[int, int], theme: str, epochs: int, force: bool
) -> None:
    """Save a picture of the window with FILE, after training for some epochs if wanted."""
    from neuralbuilder.project.files import load

    document = load(file)  # a file that cannot be read is told before Qt is started
    check_output(output, PICTURE, (file, *files_of(document.project.plan.dataset)), force)
    picture(file, output, size, theme, epochs)
    say(f"{output}: {size[0]}×{size[1]} pixels")


def picture(
    source: Path | Document, output: Path, size: tuple[int, int], theme: str, epochs: int
) -> None:
    """Make the picture; raises `UserError` where it cannot be drawn or written."""
    try:
        from neuralbuilder.ui.screenshot import take
    except ImportError as error:
        raise UserError(
            f"The window cannot be drawn here: {error}.",
            "python3 main.py says which libraries are missing.",
        ) from error
    take(source, output, size, theme, epochs)
