"""Small image files made by hand, sound and damaged ones."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def pixels(count: int, height: int = 4, width: int = 5, seed: int = 0) -> NDArray[np.uint8]:
    """Grey images of chance."""
    return np.random.default_rng(seed).integers(0, 256, (count, height, width), np.uint8)


def idx_bytes(array: NDArray[np.uint8], code: int = 0x08) -> bytes:
    """The content of an IDX file."""
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes((0, 0, code, array.ndim)) + sizes + array.tobytes()


def write_idx(
    folder: Path, stem: str = "train", count: int = 20, packed: bool = False, seed: int = 0
) -> Path:
    """A file of 4×5 images with ten classes beside its labels; the path of the images."""
    ending, pack = (".gz", gzip.compress) if packed else ("", bytes)
    images = folder / f"{stem}-images-idx3-ubyte{ending}"
    images.write_bytes(pack(idx_bytes(pixels(count, seed=seed))))
    labels = np.arange(count, dtype=np.uint8) % 10
    (folder / f"{stem}-labels-idx1-ubyte{ending}").write_bytes(pack(idx_bytes(labels)))
    return images


def write_pictures(folder: Path, classes: dict[str, int], suffix: str = ".png") -> Path:
    """Pictures of 6×8 in one sub-folder per class; the darker the earlier the class."""
    from PIL import Image

    for shade, (name, count) in enumerate(classes.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            grey = pixels(1, 6, 8, seed=number)[0] // 4 + 60 * shade
            Image.fromarray(grey).save(folder / name / f"{number}{suffix}")
    return folder


def png_header(width: int, height: int) -> bytes:
    """A PNG of some bytes that says it is as large as this."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
