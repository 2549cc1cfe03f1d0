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
from neuralbuilder.engine.layers.missing import Missing as Missing
