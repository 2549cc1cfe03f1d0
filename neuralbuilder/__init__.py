"""NeuralBuilder: draw, train and understand neural networks.

Importing this package imports nothing else, so that ``neuralbuilder --version`` stays quick;
`Network` and `load` are there as soon as they are asked for. So are the parts that `Network.fit`
takes where a name is not enough: ``optimizers.Adam(learning_rate=0.01, beta1=0.8)`` from
`optimizers`, and those of `losses`, `schedules` and `stopping`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neuralbuilder.api import Network, load, losses, optimizers, schedules, stopping

__version__ = "0.1.0"
__all__ = [
    "Network", "__version__", "load", "losses", "optimizers", "schedules", "stopping",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in __all__:
        from neuralbuilder import api

        return getattr(api, name)
    raise AttributeError(f"module 'neuralbuilder' has no attribute {name!r}")
