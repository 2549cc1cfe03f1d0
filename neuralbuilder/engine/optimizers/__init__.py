"""Optimizers: how the weights follow the gradient. Importing this package registers all of them."""

from neuralbuilder.engine.optimizers.base import Block as Block
from neuralbuilder.engine.optimizers.base import Objective as Objective
from neuralbuilder.engine.optimizers.base import Optimizer as Optimizer
from neuralbuilder.engine.optimizers.base import Update as Update

# isort: split
from neuralbuilder.engine.optimizers.descent import Momentum as Momentum
from neuralbuilder.engine.optimizers.descent import Nesterov as Nesterov
from neuralbuilder.engine.optimizers.descent import Sgd as Sgd

# isort: split
from neuralbuilder.engine.optimizers.adaptive import Adagrad as Adagrad
from neuralbuilder.engine.optimizers.adaptive import Adam as Adam
from neuralbuilder.engine.optimizers.adaptive import AdamW as AdamW
from neuralbuilder.engine.optimizers.adaptive import RmsProp as RmsProp

# isort: split
from neuralbuilder.engine.optimizers.full_batch import Lbfgs as Lbfgs
from neuralbuilder.engine.optimizers.full_batch import Rprop as Rprop
