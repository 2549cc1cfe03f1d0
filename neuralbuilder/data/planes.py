"""Point sets in the plane, roughly within [−6, 6] × [−6, 6]: what the networks of textbooks and
playgrounds are tried on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from neuralbuilder.data.samples import Array, Dataset, Samples
from neuralbuilder.parts import integer, number, register

RADIUS = 6.0


def _samples(default: int = 500) -> Any:
    return integer(
        default, "Samples", minimum=2, maximum=1_000_000, help="How many points are drawn."
    )


def _noise(default: float, help: str) -> Any:
    return number(default, "Noise", minimum=0.0, maximum=1.0, help=help)


def _seed() -> Any:
    return integer(
        0, "Seed", minimum=0, maximum=2**32 - 1, help="The same seed gives the same samples."
    )


def _classes(default: int) -> Any:
    return integer(default, "Classes", minimum=2, maximum=10, help="How many classes there are.")


def _classified(x: Array, labels: Any, classes: int) -> Samples:
    labels = np.asarray(labels, dtype=np.intp)
    return Samples(
        x=np.ascontiguousarray(x, dtype=np.float64),
        y=np.eye(classes)[labels],
        input_names=("x1", "x2"),
        target_names=tuple("ABCDEFGHIJ"[:classes]),
        task="classification",
    )


def _regression(x: Array, y: Array) -> Samples:
    return Samples(
        x=x, y=y[:, None], input_names=("x1", "x2"), target_names=("y",), task="regression"
    )


def _shares(samples: int, classes: int) -> Any:
    """The class of each point: as many of each as possible, in order."""
    return np.arange(samples) * classes // samples


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


@dataclass(frozen=True)
class PlaneSet(Dataset):
    """Base of the sets below: samples, noise and seed."""

    group = "Points in the plane"

    samples: int = _samples()
    noise: float = _noise(0.1, "Share of the size of the picture by which points are moved.")
    seed: int = _seed()

    def load(self) -> Samples:
        """The points of this seed; other noise moves them, other seeds draw them anew."""
        points = np.random.default_rng(self.seed)
        noise = np.random.default_rng([self.seed, 1])
        return self.draw(points, noise)

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """The samples, from one stream of random numbers for points and one for the noise."""
        raise NotImplementedError


@register("circle", "Circle", "◎")
@dataclass(frozen=True)
class Circle(PlaneSet):
    """A disc of one class inside a ring of the other; no line separates them.

    The noise moves the points only for deciding their class, so it mixes the classes.
    """

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Radii below 2.5 and from 3.5 to 5, half each."""
        radius = 5.0
        inner = _shares(self.samples, 2) == 0
        share = points.uniform(size=self.samples)
        r = np.where(inner, share * 0.5 * radius, (0.7 + 0.3 * share) * radius)
        x = _polar(r, points.uniform(0, 2 * np.pi, self.samples))
        moved = x + self.noise * radius * noise.uniform(-1, 1, x.shape)
        inside = np.hypot(moved[:, 0], moved[:, 1]) < 0.5 * radius if self.noise else inner
        return _classified(x, inside, 2)


@register("xor", "XOR", "⊕")
@dataclass(frozen=True)
class Xor(PlaneSet):
    """Four squares, opposite ones of the same class: the set a single layer cannot learn."""

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Coordinates up to 5 with a gap of 0.3 on both sides of the axes."""
        x = points.uniform(-5, 5, (self.samples, 2))
        x += np.where(x > 0, 0.3, -0.3)
        moved = x + self.noise * 5 * noise.uniform(-1, 1, x.shape)
        return _classified(x, moved[:, 0] * moved[:, 1] >= 0, 2)


@register("gaussians", "Two Gaussians", "⁘")
@dataclass(frozen=True)
class Gaussians(PlaneSet):
    """Two round clouds around (2, 2) and (−2, −2); more noise makes them wider."""

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Standard deviation from 0.7 without noise to 2.7 with noise 1."""
        labels = _shares(self.samples, 2)
        centre = np.where(labels == 1, 2.0, -2.0)[:, None]
        spread = 0.7 + 2.0 * self.noise
        return _classified(centre + spread * points.standard_normal((self.samples, 2)), labels, 2)


