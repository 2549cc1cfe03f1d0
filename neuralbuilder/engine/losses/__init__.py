"""Losses: how far the outputs are from the targets, and what each output has to do with it.

Importing this package registers all of them.
"""

from neuralbuilder.engine.losses.base import Loss as Loss
from neuralbuilder.engine.losses.base import LossBinding as LossBinding
from neuralbuilder.engine.losses.base import activation_of as activation_of

# isort: split
from neuralbuilder.engine.losses.regression import Huber as Huber
from neuralbuilder.engine.losses.regression import MeanAbsoluteError as MeanAbsoluteError
from neuralbuilder.engine.losses.regression import MeanSquaredError as MeanSquaredError

# isort: split
from neuralbuilder.engine.losses.classification import BinaryCrossEntropy as BinaryCrossEntropy
from neuralbuilder.engine.losses.classification import (
    CategoricalCrossEntropy as CategoricalCrossEntropy,
)
from neuralbuilder.engine.losses.classification import Hinge as Hinge
