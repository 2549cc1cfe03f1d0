"""NeuralBuilder: draw, train and understand neural networks.

Importing this package imports nothing else, so that ``neuralbuilder --version`` stays quick;
`Network` and `load` are there as soon as they are asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neuralbuilder.api import Network, load

__version__ = "0.1.0"
__all__ = ["Network", "__version__", "load"]


def __getattr__(name: str) -> object:
    if name in ("Network", "load"):
        from neuralbuilder import api

        return getattr(api, name)
    raise AttributeError(f"module 'neuralbuilder' has no attribute {name!r}")
