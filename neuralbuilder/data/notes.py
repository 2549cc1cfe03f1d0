"""What people should know about their samples: what the source says, and what does not vary."""

from __future__ import annotations

from collections.abc import Sequence

from neuralbuilder.data.samples import Samples

MOST_NAMES = 6


def notes_on(samples: Samples) -> tuple[str, ...]:
    """Sentences: those of the source, then inputs and targets that have one single value."""
    return (*samples.notes, *_on_inputs(samples), *_on_targets(samples))


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
