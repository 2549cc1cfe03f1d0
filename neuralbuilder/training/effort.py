"""What training and measuring cost, counted and not timed, so that it is the same in every run.

The unit is one value of a layer, computed for one sample: some nanoseconds. The numbers come from
networks between 4-3-2 and two convolutions of 3×3 with 64 maps, and are rough. What they decide is
how often the parts of the data are measured and on how many samples, not what comes out.
"""

from __future__ import annotations

from math import ceil, prod

from neuralbuilder.engine.network import Network
from neuralbuilder.engine.optimizers import Lbfgs
from neuralbuilder.training.loop import Loop

SHARE = 0.04
"""The part of the effort of training that each of two may take: measuring the parts at the ends of
epochs, and the validation part alone, by which the best weights are chosen (see `evaluation`)."""
POINTS_SHARE = 0.08
"""The same for the points that every run has of its curves; with half of it those of a network of
images would be of a few samples."""

_MULTIPLICATIONS = 230
"""So many multiplications of a matrix product take as long as one value."""
_VALUES_BACK, _MULTIPLICATIONS_BACK = 1.5, 3
"""What a sample that is trained on takes of both, as a multiple of one that is only measured. Going
back, every matrix product is followed by two; of the values some ask for nothing more."""
_STEP = 5_000
"""What a step takes whatever the network and the mini-batch, as numbers of NumPy calls do."""
_MEASUREMENT, _SAMPLE, _OUTPUT = 40_000, 40, 10
"""The same for a measurement, for each of its samples, and for each output that is judged."""


def epochs_between(loop: Loop, samples: int) -> int:
    """After how many epochs it is worth while to measure so many samples once more."""
    return ceil(measurement(loop, samples) / (SHARE * _epoch(loop)))


def measurement(loop: Loop, samples: int) -> float:
    """The effort of measuring so many samples."""
    values, products = _forward(loop.network)
    outputs = loop.network.output_shape[0]
    return _MEASUREMENT + samples * (_SAMPLE + _OUTPUT * outputs + values + products)


def worth(loop: Loop, steps: int) -> float:
    """The effort that a measurement may take once in so many steps."""
    return POINTS_SHARE * steps * _epoch(loop) / loop.steps_per_epoch


def _epoch(loop: Loop) -> float:
    """One epoch of training."""
    values, products = _forward(loop.network)
    sample = _VALUES_BACK * values + _MULTIPLICATIONS_BACK * products
    optimizer = loop.plan.optimizer
    looks = optimizer.iterations if isinstance(optimizer, Lbfgs) else 1
    return looks * (loop.steps_per_epoch * _STEP + loop.samples * sample / loop.lanes)


def _forward(network: Network) -> tuple[float, float]:
    """The values and the matrix products of one sample on its way through the network."""
    values = sum(prod(shape) for shape in network.shapes.outputs.values())
    return values, network.multiplications / _MULTIPLICATIONS
