"""What is shipped: the wheel, the list of versions, and no traces of the machine it was made on."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest

import neuralbuilder

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = [path for path in (ROOT / "resources").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy and without a network."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "copy"
    copy.mkdir()
    for name in ("neuralbuilder", "resources"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=unwanted)
    for path in ROOT.iterdir():
        if path.is_file() and path.suffix in {"", ".toml", ".md", ".txt", ".py"}:
            shutil.copy(path, copy)
    command = [sys.executable, "-I", "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    result = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(folder), str(copy)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_all_resources_and_modules(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "neuralbuilder"
    wanted = {f"neuralbuilder/{path.relative_to(ROOT).as_posix()}" for path in RESOURCES}
    wanted |= {path.relative_to(ROOT).as_posix() for path in package.rglob("*.py")}
    assert RESOURCES
    assert wanted <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"neuralbuilder"}


def test_the_wheel_finds_its_resources(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    question = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from neuralbuilder.assets import resource; print(resource('icons', 'save.svg'))"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-c", question],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    expected = tmp_path / "neuralbuilder" / "resources" / "icons" / "save.svg"
    assert Path(answer.stdout.strip()) == expected.resolve()


def test_the_version_has_one_home(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = archive.read(name).decode()
    assert f"\nVersion: {neuralbuilder.__version__}\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata


def constraint_names() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    matches = [re.fullmatch(r"([A-Za-z0-9._-]+)==[0-9A-Za-z.+!]+", line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    return [re.sub(r"[-_.]+", "-", match[1]).lower() for match in matches if match]


def test_constraints_are_names_and_versions_of_all_that_is_needed() -> None:
    names = constraint_names()
    assert len(names) == len(set(names))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *chain.from_iterable(extras)]:
        match = re.match(r"[A-Za-z0-9._-]+", requirement)
        assert match is not None
        assert match[0].lower() in names


def test_no_file_tells_of_registries_or_of_a_machine() -> None:
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    registry = r"pypi\.(org|python)|pythonhosted\.(org|com)|--(extra-)?index-url|--find-links"
    machine = (
        r"(?<![\w.])/(root|work|home/\w+|Users/\w+|tmp/venv|opt/(pypi|wheels))/|[A-Z]:\\Users\\"
    )
    traces = re.compile(f"{registry}|{machine}")
    found = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {match.group()}" for match in traces.finditer(text)]
    assert not found
