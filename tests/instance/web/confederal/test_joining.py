"""A compact is drafted, learnt from another node, and joined by what was decided."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from confederation import record
from confederation.confederal.compact import Compact, Ratification
from confederation.identifiers import Digest
from instance import chamber
from instance.fediverse import lookup
from instance.store import records
from instance.web.naming import in_hex
from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import a_hall, adopts, before, decides, listening, serving
from tests.instance.web.sending import done, refused

CHAIR, SECOND = 0, 1


def two_halls(directory: Path) -> tuple[House, House]:
    return (
        a_hall(directory, port=free_port()),
        a_hall(directory, slug="quarry", port=free_port()),
    )


def compact_at(house: House, digest: Digest) -> Compact | None:
    with house.desk() as desk:
        return chamber.compact_of(desk, digest)


async def test_a_compact_is_drafted_learnt_from_the_other_node_and_joined(
    tmp_path: Path,
) -> None:
    ours, theirs = two_halls(tmp_path)
    async with serving(theirs), before(ours, CHAIR) as (clerk,):
        page = done(
            await clerk.post(
                "/compacts",
                on="/compacts/new",
                # As its own front page shows it, to be searched for and copied.
                addresses=f"@quarry@{theirs.config.host}\n",
                purpose="To settle together what we share.",
                threshold="2/3",
                quorum="1/2",
                adopt="double-majority",
                ratify_share="3/4",
                ratify_days="60",
                ratify_binds="all",
            )
        )
    digest = Digest(f"sha256:{page.rpartition('/')[2]}")
    async with serving(ours), before(theirs, CHAIR) as (clerk,):
        learnt = done(
            await clerk.post(
                "/compacts/learn",
                on="/compacts/new",
                address=f"{ours.config.base}{page}",
            )
        )
        shown = await clerk.get(learnt)
        applying = await clerk.get(f"{learnt}/applicants")
        front = await clerk.get("/")
    decided = decides(theirs, subject=digest)
    async with before(theirs, CHAIR) as (clerk,):
        form = await clerk.get(f"{page}/join")
        done(await clerk.post(f"{page}/join", ballot=decided))
        joined = await clerk.get(f"{page}/join")
        front_then = await clerk.get("/")

    assert learnt == page
    compact = compact_at(theirs, digest)
    assert compact is not None
    assert compact == compact_at(ours, digest)
    assert compact.rules.threshold == "2/3"
    assert compact.rules.adopt == "double-majority"
    assert compact.rules.ratification == Ratification(
        window=60 * (24 * 60 * 60) // ours.config.shrink, enough="3/4", binds="all"
    )
    assert "if 3/4 of the assemblies ratify it within" in text_of(shown)
    assert "To settle together what we share." in text_of(shown)
    assert "its record is not here yet" in text_of(shown)
    assert "it cannot tell who joined or who applies" in text_of(shown)
    assert "it cannot tell who joined or who applies" in text_of(applying)
    assert "Nobody applies" not in text_of(applying)
    assert "Assemblies we decide with" not in text_of(front)
    assert "Assemblies we decide with" in text_of(front_then)
    assert f'value="{decided}"' in form
    assert "Our assembly has joined." in text_of(joined)
    with theirs.desk() as desk:
        own = records.ours(desk.connection)
        assert own is not None
        kept = chamber.record_of(desk, own.id)
    assert kept is not None
    [(_, membership)] = kept.facts(record.Membership)
    assert (membership.act, membership.compact) == ("join", digest)


async def test_a_compact_is_not_learnt_from_an_address_that_names_another(
    tmp_path: Path,
) -> None:
    ours, theirs = two_halls(tmp_path)
    async with serving(theirs), before(ours, CHAIR) as (clerk,):
        page = done(
            await clerk.post(
                "/compacts",
                on="/compacts/new",
                addresses=theirs.config.group,
                purpose="Together.",
            )
        )
    wrong = f"/elsewhere/{'7' * 64}"
    with ours.desk() as desk:
        served = lookup.compact(desk, f"sha256:{page.rpartition('/')[2]}")

    async def answer(request: Request) -> Response:
        return JSONResponse(served)

    port = free_port()
    elsewhere = Starlette(routes=[Route(wrong, answer)])
    async with listening(elsewhere, port), before(theirs, CHAIR) as (clerk,):
        learnt = await clerk.post(
            "/compacts/learn",
            on="/compacts/new",
            address=f"http://127.0.0.1:{port}{wrong}",
        )

    refused(learnt, 422, "is another than its address names")


async def test_an_assembly_that_cannot_be_asked_is_named_in_the_sentence(
    tmp_path: Path,
) -> None:
    ours, theirs = two_halls(tmp_path)
    nobody = f"http://127.0.0.1:{free_port()}/g/nobody"
    async with before(ours, CHAIR) as (clerk,):
        dark = await clerk.post(
            "/compacts", on="/compacts/new", addresses=nobody, purpose="Together."
        )
        dark_too = await clerk.post(
            "/compacts/learn", on="/compacts/new", address=nobody
        )
        far = await clerk.post(
            "/compacts",
            on="/compacts/new",
            addresses="http://203.0.113.7/g/far",
            purpose="Together.",
        )
    async with serving(theirs), before(ours, CHAIR) as (clerk,):
        no_assembly = await clerk.post(
            "/compacts",
            on="/compacts/new",
            addresses=f"{theirs.config.base}/actor",
            purpose="Together.",
        )
        no_compact = await clerk.post(
            "/compacts/learn",
            on="/compacts/new",
            address=f"{theirs.config.base}/compacts/{'0' * 64}",
        )

    refused(dark, 422, f"{nobody} could not be asked")
    assert "Together." in dark.text
    refused(dark_too, 422, f"{nobody} could not be asked")
    refused(far, 422, "could not be asked")
    refused(no_assembly, 422, "lives no assembly with a public record")
    refused(no_compact, 422, "could not be asked")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"addresses": "our neighbours"}, "is not the name or the address of an assem"),
        ({"addresses": "https://a.example/g/a\n" * 2}, "stands there twice"),
        ({"addresses": ""}, "is empty"),
        ({"threshold": "most"}, "“How many must agree” is a share"),
        ({"quorum": "3/2"}, "“Quorum” is a share"),
        ({"adopt": "acclamation"}, "was not offered"),
    ],
)
async def test_a_draft_that_cannot_be_is_refused_before_anybody_is_asked(
    council: Three, fields: dict[str, str], says: str
) -> None:
    given = {
        "addresses": "https://quarry.example/g/quarry",
        "purpose": "Together.",
        **fields,
    }
    async with before(council.houses[0], CHAIR) as (clerk,):
        answer = await clerk.post("/compacts", on="/compacts/new", **given)

    refused(answer, 422, says)


async def test_a_compact_is_joined_by_the_ballot_on_it_and_by_no_other(
    tmp_path: Path,
) -> None:
    ours, theirs = two_halls(tmp_path)
    async with serving(theirs), before(ours, CHAIR) as (clerk,):
        page = done(
            await clerk.post(
                "/compacts",
                on="/compacts/new",
                addresses=theirs.config.group,
                purpose="Together.",
            )
        )
    digest = Digest(f"sha256:{page.rpartition('/')[2]}")
    elsewhere = decides(ours)
    against = decides(ours, subject=digest, against=True)
    unconfirmed = decides(ours, subject=digest, confirmed=False)
    async with before(ours, CHAIR, SECOND) as (clerk, member):
        path = f"{page}/join"
        on_else = await clerk.post(path, ballot=elsewhere)
        voted_down = await clerk.post(path, ballot=against)
        too_early = await clerk.post(path, ballot=unconfirmed)
        nowhere = await clerk.post(path, ballot="none")
        no_clerk = await member.post(path, ballot=unconfirmed)

    refused(on_else, 403, "The assembly decided on something else.")
    refused(voted_down, 409, "The assembly decided against this.")
    refused(too_early, 409, "two tellers confirm it first")
    refused(nowhere, 404, "There is no such ballot here.")
    refused(no_clerk, 403, "This is for the clerk to do.")


async def test_a_proposal_needs_an_adopted_text_and_a_time_to_come(
    council: Three,
) -> None:
    ours = council.houses[0]
    motion = adopts(ours, "We ask for a damp survey.")
    path = f"/motions/{motion}/propose"
    fields = {
        "compact": in_hex(council.compact.digest),
        "method": "majority-of-assemblies",
        "closes_at": "2026-12-24T12:00:00Z",
    }
    async with before(ours, CHAIR, SECOND) as (clerk, member):
        past = await clerk.post(path, **{**fields, "closes_at": "2026-11-22T12:00:01"})
        never = await clerk.post(path, **{**fields, "closes_at": "soon"})
        nobody = await member.post(path, **fields)
        unknown = await clerk.post(path, **{**fields, "compact": "1" * 64})
        odd = await clerk.post(path, **{**fields, "method": "acclamation"})
        page = done(await clerk.post(path, **fields))
        shown = await clerk.get(page)
        twice = await clerk.get(path)

    refused(past, 422, "is past, or only moments away")
    refused(never, 422, "“Voting closes” is a day and a time")
    refused(nobody, 403, "This is for the clerk to do.")
    refused(unknown, 404, "No such compact is known here.")
    refused(odd, 422, "was not offered")
    assert "We ask for a damp survey." in text_of(shown)
    assert "It was put to all assemblies." in text_of(twice)


async def test_a_proposal_waits_until_every_assembly_has_joined(
    tmp_path: Path,
) -> None:
    ours, theirs = two_halls(tmp_path)
    async with serving(theirs), before(ours, CHAIR) as (clerk,):
        page = done(
            await clerk.post(
                "/compacts",
                on="/compacts/new",
                addresses=theirs.config.group,
                purpose="Together.",
            )
        )
    motion = adopts(ours, "We ask for a damp survey.")
    async with before(ours, CHAIR) as (clerk,):
        answer = await clerk.post(
            f"/motions/{motion}/propose",
            compact=page.rpartition("/")[2],
            method="majority-of-assemblies",
            closes_at="2026-12-24T12:00:00",
        )

    refused(answer, 409, "The compact is not in force yet")


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [
        ("ratify_share", "most", "How many must ratify"),
        ("ratify_days", "0", "Days to ratify"),
        ("ratify_binds", "nobody", "“Whom it binds”"),
    ],
)
async def test_what_cannot_be_a_rule_of_ratifying_is_refused(
    tmp_path: Path, field: str, given: str, says: str
) -> None:
    ours = a_hall(tmp_path)

    async with before(ours, CHAIR) as (clerk,):
        answer = await clerk.post(
            "/compacts",
            on="/compacts/new",
            addresses="https://quarry.example/g/quarry",
            purpose="To settle together what we share.",
            **{field: given},
        )

    refused(answer, 422, says)
