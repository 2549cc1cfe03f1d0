"""Handwritten digits: a part of MNIST that comes with the program."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neuralbuilder.assets import resource
from neuralbuilder.data.images.idx import IdxFiles
from neuralbuilder.data.images.labelled import GROUP
from neuralbuilder.data.samples import Dataset, Samples
from neuralbuilder.parts import register


@register("mnist", "Handwritten digits (MNIST)", "28×28 → 10")
@dataclass(frozen=True)
class Mnist(Dataset):
    """10,000 handwritten digits of MNIST, white on black: 8,000 of its training part, and 2,000 of
    its test part, which other people have written, for the test.

    Each part was drawn by chance, so that every digit has the share that it has in the whole of
    60,000 and 10,000 images. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of
    handwritten digits"; see resources/LICENSES.md.
    """

    group = GROUP

    def load(self) -> Samples:
        """Images (10000, 1, 28, 28) of uint8, the last 2,000 for the test; ten classes."""
        images = resource("data", "mnist", "train-images-idx3-ubyte.gz")
        samples = IdxFiles(str(images)).load()
        return replace(samples, notes=("The test part is 2,000 images of MNIST's own test part.",))
