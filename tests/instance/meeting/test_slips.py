"""Slips are read strictly, and what of them slips into a text is found."""

import re

import pytest

from instance.errors import Misused
from instance.meeting import slips
from instance.meeting.slips import Kept, Slip

HEADER = b"who,phone,address,what,why,consent\n"


def test_a_csv_file_of_slips_is_read_line_by_line() -> None:
    data = HEADER + (
        b'Rose Miller,07700 900123,"12 Quay Street, Harbour",Mould in the bedroom,'
        b"The child coughs,yes\n\n,,,Cold flats,,no\n"
    )

    first, second = slips.read(data)

    assert first.who == "Rose Miller"
    assert first.address == "12 Quay Street, Harbour"
    assert first.consent
    assert second == Slip(what="Cold flats", consent=False)


def test_semicolons_a_byte_order_mark_and_another_order_of_fields_are_read() -> None:
    data = b"\xef\xbb\xbfconsent;what\r\nno;Damp walls\r\n"

    assert slips.read(data) == (Slip(what="Damp walls", consent=False),)


def test_a_toml_file_of_slips_is_read() -> None:
    data = b"""
[[slip]]
who = "Rose Miller"
what = "Mould in the bedroom"
consent = true

[[slip]]
what = "Cold flats"
consent = "no"
"""

    first, second = slips.read(data)

    assert (first.who, first.consent) == ("Rose Miller", True)
    assert (second.what, second.consent) == ("Cold flats", False)


def test_without_consent_nothing_that_names_a_person_is_kept() -> None:
    data = HEADER + b"Rose Miller,07700 900123,12 Quay Street,Mould,,no\n"

    [slip] = slips.read(data)

    assert (slip.who, slip.phone, slip.address) == ("", "", "")
    assert slip.what == "Mould"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (HEADER, "only its first line"),
        (b"who,what\nA,B\n", "does not name the field 'consent'"),
        (b"who,what,consent,age\n", "field 'age'"),
        (b"what,what,consent\n", "'what' twice"),
        (HEADER + b"A,B,C,D,E,F,yes\n", "Line 2 of the slips has 7 fields"),
        (HEADER + b"A,,,Damp,,yes\nB,,,,,yes\n", "Line 3: the field 'what' is empty"),
        (HEADER + b"A,,,Damp,,perhaps\n", "Line 2: the field 'consent'"),
        (HEADER + b'A,,,"Damp,,yes\n', "Line 2 of the slips cannot be read"),
        (HEADER + b"A,,,Da\x07mp,,yes\n", "control characters"),
        (HEADER + b"A,,," + b"x" * 2001 + b",,yes\n", "has 2001 characters"),
        (b"what,consent\n\xff\xfe,yes\n", "Line 2 of the slips is not UTF-8"),
        (b"[[slip]]\nwhat = 3\nconsent = true\n", "Line 1, slip 1: the field 'what'"),
        (b"\n[[slip]]\nwhat = 'x'\n", "Line 2, slip 1: the field 'consent'"),
        (b"[[slip]]\nwhat = x\n", "cannot be read as TOML"),
        (b"a = 1\n[[slip]]\nwhat = 'x'\nconsent = true\n", "holds 'a'"),
        (b"[[slip]]\nwhat = 'x'\nconsent = true\nage = 3\n", "no field 'age'"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_line_and_field(
    data: bytes, says: str
) -> None:
    with pytest.raises(Misused, match=re.escape(says)):
        slips.read(data)


ROSE = Kept(
    number=4,
    slip=Slip(
        who="Rose Miller",
        phone="+44 7700 900123",
        address="12 Quay Street, Harbour",
        what="Mould",
        consent=True,
    ),
    issue=None,
)


@pytest.mark.parametrize(
    "text",
    [
        "As rose   MILLER says, it is damp.",
        "Ask Rose about it.",
        "Ring 07700-900123.",
        "At 12, Quay Street the wall is wet.",
        "Write to someone@example.org.",
        "Ring 020 7946 0018.",
        "Near HB1 2QS.",
        "Dana Brightwater moved this.",
    ],
)
def test_what_could_tell_who_somebody_is_is_found(text: str) -> None:
    assert slips.given_away(text, [ROSE], names=["Dana Brightwater", "Will"])


@pytest.mark.parametrize(
    "text",
    [
        "The damp rose to the ceiling.",
        "Seven homes on Quay Street told us, from 2026-11-01 to 22.11.2026.",
        "It will cost 1,200 pounds and Will take 12 weeks.",
        "Millers and roses, 12 of them.",
    ],
)
def test_ordinary_words_and_figures_give_nobody_away(text: str) -> None:
    assert slips.given_away(text, [ROSE], names=["Dana Brightwater", "Will"]) == ()
