"""Picture files become arrays of one size, whatever they hold.

What a picture is (its format, its number of pixels) is read from its header before anything is
decoded.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.table_format import unreadable
from neuralbuilder.problems import UserError

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
)
"""Files with these endings are taken for pictures."""
MAXIMUM_PIXELS = 100_000_000

_ORIENTATION = 0x0112  # the EXIF tag
# Formats that are only data; others, such as EPS, would run an interpreter.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_ENDINGS = {
    "PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "MPO": (".jpg", ".jpeg"), "BMP": (".bmp",),
    "GIF": (".gif",), "WEBP": (".webp",), "TIFF": (".tif", ".tiff"), "PPM": (".ppm", ".pgm"),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What pictures are made into: height and width, channels (1 or 3), and how they get there."""

    height: int
    width: int
    channels: int = 1
    resizing: str = "fit"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width


def read_picture(path: Path, look: Look) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The picture as uint8 of `look.shape`, and remarks on what had to be converted.

    Raises `UserError` that says why it cannot be read.
    """
    with _opened(path) as picture:
        remarks = [*_remarks(path, picture)]
        orientation = picture.getexif().get(_ORIENTATION, 1)
        # JPEG can be decoded at a fraction of its size, which is quick.
        longest = 2 * max(look.height, look.width)
        picture.draft(None, (longest, longest))
        picture.load()
        image = _plain(picture, look.channels)
    if orientation in range(2, 9):
        remarks.append("turned upright as noted by the camera")
        image = _upright(image, orientation)
    pixels = np.asarray(_resized(image, look), np.uint8)
    pixels = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, 2, 0)
    return np.ascontiguousarray(pixels), tuple(remarks)


def picture_facts(path: Path) -> tuple[int, int, bool]:
    """Height, width, and whether the picture has colours; raises `UserError`."""
    with _opened(path) as picture:
        return picture.height, picture.width, picture.mode not in ("1", "L", "LA", "I;16", "I")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The picture, its header read and its size allowed; what goes wrong is a `UserError`."""
    from PIL import Image, UnidentifiedImageError

    # Pillow warns of large pictures and of odd notes in them; the limit here is our own.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=_FORMATS) as picture:
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


def _remarks(path: Path, picture: Any) -> Iterator[str]:
    """What is unusual about a picture, in words that follow “3 pictures were”."""
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        yield "animated; the first frame is used"
    if path.suffix.lower() not in _ENDINGS.get(picture.format, ()):
        yield f"{picture.format} in spite of the name"
    if picture.mode == "CMYK":
        yield "converted from CMYK"
    if picture.mode.startswith("I"):
        yield "reduced from 16 bits to 8"
    if picture.mode == "F":
        raise UserError(f"{path.name} holds fractions as pixels.", "Save it with 8 bits.")


def _plain(picture: Any, channels: int) -> Any:
    """The picture in grey or in colours, without transparency."""
    from PIL import Image

    if picture.mode.startswith("I"):
        # The high bytes; converting would clip everything above 255 to white.
        values = np.asarray(picture).astype(np.int64)
        picture = Image.fromarray(np.clip(values >> 8, 0, 255).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert("L" if channels == 1 else "RGB")


def _upright(image: Any, orientation: int) -> Any:
    """The image turned as the note about the camera's position says."""
    from PIL import Image

    ways = Image.Transpose
    method = {
        2: ways.FLIP_LEFT_RIGHT, 3: ways.ROTATE_180, 4: ways.FLIP_TOP_BOTTOM, 5: ways.TRANSPOSE,
        6: ways.ROTATE_270, 7: ways.TRANSVERSE, 8: ways.ROTATE_90,
    }[orientation]  # fmt: skip
    return image.transpose(method)


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
