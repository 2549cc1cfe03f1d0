"""The bad files of the acceptance list, written to disk for the command line and for the window.

`REFUSED` are project files that cannot be opened, `ODD` those that open with a word about what is
odd, `TABLES` tables that give no samples. Each entry writes its file into a folder, and names what
the message has to say.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neuralbuilder.engine.network import Network
from neuralbuilder.project.container import pack, read_metadata
from neuralbuilder.project.files import Document, to_bytes
from neuralbuilder.project.fitting import set_design
from neuralbuilder.project.model import Project, State

Write = Callable[[Path], object]


class Bad(NamedTuple):
    """How to make the file at a path, a word that the message has to hold, and its name."""

    write: Write
    word: str
    name: str = "bad.nbnet"

    def at(self, folder: Path) -> Path:
        """The file, made in this folder."""
        path = folder / self.name
        self.write(path)
        return path


def trained() -> Document:
    """R⁴ → 3 tanh → R² with weights."""
    project = set_design(Project(), "R^4 -> 3 tanh -> R^2")
    return Document(project, State(Network(project.graph()).initial(0), step=7))


CONTENT = to_bytes(trained())
METADATA = read_metadata(CONTENT)


def design(**changes: Any) -> dict[str, Any]:
    """The design of `trained` as a dict, with some of its keys replaced."""
    return json.loads(METADATA["project"]) | changes


def layer(node_id: str = "hidden_1", **changes: Any) -> dict[str, Any]:
    """The design with some settings of one layer replaced."""
    data = design()
    data["nodes"][node_id]["layer"] |= changes
    return data


def node(node_id: str = "hidden_1", **changes: Any) -> dict[str, Any]:
    """The design with some facts about one node replaced."""
    data = design()
    data["nodes"][node_id] |= changes
    return data


def another(node_id: str) -> dict[str, Any]:
    """The design with a node of this id."""
    data = design()
    data["nodes"][node_id] = data["nodes"]["hidden_1"]
    return data


def project(text: Any, **metadata: str) -> bytes:
    """The content of a file with this design, as text or as a dict."""
    text = text if isinstance(text, str) else json.dumps(text)
    facts = {"format": "neuralbuilder", "version": "[1, 0]", "app": "0.1.0", "project": text}
    return pack({}, facts | metadata)


def number(word: str) -> bytes:
    """The design with a number that a file may not hold."""
    text = json.dumps(design())
    assert '"x": 288.0' in text
    return project(text.replace('"x": 288.0', f'"x": {word}'))


def container(header: Any, data: bytes = b"") -> bytes:
    """A container with this header, right or wrong."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def array(start: int, stop: int, *shape: int) -> dict[str, object]:
    """The entry of an array in a header."""
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, stop]}


def content(data: bytes) -> Write:
    """Writes these bytes."""
    return lambda path: path.write_bytes(data)


def sparse(size: int, start: bytes = b"") -> Write:
    """Writes a file of this size that takes no room on the disk."""

    def write(path: Path) -> None:
        path.write_bytes(start)
        os.truncate(path, size)

    return write


def _nothing(path: Path) -> None:
    """Makes no file at all."""


_PLAIN = json.dumps(
    {"format": "neuralbuilder", "version": [1, 0], "app": "é", "project": design()},
    ensure_ascii=False,
)
_MANY = {f"n{i}": design()["nodes"]["hidden_1"] for i in range(10_000)}

REFUSED: dict[str, Bad] = {
    "P1 empty": Bad(content(b""), "empty"),
    "P2 cut in the header": Bad(content(CONTENT[:300]), "cut short"),
    "P2 cut in the arrays": Bad(content(CONTENT[:-10]), "cut short"),
    "P2 design cut": Bad(content(project(json.dumps(design())[:200])), "character"),
    "P2 text without end": Bad(content(project('"' + '\\"' * 300_000)), "character"),
    "P3 random bytes": Bad(content(np.random.default_rng(0).bytes(5000)), "not a NeuralBuilder"),
    "P3 picture": Bad(content(b"\x89PNG\r\n\x1a\n" + bytes(100)), "PNG"),
    "P4 UTF-16": Bad(content(_PLAIN.encode("utf-16")), "UTF-16"),
    "P4 Latin-1": Bad(content(_PLAIN.encode("latin-1")), "Latin-1"),
    "P5 other format": Bad(content(project(design(), format="other")), "not a NeuralBuilder"),
    "P5 other JSON": Bad(content(b'{"a": 1}'), "not a NeuralBuilder"),
    "P6 newer": Bad(content(project(design(), version="[2, 0]", app="9.8.7")), "9.8.7"),
    "P9 key twice": Bad(content(project('{"notes": "", "notes": "x"}')), "twice"),
    **{
        f"P10 {word[:9]}": Bad(content(number(word)), "nodes.hidden_1.x")
        for word in ("NaN", "Infinity", "1e999", "-0", "9" * 5000)
    },
    "P11 brackets": Bad(content(project('{"a": ' + "[" * 100_000)), "nested"),
    "P12 layers": Bad(content(project(design(nodes=_MANY))), "10,000 layers"),
    "P12 links": Bad(content(project(design(links=[["input", "output"]] * 100_000))), "links"),
    **{
        f"P14 units {units!r}": Bad(content(project(layer(units=units))), "hidden_1")
        for units in (0, -3, 2.5, "64", True, 10**12)
    },
    "P15 link to nothing": Bad(content(project(design(links=[["input", "gone"]]))), "gone"),
    "P15 link to itself": Bad(content(project(design(links=[["input", "input"]]))), "itself"),
    "P15 link twice": Bad(content(project(design(links=[["input", "output"]] * 2))), "twice"),
    **{
        f"P16 id {node_id!r}": Bad(content(project(another(node_id))), "id of a layer")
        for node_id in ("", "a/b", "..", "a\0b")
    },
    "P18 NaN": Bad(content(number("NaN")), "nodes.hidden_1.x"),
    "P19 missing": Bad(_nothing, "no such file"),
    "P19 folder": Bad(lambda path: path.mkdir(), "folder"),
    "P19 long name": Bad(_nothing, "too long", "x" * 300 + ".nbnet"),
    "P20 five gigabytes": Bad(sparse(5 * 2**30), "GiB"),
    "W1 header beyond the file": Bad(content(struct.pack("<Q", 1000) + b'{"a"'), "cut short"),
    "W1 header too long": Bad(content(struct.pack("<Q", 2**62) + b'{"a": 1}'), "not a Neural"),
    "W2 overlap": Bad(
        content(container({"a": array(0, 8, 2), "b": array(4, 12, 2)}, bytes(12))), "overlaps"
    ),
    "W2 gap": Bad(
        content(container({"a": array(0, 8, 2), "b": array(12, 20, 2)}, bytes(20))), "gap"
    ),
    "W2 trailing bytes": Bad(content(CONTENT + b"more"), "after its end"),
    "W2 name twice": Bad(
        content(container(b'{"a": {"dtype": "F32"}, "a": {"dtype": "F32"}}')), "twice"
    ),
    "W3 overflow": Bad(
        content(container({"a": array(0, 8, 2**40, 2**40)}, bytes(8))), "described wrongly"
    ),
    "W3 negative": Bad(content(container({"a": array(0, 8, -2)}, bytes(8))), "described wrongly"),
    "W7 array": Bad(content(b"\x93NUMPY\x01\x00" + bytes(100)), "NumPy"),
    "W7 pickle": Bad(content(b"\x80\x04K\x01." + bytes(100)), "run code"),
    "W7 zip": Bad(content(b"PK\x03\x04" + bytes(100)), "zip archive"),
}

