"""Images as data: MNIST, generated digits, IDX files, NumPy archives, and folders of pictures.

Importing this package registers them. Pixels are uint8 from 0 to 255 wherever the source has
bytes; an image is (channels, height, width).
"""

from neuralbuilder.data.images import archive as archive
from neuralbuilder.data.images import augmentation as augmentation
from neuralbuilder.data.images import folder as folder
from neuralbuilder.data.images import generated as generated
from neuralbuilder.data.images import idx as idx
from neuralbuilder.data.images import mnist as mnist
