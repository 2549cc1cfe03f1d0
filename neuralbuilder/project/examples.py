"""Projects to begin with."""

from __future__ import annotations

from math import prod

from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.generated import GeneratedDigits
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.engine.layers import Flatten, Input
from neuralbuilder.parts import changed
from neuralbuilder.project.edits import set_design
from neuralbuilder.project.fitting import suitable_output, with_open_activation
from neuralbuilder.project.model import Plan, Project
from neuralbuilder.project.text import Design, parse
from neuralbuilder.project.usual_plan import suitable_plan

IMAGES_TEXT = "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> 10 softmax"
EXAMPLE_TEXT = "R^4 -> 3 tanh -> R^2"


def new_project(
    text: str | Design = EXAMPLE_TEXT,
    dataset: Dataset | None = None,
    samples: Samples | None = None,
) -> Project:
    """A project with this network and these data.

    With `samples` loss, scaling and learning rate are those that suit them, and so is the output's
    activation where the text does not name one; the sizes are those of the text. A text that reads
    as many numbers as an image has pixels reads the images, flattened. Raises `TextError`.
    """
    design = parse(text) if isinstance(text, str) else text
    plan = Plan() if dataset is None else Plan(dataset=dataset)
    if samples is not None:
        output = design.layers[-1]
        _, _, loss = suitable_output(samples, getattr(output, "units", 0))
        plan = suitable_plan(changed(plan, loss=loss), samples)
        design = with_open_activation(_reading_images(design, samples), samples)
    return set_design(Project(plan=plan), design)


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
    """28×28 → 3 filters of 5×5 → pooling → 432 → 10 classes, on generated digits."""
    digits = GeneratedDigits()
    return new_project(IMAGES_TEXT, digits, digits.load())


def example() -> Project:
    """R⁴ → R² with three hidden neurons, on a function of four numbers typed as two formulas."""
    return new_project(EXAMPLE_TEXT, FormulaDataset())
