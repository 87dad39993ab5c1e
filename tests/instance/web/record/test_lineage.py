"""Who an assembly is: its keys, its addresses and its end, on a page and by forms."""

import re
from datetime import timedelta
from pathlib import Path

from activitypub import canonical
from confederation.record import Proposal
from instance import chamber, speech
from instance.fediverse import merging
from instance.store import compacts, posts, records
from instance.upkeep import keys, record_keys
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.serving import free_port
from tests.instance.three import Three, assembly_of, the_record
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import a_hall, adopts, before, confirms, serving
from tests.instance.web.seated import proposes
from tests.instance.web.sending import done, refused

CLERK, OTHER, CAS = range(3)
CLOSES = NOON + timedelta(days=3)
SPLIT = "We split into north and south."


def ending(**fields: str) -> dict[str, str]:
    return {"act": "dissolve", "successors": "", "sure": "yes", **fields}


def who(house: House) -> str:
    return f"/record/{in_hex(assembly_of(house))}/who"


async def test_an_assembly_splits_and_its_page_names_who_goes_on(
    council: Three,
) -> None:
    ours, theirs = council.houses
    proposal = await proposes(council)
    id = adopts(ours, SPLIT, qualified=True)
    other = assembly_of(theirs)
    async with before(ours, CLERK) as (clerk,):
        page = f"/motions/{id}/carry-out"
        fields = ending(act="split", successors=other, ourselves="yes")
        done(await clerk.post(f"/motions/{id}/succession", on=page, **fields))
        waits = await clerk.get(page)
    confirms(ours)

    council.confer(NOON)
    compact = in_hex(council.compact.identity)
    async with before(ours, CAS) as (reader,):
        emptied = text_of(await reader.get(f"/proposals/{in_hex(proposal)}"))
        says = await reader.get(who(ours))
        carried = text_of(await reader.get(page))
        listed = text_of(await reader.get(f"/compacts/{compact}"))
        seat = text_of(await reader.get(f"/seats/{compact}"))

    assert "waiting for two tellers" in waits
    assert 'name="act"' not in waits
    assert f"if it is not offered: @harbour@{ours.config.host}" in carried
    assert "has ended, and its seat is frozen" in listed
    assert "Apply" not in listed
    assert "this seat is frozen, and no delegate votes" in seat
    assert "The seat is empty: the assembly has left, or ended" in emptied
    assert "It split" in says
    assert "has not said so itself" in says
    [entry] = [each for each in the_record(ours) if each["type"] == "Succession"]
    assert entry["successors"] == [assembly_of(ours), other]
    council.exchange(NOON)
    with theirs.desk() as desk:
        [held] = records.of_type(desk.connection, "Succession")
    assert held["digest"] == canonical.digest(entry)


async def test_followers_are_pointed_to_all_who_go_on(council: Three) -> None:
    ours, theirs = council.houses
    id = adopts(ours, SPLIT, qualified=True)
    async with before(ours, CLERK) as (clerk,):
        page = f"/motions/{id}/carry-out"
        fields = ending(act="split", successors=assembly_of(theirs), ourselves="yes")
        done(await clerk.post(f"/motions/{id}/succession", on=page, **fields))
    confirms(ours)

    with ours.desk() as desk:
        group = posts.actor(desk.connection, speech.group_path(desk))
        assert group is not None
        document = canonical.canonical(speech.actor_document(desk, group)).decode()
        [end] = records.of_type(desk.connection, "Succession")
        post = posts.carrier_of(desk.connection, end["digest"])

    assert "Goes on as" in document
    assert theirs.config.group in document
    assert post is not None
    assert theirs.config.group in post["body"]


async def test_an_assembly_is_not_dissolved_by_a_bare_majority(council: Three) -> None:
    ours = council.houses[0]
    id = adopts(ours, "We stop.")
    page = f"/motions/{id}/carry-out"

    async with before(ours, CLERK) as (clerk,):
        answer = await clerk.post(f"/motions/{id}/succession", on=page, **ending())

    refused(answer, 403, "by a qualified vote")
    with ours.desk() as desk:
        assert not records.of_type(desk.connection, "Succession")


