"""A text that three assemblies draft: amended, objected to, mended, frozen, moved.

Each assembly says its part at its own node; the records are all that passes between.
"""

from pathlib import Path

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.deciding import motion
from confederation.identifiers import Digest, MotionId
from confederation.record import CommonText, TextVersion
from instance import archive, node, verification, vocabulary
from instance.matters import drafting
from instance.store import events, records
from instance.upkeep import keys
from instance.web.naming import in_hex
from tests.instance.house import NOON, House, public
from tests.instance.three import (
    Three,
    an_entry,
    assembly_of,
    the_key,
    the_record,
)
from tests.instance.web.browsing import text_of
from tests.instance.web.drafting import (
    COST,
    ROOFS,
    begins,
    puts,
    three_that_share,
    version,
)
from tests.instance.web.hall import before, decides
from tests.instance.web.sending import done, refused

CHAIR, SECOND = 0, 1
UNREAD = record.Unread(type="CommonText")
SOONER = "The housing authority mends every damp roof and wall before October."


@pytest.fixture(scope="module")
def valleys_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Three, Digest]:
    """Three assemblies that have one issue; nobody changes these."""
    return three_that_share(tmp_path_factory.mktemp("valleys"))


@pytest.fixture
def valleys(valleys_once: tuple[Three, Digest], tmp_path: Path) -> tuple[Three, str]:
    together, issue = valleys_once
    return together.moved(tmp_path), in_hex(issue)


