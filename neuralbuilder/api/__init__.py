"""NeuralBuilder from Python: networks in one line, with the manners of scikit-learn.

Arrays go in and come out in the units you give them. The pixels of images are scaled for training,
as `Network.fit` says; other numbers are only where you ask for it. Everything that cannot be done
is a `ValueError` that says what was given and what was expected.
"""

from neuralbuilder.api.network import Network as Network
from neuralbuilder.api.network import load as load
from neuralbuilder.engine import losses as losses
from neuralbuilder.engine import optimizers as optimizers
from neuralbuilder.engine import schedules as schedules
from neuralbuilder.engine import stopping as stopping
