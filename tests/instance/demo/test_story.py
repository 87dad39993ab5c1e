"""A story that cannot be played is refused before anything of it happens."""

from collections.abc import Callable
from pathlib import Path

import pytest

from instance.demo import manuscript
from instance.demo.story import Story
from instance.errors import Misused

SHIPPED = Path(manuscript.__file__).parent / "story.toml"
TEXT = SHIPPED.read_text("utf-8")


def read(text: str) -> Story:
    return manuscript.parse(text, name="mine.toml", beside=None)


def changed(old: str, new: str) -> Callable[[], str]:
    def text() -> str:
        assert old in TEXT
        return TEXT.replace(old, new, 1)

    return text


def test_the_shipped_story_is_one_of_three_communities_with_twelve_slips() -> None:
    story = manuscript.read(None)

    assert len(story.slip) == 12
    assert sum("damp" in slip.what.lower() for slip in story.slip) == 7
    assert len({community.name for community in story.communities}) == 3


def test_slips_go_to_the_node_as_they_were_written() -> None:
    story = manuscript.read(None)

    header, first, *_ = story.slips_file().decode().splitlines()

    assert header == "what,consent,why,who,phone,address"
    assert first.startswith('"Damp in the back bedroom')
    assert ",yes," in first


def test_slips_may_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "slips.csv").write_text(
        "what,consent,who\nIt is damp.,yes,Wanda Firth\n", encoding="utf-8"
    )

    story = manuscript.parse(without_slips(), name="mine", beside=tmp_path)

    [slip] = story.slip
    assert (slip.what, slip.consent, slip.who) == ("It is damp.", True, "Wanda Firth")
    assert "Wanda Firth" in story.private


@pytest.mark.parametrize(
    ("csv", "says"),
    [
        ("what,who\nIt is damp.,Wanda\n", "must name the columns what and consent"),
        ("what,consent,age\nDamp.,yes,7\n", "has a column 'age'"),
        ("what,consent\nDamp.\n", "row 1"),
        ("what,consent\nDamp.,perhaps\n", "says yes or no"),
        ('what,consent\n"Damp.,yes\n', "is not CSV"),
        ("what,consent\n", "slip is empty"),
    ],
)
def test_a_file_of_slips_that_cannot_be_read_is_named(
    tmp_path: Path, csv: str, says: str
) -> None:
    (tmp_path / "slips.csv").write_text(csv, encoding="utf-8")

    with pytest.raises(Misused, match=says):
        manuscript.parse(without_slips(), name="mine", beside=tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (lambda: "", "mine.toml is empty"),
        (lambda: "title = 1 2", "mine.toml is not TOML: .*line 1"),
        (changed('title = "Damp housing"\n', ""), "mine.toml: title is missing"),
        (changed('"Damp housing"', '"  "'), "title is empty"),
        (changed('"Damp housing"', "7"), "title must be text, and is a whole number"),
        (changed("room = 31", 'room = "31"'), "second.room must be a whole number"),
        (changed("room = 31", "room = true"), "second.room must be a whole number"),
        (changed("room = 31", "room = -1"), "second.room is a number of people"),
        (changed("room = 31", "room = 1"), "second.room must be two or more"),
        (changed("[issue]", "[isue]"), "The file has a field 'isue' .* not known"),
        (
            changed('theme = "housing"', 'topic = "housing"'),
            "issue has a field 'topic'",
        ),
        (changed('words = ["damp"]', "words = []"), "issue.words is empty"),
        (changed('["damp"]', '["damp", 3]'), r"issue.words\[2\] must be text"),
        (changed('["damp"]', '["wet wall"]'), r"issue.words\[1\] must be one word"),
        (
            changed("consent = true", 'consent = "oui"'),
            r"slip\[1\].consent must be true",
        ),
        (
            changed('slug = "brook"', 'slug = "Brook End"'),
            "second.slug: The short name",
        ),
        (changed('slug = "brook"', 'slug = "alder"'), "Two assemblies have the slug"),
        (
            changed('"Brook End Assembly"', '"alder quay assembly"'),
            "Two assemblies have the name",
        ),
        (changed('"Dario Conti", ', ""), "second.people has 4 names, and needs 5"),
        (
            changed('"Dario Conti"', '"Maud Osei"'),
            "second.people names 'Maud Osei' twice",
        ),
        (changed("for = 23", "for = 40"), "second.hands: 48 hands of 31 people"),
        (changed("for = 23, against = 6", "for = 2, against = 6"), "quorum is half"),
        (changed("consent = 22,", "consent = 0,"), "one or more must consent"),
        (changed("valid = 9", "valid = 1"), "not_valid is more than valid"),
        (
            changed('id = "leave-it"', 'id = "support"'),
            "three? with different ids|3 with",
        ),
        (changed('"leave-it", "support"', '"nothing", "support"'), "rankings"),
        (
            changed("online = { for = 6", "online = { for = 60"),
            "third.vote: .*61 votes online from 8 people",
        ),
        (
            changed('what = """\nSeven', 'what = """\nSaoirse Pemberwick and seven'),
            "'Saoirse Pemberwick' is private",
        ),
    ],
)
def test_a_story_that_cannot_be_played_is_refused_with_the_place(
    text: Callable[[], str], says: str
) -> None:
    with pytest.raises(Misused, match=says):
        read(text())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"no\.toml cannot be read: No such file"):
        manuscript.read(tmp_path / "no.toml")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    story.write_bytes(b"title = '\xff'")

    with pytest.raises(Misused, match="is not text in UTF-8"):
        manuscript.read(story)


def without_slips() -> str:
    start, end = TEXT.index("[[slip]]"), TEXT.index("[motion]")
    rest = TEXT[:start] + TEXT[end:]
    return rest.replace("title =", 'slips = "slips.csv"\ntitle =', 1)
