"""Messages through a pipe whose large arrays are not copied on the way in.

Packing an array of 100 MB into a message would hold up every other thread of the window for
a tenth of a second. Such arrays follow the message as they lie in memory, which lets others work.
"""

from __future__ import annotations

import pickle
from multiprocessing.connection import Connection

LARGE = 2**20
"""Bytes from which on an array travels by itself."""


def send(connection: Connection, message: object) -> None:
    """Write a message into the pipe; `OSError` where nobody reads it.

    What cannot be copied raises an error of `pickle` before anything is written.
    """
    arrays: list[memoryview] = []

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= LARGE:
            arrays.append(raw)
        return raw.nbytes < LARGE

    content = pickle.dumps(message, protocol=5, buffer_callback=stays_inside)
    connection.send((content, [array.nbytes for array in arrays]))
    for array in arrays:
        connection.send_bytes(array)


def receive(connection: Connection) -> object:
    """The next message that `send` has written; waits for it. Its arrays can be written."""
    content, sizes = connection.recv()
    arrays = []
    for size in sizes:
        array = bytearray(size)
        connection.recv_bytes_into(array)
        arrays.append(array)
    return pickle.loads(content, buffers=arrays)
