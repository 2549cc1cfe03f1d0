"""The numerical engine: what a network computes, how it learns, and nothing else (NumPy only).

Importing this package registers every part of the engine in the catalogue.
"""

from neuralbuilder.engine import activations as activations
from neuralbuilder.engine import initializers as initializers
from neuralbuilder.engine import layers as layers
from neuralbuilder.engine import losses as losses
from neuralbuilder.engine import metrics as metrics
from neuralbuilder.engine import optimizers as optimizers
from neuralbuilder.engine import schedules as schedules
from neuralbuilder.engine import stopping as stopping
