"""Picture files become arrays of one size, whatever they hold.

What a picture is (its format, its number of pixels) is read from its header before anything is
decoded.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.tables.reading.format import unreadable
from neuralbuilder.problems import UserError

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
)
"""Files with these endings are taken for pictures."""
MAXIMUM_PIXELS = 100_000_000

GROUNDS = {
    "white": (255, 255, 255, 255),
    "black": (0, 0, 0, 255),
    "grey": (128, 128, 128, 255),
}
"""What transparent pictures can lie on, as red, green, blue and alpha."""

Range = tuple[float, float]
"""The values of black and of white."""

_SIXTEEN_BITS: Range = (0.0, 65535.0)
_ORIENTATION = 0x0112  # the EXIF tag
_TURNED = (2, 3, 4, 5, 6, 7, 8)  # the values of it that ask for something; from 5 on, sides change
# Formats that are only data; others, such as EPS, would run an interpreter.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_JPEG = (".jpg", ".jpeg", ".jfif")
_ENDINGS = {
    "PNG": (".png",), "JPEG": _JPEG, "MPO": _JPEG, "BMP": (".bmp",),
    "GIF": (".gif",), "WEBP": (".webp",), "TIFF": (".tif", ".tiff"), "PPM": (".ppm", ".pgm"),
}  # fmt: skip


class _OddPixels(Exception):
    """No grey can be made of the pixels; says what they are."""


@dataclass(frozen=True)
class Look:
    """What pictures are made into.

    Attributes:
        height: In pixels.
        width: In pixels.
        channels: 1 for grey, 3 for red, green and blue.
        resizing: How other proportions get there: fit, crop or stretch.
        ground: What transparent pictures lie on: white, black or grey.
        grey: The values of black and white in pictures of more than 8 bits; None where those are
            not known, which leaves whole numbers from 0 to 65,535.
    """

    height: int
    width: int
    channels: int = 1
    resizing: str = "fit"
    ground: str = "white"
    grey: Range | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width


def read_picture(path: Path, look: Look) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The picture as uint8 of `look.shape`, and remarks on what had to be converted, in words that
    follow “3 pictures are”. Raises `UserError` that says why it cannot be read.
    """
    with upright(path, look) as (picture, remarks):
        return pixels_of(picture, look), (*remarks, *remarks_on(picture, look))


@contextmanager
def upright(path: Path, look: Look) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The picture itself, read and turned as the note about the camera says, and remarks on its
    file. Raises `UserError`.
    """
    from PIL import ImageOps

    with _opened(path) as picture:
        remarks = [*_remarks(path, picture)]
        if _orientation(picture) in _TURNED:
            remarks.append("turned upright as noted by the camera")
        # JPEG can be decoded at a fraction of its size, which is quick.
        longest = 2 * max(look.height, look.width)
        picture.draft(None, (longest, longest))
        picture.load()
        # Pillow turns a TIFF while it reads it, and takes the note away then.
        ImageOps.exif_transpose(picture, in_place=True)
        yield picture, tuple(remarks)


def pixels_of(picture: Any, look: Look) -> NDArray[np.uint8]:
    """The picture as uint8 of `look.shape`."""
    image = _plain(picture, look)
    image = _resized(image.convert("L" if look.channels == 1 else "RGB"), look)
    pixels = np.asarray(image, np.uint8)
    pixels = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, 2, 0)
    return np.ascontiguousarray(pixels)


def picture_facts(path: Path) -> tuple[int, int, bool]:
    """Height, width, and whether the picture has colours; raises `UserError`."""
    with _opened(path) as picture:
        height, width = picture.height, picture.width
        # Of a TIFF, Pillow gives the size as it will be.
        if picture.format != "TIFF" and _orientation(picture) in _TURNED[3:]:
            height, width = width, height
        return height, width, not (is_deep(picture) or picture.mode in ("1", "L", "LA"))


def is_deep(picture: Any) -> bool:
    """Whether its grey values have more than 8 bits: 10, 12, 16 or 32, or fractions."""
    return picture.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")


def deep_values(picture: Any) -> NDArray[np.float64]:
    """The grey values (height, width) of a deep picture, within `upright`."""
    values = np.asarray(picture, np.float64)
    if not np.isfinite(values).all():
        raise _OddPixels("pixels that are not finite numbers")
    return values


def is_transparent(picture: Any) -> bool:
    """Whether something shines through it anywhere."""
    if is_deep(picture) or not picture.has_transparency_data:
        return False
    return bool(picture.convert("RGBA").getchannel("A").getextrema()[0] < 255)


def remarks_on(picture: Any, look: Look) -> tuple[str, ...]:
    """What the look makes of a picture that is not plain 8 bits, in words as above."""
    if is_deep(picture):
        if look.grey is None:
            return ("reduced from 16 bits to 8",)
        low, high = look.grey
        values = deep_values(picture)
        beyond = values.min() < low or values.max() > high
        cut = "; values beyond are cut off" if beyond else ""
        return (f"scaled from grey values of {low:.12g} to {high:.12g}{cut}",)
    return (f"transparent and laid on {look.ground}",) if is_transparent(picture) else ()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The picture, its header read and its size allowed; what goes wrong is a `UserError`."""
    from PIL import Image, UnidentifiedImageError

    # Pillow warns of large pictures and of odd notes in them; the limit here is our own.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Opened here, as Pillow maps plain TIFFs that it opens itself into memory, and then
            # reads those that are to be turned line by line with the wrong length (13.0).
            with open(path, "rb") as file, Image.open(file, formats=_FORMATS) as picture:
                if picture.width * picture.height > MAXIMUM_PIXELS:
                    raise _too_large(path, f"{picture.width:,} × {picture.height:,}")
                yield picture
        except Image.DecompressionBombError as error:
            found = re.search(r"\d+", str(error))
            raise _too_large(path, f"{int(found[0]):,}" if found else "too many") from None
        except UnidentifiedImageError:
            raise UserError(
                f"{path.name} is not a picture.", "Save it as PNG or JPEG, or remove it."
            ) from None
        except (FileNotFoundError, PermissionError) as error:
            raise unreadable(path, error) from None
        except _OddPixels as odd:
            raise UserError(f"{path.name} holds {odd}.", "Save it with 8 bits.") from None
        except UserError:
            raise
        except Exception as error:  # what the decoders raise for damage has no common class
            reason = "it is cut short" if "truncated" in str(error) else "it is damaged"
            raise UserError(
                f"{path.name} cannot be read: {reason}.", "Copy it again, or remove it."
            ) from None