if sys.platform != "win32":
    REFUSED |= {
        "P19 device": Bad(os.mkfifo, "device"),
        "P19 dangling link": Bad(lambda path: path.symlink_to("nothing"), "link"),
    }
    if os.geteuid() != 0:
        REFUSED["P19 no permission"] = Bad(
            lambda path: (path.write_bytes(CONTENT), path.chmod(0)), "permission"
        )

_NAN = trained().state
assert _NAN is not None
_NAN_WEIGHTS = _NAN.parameters.copy()
_NAN_WEIGHTS[0] = np.nan
_CYCLE = [["input", "hidden_1"], ["hidden_1", "output"], ["output", "hidden_1"]]

ODD: dict[str, Bad] = {
    "P13 unknown layer": Bad(content(project(layer(part="capsule"))), "'capsule'"),
    "P15 cycle": Bad(content(project(design(links=_CYCLE))), "leads back"),
    "P18 out of reach": Bad(content(project(node(x=1e300))), "arranged"),
    "W4 other shape": Bad(
        content(pack({"weights/hidden_1/W": np.zeros((9, 9))}, METADATA)), "hidden_1/W has shape"
    ),
    "W5 not finite": Bad(
        content(to_bytes(Document(trained().project, State(_NAN_WEIGHTS, step=7)))), "hidden_1/W"
    ),
}

NOT_TRAINED = ("P13 unknown layer", "P15 cycle", "W5 not finite")
"""What opens and cannot be trained as it is."""


def text(words: str, encoding: str = "utf-8") -> Write:
    """Writes a text."""
    return content(words.encode(encoding))


def table(write: Write, word: str) -> Bad:
    """A bad table."""
    return Bad(write, word, "bad.csv")


TABLES: dict[str, Bad] = {
    "C1 empty": table(text(""), "empty"),
    "C1 header only": table(text("a,b,c\n"), "0 rows"),
    "C1 one row": table(text("a,b\n1,2\n"), "1 row "),
    "C1 one column": table(text("a\n1\n2\n3\n"), "1 column "),
    "C2 ragged": table(text("a,b\n1,2\n3\n4,5,6\n7,8.5\n"), "line 3 has 1, line 4 has 3"),
    "C5 only words for numbers": table(text("a,b\n1_000,\nNA,\n?,1\n"), "missing values"),
    "C7 nothing in any column": table(text("a,b\n,\n,\n,\n"), "olumn"),
    "C8 single class": table(text("a,b\nx,x\nx,x\n"), "single class"),
    "C8 a class for every row": table(
        text("a,b\n" + "".join(f"{i},c{i}\n" for i in range(10_000))), "olumn is"
    ),
    "C9 ten gigabytes": table(sparse(10_000_000_000, b"a,b\n1,2\n3,4.5\n"), "GB"),
    "C10 long field": table(text("a,b\n1,2\n3," + "z" * 200_000 + "\n"), "line 3"),
    "C10 NUL": table(text("a,b\n1,2\n3\0,4\n"), "NUL"),
    "C10 unclosed quote": table(text('a,b\n1,2\n3,"4\n5,6\n'), "line 3"),
    "C11 gone": table(_nothing, "not there"),
    "C11 folder": table(lambda path: path.mkdir(), "not a file"),
    "C12 extreme": table(text("a,b\n1e300,2.5\n1e-310,3.5\n1,4.5\n"), "line 2"),
    "an archive": table(content(b"PK\x03\x04 and so on"), "unpacked"),
}
