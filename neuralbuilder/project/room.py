"""Whether a disk has room for what is going to be saved."""

from __future__ import annotations

import shutil
from pathlib import Path

from neuralbuilder.problems import UserError
from neuralbuilder.project.files import Document, is_embedded
from neuralbuilder.project.tensors import project_layout, stored_bytes

_REST = 2**20
"""Design, curves and scaling together seldom take more."""


def expected_bytes(document: Document) -> int:
    """About how many bytes the file of a document takes once the network has been trained."""
    plan = document.project.plan
    size = 8 if plan.precision == "float64" else 4
    # The best weights are kept, with the arrays of their optimizer, while a stop rule waits.
    copies = (1 + len(plan.optimizer.slots)) * (1 + plan.stop_rule.watches)
    samples = document.samples
    embedded = stored_bytes(samples) if samples is not None and is_embedded(document) else 0
    return copies * size * project_layout(document.project).size + embedded + _REST


def refuse_full_disk(path: Path, document: Document) -> None:
    """Raise `UserError` where the trained document will not fit beside the file it replaces."""
    try:
        free = shutil.disk_usage(path.resolve().parent).free
    except OSError:  # a system that does not say
        return
    needed = expected_bytes(document)
    if free < needed:
        raise UserError(
            f"{path} cannot be saved when training ends: it will take about {_in_words(needed)}, "
            f"and the disk has {_in_words(free)} left.",
            "Free some space, or choose another place with --output.",
        )


def _in_words(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
