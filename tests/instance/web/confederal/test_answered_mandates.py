"""A delegate says on the mandate's page whether they take it on, and why."""

import asyncio
from pathlib import Path

import httpx

from confederation.identifiers import Digest
from instance.store import answered_mandates
from instance.web.confederal.mandates import view
from tests.instance.serving import free_port
from tests.instance.three import Three
from tests.instance.web.bounds import WALL, binds, proposes
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import a_council, before, serving
from tests.instance.web.seated import CAS, CHAIR, DANA, elects, path_of
from tests.instance.web.sending import done, refused


async def bound(council: Three) -> str:
    """Bind Dana; return the path of the mandate's page."""
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal)
    async with before(council.houses[0], CHAIR) as (chair,):
        seat = await chair.get(path_of(council))
    return "/mandates/" + seat.partition('href="/mandates/')[2].partition('"')[0]


async def test_a_delegate_takes_a_mandate_on_or_says_why_not(council: Three) -> None:
    ours = council.houses[0]
    at = await bound(council)

    async with before(ours, DANA, CAS) as (dana, cas):
        asked = text_of(await dana.get(at))
        to_do = await dana.get("/today")
        not_his = await cas.get("/today")
        done(
            await dana.post(
                f"{at}/answer", on=at, answer="no", reason="I <b>sail</b> that week."
            )
        )
        seen = text_of(await cas.get(at))
        done(await dana.post(f"{at}/answer", on=at, answer="yes", reason=""))
        later = text_of(await cas.get(at))
        done_with = await dana.get("/today")

    assert f'href="{at}"' in to_do
    assert f'href="{at}"' not in not_his + done_with
    assert "I take this on" in asked
    assert "I take this on" not in seen
    assert "The delegate does not take it on." in seen
    assert "I <b>sail</b> that week." in seen
    assert "The delegate takes it on." in later
    assert "sail" not in later
    assert "In force" in seen
    with ours.desk() as desk:
        said = desk.connection.execute(
            "select type from activity where actor like 'u/%' order by published, id"
        ).fetchall()
        assert sorted(row["type"] for row in said) == ["Accept", "Reject"]
        page = view(desk, Digest(f"sha256:{at.removeprefix('/mandates/')}"))
    assert page.taken_on is not None


async def test_the_other_node_checks_it_over_the_network_and_says_so(
    tmp_path: Path,
) -> None:
    council = a_council(tmp_path, ports=(free_port(), free_port()))
    at = await bound(council)
    ours, theirs = council.houses

    says, patience = "", 600
    async with serving(theirs), serving(ours), httpx.AsyncClient() as http:
        while "What the others’ nodes say" not in says and patience:
            patience -= 1
            await asyncio.sleep(0.1)
            page = await http.get(
                f"{ours.config.base}{at}", headers={"accept": "text/html"}
            )
            says = text_of(page.text)

    assert "Quarry Accepts it" in says


async def test_what_was_taken_back_is_answered_no_more(council: Three) -> None:
    ours = council.houses[0]
    at = await bound(council)
    with ours.desk() as desk:
        digest = f"sha256:{at.removeprefix('/mandates/')}"
        answered_mandates.take_back(desk.connection, digest)

    async with before(ours, DANA) as (dana,):
        answer = await dana.post(f"{at}/answer", on=at, answer="yes", reason="")

    refused(answer, 409, "This mandate was taken back.")
    assert "I take this on" not in text_of(answer.text)


async def test_nobody_answers_for_the_delegate(council: Three) -> None:
    at = await bound(council)

    async with before(council.houses[0], CAS) as (cas,):
        answer = await cas.post(f"{at}/answer", on=at, answer="yes", reason="")
        page = text_of(await cas.get(at))

    refused(answer, 403, "Only whoever a mandate is offered to can answer it.")
    assert "takes it on" not in page
