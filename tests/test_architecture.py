"""The import rule: look down, never up, and let only the right folders see the big libraries."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "neuralbuilder"
LEVELS = {
    "problems": 0,
    "parts": 1, "assets": 1,
    "engine": 2, "data": 2,
    "project": 3, "insights": 3,
    "training": 4, "export": 4,
    "ui": 5, "api": 5, "benchmark": 5,
    "cli": 6,  # opens the window
    "__init__": 7, "__main__": 7,
}  # fmt: skip
LIBRARIES = {
    "engine": {"numpy", "scipy"},  # SciPy for one optimizer, imported when it is used
    "data": {"numpy", "pandas", "sklearn", "PIL", "openpyxl", "pyarrow"},
    "project": {"numpy", "safetensors"},
    "insights": {"numpy", "sklearn"},
    "training": {"numpy", "threadpoolctl"},
    "export": {"numpy", "onnx", "torch"},
    "benchmark": {"numpy", "sklearn", "threadpoolctl", "torch"},
    "ui": {"numpy", "PySide6", "shiboken6", "pyqtgraph"},
    "api": {"numpy"},
    "cli": {"numpy", "click", "rich"},
}
LATE = {
    "PIL",
    "pandas",
    "sklearn",
    "scipy",
    "threadpoolctl",
    "torch",
    "onnx",
    "openpyxl",
    "pyarrow",
}
OUT_OF_THE_ENGINE = {
    "asyncio", "multiprocessing", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile",
    "threading", "time",
}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))


def folder_of(path: Path) -> str:
    """The part of the package a file belongs to: a folder, or a module beside them."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    """Every imported module, inside functions too, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names = [alias.name for alias in node.names]
            if node.module == "neuralbuilder":
                yield from (
                    (f"neuralbuilder.{name}", node.lineno)
                    for name in names
                    if name != "__version__"
                )
            else:
                yield node.module or "", node.lineno


def test_every_file_has_a_level():
    assert {folder_of(path) for path in FILES} <= LEVELS.keys()
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_look_down(path: Path):
    home = folder_of(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for module, line in imports(tree, path):
        place = f"{path}:{line}: {home} must not import {module}"
        first, *rest = module.split(".")
        if first == "neuralbuilder":
            target = rest[0] if rest else "__init__"
            assert target == home or LEVELS[target] < LEVELS[home], place
        elif first not in sys.stdlib_module_names:
            assert first in LIBRARIES.get(home, set()), place
        elif home == "engine":
            assert first not in OUT_OF_THE_ENGINE, place
    at_once = {
        module.split(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module, _ in imports(node, path)
    }
    assert not at_once & LATE, f"{path} imports {at_once & LATE} before it is needed"


def test_importing_the_package_imports_nothing_else():
    allowed = {"__future__", "neuralbuilder.api"}
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    assert {module for module, _ in imports(tree, PACKAGE)} <= allowed
