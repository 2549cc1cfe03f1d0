"""Reading data sets on the command line: what is to come is said first, then a bar shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralbuilder.cli.output import progress, say

if TYPE_CHECKING:
    from neuralbuilder.data.samples import Dataset, Samples


def read_samples(dataset: Dataset) -> Samples:
    """The samples of a dataset; raises `UserError`."""
    expected = dataset.expected()
    if expected is None:
        return dataset.load()
    if expected.is_much:
        say(f"Reading {expected.in_words()}.", err=True)
    with progress("Reading", 1000) as update:

        def tell(share: float) -> bool:
            update(round(1000 * share), "")
            return True

        return dataset.read(tell)
