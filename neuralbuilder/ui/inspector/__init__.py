"""The right side of the window: settings, curve and arithmetic of what is selected."""

from neuralbuilder.ui.inspector.inspector import Inspector

__all__ = ["Inspector"]
