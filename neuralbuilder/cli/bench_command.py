"""``neuralbuilder bench``: how fast this machine trains."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.output import json_text, progress, say
from neuralbuilder.cli.writing import MEASURED_BY, MEASUREMENTS, check_output, force_option
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.benchmark import Settings

ROUNDS, THREADS = 7, 1


@click.command()
@click.option(
    "--against", multiple=True, type=click.Choice(["torch", "sklearn"]),
    help="Measure beside this library, which has to be installed; may be given twice. Without it: "
    "beside those that are installed.",
)  # fmt: skip
@click.option(
    "--rounds", type=click.IntRange(1, 1000), default=ROUNDS, show_default=True,
    help="Measurements per network, in turns; the middle one counts.",
)  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(1, 256), default=THREADS, show_default=True,
    help="Threads that each library may use.",
)  # fmt: skip
@click.option(
    "--network", "networks", multiple=True, metavar="TEXT",
    help="Only networks whose name contains this; leaves out what stands below the table.",
)  # fmt: skip
@click.option(
    "--json", "output", type=click.Path(path_type=Path, dir_okay=False),
    help="Also write everything that was measured as JSON.",
)  # fmt: skip
@force_option
@click.option("--markdown", is_flag=True, help="Print the table of the README instead.")
@click.option("--window", is_flag=True, help="Measure what the window costs instead.")
def command(
    against: tuple[str, ...],
    rounds: int,
    threads: int,
    networks: tuple[str, ...],
    output: Path | None,
    force: bool,
    markdown: bool,
    window: bool,
) -> None:
    """Measure microseconds per training step for several networks.

    All libraries train the same networks on the same data, in turns within one run; only the ratios
    can be compared between machines. Below the table: the share of the matrix-product limit, cost
    against width, depth and batch size, time to compile, and memory against the estimate.
    """
    if output is not None:
        check_output(output, MEASUREMENTS, force=force)
    if window and (against or networks or markdown):
        raise UserError("--window measures the window alone.", "Leave out the other options.")
    result = _window() if window else _engine(against, rounds, threads, networks, markdown)
    if output is not None:
        from neuralbuilder.project.files import write

        write(output, json_text({**MEASURED_BY, **result}).encode("utf-8"))


def _engine(
    against: tuple[str, ...], rounds: int, threads: int, networks: tuple[str, ...], markdown: bool
) -> dict[str, Any]:
    from neuralbuilder.benchmark import Settings, stages
    from neuralbuilder.benchmark.markdown import readme_table
    from neuralbuilder.cli.bench_tables import show
    from neuralbuilder.cli.measuring import measure_apart

    against = ("torch",) if markdown and not against else against
    settings = Settings(rounds, threads, _opponents(against), networks)
    if not settings.cases:
        raise UserError(
            f"No network's name contains {' or '.join(map(repr, networks))}.",
            "neuralbuilder bench --rounds 1 shows all names.",
        )
    if markdown and "torch" not in settings.against:
        raise UserError("--markdown prints the table against PyTorch.", "Add --against torch.")
    with progress("Measuring", stages(settings)) as update:
        result = measure_apart(settings, update)
    if markdown:
        say(readme_table(result, _in_words(settings)))
    else:
        show(result)
    return result


def _in_words(settings: Settings) -> str:
    """The command that measures this."""
    words = ["neuralbuilder", "bench"]
    for name in settings.against:
        words += ["--against", name]
    words += ["--rounds", str(settings.rounds)] if settings.rounds != ROUNDS else []
    words += ["--threads", str(settings.threads)] if settings.threads != THREADS else []
    for text in settings.networks:
        words += ["--network", text]
    return shlex.join(words)


def _opponents(against: tuple[str, ...]) -> tuple[str, ...]:
    """The libraries to measure, each once: those asked for, or else those installed."""
    from neuralbuilder.benchmark import LIBRARIES, installed

    there = installed()
    for name in against:
        if name not in there:
            what = "'neuralbuilder[torch]'" if name == "torch" else "scikit-learn"
            raise UserError(f"{LIBRARIES[name]} is not installed; pip install {what} adds it.")
    return tuple(name for name in LIBRARIES if name in (against or there))


def _window() -> dict[str, Any]:
    try:
        from neuralbuilder.project.examples import example, image_example
        from neuralbuilder.project.files import Document
        from neuralbuilder.ui.window_benchmark import measure
    except ImportError as error:
        raise UserError(
            f"The window cannot be opened here: {error}.",
            "python3 main.py says which libraries are missing.",
        ) from error
    result: dict[str, Any] = measure(document=Document(example()))
    _tell_window("R⁴ → 3 tanh → R²", result)
    result["images"] = measure(document=Document(image_example()))
    _tell_window("28×28 → conv 3@5×5 → pool 2 → 432 → 10", result["images"])
    return result


def _tell_window(network: str, result: dict[str, Any]) -> None:
    frames = result["frame_ms"]
    say(
        f"{network}\n"
        f"Without a window: {result['steps_per_second_without_window']:,.0f} steps per second\n"
        f"With the window:  {result['steps_per_second_with_window']:,.0f} steps per second, "
        f"{100 * result['share']:.1f} % (aim: 90 %)\n"
        f"Frames: {frames['50']:.1f} ms in the middle, {frames['99']:.1f} ms at the 99th "
        f"percentile (aim: 16.7 ms)"
    )
