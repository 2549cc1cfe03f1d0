"""The weights of a layer that looks at an image, as images, and their gradients on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.engine.layout import FloatArray
from neuralbuilder.insights.base import Insight, Source
from neuralbuilder.insights.common import clean, nice
from neuralbuilder.insights.figure import Figure, Pictures
from neuralbuilder.insights.images import image_shape, sees_pixels, thinned
from neuralbuilder.parts import layer, register

LAYER_HELP = "Whose weights are shown; usually the first that has images."
MOST_KERNELS = 64
MOST_VALUES = 60_000
"""Of all weights together: they travel from one process to the other."""


@register("kernels", "Kernels")
@dataclass(frozen=True)
class Kernels(Insight):
    """The filters of a convolution as images, or the weights of every neuron that sees pixels.

    Blue is positive, orange negative, and all images share one scale.
    """

    node: str = layer("", "Layer", help=LAYER_HELP)

    def compute(self, source: Source) -> Figure:
        """One image per filter and input channel; the channels of a filter stand side by side."""
        return _figure(source, self.node, self.label, source.parameters)

    def turned(self) -> Insight:
        """The gradients of the same layer."""
        return KernelGradients(self.node)


@register("kernel_gradients", "Kernel gradients")
@dataclass(frozen=True)
class KernelGradients(Insight):
    """∂L/∂W for the loss of the selected sample alone, each number in the place of its weight.

    It stands in the place of `Kernels` while gradients are shown. All images share one scale.
    """

    in_panels: ClassVar[bool] = False

    node: str = layer("", "Layer", help=LAYER_HELP)

    def compute(self, source: Source) -> Figure:
        """As `Kernels`; the title says that these are gradients, and the note of which sample."""
        gradient, whose = source.sample_trace.gradient, source.sample_name
        return _figure(source, self.node, "∂L/∂kernel", gradient, whose)


def _figure(source: Source, name: str, title: str, flat: FloatArray, whose: str = "") -> Figure:
    """The images of a layer's part of the weights, or of another array like it."""
    fitting = with_images(source)
    node = _chosen(source, name, fitting)
    if node is None:
        reason = _reason(source, name, fitting)
        return Figure(title=title, message=reason, layers=_named(source, fitting))
    weights = source.network.layout.views(flat)[f"{node}/W"]
    kernels = weights if weights.ndim == 4 else weights.T.reshape(-1, *_pixels(source))
    channels = kernels.shape[1]
    names = tuple(_kernel_name(source, node, index) for index in range(len(kernels)))
    shown = thinned(kernels.reshape(-1, *kernels.shape[2:])[:MOST_KERNELS])
    shown = shown[: max(1, MOST_VALUES // shown[0].size)]
    values = clean(shown)
    note = _note(kernels.shape, len(shown), weights.ndim == 4)
    return Figure(
        title=f"{title} of {source.name(node)}",
        note=f"{whose} · {note}" if whose else note,
        marks=(
            Pictures(
                np.asarray(values, np.float32),
                captions=tuple(_caption(names, i, channels) for i in range(len(shown))),
                hints=tuple(_hint(names, i, channels, values[i], whose) for i in range(len(shown))),
                scale="diverging",
                limit=nice(float(np.abs(values).max())),
                columns=channels if 1 < channels <= len(shown) else 0,
            ),
        ),
        layers=_named(source, fitting),
    )


def _chosen(source: Source, name: str, fitting: tuple[str, ...]) -> str | None:
    if not name:
        return fitting[0] if fitting else None
    wanted = name.casefold()
    found = (n for n in fitting if wanted in (n.casefold(), source.name(n).casefold()))
    return next(found, None)


def _reason(source: Source, name: str, fitting: tuple[str, ...]) -> str:
    if not fitting:
        return "Only the weights of convolutions, and of layers that see an image, are images."
    names = ", ".join(source.name(node) for node in fitting)
    return f"The weights of {name!r} are no images; those of {names} are."


def with_images(source: Source) -> tuple[str, ...]:
    """The layers whose weights are images: convolutions, and dense layers that see pixels."""
    network = source.network
    return tuple(
        entry.node
        for entry in network.layout.entries
        if entry.parameter == "W"
        and (len(entry.shape) == 4 or (len(entry.shape) == 2 and sees_pixels(network, entry.node)))
    )


def _named(source: Source, nodes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((node, source.name(node)) for node in nodes)


def _kernel_name(source: Source, node: str, index: int) -> str:
    """The number of a filter or neuron as on the canvas, or the class that it stands for."""
    return source.class_name(node, index) or str(index + 1)


def _pixels(source: Source) -> tuple[int, ...]:
    shape = image_shape(source.network)
    assert shape is not None
    return shape


def _note(shape: tuple[int, ...], shown: int, filters: bool) -> str:
    count, channels, height, width = shape
    noun = "filter" if filters else "neuron"
    size = f"{height}×{width}" if channels == 1 else f"{channels}×{height}×{width}"
    total = count * channels
    note = f"{count} {noun}{'' if count == 1 else 's'} of {size}"
    return note if shown == total else f"{note} · first {shown} of {total} images"


def _caption(names: tuple[str, ...], index: int, channels: int) -> str:
    kernel, channel = divmod(index, channels)
    return names[kernel] if channels == 1 else f"{names[kernel]}·{channel + 1}"


def _hint(
    names: tuple[str, ...], index: int, channels: int, values: NDArray[np.float64], whose: str
) -> str:
    kernel, channel = divmod(index, channels)
    place = names[kernel] if channels == 1 else f"{names[kernel]}, channel {channel + 1}"
    low, high = (f"{end:.3g}".replace("-", "−") for end in (values.min(), values.max()))
    if whose:
        return f"kernel {place} · ∂L/∂w from {low} to {high} · {whose}"
    return f"kernel {place} · from {low} to {high}"
