"""Forms generated from the settings of a part; there is no form written by hand for any part."""

from neuralbuilder.ui.forms.part_form import PartForm

__all__ = ["PartForm"]
