"""NeuralBuilder from Python: networks in one line, with the manners of scikit-learn.

Arrays go in and come out in the units you give them; nothing is scaled behind your back. Everything
that cannot be done is a `ValueError` that says what was given and what was expected.
"""

from neuralbuilder.api.network import Network as Network
from neuralbuilder.api.network import load as load
from neuralbuilder.engine import losses as losses
from neuralbuilder.engine import optimizers as optimizers
from neuralbuilder.engine import schedules as schedules
from neuralbuilder.engine import stopping as stopping
