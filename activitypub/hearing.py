"""What another server answers is heard within bounds, packed or not."""

import zlib
from collections.abc import Mapping

from activitypub.errors import (
    Malformed,
    TooLarge,
    Unsupported,
)


class Beginning:
    """Hears how another server answered, and of what it said so much and no more."""

    def __init__(self, most: int) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
        self._most = most

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        self.status, self.headers = status, headers

    def more(self, piece: bytes) -> bool:
        self.body += piece[: self._most - len(self.body)]
        return len(self.body) < self._most


class Document(Beginning):
    """Hears a whole document, unpacked, within its limits.

    Args:
        unread: how many bytes to hear of an answer that is no document.
        most: how many bytes of a document, packed or not.
        ratio: to how many times of what was sent it may unpack.
    """

    def __init__(self, *, unread: int, most: int, ratio: int) -> None:
        super().__init__(unread)
        self._limit, self._ratio = most, ratio
        self._unpack: Gunzip | None = None

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        super().begins(status, headers)
        if status != 200:
            return
        self._most = limit = self._limit
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise TooLarge("There is more of this than we read.")
        packing = headers.get("content-encoding", "").strip().lower()
        if packing not in {"", "identity", "gzip", "x-gzip"}:
            raise Unsupported("This is packed in a way that we do not unpack.")
        if packing.endswith("gzip"):
            self._unpack = Gunzip(limit, self._ratio)

    def more(self, piece: bytes) -> bool:
        if self.status != 200:
            return super().more(piece)
        self.body += piece if self._unpack is None else self._unpack.feed(piece)
        if len(self.body) > self._most:
            raise TooLarge("There is more of this than we read.")
        return True

    def whole(self) -> bytes:
        """Return all of it.

        Raises:
            Malformed: it is packed, and cut short.
        """
        if self._unpack is not None:
            self._unpack.finish()
        return bytes(self.body)


class Gunzip:
    """Unpack one layer of gzip, never more at a time than the limit allows."""

    def __init__(self, limit: int, ratio: int) -> None:
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._limit = limit
        self._ratio = ratio
        self._packed = 0
        self._unpacked = 0

    def feed(self, chunk: bytes) -> bytes:
        self._packed += len(chunk)
        try:
            out = self._stream.decompress(chunk, self._limit + 1 - self._unpacked)
        except zlib.error as error:
            raise Malformed("This is not packed as it says.") from error
        self._unpacked += len(out)
        if self._stream.unused_data:
            raise Malformed("This is packed, and more follows the end of it.")
        if max(self._packed, self._unpacked) > self._limit:
            raise TooLarge("There is more of this than we read.")
        if self._unpacked > self._ratio * self._packed:
            raise TooLarge("This unpacks to far more than was sent.")
        return out

    def finish(self) -> None:
        if not self._stream.eof:
            raise Malformed("This is packed, and cut short.")
