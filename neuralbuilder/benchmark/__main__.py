"""The process that measures: ``python -m neuralbuilder.benchmark SETTINGS``, settings as JSON.

Writes one JSON object a line: ``{"done": 3, "next": "…"}`` while it measures, at last
``{"result": …}``. A process of its own, because the linear algebra library reads its environment
when NumPy is imported.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from neuralbuilder.benchmark.measurement import Settings, measure


def _tell(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def main(argument: str) -> int:
    """Measure what the settings say."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(argument).items()
    }
    try:
        result = measure(Settings(**given), lambda done, what: _tell(done=done, next=what))
        _tell(result=result)
    except (KeyboardInterrupt, BrokenPipeError):
        # Whoever asked was interrupted too, or has gone.
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
