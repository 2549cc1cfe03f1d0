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
