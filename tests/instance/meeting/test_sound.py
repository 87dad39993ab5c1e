"""What is heard stays to the byte, and nothing that came with it does.

The files hold silence, with a title, a place and a name in each. FFmpeg wrote them, and
was asked what is heard in them: the same before and after.
"""

import io
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub.errors import Unsupported
from instance.meeting import sound

SOUNDS = Path(__file__).parents[1] / "sounds"
FILES = {
    "silence.mp3": "audio/mpeg",
    "silence.m4a": "audio/mp4",
    "silence.ogg": "audio/ogg",
    "silence.flac": "audio/flac",
    "silence.wav": "audio/wav",
}


def a_recording(name: str) -> bytes:
    return (SOUNDS / name).read_bytes()


def heard(type: str, body: bytes) -> object:
    """Return the part of a recording that is sound."""
    match type:
        case "audio/wav":
            with wave.open(io.BytesIO(body)) as read:
                return read.readframes(read.getnframes())
        case "audio/flac":
            return body[body.index(b"\xff\xf8") :]
        case "audio/mpeg":
            return body[body.index(b"\xff\xfb") :].removesuffix(b"TAGPlanted")
        case "audio/ogg":
            return body[body.rindex(b"OggS") :].partition(b"Planted")[0]
        case _:
            at = body.index(b"mdat")
            return body[at : at - 4 + int.from_bytes(body[at - 4 : at], "big")]


@pytest.mark.parametrize(("name", "type"), FILES.items())
def test_what_came_with_a_sound_goes_and_the_sound_stays(name: str, type: str) -> None:
    data = a_recording(name)
    assert b"Planted" in data

    clean = sound.clean(data)

    assert clean.type == type
    assert b"Planted" not in clean.body
    assert b"1999" not in clean.body
    assert heard(type, clean.body) == heard(type, data)
    assert sound.clean(clean.body) == clean


@pytest.mark.parametrize(
    ("name", "behind"),
    [
        ("silence.mp3", b"TAGPlanted"),
        ("silence.ogg", b"Planted behind it"),
        ("silence.wav", b"Planted behind it"),
        ("silence.m4a", b"\0\0\0\x0fskipPlanted"),
        # Bytes of which no sample of the track is made.
        ("silence.m4a", b"\0\0\0\x0fmdatPlanted"),
    ],
)
def test_what_lies_behind_the_sound_is_not_served(name: str, behind: bytes) -> None:
    data = a_recording(name)

    clean = sound.clean(data + behind)

    assert b"Planted" not in clean.body
    assert heard(clean.type, clean.body) == heard(clean.type, data)


def test_a_film_is_no_recording() -> None:
    with pytest.raises(Unsupported):
        sound.clean(a_recording("silence.m4a").replace(b"mp4a", b"avc1"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1aE\xdf\xa3 a film for the web",
        b"#!AMR\n",
        b"OggS",
        b"ID3",
        b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moof",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"fLaC\x80\xff\xff\xff",
        b"\xff\xfb\x90\0",
        b"<svg/>",
        b"\0" * (sound.MOST_BYTES + 1),
    ],
)
def test_what_cannot_be_read_whole_is_refused(data: bytes) -> None:
    with pytest.raises(Unsupported):
        sound.clean(data)


@given(name=st.sampled_from(sorted(FILES)), at=st.integers(0, 1500), byte=st.binary())
def test_a_broken_recording_is_refused_or_served_clean(
    name: str, at: int, byte: bytes
) -> None:
    data = a_recording(name)
    broken = data[:at] + byte + data[at + len(byte) :]

    try:
        body = sound.clean(broken).body
    except Unsupported:
        return
    assert len(body) <= len(broken)
