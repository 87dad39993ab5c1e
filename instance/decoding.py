"""JSON is read as a value of a type that is made known once, by one thread at a time.

msgspec works out what a class holds when it first meets it, and leaves that with the
class before it is whole. A second thread that meets the class in that moment reads what
is not there yet, and the process ends by a fault of memory (seen with msgspec 0.22).
A node reads its database in several threads. So nothing else here asks msgspec for a
type.
"""

import threading
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

_DECODERS: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}
_one_at_a_time: Final = threading.Lock()


def decode(data: bytes, kind: type[T]) -> T:
    """Read a value of a type.

    Raises:
        msgspec.MsgspecError: it is no such value, or no JSON.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        with _one_at_a_time:
            decoder = _DECODERS.get(kind) or msgspec.json.Decoder(kind)
            _DECODERS[kind] = decoder
    value: T = decoder.decode(data)
    return value
