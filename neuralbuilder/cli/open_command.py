"""``neuralbuilder open``: the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from neuralbuilder.cli.app import EXIT_NO_WINDOW
from neuralbuilder.cli.output import say

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def command(file: Path | None) -> int:
    """Open the window, on FILE or on an example."""
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _DISPLAYS):
        say(
            "neuralbuilder: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). "
            "neuralbuilder demo, train and screenshot work without one.",
            err=True,
        )
        return EXIT_NO_WINDOW
    try:
        from neuralbuilder.ui.application import run
    except ImportError as error:
        say(
            f"neuralbuilder: the window cannot be opened: {error}. "
            "python3 main.py says which libraries are missing.",
            err=True,
        )
        return EXIT_NO_WINDOW
    return run(file)
