"""Datasets, readers, splits and preprocessing; no knowledge of networks or windows.

Importing this package registers all datasets, so that they can be listed and read from files.
"""

from neuralbuilder.data import bundled as bundled
from neuralbuilder.data import formulas as formulas
from neuralbuilder.data import images as images
from neuralbuilder.data import planes as planes
from neuralbuilder.data.tables import dataset as dataset
