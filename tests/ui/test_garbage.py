"""Garbage collection while a window is open."""

from __future__ import annotations

import gc
import weakref

from neuralbuilder.ui.garbage import spare_modules


class Knot:
    """Holds itself, so that only a collection takes it away."""

    def __init__(self) -> None:
        self.itself = self


def test_what_exists_is_not_looked_through_any_more_and_what_comes_later_is() -> None:
    stays = Knot()
    assert any(each is stays for each in gc.get_objects())
    spare_modules()
    assert not any(each is stays for each in gc.get_objects())
    later = weakref.ref(Knot())
    assert later() is not None
    gc.collect()
    assert later() is None
