"""``neuralbuilder demo``: the main job without a screen."""

from __future__ import annotations

from pathlib import Path

import click

PICTURE = Path("neuralbuilder-demo.png")


@click.command()
@click.option("--epochs", type=click.IntRange(1, 10**6), default=200, show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=PICTURE, show_default=True,
    help="The PNG to write.",
)  # fmt: skip
def command(epochs: int, output: Path) -> None:
    """Train the example R⁴ → R² and save a picture of the window with it."""
    from neuralbuilder.cli.screenshot_command import picture
    from neuralbuilder.cli.train_command import run_with_progress, show
    from neuralbuilder.project.examples import example
    from neuralbuilder.project.files import Document
    from neuralbuilder.project.text import print_design

    project = example()
    formulas = "; ".join(project.plan.dataset.formulas)  # type: ignore[attr-defined]
    click.echo(f"{print_design(project)}, trained on {formulas}")
    result = run_with_progress(Document(project), epochs, None)
    show(result)
    picture(result.document, output, (1600, 1000), "dark", 0)
    click.echo(f"The window as it would look: {output}")
