"""NeuralBuilder: draw, train and understand neural networks.

Importing this package imports nothing else, so that ``neuralbuilder --version`` stays quick.
"""

__version__ = "0.1.0"
