from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neuralbuilder import assets
from neuralbuilder.assets import resource

ROOT = Path(__file__).resolve().parent.parent


def test_a_source_tree_has_its_resources_beside_the_package() -> None:
    assert resource() == ROOT / "resources"
    assert resource("icons", "save.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/no such icon\.svg.*install NeuralBuilder"):
        resource("icons", "no such icon.svg")


def test_a_wheel_has_its_resources_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "neuralbuilder"
    (package / "resources").mkdir(parents=True)
    (tmp_path / "site-packages" / "resources").mkdir()  # somebody else's
    monkeypatch.setattr(assets, "_PACKAGE", package)
    assert resource() == package / "resources"


@pytest.mark.parametrize("place", ["resources", "neuralbuilder/resources"])
def test_a_frozen_app_unpacks_its_resources(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / place).mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resource() == tmp_path / place


def test_a_missing_folder_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "neuralbuilder")
    with pytest.raises(FileNotFoundError, match="folder 'resources' is missing"):
        resource("icons")
