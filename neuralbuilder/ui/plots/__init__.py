"""The panels below the canvas: they paint figures and ask the runner for those in sight."""

from neuralbuilder.ui.plots.area import PlotArea
from neuralbuilder.ui.plots.figure_view import FigureView
from neuralbuilder.ui.plots.legend import LegendEntry, LegendStrip, legend_of
from neuralbuilder.ui.plots.panel import PlotPanel

__all__ = ["FigureView", "LegendEntry", "LegendStrip", "PlotArea", "PlotPanel", "legend_of"]
