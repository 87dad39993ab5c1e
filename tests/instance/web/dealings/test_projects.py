"""A project is followed from elsewhere if its people want it, and ends for good."""

from pathlib import Path
from typing import Any

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance import reception, speech
from instance.desk import Desk
from instance.fediverse import lookup
from instance.store import inbound, personas
from tests.instance.elsewhere import SAM
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.web.evening import Evening, an_assembly
from tests.instance.web.offering import offer

GARDEN = {"name": "Quay Lane garden", "username": "quay_garden", "summary": "We dig."}


async def taken(evening: Evening) -> str:
    """Let Cleo take on what everybody may read of, and Dov join in."""
    action = await offer(evening, told="everyone")
    await evening["Cleo"].send(f"{action}/yes", on=action)
    await evening["Dov"].send(f"{action}/join", on=action)
    return f"{action}/project"


async def opened(evening: Evening) -> str:
    page = await taken(evening)
    for name in ("Cleo", "Dov"):
        await evening[name].send(f"{page}/agree", on=page)
    await evening["Dov"].send(f"{page}/open", on=page, fields=GARDEN)
    return page


def found(desk: Desk) -> Any:
    document = lookup.webfinger(desk, f"acct:quay_garden@{desk.config.host}")
    assert document is not None
    return next(each["href"] for each in document["links"] if each["rel"] == "self")  # type: ignore[index, union-attr, call-overload]


def follow(desk: Desk) -> str:
    """Let Sam's server ask to follow it, as Mastodon does."""
    inbound.keep_remote_actor(
        desk.connection,
        SAM.id,
        document=SAM.document,
        learned_at=desk.seconds,
        asked_at=desk.seconds,
    )
    asked: JsonObject = {
        "id": SAM.new_id(),
        "type": "Follow",
        "actor": SAM.id,
        "object": found(desk),
    }
    return reception.deal_with(desk, SAM.id, asked).says


def sent(desk: Desk) -> list[Any]:
    """Return what goes to Sam's server, in its order."""
    rows = desk.connection.execute(
        """
        select body from activity join delivery on delivery.activity = activity.id
         where inbox like :server order by delivery.id
        """,
        {"server": f"{SAM.base}/%"},
    )
    return [canonical.read(row["body"].encode()) for row in rows]


async def test_it_has_no_address_before_all_of_its_people_agreed(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await taken(evening)
        cleo, eva = evening["Cleo"], evening["Eva"]
        not_hers = await eva.send(f"{page}/agree", on="/stories", status=403)
        await cleo.send(f"{page}/agree", on=page)
        half = await cleo.see(page)
        early = await cleo.send(f"{page}/open", on=page, status=409, fields=GARDEN)
        usernames = await evening.look(lambda desk: personas.usernames(desk.connection))

    assert "join in first" in not_hers
    assert "1 of 2 who do this have agreed." in half
    assert "Not all who do this have agreed" in early
    assert "quay_garden" not in usernames


async def test_sam_follows_it_and_reads_its_news(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await opened(evening)
        says = await evening.node.work(follow)
        await evening["Cleo"].send(f"{page}/news", on=page, news="The beds are dug.")
        not_hers = await evening["Eva"].send(
            f"{page}/news",
            on=page.removesuffix("/project"),
            status=403,
            news="Buy!",
            fields={"token": await evening["Eva"].token("/stories")},
        )
        got = await evening.look(sent)
        document: Any = await evening.look(
            lambda desk: lookup.actor(
                desk, found(desk).removeprefix(f"{desk.config.base}/")
            )
        )
        shown = await evening["Ada"].see(page)

    assert says == "followed"
    assert document["type"] == "Organization"
    assert "A project of Harbour" in document["summary"]
    assert [each["type"] for each in got] == ["Accept", "Create"]
    assert got[1]["actor"] == document["id"]
    assert "The beds are dug." in got[1]["object"]["content"]
    assert "This is for those who do it" in not_hers
    assert "1 follower" in shown
    assert standing_in(str(document) + str(got), "Cleo") == []


async def test_wound_up_it_leaves_a_stone_and_its_followers_are_told(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await opened(evening)
        await evening.node.work(follow)
        path: str = await evening.look(
            lambda desk: found(desk).removeprefix(f"{desk.config.base}/")
        )
        await evening["Dov"].send(f"{page}/end", on=page)
        got = await evening.look(sent)
        gone: Any = await evening.look(lambda desk: lookup.actor(desk, path))
        unknown = await evening.look(
            lambda desk: lookup.webfinger(desk, f"acct:quay_garden@{desk.config.host}")
        )
        over = await evening["Cleo"].see(page)
        address = await evening.look(lambda desk: speech.address(desk, path))

    assert got[-1]["type"] == "Delete"
    assert got[-1]["object"] == address
    assert gone["type"] == "Tombstone"
    assert gone["formerType"] == "Organization"
    assert unknown is None
    assert "has ended, for good" in over


async def test_what_only_members_read_of_gets_no_address(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        action = await offer(evening)
        cleo, page = evening["Cleo"], f"{action}/project"
        await cleo.send(f"{action}/yes", on=action)
        token = {"token": await cleo.token(action)}
        await cleo.send(f"{page}/agree", on=page, fields=token)
        says = await cleo.send(
            f"{page}/open", on=page, status=422, fields={**GARDEN, **token}
        )
        rubbish = await cleo.send(
            f"{page}/open",
            on=page,
            status=422,
            name="",
            fields=token,
        )

    assert "everybody may read of" in says
    assert "is empty" in rubbish
