"""The documentation names what there is, and its links lead somewhere."""

import dataclasses
import re
import typing
from pathlib import Path

import pytest

from confederation import record

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^]]+\]\((?P<target>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")
ON_THE_WIRE = [
    *(kind for kind in typing.get_args(record.Fact) if kind is not record.Unread),
    record.Vote,
    record.Result,
]
FOUND_BY_CHECKING = {"confirmed_by", "signed_by", "consented"}


def headings(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as web pages make them."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines}


def section(page: Path, heading: str) -> str:
    """Cut out what stands under a heading, up to the next one of any level."""
    text = page.read_text(encoding="utf-8")
    found = re.search(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        if "://" in link["target"]:
            continue
        target = (page.parent / link["target"]) if link["target"] else page
        assert target.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(target), link[0]


@pytest.mark.parametrize("kind", ON_THE_WIRE, ids=lambda kind: kind.__name__)
def test_the_reference_names_every_field_of_an_entry(kind: type) -> None:
    described = section(ROOT / "docs/reference/record.md", kind.__name__)

    for field in dataclasses.fields(kind):
        if field.name not in FOUND_BY_CHECKING:
            assert f"`{camel(field.name)}`" in described


def test_what_we_speak_is_described_as_others_expect() -> None:
    described = (ROOT / "docs/FEDERATION.md").read_text(encoding="utf-8")

    for heading in ("Supported federation protocols and standards", "Supported FEPs"):
        assert f"## {heading}" in described
    for activity in ("Follow", "Undo", "Create", "Update", "Delete", "Announce"):
        assert f"`{activity}`" in described


def test_every_criterion_has_its_line_and_names_tests_that_there_are() -> None:
    page = (ROOT / "docs/reference/accessibility.md").read_text(encoding="utf-8")
    written = "".join(
        each.read_text(encoding="utf-8") for each in (ROOT / "tests").rglob("test_*.py")
    )
    tests = set(re.findall(r"^(?:async )?def (test_\w+)", written, re.MULTILINE))
    lines = "".join(re.findall(r"^\| (\d[^|]*) \|", page, re.MULTILINE))

    named = set(re.findall(r"`(test_\w+)`", page))
    assert named
    assert named <= tests
    # Those of levels A and AA in WCAG 2.2.
    for part, least, most, without in (
        *(("1.1", 1, 1, ()), ("1.2", 1, 5, ()), ("1.3", 1, 5, ())),
        *(("1.4", 1, 13, (6, 7, 8, 9)), ("2.1", 1, 4, (3,)), ("2.2", 1, 2, ())),
        *(("2.3", 1, 1, ()), ("2.4", 1, 11, (8, 9, 10)), ("2.5", 1, 8, (5, 6))),
        *(("3.1", 1, 2, ()), ("3.2", 1, 6, (5,)), ("3.3", 1, 8, (5, 6))),
        ("4.1", 2, 3, ()),
    ):
        for number in range(least, most + 1):
            has = re.search(rf"(?<![\d.]){re.escape(part)}\.{number}(?!\d)", lines)
            assert (has is None) == (number in without), f"{part}.{number}"
