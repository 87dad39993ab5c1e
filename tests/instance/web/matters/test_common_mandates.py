"""One text that several assemblies adopted: a page, a sheet, and a file to check."""

import json
from pathlib import Path

import pytest

from activitypub import canonical
from confederation.identifiers import Digest
from confederation.matters import common_text
from instance.matters import common_mandates, drafting
from tests.instance.house import NOON
from tests.instance.serving import folkmoot
from tests.instance.three import Three, assembly_of
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.drafting import COST, ROOFS, three_that_share
from tests.instance.web.hall import decides


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Three, Digest]:
    """Two of three assemblies adopt a frozen text, and the third does not."""
    together, issue = three_that_share(tmp_path_factory.mktemp("adopted"))
    a, b, c = together.houses
    among = [assembly_of(house) for house in together.houses]
    with a.desk() as desk:
        digest = drafting.begin(
            desk,
            issue,
            title="What we ask the authority for",
            clauses=(ROOFS, COST),
            among=among,
            lang="cy",
            by=a.members[0],
        )
    together.exchange(NOON)
    for house in together.houses:
        with house.desk() as desk:
            known, _ = drafting.version(desk, digest)
            agree = common_text.AgreeToText(
                digest=digest,
                known=known,
                us=drafting.us(desk),
                by=house.members[0],
                at=NOON,
            )
            drafting.perform(desk, issue, agree)
    together.exchange(NOON)
    with a.desk() as desk:
        _, one = drafting.version(desk, digest)
    for house in (a, b, c):
        decides(house, text=one.text.text, against=house is c)
    together.exchange(NOON)
    return together, digest


async def test_a_page_lists_who_adopted_the_text_and_how(
    adopted: tuple[Three, Digest],
) -> None:
    together, digest = adopted
    path = f"/texts/{digest.removeprefix('sha256:')}/mandate"
    pages, sheets = [], []
    for house in together.houses:
        async with a_browser(house) as stranger:
            pages.append(text_of(await stranger.get(path)))
            sheets.append(await stranger.http.get(f"{path}/print"))

    for page in pages:
        assert "2 assemblies have adopted this text, word for word" in page
        assert ROOFS in page
        assert "Authoritative language: Welsh." in page
        assert "Who decided otherwise, or is not confirmed Assembly" in page
        assert "a simple majority 46 30 9 0" in page
        assert "Creative Commons Attribution 4.0" in page
    for sheet in sheets:
        assert sheet.status_code == 200
        assert "<svg" in sheet.text
        assert "2 assemblies have adopted this text" in text_of(sheet.text)
        assert "Authoritative language: Welsh." in text_of(sheet.text)


def test_the_file_has_the_same_bytes_on_every_node_and_is_verified_offline(
    adopted: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, digest = adopted
    files = set()
    for house in together.houses:
        with house.desk() as desk:
            files.add(common_mandates.export(desk, digest))
    [data] = files
    path = tmp_path / "mandate.json"
    path.write_bytes(data)

    named = folkmoot("verify", str(path), "--text", digest, check=False)
    alone = folkmoot("verify", str(path), check=False)
    other = folkmoot("verify", str(path), "--text", "sha256:" + "0" * 64, check=False)

    assert named.returncode == 0, named.stdout
    assert "Adopted by 2, each by a decision of its own:" in named.stdout
    assert f"1. {ROOFS}" in named.stdout
    assert "Harbour" in named.stdout
    assert "30 for, 9 against, 0 abstaining; 46 were there; passed." in named.stdout
    assert "Not adopted:   Mill" in named.stdout
    assert alone.returncode == 3
    assert "Not checked against anything you gave" in alone.stdout
    assert other.returncode == 1


def test_whatever_is_altered_in_the_file_is_found(
    adopted: tuple[Three, Digest],
) -> None:
    together, digest = adopted
    with together.houses[0].desk() as desk:
        data = common_mandates.export(desk, digest)

    def altered(change: str) -> bytes:
        document = json.loads(data)
        alter(document, change)
        return canonical.canonical(document)

    assert common_mandates.check(data, digest).code == 0
    for change in CHANGES:
        checked = common_mandates.check(altered(change), digest)
        assert checked.code == 1, change
    assert common_mandates.check(data[:-40], digest).code == 1
    assert common_mandates.check(b"[]", digest).code == 1


CHANGES = (
    "a tally",
    "a roll without its decision",
    "an entry left out",
    "a word of the text",
    "another text",
    "a record under another name",
    "a decision on it by nobody",
)


def alter(document: dict[str, object], change: str) -> None:
    records = document["records"]
    roll, texts = document["roll"], document["texts"]
    assert isinstance(records, list)
    assert isinstance(roll, list)
    assert isinstance(texts, list)
    match change:
        case "a tally":
            records[0]["entries"][-1]["members"]["for"] = 300
        case "a roll without its decision":
            roll.append({**roll[0], "assembly": f"sha256:{'1' * 64}"})
        case "an entry left out":
            del records[0]["entries"][3]
        case "a word of the text":
            texts[0]["text"] = f"{texts[0]['text']} never"
        case "another text":
            version = document["version"]
            assert isinstance(version, dict)
            version["lang"] = "fr"
        case "a record under another name":
            records[0]["assembly"] = records[1]["assembly"]
        case "a decision on it by nobody":
            document["others"] = []
        case _:
            raise AssertionError(change)


def test_a_decision_that_nobody_confirmed_adopts_nothing(
    adopted: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, digest = adopted
    moved = together.moved(tmp_path)
    with moved.houses[2].desk() as desk:
        _, one = drafting.version(desk, digest)
    decides(moved.houses[2], text=one.text.text, confirmed=False)
    moved.exchange(NOON)

    with moved.houses[0].desk() as desk:
        mandate = common_mandates.gather(desk, digest)

    assert len(mandate.roll) == 2
