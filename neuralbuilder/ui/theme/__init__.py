"""Colours by role, fonts, icons and the style sheet; everything that decides how it looks."""

from neuralbuilder.ui.theme.colormaps import diverging, greys, opaque, sequential, tinted
from neuralbuilder.ui.theme.roles import DARK, LIGHT, Palette, contrast
from neuralbuilder.ui.theme.theme import Theme, current, install

__all__ = [
    "DARK",
    "LIGHT",
    "Palette",
    "Theme",
    "contrast",
    "current",
    "diverging",
    "greys",
    "install",
    "opaque",
    "sequential",
    "tinted",
]
