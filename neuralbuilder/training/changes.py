"""Live changes of the plan, as the log notes them."""

from __future__ import annotations

from neuralbuilder.parts import settings_of
from neuralbuilder.project.model import Plan


def changes(old: Plan, new: Plan) -> list[tuple[str, float]]:
    """Which numbers of the plan changed, by the name people read, with their new values."""
    if type(old.optimizer) is not type(new.optimizer):
        rate = getattr(new.optimizer, "learning_rate", 0.0)
        return [(f"{new.optimizer.label}, learning rate", rate), *_numbers(old, new)]
    return _numbers(old.optimizer, new.optimizer) + _numbers(old, new)


def _numbers(old: object, new: object) -> list[tuple[str, float]]:
    return [
        (setting.label[0].lower() + setting.label[1:], float(getattr(new, setting.name)))
        for setting in settings_of(type(new))  # type: ignore[arg-type]
        if setting.type in ("integer", "number")
        and setting.name not in ("epochs", "seed")
        and getattr(old, setting.name) != getattr(new, setting.name)
    ]
