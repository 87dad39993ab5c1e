"""A recording keeps its sound byte for byte, and nothing else that came in the file.

What it is is told by its first bytes, and its parts are read here, in a language that
is not led astray by a broken file. Where, when and with what it was recorded, its
title and its pictures are blanked where they lie, so that nothing has to be moved and
nothing is decoded: that is left to the browser of whoever listens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from activitypub.errors import Unsupported

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PARTS: Final = 200_000
DEEPEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that may be served, and its media type."""

    type: str
    body: bytes


def clean(data: bytes) -> Recording:
    """Blank all in a recording that is no sound.

    Args:
        data: MP3, M4A, Ogg with Opus or Vorbis, FLAC or WAV.

    Raises:
        Unsupported: it is none of these, is too large, is broken, or has moving
            pictures.
    """
    if len(data) > MOST_BYTES:
        raise Unsupported("This recording is too large.")
    for is_one, type, clear in _FORMATS:
        if is_one(data):
            try:
                return Recording(type=type, body=clear(data))
            except (LookupError, ValueError) as error:
                raise Unsupported("This recording is broken.") from error
    raise Unsupported("This is no recording that can be played here.")


# MP3: frames, one after the other (ISO 11172-3). Everything between them goes.

_BITRATES: Final = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000)}
_RATES_OF_2_5: Final = (11_025, 12_000, 8_000)
_FEWEST_FRAMES: Final = 4


def _is_mp3(data: bytes) -> bool:
    return data.startswith(b"ID3") or (len(data) > 3 and _frame(data, 0) > 0)


def _clear_mp3(data: bytes) -> bytes:
    at = 0
    while data[at : at + 3] == b"ID3":
        size = 0
        for each in data[at + 6 : at + 10]:
            size = size << 7 | each & 0x7F
        at += 10 + size
    kept = []
    while at + 4 <= len(data) and (size := _frame(data, at)):
        if at + size > len(data):
            break
        kept.append(data[at : at + size])
        at += size
    if len(kept) < _FEWEST_FRAMES:
        raise ValueError
    return b"".join(kept)


def _frame(data: bytes, at: int) -> int:
    """Return how long the frame of layer III is that begins here; 0 if none does."""
    first, second, third = data[at : at + 3]
    version, layer = second >> 3 & 3, second >> 1 & 3
    rate, bits, padding = third >> 2 & 3, third >> 4, third >> 1 & 1
    if first != 0xFF or second >> 5 != 7 or version == 1 or layer != 1:
        return 0
    if rate == 3 or bits in (0, 15):
        return 0
    hertz = (_RATES.get(version) or _RATES_OF_2_5)[rate]
    kilobits = _BITRATES[1 if version == 3 else 2][bits]
    return (144 if version == 3 else 72) * kilobits * 1000 // hertz + padding


# WAV: chunks (RIFF). Those that are no sound become junk.


