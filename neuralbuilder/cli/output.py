"""What commands have in common: JSON for machines, tables and progress for people."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from neuralbuilder.problems import Problem
    from neuralbuilder.project.files import Document
    from neuralbuilder.project.model import Project

WIDTH = 120
_ORDERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""All control characters but tab and newline, and what turns the direction of writing."""
FIRST_LINE, LAST_GAP = 3.0, 60.0
"""Seconds before the first line of progress, and between lines when it takes long."""
PARTS = ("train", "validation", "test")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
split_seed_option = click.option(
    "--split-seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Decides which samples are trained on and which are kept for validation and test.",
)


def say(text: str, err: bool = False, nl: bool = True) -> None:
    """Print plain text: the only way in which commands do, so that no file speaks to a terminal."""
    click.echo(clean(text), err=err, nl=nl)


def clean(text: str) -> str:
    """Text without what a terminal takes for orders, or shows in another place or order.

    Names in a file may hold anything: escape sequences that paint over what stands there, or marks
    that turn the direction of writing.
    """
    return _ORDERS.sub("", text).encode("utf-8", "replace").decode("utf-8")


def cell(text: str) -> str:
    """Text for a table of Rich, which shows it as it is."""
    from rich.markup import escape

    return escape(clean(text))


def print_json(value: Any) -> None:
    """One JSON document on the output stream."""
    say(json_text(value), nl=False)


def json_text(value: Any) -> str:
    """JSON for machines; numbers that are not finite become null."""
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return _ORDERS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    is_odd = isinstance(value, float) and (value != value or abs(value) == float("inf"))
    return None if is_odd else value


def console(error_stream: bool = False) -> Console:
    """Where tables and colours go; plain text, and wide, where it is not a terminal."""
    from rich.console import Console

    stream = sys.stderr if error_stream else sys.stdout
    width = None if stream.isatty() else WIDTH
    return Console(stderr=error_stream, highlight=False, soft_wrap=True, width=width)


def load_document(path: Path) -> Document:
    """The document in a file; what was noticed while opening goes to the error stream."""
    from neuralbuilder.project.files import load

    document = load(path)
    tell_notes(document.notices)
    return document


def problem_facts(project: Project, problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as JSON types, with the name of the layer at fault."""
    names = {node.id: node.name for node in project.nodes}
    return [
        {
            "severity": problem.severity,
            "layer": names.get(problem.node, ""),
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]


def problem_line(facts: dict[str, str]) -> str:
    """One of `problem_facts` for people: what kind it is, where, and what to do."""
    says_where = facts["layer"] in facts["message"]
    place = "" if says_where else f"{facts['layer']}: "
    return f"{facts['severity'].capitalize()}: {place}{facts['message']} {facts['hint']}".strip()


def tell_problems(project: Project, problems: Iterable[Problem]) -> None:
    """Say on the error stream what does not fit or could be better, but not what is right."""
    for facts in problem_facts(project, (p for p in problems if not p.confirms)):
        say(problem_line(facts), err=True)


def tell_notes(notes: Iterable[str]) -> None:
    """Say on the error stream what was noticed."""
    for note in notes:
        say(f"Note: {note}", err=True)


def results_of(newest: Mapping[str, float]) -> dict[str, float]:
    """The series of the log that say how good the network is, such as "loss/test", and on how many
    samples that was measured, "samples/test".

    Part by part, the loss first; a file keeps them in no order.
    """

    def place(series: str) -> tuple[int, bool, bool, str]:
        kind, _, part = series.rpartition("/")
        return PARTS.index(part), kind != "loss", kind == "samples", kind

    found = [series for series in newest if series.rpartition("/")[2] in PARTS]
    counts = {series for series in found if series.startswith("samples/")}
    return {
        series: int(newest[series]) if series in counts else newest[series]
        for series in sorted(found, key=place)
    }


def result_in_words(series: str, value: float) -> str:
    """Such as ``test accuracy: 97.50 %``."""
    from neuralbuilder.engine.metrics import written

    kind, _, part = series.rpartition("/")
    return f"{part} {kind}: {written(kind, value) if kind != 'samples' else format(value, ',')}"


class ProgressLines:
    """Tells now and then, in lines on the error stream, how far something is: for log files.

    Nothing is said of what is done at once; of what takes long, something each minute.
    """

    def __init__(self, title: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._total, self._clock = title, total, clock
        self._start = clock()
        self._due = FIRST_LINE

    def update(self, done: int, note: str) -> None:
        """Say it, if it is time to."""
        passed = self._clock() - self._start
        if passed < self._due:
            return
        self._due = passed + min(max(passed / 2, FIRST_LINE), LAST_GAP)
        shares = [f"{100 * done // self._total} %"] if self._total else []
        say(f"{self._title}: {', '.join([*shares, *filter(None, [note])])}", err=True)


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on the error stream, or lines where no terminal shows it; call with what is done and
    a note.
    """
    if not sys.stderr.isatty():
        yield ProgressLines(title, total).update
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console(error_stream=True)) as bars:
        task = bars.add_task(title, total=total, note="")
        yield lambda done, note: bars.update(task, completed=done, note=note)