async def test_a_text_is_amended_objected_to_mended_and_frozen_alike_on_all_nodes(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, b, c = together.houses
    among = [in_hex(assembly_of(house)) for house in together.houses]
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
    together.exchange(NOON)
    async with before(b, CHAIR) as (chair,):
        listed = await chair.get(f"/shared/{issue}")
        amended = done(
            await chair.post(
                f"{first}/amend",
                on=first,
                clause=[SOONER, COST],
                why="The walls are as bad.",
                among=among,
            )
        )
        shown = await chair.get(amended)
    together.exchange(NOON)
    async with before(a, CHAIR) as (chair,):
        done(await chair.post(f"{amended}/take-in", on=amended))
        taken = await chair.get(amended)
    together.exchange(NOON)
    async with before(c, CHAIR) as (chair,):
        done(
            await chair.post(
                f"{amended}/object",
                on=amended,
                reason="Rents would rise to pay for it.",
            )
        )
    together.exchange(NOON)
    async with before(a, CHAIR) as (chair,):
        objected = await chair.get(amended)
        [objection] = objections(a, amended)
        done(
            await chair.post(
                f"{amended}/test",
                on=amended,
                objection=in_hex(objection),
                valid="11",
                not_valid="4",
            )
        )
        last = done(
            await chair.post(
                f"{amended}/amend",
                on=amended,
                clause=[SOONER, COST, "No rent rises because of it."],
                answers=[in_hex(objection)],
                why="So that nobody pays who is poor.",
                among=among,
            )
        )
    together.exchange(NOON)
    frozen = []
    for house in (c, a, b):
        async with before(house, CHAIR) as (chair,):
            done(await chair.post(f"{last}/agree", on=last))
        together.exchange(NOON)
    for house in together.houses:
        async with before(house, CHAIR) as (chair,):
            frozen.append(text_of(await chair.get(last)))
            settled = text_of(await chair.get(amended))
            assert "Answered in the text" in settled
            assert "11 found it valid, 4 did not" in settled

    assert "What we ask the authority for" in text_of(listed)
    assert "<ins>" in shown
    assert f'lang="cy" dir="auto"><p>{SOONER}' in shown.replace("\n", "")
    assert "wall" in shown
    assert "The walls are as bad." in shown
    assert "Taken in, as a friendly one" in text_of(taken)
    assert "To be tested by another assembly" in text_of(objected)
    for page in frozen:
        assert "Frozen: the same text everywhere" in page
        assert "All have agreed." in page
        assert "Authoritative language: Welsh." in page
    digests = {digest_of(house, last) for house in together.houses}
    assert digests == {f"sha256:{last.rpartition('/')[2]}"}


async def test_whoever_leads_is_told_what_of_a_text_waits_for_the_assembly(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, b, c = together.houses
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
    together.exchange(NOON)
    async with before(c, CHAIR) as (chair,):
        done(await chair.post(f"{first}/object", on=first, reason="Too dear."))
    together.exchange(NOON)
    async with before(b, CHAIR, SECOND) as (chair, member):
        to_test = text_of(await chair.get("/today"))
        not_theirs = text_of(await member.get("/today"))
    async with before(c, CHAIR) as (chair,):
        [objection] = objections(c, first)
        done(
            await chair.post(
                f"{first}/end",
                on=first,
                objection=in_hex(objection),
                state="withdrawn",
            )
        )
        done(await chair.post(f"{first}/agree", on=first))
    together.exchange(NOON)
    async with before(b, CHAIR) as (chair,):
        to_agree = text_of(await chair.get("/today"))
        done(await chair.post(f"{first}/agree", on=first))
    together.exchange(NOON)
    async with before(a, CHAIR) as (chair,):
        done(await chair.post(f"{first}/agree", on=first))
        to_bring = text_of(await chair.get("/today"))
        done(await chair.post(f"{first}/motion", on=first))
        brought = text_of(await chair.get("/today"))

    assert "Test another assembly's objection" in to_test
    assert "objection" not in not_theirs
    assert "Others agree to a text" in to_agree
    assert "Bring a frozen text to our assembly" in to_bring
    assert "Bring a frozen text" not in brought


async def test_what_is_not_changed_keeps_its_commitment(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a = together.houses[0]
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
        second = done(
            await chair.post(
                f"{first}/amend",
                on=first,
                clause=[SOONER, COST],
                why="Sooner.",
                among=[in_hex(assembly_of(house)) for house in together.houses],
            )
        )

    one, other = version(a, first), version(a, second)
    assert one.clauses[1] == other.clauses[1]
    assert one.clauses[0].text != other.clauses[0].text
    assert one.text != other.text


async def test_a_form_that_is_sent_twice_says_nothing_twice(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, b, _ = together.houses
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
        again = await begins(chair, issue, together.houses)
    together.exchange(NOON)
    async with before(b, CHAIR) as (chair,):
        for _twice in range(2):
            done(await chair.post(f"{first}/agree", on=first))
            done(await chair.post(f"{first}/agree", on=first))
        same: dict[str, str | list[str]] = {
            "clause": [SOONER, COST],
            "why": "Sooner.",
            "among": [in_hex(assembly_of(house)) for house in (a, b)],
        }
        amended = [
            done(await chair.post(f"{first}/amend", on=first, **same)) for _ in range(2)
        ]
        for _twice in range(2):
            await chair.post(f"{amended[0]}/object", on=amended[0], reason="Too dear.")

    assert first == again
    assert amended[0] == amended[1]
    assert [fact.stand for fact in said(b)] == ["agreed", "offered"]
    assert len(objections(b, amended[0])) == 1


async def test_only_those_who_lead_agree_and_nobody_while_an_objection_is_open(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, _, c = together.houses
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
    together.exchange(NOON)
    async with before(c, CHAIR, SECOND) as (chair, member):
        not_theirs = await member.post(f"{first}/agree", on=first)
        done(await chair.post(f"{first}/object", on=first, reason="Too dear."))
    together.exchange(NOON)
    async with before(a, CHAIR) as (chair,):
        open_still = await chair.post(f"{first}/agree", on=first)

    refused(not_theirs, 403, "to do")
    refused(open_still, 409, "An objection to this text is still open.")
    assert [fact.stand for fact in said(a)] == ["offered"]


async def test_a_text_names_only_assemblies_that_have_the_issue(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    async with before(together.houses[0], CHAIR) as (chair,):
        answer = await chair.post(
            f"/shared/{issue}/texts",
            title="Ours",
            clause=[ROOFS],
            among=[in_hex(assembly_of(together.houses[0])), "0" * 64],
        )
        nobody = await chair.post(
            f"/shared/{issue}/texts", title="Ours", clause=[ROOFS]
        )

    refused(answer, 422, "Only assemblies that have the issue")
    assert ROOFS in answer.text
    refused(nobody, 422, "names two assemblies or more")
    assert said(together.houses[0]) == []


async def test_a_frozen_text_becomes_a_motion_and_a_proposal_to_the_letter(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, b, _ = together.houses
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, (a, b))
        early = await chair.post(f"{first}/motion", on=first)
        done(await chair.post(f"{first}/agree", on=first))
    together.exchange(NOON)
    async with before(b, CHAIR) as (chair,):
        done(await chair.post(f"{first}/agree", on=first))
        moved = done(await chair.post(f"{first}/motion", on=first))
        again = await chair.post(f"{first}/motion", on=moved)

    refused(early, 409, "frozen before an assembly decides")
    assert done(again) == moved
    with b.desk() as desk:
        state = node.load(desk, f"motion:{moved.rpartition('/')[2]}")
    text = version(b, first)
    assert motion.text(state).clauses == text.clauses
    assert motion.text(state).text == text.text
    assert state.drafted.title == text.title
    assert MotionId(moved.rpartition("/")[2]) == state.drafted.motion


async def test_the_same_words_in_another_language_are_another_text(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a = together.houses[0]
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
        again = await begins(chair, issue, together.houses)
        other = await begins(chair, issue, together.houses, lang="fr")
        none = await chair.post(
            f"/shared/{issue}/texts",
            title="In no language",
            clause=[ROOFS],
            lang="klingon",
            among=[in_hex(assembly_of(house)) for house in together.houses],
        )

    assert again == first
    assert version(a, other).lang == "fr"
    refused(none, 422, "this was not offered")


async def test_a_proposal_names_its_authoritative_language_whatever_it_is_made_of(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a = together.houses[0]
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
        text = version(a, first)
        of_the_text = puts(a, text.title, text.clauses)
        of_another = puts(a, text.title, text.clauses[:1])
        shown = await chair.get(f"/proposals/{in_hex(of_the_text)}")
        other = await chair.get(f"/proposals/{in_hex(of_another)}")

    assert "Authoritative language: Welsh." in text_of(shown)
    assert "Authoritative language: Welsh." in text_of(other)


def test_a_version_whose_digest_is_not_its_own_says_nothing(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, b, _ = together.houses
    among = tuple(sorted(assembly_of(house) for house in (a, b)))
    with a.desk() as desk:
        text = TextVersion(
            shares=Digest(f"sha256:{issue}"),
            title=events.keep_wording(desk.connection, "Forged"),
            text=events.keep_wording(desk.connection, "Another text"),
            clauses=(),
            among=among,
        )
    whole = verification.version_document(text)
    named = Digest(canonical.digest(whole))
    offered = CommonText(version=text, version_hash=named, stand="offered")
    honest: JsonObject = {**vocabulary.wire(offered), "version": whole}
    other: JsonObject = {**honest, "versionHash": f"sha256:{'0' * 64}"}
    more: JsonObject = {**whole, "besides": "what no reader sees"}
    hidden: JsonObject = {
        **honest,
        "version": more,
        "versionHash": canonical.digest(more),
    }

    read = [fact_of(a, body) for body in (honest, other, hidden)]

    assert read == [offered, UNREAD, UNREAD]


def fact_of(house: House, body: JsonObject) -> record.Fact:
    """Read an entry with this body as any node does that gets it."""
    *_, last = the_record(house)
    document = an_entry(house, "CommonText", body, after=last)
    return verification.read_entry(
        document, key=public(the_key(house, keys.RECORD_KEY))
    ).entry.fact


async def test_whoever_has_not_signed_in_reads_and_says_nothing(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a = together.houses[0]
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, together.houses)
        await chair.post("/sign-out", on="/issues/new")
        page = await chair.get(first)
        answer = await chair.post(f"{first}/agree", on="/sign-in")

    assert ROOFS in text_of(page)
    assert "<form method" not in page.partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == 403


def objections(house: House, path: str) -> list[Digest]:
    with house.desk() as desk:
        _, one = drafting.version(desk, f"sha256:{path.rpartition('/')[2]}")
    return [each.digest for each in one.objections]


def digest_of(house: House, path: str) -> str:
    """Work the digest of a version out from what a node holds."""
    with house.desk() as desk:
        _, one = drafting.version(desk, f"sha256:{path.rpartition('/')[2]}")
        assert one.status == "frozen"
        return canonical.digest(verification.version_document(one.text))


def said(house: House) -> list[CommonText]:
    """Return what an assembly says in its own record."""
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        rows = records.entries(desk.connection, ours.id, types=("CommonText",))
        facts = [archive.read(desk, row).fact for row in rows]
    return [fact for fact in facts if isinstance(fact, CommonText)]


async def test_the_shared_issue_says_where_it_is_and_what_each_did_about_it(
    valleys: tuple[Three, str],
) -> None:
    together, issue = valleys
    a, b, _ = together.houses
    async with before(a, CHAIR) as (chair,):
        first = await begins(chair, issue, (a, b))
        done(await chair.post(f"{first}/agree", on=first))
    together.exchange(NOON)
    async with before(b, CHAIR) as (chair,):
        done(await chair.post(f"{first}/agree", on=first))
    decides(a, text=version(a, first).text)
    together.exchange(NOON)
    async with before(b, CHAIR) as (chair,):
        page = text_of(await chair.get(f"/shared/{issue}"))
        compact = await chair.get(f"/compacts/new?issue={issue}")

    assert "3 assemblies have this" in page
    assert page.count("What they did about it") == 2
    assert "Offers a version of a common text" in page
    assert "A decision of the assembly: Passed" in page
    assert f"{a.config.group}\n{together.houses[2].config.group}</textarea>" in compact
