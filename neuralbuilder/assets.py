"""The one place that knows where ``resources/`` is: in a source tree, a wheel or a frozen app."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """The path of a file or folder in ``resources/``, such as ``resource("icons", "save.svg")``.

    Without parts it is the folder itself.

    Raises:
        FileNotFoundError: Nothing of that name is there; the text says where it was looked for.
    """
    folder = _resources_folder()
    path = folder.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(
            f"NeuralBuilder's own file '{'/'.join(parts)}' is missing from {folder}. "
            "The installation is damaged: install NeuralBuilder again."
        )
    return path


def _resources_folder() -> Path:
    """The first folder that exists; a wheel comes before a source tree, see below."""
    candidates = _candidates()
    for folder in candidates:
        if folder.is_dir():
            return folder
    places = " or ".join(str(folder) for folder in candidates)
    raise FileNotFoundError(
        f"NeuralBuilder's folder 'resources' is missing; it was expected at {places}. "
        "The installation is damaged: install NeuralBuilder again."
    )


def _candidates() -> list[Path]:
    """Where the folder can be.

    In a wheel the source tree's place would be ``site-packages/resources``, which may belong to
    somebody else; therefore the place inside the package is asked first.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return [Path(frozen) / "neuralbuilder" / "resources", Path(frozen) / "resources"]
    return [_PACKAGE / "resources", _PACKAGE.parent / "resources"]
