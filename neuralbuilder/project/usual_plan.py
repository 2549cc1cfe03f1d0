"""The settings with which training begins, by what the data are."""

from __future__ import annotations

from typing import Any

from neuralbuilder.data.images.augmentation import LightAugmentation
from neuralbuilder.data.preprocessing import MinMax
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.splits import divided_count
from neuralbuilder.engine.optimizers import Adam
from neuralbuilder.engine.schedules import Cosine
from neuralbuilder.parts import changed
from neuralbuilder.project.model import Plan

RATE_FOR_IMAGES = 0.002
"""Adam's learning rate for images, whose hundreds of pixels move every sum at once."""

_SIDE_OF_PICTURES = 16
_PICTURES_SEEN = 200_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 20, 100
_TOGETHER = (("preprocessing", "optimizer"), ("schedule", "epochs"), ("augmentation",))
"""The settings that depend on the data, in groups that are chosen together."""


def usual_settings(samples: Samples) -> dict[str, Any]:
    """The settings of a plan that suit such data.

    Pixels go from 0 to 1 and are learnt with a small rate. Pictures that show a class are moved by
    up to one pixel, anew in every epoch, as what they show does not depend on where it stands;
    images of 8×8 are too small for that. Their rate falls along a cosine until training ends: after
    20 epochs, or more where there are fewer than 10,000 pictures to learn from, up to 100.
    """
    if not samples.is_images:
        return _settings_of(Plan())
    if samples.task == "regression" or min(samples.input_shape[1:]) < _SIDE_OF_PICTURES:
        return _for_images()
    wanted = _PICTURES_SEEN // max(1, divided_count(samples))
    return _for_pictures(min(max(wanted, _FEWEST_EPOCHS), _MOST_EPOCHS))


def suitable_plan(plan: Plan, samples: Samples, before: Samples | None = None) -> Plan:
    """The plan with the `usual_settings` for the data, save for what a user has chosen.

    What is usual without data or for images counts as not chosen, and so does what is usual for
    the samples `before`. Scaling and optimizer belong together, and so do schedule and epochs:
    where one of them is chosen, the other stays, too.
    """
    usual, begun_with = usual_settings(samples), [_settings_of(Plan()), _for_images()]
    if before is not None:
        begun_with.append(usual_settings(before))
    suited: dict[str, Any] = {}
    for names in _TOGETHER:
        present = [getattr(plan, name) for name in names]
        if any(present == [settings[name] for name in names] for settings in begun_with):
            suited |= {name: usual[name] for name in names}
    result: Plan = changed(plan, **suited)
    return result


def falling(epochs: int) -> Cosine:
    """The fall of the rate that is usual for pictures; the rest of it lets training go on."""
    return Cosine(epochs=epochs, minimum=0.01)


def _settings_of(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for names in _TOGETHER for name in names}


def _for_images() -> dict[str, Any]:
    scaled = {"preprocessing": MinMax(), "optimizer": Adam(learning_rate=RATE_FOR_IMAGES)}
    return _settings_of(Plan()) | scaled


def _for_pictures(epochs: int) -> dict[str, Any]:
    course = {"schedule": falling(epochs), "epochs": epochs}
    return _for_images() | course | {"augmentation": LightAugmentation(shift=1)}
