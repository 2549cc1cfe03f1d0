"""Settings that all layers with weights share, said once."""

from __future__ import annotations

from typing import Any

from neuralbuilder.parts import number

ACTIVATION_HELP = "The function f that every neuron applies to its sum z."
BIAS_HELP = "A neuron of constant value 1, linked to every neuron of this layer."
INITIALIZER_HELP = "How the weights begin; the bias weights begin at 0."
_PENALTY: dict[str, Any] = {"minimum": 0.0, "maximum": 1e3, "logarithmic": True}


def l1_penalty() -> Any:
    """The strength of this layer's own L1 penalty."""
    what = "Adds λ·Σ|w| of this layer to what is minimised: drives weights to exactly 0."
    return number(0.0, "L1 penalty", help=what, **_PENALTY)


def l2_penalty() -> Any:
    """The strength of this layer's own L2 penalty."""
    what = "Adds ½·λ·Σw² of this layer to what is minimised: keeps weights small."
    return number(0.0, "L2 penalty", help=what, **_PENALTY)
