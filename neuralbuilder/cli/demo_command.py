"""``neuralbuilder demo``: the main job without a screen."""

from __future__ import annotations

from pathlib import Path

import click

from neuralbuilder.cli.output import say
from neuralbuilder.cli.writing import PICTURE, check_output, force_option

USUAL_NAME = Path("neuralbuilder-demo.png")


@click.command()
@click.option("--epochs", type=click.IntRange(1, 10**6), default=200, show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=USUAL_NAME, show_default=True,
    help="The PNG to write.",
)  # fmt: skip
@force_option
def command(epochs: int, output: Path, force: bool) -> int:
    """Train the example R⁴ → R² and save a picture of the window with it."""
    from neuralbuilder.cli.screenshot_command import picture
    from neuralbuilder.cli.train_command import exit_code, run_with_progress, show
    from neuralbuilder.project.examples import example
    from neuralbuilder.project.files import Document
    from neuralbuilder.project.text import print_design

    check_output(output, PICTURE, force=force)
    project = example()
    formulas = "; ".join(project.plan.dataset.formulas)  # type: ignore[attr-defined]
    say(f"{print_design(project)}, trained on {formulas}")
    result = run_with_progress(Document(project), epochs, None)
    show(result)
    if result.signal:
        return exit_code(result)
    picture(result.document, output, (1600, 1000), "dark", 0)
    say(f"The window as it would look: {output}")
    return 0
