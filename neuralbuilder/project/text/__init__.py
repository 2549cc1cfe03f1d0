"""The text form of a network: one line such as ``R^4 -> 3 tanh -> R^2 linear``, both ways.

Items are separated by ``->`` or ``→``. The first is the input space (``4``, ``R^4``, ``ℝ⁴``,
``28x28``, ``3x32x32``), a number after it is a dense layer, and the last one is the output. Other
layers begin with their name, followed by their main settings (``conv 3@5x5``, ``maxpool 2``). After
that stand words in any order: an activation, ``bias`` or ``nobias``, an initializer, ``stride 2``,
``pad same``. Settings of an activation or initializer that differ from the default follow it in
brackets: ``leaky_relu(0.2)``. An activation as an item of its own is an Activation layer.

What there is to say about a layer follows from the declarations of its settings (`parts.Setting`);
nothing here knows one layer from another, except the input, the output and the dense layer, which
are written without a name.
"""

from neuralbuilder.project.text.design import Design as Design
from neuralbuilder.project.text.design import TextError as TextError
from neuralbuilder.project.text.reading import parse as parse
from neuralbuilder.project.text.reading import read_main_values as read_main_values
from neuralbuilder.project.text.words import defaulted as defaulted
from neuralbuilder.project.text.words import main_values as main_values
from neuralbuilder.project.text.writing import chain as chain
from neuralbuilder.project.text.writing import is_chain as is_chain
from neuralbuilder.project.text.writing import print_design as print_design
