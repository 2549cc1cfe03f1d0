"""Digits drawn from the bundled fonts: as many as wanted, without a network or a download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.assets import resource
from neuralbuilder.data.images.labelled import GROUP, classified
from neuralbuilder.data.images.reading import tell
from neuralbuilder.data.samples import Dataset, Expected, Progress, Samples
from neuralbuilder.parts import integer, number, register

SIDE = 28
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold")

_FINER = 2  # digits are drawn this much larger and then averaged down
_GLYPH = 20 * _FINER  # the height of a digit; 20 of 28 as in MNIST
_STROKES = 4
_TOLD = 256


@register("digits28", "Generated digits", "28×28 → 10")
@dataclass(frozen=True)
class GeneratedDigits(Dataset):
    """Digits from 0 to 9 in four typefaces, each one turned, moved, scaled and thickened by chance.

    White on black like MNIST. The first samples of a seed are the same however many are drawn.
    """

    group = GROUP

    samples: int = integer(
        2000, "Samples", minimum=20, maximum=200_000, logarithmic=True,
        help="How many digits are drawn, as many of each.",
    )  # fmt: skip
    rotation: float = number(
        12.0, "Rotation", minimum=0.0, maximum=180.0, unit="°",
        help="The largest angle by which a digit is turned either way.",
    )  # fmt: skip
    shift: float = number(
        2.0, "Shift", minimum=0.0, maximum=8.0, unit="px",
        help="The largest distance by which a digit is moved along each axis.",
    )  # fmt: skip
    scale: float = number(
        0.15, "Scale", minimum=0.0, maximum=0.5, unit="%",
        help="The largest share by which a digit is made larger or smaller.",
    )  # fmt: skip
    stroke: float = number(
        0.5, "Stroke", minimum=0.0, maximum=1.0,
        help="How much the thickness of the lines varies: up to this many pixels on each side.",
    )  # fmt: skip
    noise: float = number(
        0.05, "Noise", minimum=0.0, maximum=1.0,
        help="Standard deviation of what is added to every pixel, as a share of white.",
    )  # fmt: skip
    seed: int = integer(
        0, "Seed", minimum=0, maximum=2**32 - 1, help="The same seed gives the same samples."
    )

    def expected(self) -> Expected:
        """The number of digits, 1×28×28 each."""
        return Expected(self.samples, (1, SIDE, SIDE))

    def load(self) -> Samples:
        """Images (samples, 1, 28, 28) of uint8, ten classes."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is."""
        labels = np.arange(self.samples) % 10
        pixels = np.empty((self.samples, 1, SIDE, SIDE), np.uint8)
        chances = np.random.default_rng(self.seed)
        noise = np.random.default_rng([self.seed, 1])
        glyphs = _Glyphs()
        for start in range(0, self.samples, _TOLD):
            some = pixels[start : start + _TOLD, 0]
            drawn = chances.random((len(some), 6))
            for image, digit, chance in zip(some, labels[start:], drawn, strict=False):
                image[...] = self._draw(glyphs, int(digit), chance)
            if self.noise:
                added = some + 255 * self.noise * noise.standard_normal(some.shape)
                np.clip(np.rint(added), 0, 255, out=added)
                some[...] = added
            tell(progress, self.label, (start + len(some)) / self.samples)
        names = tuple("0123456789")
        return classified(self.label, pixels, labels, names)

    def _draw(self, glyphs: _Glyphs, digit: int, chance: NDArray[np.float64]) -> Any:
        """One digit; `chance` holds six numbers from 0 to 1."""
        font, stroke = int(chance[0] * len(FONTS)), round(chance[1] * self.stroke * _STROKES)
        either_way = 2 * chance[2:] - 1
        angle = np.deg2rad(self.rotation * either_way[0])
        zoom = 1 + self.scale * either_way[1]
        moved = _FINER * self.shift * either_way[2:]
        glyph = glyphs.of(font, digit, stroke)
        return _turned(glyph, angle, zoom, moved)


class _Glyphs:
    """Each digit in each typeface and thickness, drawn once in the middle of a square."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[int, int, int], Any] = {}

    def of(self, font: int, digit: int, stroke: int) -> Any:
        key = font, digit, stroke
        if key not in self._drawn:
            self._drawn[key] = self._draw(font, digit, stroke * _FINER / _STROKES)
        return self._drawn[key]

    def _draw(self, font: int, digit: int, stroke: float) -> Any:
        from PIL import Image, ImageDraw, ImageFont

        # The digits of these typefaces are 0.73 of the size of the letters high.
        path = str(resource("fonts", f"{FONTS[font]}.ttf"))
        letters = ImageFont.truetype(path, _GLYPH / 0.73)
        side = SIDE * _FINER
        image = Image.new("L", (side, side))
        ImageDraw.Draw(image).text(
            (side / 2, side / 2 + _GLYPH / 2), str(digit), 255, letters, "ms", stroke_width=stroke
        )
        return image


def _turned(glyph: Any, angle: float, zoom: float, moved: NDArray[np.float64]) -> Any:
    """The digit turned and scaled about the middle and then moved, averaged down to 28×28."""
    from PIL import Image

    middle = SIDE * _FINER / 2
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    # Pillow asks for the way back: where in the glyph a pixel of the result comes from.
    x, y = middle + moved[0], middle + moved[1]
    back = (cos, sin, middle - cos * x - sin * y, -sin, cos, middle + sin * x - cos * y)
    turned = glyph.transform(glyph.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
    return np.asarray(turned.reduce(_FINER))
