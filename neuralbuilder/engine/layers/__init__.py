"""The layers, one file per family; importing this package registers all of them."""

from neuralbuilder.engine.layers.input import Input as Input

# isort: split
from neuralbuilder.engine.layers.dense import Dense as Dense
from neuralbuilder.engine.layers.dense import Output as Output
from neuralbuilder.engine.layers.missing import Missing as Missing