def _is_wav(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def _clear_wav(data: bytes) -> bytes:
    out, at, found = bytearray(data), 12, set()
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size
        if end > len(data):
            break
        found.add(name)
        if name not in (b"fmt ", b"data", b"fact"):
            out[at : at + 4] = b"junk"
            out[at + 8 : end] = bytes(size)
        if size % 2:
            out[end : end + 1] = bytes(len(out[end : end + 1]))
        at = end + size % 2
        if len(found) > DEEPEST * DEEPEST:
            raise ValueError
    if not {b"fmt ", b"data"} <= found:
        raise ValueError
    del out[at:]
    out[4:8] = (len(out) - 8).to_bytes(4, "little")
    return bytes(out)


# FLAC: blocks before the frames. Comments, pictures and the like become padding.

_STREAMINFO, _PADDING, _SEEKTABLE = 0, 1, 3


def _is_flac(data: bytes) -> bool:
    return data.startswith(b"fLaC")


def _clear_flac(data: bytes) -> bytes:
    out, at, last = bytearray(data), 4, False
    while not last:
        last, kind = bool(data[at] & 0x80), data[at] & 0x7F
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        if at + 4 + size > len(data) or (at == 4) != (kind == _STREAMINFO):
            raise ValueError
        if kind not in (_STREAMINFO, _SEEKTABLE):
            out[at] = data[at] & 0x80 | _PADDING
            out[at + 4 : at + 4 + size] = bytes(size)
        at += 4 + size
    if data[at] != 0xFF:
        raise ValueError
    return bytes(out)


# Ogg: pages (RFC 3533). The second packet holds the comments (RFC 7845, 5.2); it keeps
# its length, says that there is none, and its pages are summed up anew.

_TAGS: Final = {b"OpusHead": b"OpusTags", b"\x01vorbis": b"\x03vorbis"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    at: int
    body: int
    end: int
    lacing: bytes
    serial: bytes


def _is_ogg(data: bytes) -> bool:
    return data.startswith(b"OggS")


def _clear_ogg(data: bytes) -> bytes:
    pages = list(_pages(data))
    head = data[pages[0].body : pages[0].end]
    begins = next((each for each in _TAGS if head.startswith(each)), None)
    if begins is None or len({page.serial for page in pages}) > 1:
        raise ValueError
    out = bytearray(data[: pages[-1].end])
    tags = _TAGS[begins]
    # No vendor, no comment, and for Vorbis the bit that ends it.
    fresh = tags + bytes(8) + (b"\x01" if begins == b"\x01vorbis" else b"")
    left, first = fresh, True
    for page in pages[1:]:
        at, whole = page.body, False
        for size in page.lacing:
            if first and not data[at : at + size].startswith(tags):
                raise ValueError
            first = False
            out[at : at + size] = left[:size].ljust(size, b"\0")
            left, at, whole = left[size:], at + size, size < 255
            if whole:
                break
        out[page.at + 22 : page.at + 26] = bytes(4)
        checked = _sum(out[page.at : page.end]).to_bytes(4, "little")
        out[page.at + 22 : page.at + 26] = checked
        if whole:
            break
    if left or first:
        raise ValueError
    return bytes(out)


def _pages(data: bytes) -> Iterator[_Page]:
    at = 0
    while data[at : at + 4] == b"OggS":
        count = data[at + 26]
        lacing = data[at + 27 : at + 27 + count]
        body = at + 27 + count
        end = body + sum(lacing)
        if end > len(data):
            return
        yield _Page(
            at=at, body=body, end=end, lacing=lacing, serial=data[at + 14 : at + 18]
        )
        at = end


def _table() -> tuple[int, ...]:
    table = []
    for each in range(256):
        rest = each << 24
        for _ in range(8):
            rest = rest << 1 ^ (0x04C11DB7 if rest & 0x80000000 else 0)
        table.append(rest & 0xFFFFFFFF)
    return tuple(table)


_SUMS: Final = _table()


def _sum(page: bytes | bytearray) -> int:
    rest = 0
    for each in page:
        rest = (rest << 8 ^ _SUMS[rest >> 24 ^ each]) & 0xFFFFFFFF
    return rest


# M4A: boxes within boxes (ISO 14496-12). What is not listed here becomes free space,
# and so do the bytes that no sample of the one track is made of.

_HOLD: Final = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}
_KEPT: Final = {
    *(b"ftyp", b"mdat", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"smhd", b"dinf", b"stsd"),
    *(b"stts", b"ctts", b"stsc", b"stsz", b"stco", b"co64", b"elst", b"sgpd", b"sbgp"),
    *_HOLD,
}
_TIMED: Final = {b"mvhd", b"tkhd", b"mdhd"}
_SOUNDS: Final = {b"mp4a", b"alac", b"Opus"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    name: bytes
    at: int
    body: int
    end: int


def _is_m4a(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def _clear_m4a(data: bytes) -> bytes:
    out, found = bytearray(data), dict[bytes, list[_Box]]()
    for box in _boxes(data, 0, len(data), deep=0):
        found.setdefault(box.name, []).append(box)
        if box.name not in _KEPT:
            out[box.at + 4 : box.at + 8] = b"free"
            out[box.body : box.end] = bytes(box.end - box.body)
        elif box.name in _TIMED:
            size = 8 if data[box.body] else 4
            out[box.body + 4 : box.body + 4 + 2 * size] = bytes(2 * size)
        elif box.name == b"hdlr":
            out[box.body + 24 : box.end] = bytes(box.end - box.body - 24)
    # One track of sound: no film, no chapters, and nothing sent in pieces.
    if len(found.get(b"trak", ())) != 1 or b"moof" in found:
        raise ValueError
    [said] = found[b"stsd"]
    if data[said.body + 12 : said.body + 16] not in _SOUNDS:
        raise ValueError
    samples = sorted(_chunks(data, found))
    for box in found[b"mdat"]:
        at = box.body
        for begin, end in samples:
            if box.body <= begin and end <= box.end and begin >= at:
                out[at:begin] = bytes(begin - at)
                at = end
        out[at : box.end] = bytes(box.end - at)
    return bytes(out)


def _boxes(data: bytes, at: int, end: int, *, deep: int) -> Iterator[_Box]:
    while at < end:
        size, body = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, body = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0 and deep == 0:
            size = end - at
        if at + size > end or body > at + size or deep > DEEPEST:
            raise ValueError
        box = _Box(name=data[at + 4 : at + 8], at=at, body=body, end=at + size)
        yield box
        if box.name in _HOLD:
            yield from _boxes(data, body, box.end, deep=deep + 1)
        at += size


def _chunks(data: bytes, found: dict[bytes, list[_Box]]) -> Iterator[tuple[int, int]]:
    """Go through the chunks of the track: from where to where in the file."""
    [sized] = found[b"stsz"]
    [grouped] = found[b"stsc"]
    wide = b"co64" in found
    [placed] = found[b"co64" if wide else b"stco"]
    same, count = _numbers(data, sized.body + 4, 2, box=sized)
    sizes = (
        [same] * min(count, MOST_PARTS)
        if same
        else _numbers(data, sized.body + 12, count, box=sized)
    )
    [runs] = _numbers(data, grouped.body + 4, 1, box=grouped)
    groups = _numbers(data, grouped.body + 8, 3 * runs, box=grouped)
    [many] = _numbers(data, placed.body + 4, 1, box=placed)
    places = _numbers(data, placed.body + 8, many, box=placed, size=8 if wide else 4)
    firsts, each = groups[::3], groups[1::3]
    sample = run = 0
    for number, begin in enumerate(places, start=1):
        while run + 1 < len(firsts) and firsts[run + 1] <= number:
            run += 1
        after = sample + each[run]
        yield begin, begin + sum(sizes[sample:after])
        sample = after
    if sample < len(sizes) or not sizes:
        raise ValueError


def _numbers(
    data: bytes, at: int, count: int, *, box: _Box, size: int = 4
) -> list[int]:
    if count > MOST_PARTS or at + count * size > box.end:
        raise ValueError
    return [
        int.from_bytes(data[place : place + size], "big")
        for place in range(at, at + count * size, size)
    ]


_FORMATS: Final[
    tuple[tuple[Callable[[bytes], bool], str, Callable[[bytes], bytes]], ...]
] = (
    (_is_wav, "audio/wav", _clear_wav),
    (_is_flac, "audio/flac", _clear_flac),
    (_is_ogg, "audio/ogg", _clear_ogg),
    (_is_m4a, "audio/mp4", _clear_m4a),
    (_is_mp3, "audio/mpeg", _clear_mp3),
)