def _too_large(path: Path, pixels: str) -> UserError:
    return UserError(
        f"{path.name} has {pixels} pixels; at most {MAXIMUM_PIXELS:,} are read.",
        "Make the picture smaller.",
    )


def remark_notes(remarks: Counter[str]) -> tuple[str, ...]:
    """Sentences on how many pictures each remark was made about."""
    return tuple(
        f"{count:,} picture{' is' if count == 1 else 's are'} {remark}."
        for remark, count in remarks.most_common()
    )


def _orientation(picture: Any) -> int:
    return int(picture.getexif().get(_ORIENTATION, 1))


def _remarks(path: Path, picture: Any) -> Iterator[str]:
    """What is unusual about the file of a picture."""
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        yield "animated; the first frame is used"
    if path.suffix.lower() not in _ENDINGS.get(picture.format, ()):
        yield f"{picture.format} in spite of the name"
    if picture.mode in ("CMYK", "LAB"):
        yield f"converted from {picture.mode}"


def _plain(picture: Any, look: Look) -> Any:
    """The picture in 8 bits and without transparency."""
    from PIL import Image

    if is_deep(picture):
        return Image.fromarray(_eight_bits(picture, look.grey))
    if picture.mode == "LAB":
        return _from_lab(picture)
    if picture.has_transparency_data:
        ground = Image.new("RGBA", picture.size, GROUNDS[look.ground])
        return Image.alpha_composite(ground, picture.convert("RGBA"))
    return picture


def _eight_bits(picture: Any, grey: Range | None) -> NDArray[np.uint8]:
    if grey is None and picture.mode == "F":
        raise _OddPixels("fractions as pixels, of which nobody knows which are black and white")
    low, high = grey or _SIXTEEN_BITS
    shares = (deep_values(picture) - low) / (high - low)
    return np.rint(255 * np.clip(shares, 0.0, 1.0)).astype(np.uint8)


def _from_lab(picture: Any) -> Any:
    """L*a*b* (D50, as in TIFF and ICC profiles) in sRGB."""
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(picture, *profiles, outputMode="RGB")


def _resized(image: Any, look: Look) -> Any:
    from PIL import Image, ImageOps

    size = (look.width, look.height)
    if image.size == size:
        return image
    smooth = Image.Resampling.BILINEAR
    if look.resizing == "stretch":
        return image.resize(size, smooth)
    if look.resizing == "crop":
        return ImageOps.fit(image, size, smooth)
    return ImageOps.pad(image, size, smooth, color=_edge(image))


def _edge(image: Any) -> Any:
    """The colour in the corners (their median), which continues the ground of most pictures."""
    right, bottom = image.width - 1, image.height - 1
    corners = [image.getpixel(xy) for xy in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    median = np.median(np.array(corners), axis=0).astype(int)
    return int(median) if median.ndim == 0 else tuple(median.tolist())
