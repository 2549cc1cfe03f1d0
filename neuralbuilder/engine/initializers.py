"""How weights begin. All numbers are drawn in float64, so that both precisions start equal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.parts import Part, number, register

Drawn = NDArray[np.float64]


class Initializer(Part):
    """Base of all initializers."""

    kind: ClassVar[str] = "initializer"

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Initial values of this shape; the fans count connections into and out of a neuron."""
        raise NotImplementedError


@register("glorot_uniform", "Glorot uniform", "±√(6/(in+out))")
@dataclass(frozen=True)
class GlorotUniform(Initializer):
    """Uniform within ±√(6 / (inputs + outputs)); fits tanh, sigmoid and linear layers.

    Glorot and Bengio (2010), equation 16.
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Uniform within ±√(6 / (inputs + outputs))."""
        limit = math.sqrt(6.0 / (fan_in + fan_out))
        return random.uniform(-limit, limit, shape)


@register("glorot_normal", "Glorot normal", "σ = √(2/(in+out))")
@dataclass(frozen=True)
class GlorotNormal(Initializer):
    """Normal with deviation √(2 / (inputs + outputs)); fits tanh, sigmoid and linear layers.

    Glorot and Bengio (2010).
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Normal with deviation √(2 / (inputs + outputs))."""
        return random.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), shape)


@register("he_uniform", "He uniform", "±√(6/in)")
@dataclass(frozen=True)
class HeUniform(Initializer):
    """Uniform within ±√(6 / inputs); fits ReLU and its relatives.

    He, Zhang, Ren and Sun (2015), equation 10.
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Uniform within ±√(6 / inputs)."""
        limit = math.sqrt(6.0 / fan_in)
        return random.uniform(-limit, limit, shape)


@register("he_normal", "He normal", "σ = √(2/in)")
@dataclass(frozen=True)
class HeNormal(Initializer):
    """Normal with deviation √(2 / inputs); fits ReLU and its relatives.

    He, Zhang, Ren and Sun (2015), equation 10.
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Normal with deviation √(2 / inputs)."""
        return random.normal(0.0, math.sqrt(2.0 / fan_in), shape)


@register("lecun_uniform", "LeCun uniform", "±√(3/in)")
@dataclass(frozen=True)
class LecunUniform(Initializer):
    """Uniform within ±√(3 / inputs); keeps the size of what passes through, and fits SELU.

    LeCun, Bottou, Orr and Müller (1998), section 4.6.
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Uniform within ±√(3 / inputs)."""
        limit = math.sqrt(3.0 / fan_in)
        return random.uniform(-limit, limit, shape)


@register("lecun_normal", "LeCun normal", "σ = √(1/in)")
@dataclass(frozen=True)
class LecunNormal(Initializer):
    """Normal with deviation √(1 / inputs); keeps the size of what passes through, and fits SELU.

    LeCun, Bottou, Orr and Müller (1998), section 4.6.
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Normal with deviation √(1 / inputs)."""
        return random.normal(0.0, math.sqrt(1.0 / fan_in), shape)


@register("orthogonal", "Orthogonal", "WᵀW = gain²·I")
@dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random rotation: lengths and angles pass through unchanged, even through many layers.

    Rows or columns, whichever are fewer, stand at right angles and have the length `gain`. Saxe,
    McClelland and Ganguli (2014); drawn evenly as in Mezzadri (2007).
    """

    gain: float = number(
        1.0, "Gain", minimum=0.0, maximum=100.0, help="The factor by which lengths grow."
    )

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Q of a normal matrix of shape[0] rows and all other axes as columns, times gain."""
        rows = shape[0]
        columns = math.prod(shape[1:])
        normal = random.normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(normal)
        # Without its signs, Q would prefer some directions.
        q *= np.copysign(self.gain, np.diagonal(r))
        return np.ascontiguousarray(q if rows >= columns else q.T).reshape(shape)


@register("uniform", "Uniform", "±limit")
@dataclass(frozen=True)
class Uniform(Initializer):
    """Uniform within ±limit, whatever the size of the layer."""

    limit: float = number(
        0.5, "Limit", minimum=0.0, maximum=100.0, help="Weights begin between -limit and +limit."
    )

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Uniform within ±limit."""
        return random.uniform(-self.limit, self.limit, shape)


@register("normal", "Normal", "σ")
@dataclass(frozen=True)
class Normal(Initializer):
    """Normal with a fixed deviation, whatever the size of the layer."""

    deviation: float = number(
        0.1,
        "Deviation",
        minimum=0.0,
        maximum=100.0,
        help="Two thirds of the weights begin within ±σ.",
    )

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Normal with this deviation."""
        return random.normal(0.0, self.deviation, shape)


@register("constant", "Constant", "c")
@dataclass(frozen=True)
class Constant(Initializer):
    """Every weight begins at the same value.

    Neurons of a layer that begin equal stay equal.
    """

    value: float = number(
        0.1, "Value", minimum=-100.0, maximum=100.0, help="The value of every weight."
    )

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Only this value."""
        return np.full(shape, self.value)


@register("zeros", "Zeros", "0")
@dataclass(frozen=True)
class Zeros(Initializer):
    """Every weight begins at 0; for biases, and to see why weights must not.

    Neurons that begin equal stay equal.
    """

    def draw(
        self, random: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int
    ) -> Drawn:
        """Only zeros."""
        return np.zeros(shape)