async def test_a_split_that_names_one_is_refused_and_what_was_typed_stays(
    council: Three,
) -> None:
    ours, theirs = council.houses
    id = adopts(ours, SPLIT, qualified=True)
    page = f"/motions/{id}/carry-out"
    fields = ending(act="split", successors=assembly_of(theirs))

    async with before(ours, CLERK) as (clerk,):
        answer = await clerk.post(f"/motions/{id}/succession", on=page, **fields)

    refused(answer, 422, "names both, or all, who go on")
    assert assembly_of(theirs) in answer.text


async def test_only_the_clerk_ends_an_assembly(council: Three) -> None:
    ours = council.houses[0]
    id = adopts(ours, "We stop.", qualified=True)
    page = f"/motions/{id}/carry-out"

    async with before(ours, CAS) as (member,):
        assert "The clerk carries it out" in await member.get(page)
        answer = await member.post(
            f"/motions/{id}/succession", on="/motions", **ending()
        )

    assert answer.status_code == 403
    with ours.desk() as desk:
        assert not records.of_type(desk.connection, "Succession")


async def test_ending_twice_ends_once(council: Three) -> None:
    ours = council.houses[0]
    id = adopts(ours, "We stop.", qualified=True)
    page = f"/motions/{id}/carry-out"

    async with before(ours, CLERK) as (clerk,):
        for _ in range(2):
            done(await clerk.post(f"/motions/{id}/succession", on=page, **ending()))
    confirms(ours)

    with ours.desk() as desk:
        assert len(records.of_type(desk.connection, "Succession")) == 1


async def test_a_successor_takes_up_the_end_that_names_it(council: Three) -> None:
    ours, theirs = council.houses
    id = adopts(theirs, "We go on with Harbour.", qualified=True)
    async with before(theirs, CLERK) as (clerk,):
        page = f"/motions/{id}/carry-out"
        fields = ending(act="merge", successors=assembly_of(ours))
        done(await clerk.post(f"/motions/{id}/succession", on=page, **fields))
    confirms(theirs)
    council.exchange(NOON)
    [end] = [each for each in the_record(theirs) if each["type"] == "Succession"]
    with theirs.desk() as desk:
        assert not merging.lead_on(desk)
    taken_up = adopts(ours, "We take Quarry in.")

    async with before(ours, CLERK) as (clerk,):
        page = f"/motions/{taken_up}/carry-out"
        fields = ending(act="succeed", of=in_hex(canonical.digest(end)))
        done(await clerk.post(f"/motions/{taken_up}/succession", on=page, **fields))
        [waits] = re.findall(r"/confirm/\d+", await clerk.get(page))
        shown = text_of(await clerk.get(waits))
    assert "Whose end we take up Quarry" in " ".join(shown.split())
    confirms(ours)

    async with before(ours, CAS) as (reader,):
        assert "which took it up" in await reader.get(who(ours))
        assert "says so too" in await reader.get(who(theirs))
    with ours.desk() as desk:
        group = posts.actor(desk.connection, speech.group_path(desk))
        assert group is not None
        document = speech.actor_document(desk, group)
    assert theirs.config.group in document["alsoKnownAs"]  # type: ignore[operator]
    with theirs.desk() as desk:
        group = posts.actor(desk.connection, speech.group_path(desk))
        assert group is not None
        assert speech.actor_document(desk, group)["movedTo"] == ours.config.group
    council.exchange(NOON)
    with theirs.desk() as desk:
        # Now that both say so, followers are told: once.
        assert merging.lead_on(desk)
        assert not merging.lead_on(desk)
        [move] = desk.connection.execute(
            "select body from activity where type = 'Move'"
        )
        told = canonical.read(move["body"].encode())
    assert (told["object"], told["target"]) == (theirs.config.group, ours.config.group)


async def test_whoever_goes_on_reads_the_record_that_names_them(tmp_path: Path) -> None:
    ours = a_hall(tmp_path, port=free_port())
    theirs = a_hall(tmp_path, slug="quarry", port=free_port())
    page = f"/motions/{adopts(ours, 'We go on from Quarry.')}"

    async with serving(theirs), before(ours, CLERK, CAS) as (clerk, member):
        form = text_of(await clerk.get(f"{page}/carry-out"))
        name = f"@quarry@{theirs.config.host}"
        nobody = await member.post(f"{page}/ended", on="/motions", address=name)
        done(await clerk.post(f"{page}/ended", on=f"{page}/carry-out", address=name))
        read = text_of(await clerk.get(f"{page}/carry-out"))

    assert "No record that is read here ends with us named" in form
    assert nobody.status_code == 403
    assert "is being read. Open this page again in a minute." in read
    with ours.desk() as desk:
        assert records.assembly(desk.connection, assembly_of(theirs)) is not None


