"""``neuralbuilder bench``: how fast this machine trains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from neuralbuilder.cli.output import console, progress
from neuralbuilder.problems import UserError


@click.command()
@click.option("--window", is_flag=True, help="Measure what the window costs instead.")
@click.option(
    "--json", "output", type=click.Path(path_type=Path), help="Also write the numbers as JSON."
)
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=7, show_default=True,
    help="Measurements per network; the middle one counts.",
)  # fmt: skip
def command(window: bool, output: Path | None, rounds: int) -> None:
    """Measure microseconds per training step for several networks.

    PyTorch and scikit-learn are measured beside it where they are installed, in turns within the
    same run.
    """
    result = _window() if window else _engine(rounds)
    if output is not None:
        try:
            output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise UserError(f"{output} could not be written: {error.strerror}.") from error


def _engine(rounds: int) -> dict[str, Any]:
    from neuralbuilder import benchmark

    with progress("Measuring", len(benchmark.CASES)) as update:
        result: dict[str, Any] = benchmark.measure(rounds, lambda done, name: update(done, name))
    _show_table(result)
    return result


def _show_table(result: dict[str, Any]) -> None:
    from rich.table import Table

    others = result["libraries"]
    table = Table(box=None)
    table.add_column("Network")
    table.add_column("Batch, optimizer, loss")
    for title in ("NeuralBuilder", *others):
        table.add_column(f"{title} µs", justify="right")
    for title in others:
        table.add_column(f"faster than {title}", justify="right")
    for row in result["rows"]:
        times = [f"{row['microseconds'][name]:,.1f}" for name in ("NeuralBuilder", *others)]
        ratios = [f"{row['times_faster_than'][name]:.1f}×" for name in others]
        table.add_row(row["network"], row["training"], *times, *ratios)
    out = console()
    out.print(table)
    out.print(f"{result['machine']}; microseconds per training step, {result['rounds']} rounds")


def _window() -> dict[str, Any]:
    try:
        from neuralbuilder.ui.window_benchmark import measure
    except ImportError as error:
        raise UserError(
            f"The window cannot be opened here: {error}.",
            "python3 main.py says which libraries are missing.",
        ) from error
    result: dict[str, Any] = measure()
    frames = result["frame_ms"]
    click.echo(
        f"Without a window: {result['steps_per_second_without_window']:,.0f} steps per second\n"
        f"With the window:  {result['steps_per_second_with_window']:,.0f} steps per second, "
        f"{100 * result['share']:.1f} % (aim: 90 %)\n"
        f"Frames: {frames['50']:.1f} ms in the middle, {frames['99']:.1f} ms at the 99th "
        f"percentile (aim: 16.7 ms)"
    )
    return result
