"""The canvas: networks drawn by mouse, with their live values."""

from neuralbuilder.ui.canvas.canvas import Canvas
from neuralbuilder.ui.canvas.drops import LAYER_MIME, layer_mime

__all__ = ["LAYER_MIME", "Canvas", "layer_mime"]
