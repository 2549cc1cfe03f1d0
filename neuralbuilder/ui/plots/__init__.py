"""The panels below the canvas: they paint figures and ask the runner for those in sight."""

from neuralbuilder.ui.plots.figure_view import FigureView
from neuralbuilder.ui.plots.legend import LegendEntry, LegendStrip, legend_of

__all__ = ["FigureView", "LegendEntry", "LegendStrip", "legend_of"]
