"""Small images to train on: the digits of scikit-learn as images of one channel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from neuralbuilder.data.bundled import Digits
from neuralbuilder.data.samples import Samples
from neuralbuilder.project.examples import new_project
from neuralbuilder.project.files import Document
from neuralbuilder.project.text import parse


@lru_cache(maxsize=4)
def digit_images(count: int = 600) -> Samples:
    """Handwritten digits (count, 1, 8, 8) with values from 0 to 16."""
    flat = Digits().load()
    return Samples(
        x=np.ascontiguousarray(flat.x[:count].reshape(-1, 1, 8, 8)),
        y=flat.y[:count],
        input_names=tuple(f"pixel {i + 1}" for i in range(64)),
        target_names=flat.target_names,
        task="classification",
    )


def image_document(design: str, count: int = 600) -> Document:
    """A project for these images, which travel with it."""
    samples = digit_images(count)
    return Document(new_project(parse(design), Digits(), samples), samples=samples)


@lru_cache(maxsize=4)
def colour_images(count: int = 60, height: int = 6, width: int = 8) -> Samples:
    """Pictures in colour (count, 3, height, width) of bytes: red, green and blue ones of chance."""
    random = np.random.default_rng(4)
    x = random.integers(0, 120, (count, 3, height, width))
    labels = np.arange(count) % 3
    x[np.arange(count), labels] += 120
    return Samples(
        x=np.asarray(x, np.uint8),
        y=np.eye(3)[labels],
        input_names=tuple(f"pixel {i + 1}" for i in range(3 * height * width)),
        target_names=("red", "green", "blue"),
        task="classification",
    )


def colour_document(design: str, samples: Samples | None = None) -> Document:
    """A project for pictures in colour, which travel with it."""
    samples = samples or colour_images()
    return Document(new_project(parse(design), Digits(), samples), samples=samples)
