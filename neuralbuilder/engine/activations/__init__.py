"""Activations: the function f in output = f(z). Importing this package registers all of them."""

from neuralbuilder.engine.activations.base import Activation as Activation
from neuralbuilder.engine.activations.linear import Linear as Linear

# isort: split
from neuralbuilder.engine.activations.squashing import HardSigmoid as HardSigmoid
from neuralbuilder.engine.activations.squashing import Sigmoid as Sigmoid
from neuralbuilder.engine.activations.squashing import Softsign as Softsign
from neuralbuilder.engine.activations.squashing import Tanh as Tanh

# isort: split
from neuralbuilder.engine.activations.rectifiers import Elu as Elu
from neuralbuilder.engine.activations.rectifiers import Gelu as Gelu
from neuralbuilder.engine.activations.rectifiers import LeakyRelu as LeakyRelu
from neuralbuilder.engine.activations.rectifiers import Relu as Relu
from neuralbuilder.engine.activations.rectifiers import Selu as Selu
from neuralbuilder.engine.activations.rectifiers import Silu as Silu
from neuralbuilder.engine.activations.rectifiers import Softplus as Softplus

# isort: split
from neuralbuilder.engine.activations.special import Sine as Sine
from neuralbuilder.engine.activations.special import Softmax as Softmax
from neuralbuilder.engine.activations.special import Step as Step
