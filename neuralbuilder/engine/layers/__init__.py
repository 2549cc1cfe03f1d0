"""The layers, one file per family; importing this package registers all of them."""

from neuralbuilder.engine.layers.input import Input as Input

# isort: split
from neuralbuilder.engine.layers.dense import Dense as Dense
from neuralbuilder.engine.layers.dense import Output as Output

# isort: split
from neuralbuilder.engine.layers.convolution import Conv2D as Conv2D
from neuralbuilder.engine.layers.pooling import AvgPool2D as AvgPool2D
from neuralbuilder.engine.layers.pooling import GlobalAvgPool as GlobalAvgPool
from neuralbuilder.engine.layers.pooling import MaxPool2D as MaxPool2D

# isort: split
from neuralbuilder.engine.layers.reshaping import Flatten as Flatten
from neuralbuilder.engine.layers.reshaping import Reshape as Reshape

# isort: split
from neuralbuilder.engine.layers.noise import Dropout as Dropout
from neuralbuilder.engine.layers.noise import GaussianNoise as GaussianNoise

# isort: split
from neuralbuilder.engine.layers.normalisation import BatchNorm as BatchNorm
from neuralbuilder.engine.layers.normalisation import LayerNorm as LayerNorm

# isort: split
from neuralbuilder.engine.layers.standardisation import Standardise as Standardise

# isort: split
from neuralbuilder.engine.layers.activation import ActivationLayer as ActivationLayer

# isort: split
from neuralbuilder.engine.layers.merging import Add as Add
from neuralbuilder.engine.layers.merging import Concatenate as Concatenate

# isort: split
from neuralbuilder.engine.layers.missing import Missing as Missing
