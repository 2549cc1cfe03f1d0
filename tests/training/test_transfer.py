"""Messages between the processes: large arrays travel beside them, and what cannot is refused."""

from __future__ import annotations

import pickle
from multiprocessing import Pipe
from threading import Thread

import numpy as np
import pytest

from neuralbuilder.training import transfer


@pytest.mark.parametrize("count", [0, 1, transfer.LARGE // 8, 1_000_000])
def test_arrays_arrive_as_they_were_and_can_be_written(count):
    ours, theirs = Pipe()
    arrays = {"x": np.arange(count, dtype=np.float64), "y": np.ones((3, 2), np.uint8)[:, ::-1]}
    arrays["turned"] = arrays["x"].reshape(-1, 1).repeat(2, axis=1).T
    sender = Thread(target=transfer.send, args=(ours, ("text", arrays)))
    sender.start()
    word, received = transfer.receive(theirs)
    sender.join()
    assert word == "text"
    for name, array in arrays.items():
        np.testing.assert_array_equal(received[name], array)
        assert received[name].dtype == array.dtype
    received["x"] += 1
    ours.close()
    theirs.close()


def test_nothing_is_written_of_what_cannot_be_copied():
    ours, theirs = Pipe()
    with pytest.raises((pickle.PicklingError, AttributeError)):
        transfer.send(ours, (np.zeros(transfer.LARGE), lambda: None))
    assert not theirs.poll()
    transfer.send(ours, "next")
    assert transfer.receive(theirs) == "next"
    ours.close()
    with pytest.raises(EOFError):
        transfer.receive(theirs)
    theirs.close()