async def test_the_clerk_replaces_the_record_key_from_its_page(council: Three) -> None:
    ours = council.houses[0]
    page = who(ours)

    async with before(ours, CLERK) as (clerk,):
        done(await clerk.post(f"{page}/key", on=page, sure="yes"))
        says = await clerk.get(page)

    assert "took over after entry" in says
    council.exchange(NOON)
    with council.houses[1].desk() as desk:
        [event] = records.of_type(desk.connection, "KeyEvent")
        known = records.assembly(desk.connection, event["assembly"])
    assert known is not None
    assert known.key in says


async def test_a_new_key_for_a_fellow_is_put_to_all_by_a_form(council: Three) -> None:
    ours, lost = council.houses
    with lost.desk() as desk:
        for name in (keys.RECORD_KEY, keys.NEXT_RECORD_KEY):
            keys.drop(desk.connection, name)
        consent = record_keys.begin_again(desk)
    id = adopts(ours, "Quarry has lost its key. Here is its new one.")
    page = f"/motions/{id}/carry-out"

    async with before(ours, CLERK) as (clerk,):
        where = done(
            await clerk.post(
                f"/motions/{id}/new-key",
                on=page,
                consent=canonical.canonical(consent).decode(),
                compact=in_hex(council.compact.digest),
                method="majority-of-assemblies",
                closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
            )
        )
        says = await clerk.get(where)

    assert "Damp homes" in says
    with ours.desk() as desk:
        entry = chamber.proposal(desk, f"sha256:{where.rpartition('/')[2]}")
        text = entry.fact
    assert isinstance(text, Proposal)
    assert text.new_key is not None
    assert text.new_key.consented
    assert text.new_key.after == text.slot


async def test_a_consent_that_the_new_key_did_not_sign_is_refused(
    council: Three,
) -> None:
    ours, lost = council.houses
    with lost.desk() as desk:
        for name in (keys.RECORD_KEY, keys.NEXT_RECORD_KEY):
            keys.drop(desk.connection, name)
        consent = record_keys.begin_again(desk)
    forged = {**consent, "assembly": assembly_of(ours)}
    id = adopts(ours, "Quarry has lost its key.")
    page = f"/motions/{id}/carry-out"

    async with before(ours, CLERK) as (clerk,):
        answer = await clerk.post(
            f"/motions/{id}/new-key",
            on=page,
            consent=canonical.canonical(forged).decode(),
            compact=in_hex(council.compact.digest),
            method="majority-of-assemblies",
            closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
        )

    refused(answer, 422, "did not sign this consent")


async def test_the_others_let_a_part_in_again_by_a_change_of_the_compact(
    council: Three,
) -> None:
    ours, theirs = council.houses
    id = adopts(ours, SPLIT, qualified=True)
    async with before(ours, CLERK) as (clerk,):
        fields = ending(act="split", successors=assembly_of(theirs), ourselves="yes")
        page = f"/motions/{id}/carry-out"
        done(await clerk.post(f"/motions/{id}/succession", on=page, **fields))
    confirms(ours)
    council.exchange(NOON)
    [end] = [each for each in the_record(ours) if each["type"] == "Succession"]
    path = f"/compacts/{in_hex(council.compact.digest)}/change"

    async with before(theirs, CLERK) as (clerk,):
        says = await clerk.get(path)
        where = done(
            await clerk.post(
                path,
                seat_0="again",
                seat_1="member",
                purpose="To settle together what we share.",
                adopt="majority-of-assemblies",
                quorum="1/2",
                threshold="",
                themes="",
                title="",
                why="",
                more_than="150",
                meetings="3",
                measure="median",
                visits="2",
            )
        )
        motion = await clerk.get(where)

    assert "one part of it is let in again" in says
    assert "which had ended, is let in again as it is now" in motion
    with theirs.desk() as desk:
        versions = [document for _, document in compacts.documents(desk.connection)]
    readmitted = [
        seat["readmitted"]  # type: ignore[index, call-overload]
        for version in versions
        for seat in version["members"]  # type: ignore[union-attr]
    ]
    assert canonical.digest(end) in readmitted
