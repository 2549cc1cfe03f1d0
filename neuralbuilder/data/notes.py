"""What people should know about their samples: what the source says, and what does not vary."""

from __future__ import annotations

from collections.abc import Sequence

from neuralbuilder.data.samples import Samples

MOST_NAMES = 6
FEW = 20
"""Fewer samples, such as a truth table, are not judged by how often each answer occurs."""
UNEQUAL = 4
"""So many times as many samples as the rarest class has make the most frequent one too frequent."""


def notes_on(samples: Samples) -> tuple[str, ...]:
    """Sentences: those of the source, then inputs and targets that have one single value, and
    classes, or yes and no, that are very unequal in number.
    """
    return (*samples.notes, *_on_inputs(samples), *_on_targets(samples), *_on_balance(samples))


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """The names separated by commas, the first few of them."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _on_inputs(samples: Samples) -> tuple[str, ...]:
    names = samples.constant_inputs
    if not names:
        return ()
    quoted = listed([repr(name) for name in names])
    if samples.is_images:
        return (f"Channels with the same value in all images: {quoted}. Nothing can be learnt "
                "from them.",)  # fmt: skip
    them = "them" if len(names) > 1 else "it"
    return (
        f"Inputs with the same value in all rows: {quoted}. Nothing can be learnt from {them}; "
        f"leave {them} out of the inputs.",
    )


def _on_targets(samples: Samples) -> tuple[str, ...]:
    names = samples.constant_targets
    if not names:
        return ()
    quoted = listed([repr(name) for name in names])
    if samples.task == "classification":
        return (f"All samples are of one class, {quoted}: there is nothing to tell apart.",)
    return (
        f"Targets with the same value in all rows: {quoted}. There is nothing to learn about "
        f"{'them' if len(names) > 1 else 'it'}; choose other targets.",
    )


def _on_balance(samples: Samples) -> tuple[str, ...]:
    """Which classes are rare, or which answers, and what helps."""
    if samples.task == "regression" or samples.count < FEW:
        return ()
    found = _rare_classes(samples) if samples.task == "classification" else _rare_answers(samples)
    if not found:
        return ()
    return (
        f"{found} Accuracy alone says little about what is rare; balanced accuracy and F1 say "
        "more. Class weights let it count as much as what is frequent.",
    )


def _rare_classes(samples: Samples) -> str:
    counts = {n: int(c) for n, c in zip(samples.target_names, samples.positives, strict=True) if c}
    rarest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[largest] < UNEQUAL * counts[rarest]:
        return ""
    return (
        f"The classes are unequal: {rarest!r} has {counts[rarest]:,} of {samples.count:,} samples, "
        f"{largest!r} has {counts[largest]:,}."
    )


def _rare_answers(samples: Samples) -> str:
    """Of targets that are yes or no, those that are nearly always the same, if not always."""
    rare = []
    for name, yes in zip(samples.target_names, samples.positives.tolist(), strict=True):
        seldom, often = sorted((yes, samples.count - yes))
        if seldom and often >= UNEQUAL * seldom:
            rare.append(f"{name!r} is {'yes' if seldom == yes else 'no'} in {seldom:,}")
    return f"Of {samples.count:,} samples {listed(rare)} only." if rare else ""
