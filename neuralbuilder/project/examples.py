"""Projects to begin with."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.mnist import Mnist
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.engine.layers import Flatten, Input
from neuralbuilder.engine.losses import MeanSquaredError
from neuralbuilder.parts import changed
from neuralbuilder.project.edits import set_design
from neuralbuilder.project.fitting import suitable_output, with_data_input, with_open_activation
from neuralbuilder.project.model import Plan, Project
from neuralbuilder.project.task import meant, output_of
from neuralbuilder.project.text import Design, parse
from neuralbuilder.project.usual_plan import suitable_plan

IMAGES_TEXT = "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 10 softmax"
EXAMPLE_TEXT = "R^4 -> 3 tanh -> R^2"


def new_project(
    text: str | Design = EXAMPLE_TEXT,
    dataset: Dataset | None = None,
    samples: Samples | None = None,
    task: str = "auto",
) -> Project:
    """A project with this network and these data, whose targets are of this `task`.

    With `samples` loss, scaling and learning rate are those that suit them, and so is the output's
    activation where the text does not name one; the sizes are those of the text. A text that reads
    as many numbers as an image has pixels reads the images, flattened. Raises `TextError`.
    """
    design = parse(text) if isinstance(text, str) else text
    plan = Plan(task=task) if dataset is None else Plan(dataset=dataset, task=task)
    if samples is not None:
        design = with_data_input(design, samples.input_shape)
        design = with_open_activation(_reading_images(design, samples), plan, samples)
        plan = changed(plan, dataset=plan.dataset.keeping(samples))
    project = set_design(Project(plan=plan), design)
    return project if samples is None else _suited(project, samples)


def _suited(project: Project, samples: Samples) -> Project:
    """The project with the loss and the plan that suit its output and its data."""
    samples, output = meant(project, samples), output_of(project)
    _, _, loss = suitable_output(samples, 0 if output is None else output.units)
    if output is not None and any(
        problem.severity == "error"
        for problem in loss.check(output, samples.task, samples.y.shape[1])
    ):
        loss = MeanSquaredError()  # learns from any output, and advice says what would be better
    return replace(project, plan=suitable_plan(changed(project.plan, loss=loss), samples))


def _reading_images(design: Design, samples: Samples) -> Design:
    """The design, with images and a Flatten in place of a vector of their pixels."""
    first, *others = design.layers
    pixels = (prod(samples.input_shape),)
    if not samples.is_images or not isinstance(first, Input) or first.shape != pixels:
        return design
    nothing: frozenset[str] = frozenset()
    layers = (Input(samples.input_shape), Flatten(), *others)
    return Design(layers, (design.mentioned[0], nothing, *design.mentioned[1:]))


def image_example() -> Project:
    """28×28 → 3 filters of 5×5 → pooling → 432 → 10 classes, on handwritten digits."""
    digits = Mnist()
    return new_project(IMAGES_TEXT, digits, digits.load())


def example() -> Project:
    """R⁴ → R² with three hidden neurons, on a function of four numbers typed as two formulas."""
    return new_project(EXAMPLE_TEXT, FormulaDataset())
