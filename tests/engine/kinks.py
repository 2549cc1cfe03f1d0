"""Where a network is not smooth, so that differences of the loss say nothing about its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuralbuilder.engine.layers import MaxPool2D
from neuralbuilder.engine.network import Network
from neuralbuilder.engine.program import Program

MARGIN = 2e-3
"""The gradient check moves weights by 2e-4 at most, and values behind them by a few times that."""
KINKS = {
    "relu": (0.0,),
    "leaky_relu": (0.0,),
    "elu": (0.0,),
    "selu": (0.0,),
    "step": (0.0,),
    "hard_sigmoid": (-3.0, 3.0),
}
"""At which z an activation bends or jumps."""


def is_smooth_at(network: Network, parameters: Any, x: Any, y: Any, training: bool) -> bool:
    """Whether every value is farther than the margin from where its layer or a loss bends.

    Noise is that of the gradient check.
    """
    random = np.random.default_rng(0)
    program = Program(network, parameters.copy(), len(x), training=training, random=random)
    program.x[...] = x
    program.forward()
    distances = [_of_absolute_error(program.output, y), _of_hinge(program.output, y)]
    for node in network.shapes.outputs:
        layer: Any = network.graph.layer(node)
        inputs = [program.activation(source) for source in network.graph.sources(node)]
        if isinstance(layer, MaxPool2D):
            distances.append(_of_pooling(layer, inputs[0]))
        activation = getattr(layer, "activation", None)
        for kink in KINKS.get(activation.name, ()) if activation is not None else ():
            z = program.pre_activation(node)
            distance = np.abs((inputs[0] if z is None else z) - kink)
            distances.append(distance[distance > 0])  # a value that was dropped does not move
    return all(float(distance.min(initial=1.0)) > MARGIN for distance in distances)


def _of_absolute_error(output: Any, y: Any) -> Any:
    return np.abs(output - y)


def _of_hinge(output: Any, y: Any) -> Any:
    right = np.take_along_axis(output, y.argmax(axis=1)[:, None], axis=1)
    return np.abs(1 - right + output)[output != right]


def _of_pooling(layer: MaxPool2D, image: Any) -> Any:
    """How far the largest value of every window is above the second one.

    Equal values are flat parts of an activation, where neither gets a gradient.
    """
    windows = np.lib.stride_tricks.sliding_window_view(image, layer.window, axis=(2, 3))
    step = layer.stride or layer.window[0]
    cells = windows[:, :, ::step, ::step].reshape(*windows[:, :, ::step, ::step].shape[:4], -1)
    if cells.shape[-1] < 2:
        return np.ones(1)
    second, first = np.moveaxis(np.sort(cells, axis=-1)[..., -2:], -1, 0)
    return (first - second)[first != second]