@register("spiral", "Spiral", "◌")
@dataclass(frozen=True)
class Spiral(PlaneSet):
    """Two arms wound around each other: hard for shallow networks."""

    noise: float = _noise(0.0, "Share of one unit by which points are moved.")

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Radius up to 5 over one and three quarter turns per arm."""
        arm = np.arange(self.samples) % 2
        share = (np.arange(self.samples) // 2) / max(1, (self.samples + 1) // 2)
        x = _polar(5 * share, 1.75 * 2 * np.pi * share + np.pi * arm)
        return _classified(x + self.noise * noise.uniform(-1, 1, x.shape), arm, 2)


@register("moons", "Two moons", "☾")
@dataclass(frozen=True)
class Moons(PlaneSet):
    """Two half circles that reach into each other."""

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Half circles of radius 3."""
        labels = _shares(self.samples, 2)
        x = _polar(np.full(self.samples, 3.0), points.uniform(0, np.pi, self.samples))
        x = np.where(labels[:, None] == 0, x - (1.5, 0.75), (1.5, 0.75) - x)
        return _classified(x + 3 * self.noise * noise.standard_normal(x.shape), labels, 2)


@register("rings", "Rings", "◉")
@dataclass(frozen=True)
class Rings(PlaneSet):
    """Rings around one another, one class each."""

    classes: int = _classes(3)

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Radii evenly spaced up to 5."""
        labels = _shares(self.samples, self.classes)
        radius = 5.0 * (labels + 1) / self.classes
        x = _polar(radius, points.uniform(0, 2 * np.pi, self.samples))
        return _classified(
            x + self.noise * 5 / self.classes * noise.standard_normal(x.shape), labels, self.classes
        )


@register("blobs", "Blobs", "∴")
@dataclass(frozen=True)
class Blobs(PlaneSet):
    """Round clouds on a circle, one class each; more noise makes them wider."""

    classes: int = _classes(3)

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Centres at radius 4; standard deviation from 0.4 without noise to 2.4 with noise 1."""
        labels = _shares(self.samples, self.classes)
        centres = _polar(np.full(self.samples, 4.0), 2 * np.pi * labels / self.classes + np.pi / 2)
        spread = (0.4 + 2.0 * self.noise) * points.standard_normal((self.samples, 2))
        return _classified(centres + spread, labels, self.classes)


@register("plane", "Plane (regression)", "ax+b")
@dataclass(frozen=True)
class PlaneRegression(PlaneSet):
    """A slanted plane as target: the sum of both coordinates, from −1 to 1."""

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """The target is (x₁ + x₂) / 10, both coordinates moved by the noise."""
        x = points.uniform(-RADIUS, RADIUS, (self.samples, 2))
        moved = x + self.noise * RADIUS * noise.uniform(-1, 1, x.shape)
        return _regression(x, moved.sum(axis=1) / 10)


@register("gaussian_hills", "Hills (regression)", "∩∪")
@dataclass(frozen=True)
class GaussianRegression(PlaneSet):
    """Six cones, alternately up and down, in two rows of three."""

    def draw(self, points: Generator, noise: Generator) -> Samples:
        """Height ±1 at the centres, falling to 0 at distance 2."""
        x = points.uniform(-RADIUS, RADIUS, (self.samples, 2))
        moved = x + self.noise * RADIUS * noise.uniform(-1, 1, x.shape)
        centres = np.array([(cx, cy) for cy in (2.5, -2.5) for cx in (-4.0, 0.0, 4.0)])
        signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
        distance = np.linalg.norm(moved[:, None, :] - centres, axis=2)
        heights = signs * np.clip(1 - distance / 2, 0, 1)
        tallest = np.abs(heights).argmax(axis=1)
        return _regression(x, heights[np.arange(self.samples), tallest])
