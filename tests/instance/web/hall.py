"""An assembly in its hall: it decides by a show of hands, and its tellers confirm.

For tests of what follows from a decision; how a session goes is tested elsewhere.
"""

import asyncio
import typing
from collections.abc import AsyncIterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from confederation import assembly
from confederation.confederal.compact import Rules as CompactRules
from confederation.confederal.compact import Seat
from confederation.deciding import ballot, motion
from confederation.deciding.question import Terms
from confederation.deciding.rulebook import Rules, Teller
from confederation.identifiers import (
    ActorId,
    BallotId,
    Commit,
    Digest,
    MotionId,
    OptionId,
    SessionId,
    SubAssemblyId,
)
from confederation.meeting import count_sheet
from confederation.membership.member import Role
from confederation.record import Clause
from confederation.session import Electorate
from confederation.text import Text
from instance import app, node
from instance.confederal import confederating
from instance.desk import Desk
from instance.matters import openings
from instance.membership import welcome
from instance.store import compacts, events, records
from tests.instance.house import NOON, House, a_house, found
from tests.instance.three import Three
from tests.instance.web.browsing import Browser, a_site, another

PEOPLE = ("Cas Okonjo", "Dana Brightwater", "Eli Marsh")
OTHERS = ("Fay Underhill", "Gil Stone", "Hana Pryce")
NOTICE = 3600


def a_hall(
    directory: Path,
    *,
    slug: str = "harbour",
    port: int = 8001,
    people: Sequence[str] = PEOPLE,
) -> House:
    """Found an assembly with rules; its first member holds every office.

    Members 0 and 1 are its tellers; the ``people`` follow.
    """
    house = a_house(directory, slug=slug, port=port)
    with house.desk() as desk:
        found(house, desk)
        more = tuple(welcome.invite(desk, name).member for name in people)
        for role in typing.get_args(Role):
            grant = assembly.GrantRole(
                member=house.members[0], role=role, by=None, at=desk.now
            )
            node.perform(desk, "assembly:it", grant)
        adopt = assembly.AdoptRulebook(
            rules=Rules(
                text=events.keep_wording(desk.connection, "We meet, talk and decide."),
                tellers=tuple(
                    Teller(member=member, key=key)
                    for member, key in zip(
                        house.members, house.teller_keys, strict=True
                    )
                ),
                methods=("consent", "majority", "qualified"),
                recall_notice=24 * NOTICE,
                emergency_notice=NOTICE,
            ),
            by=None,
            at=desk.now,
        )
        node.perform(desk, "assembly:it", adopt)
        house.confirm(desk)
    return replace(house, members=(*house.members, *more))


def decides(
    house: House,
    *,
    at: datetime = NOON,
    text: Commit | None = None,
    subject: Digest | None = None,
    person: bool = False,
    against: bool = False,
    confirmed: bool = True,
    qualified: bool = False,
    sub_assembly: SubAssemblyId | None = None,
) -> BallotId:
    """Let the assembly decide by hands, counted alike by its two tellers."""
    id = puts(
        house,
        at=at,
        text=text,
        subject=subject,
        person=person,
        qualified=qualified,
        sub_assembly=sub_assembly,
    )
    counts(house, id, at=at, against=against, confirmed=confirmed)
    return id


def puts(
    house: House,
    *,
    at: datetime = NOON,
    text: Commit | None = None,
    subject: Digest | None = None,
    person: bool = False,
    qualified: bool = False,
    sub_assembly: SubAssemblyId | None = None,
) -> BallotId:
    """Put a question to the assembly, to be decided by hands."""
    with house.desk(at) as desk:
        id = BallotId(desk.new_id())
        here = node.assembly_here(desk)
        words = events.keep_wording(desk.connection, "Shall we?")
        roll = tuple(sorted(here.members))
        terms = Terms(
            ballot=id,
            session=SessionId("s1"),
            text=text or words,
            question=words,
            method="qualified" if qualified else "majority",
            channels=("hands",),
            electorate=Electorate(
                roll=roll, room=41, present=41 + len(roll), members=61
            ),
            rules=assembly.rules(here),
            rulebook=here.version,
            subject=subject,
            person=person,
            sub_assembly=sub_assembly,
        )
        opening = ballot.OpenBallot(terms=terms, by=house.members[0], at=at)
        node.perform(desk, f"ballot:{id}", opening)
    return id


def counts(
    house: House,
    id: BallotId,
    *,
    at: datetime = NOON,
    against: bool = False,
    confirmed: bool = True,
) -> None:
    """Let both tellers count the hands alike, and close the ballot."""
    chair, second = house.members[0], house.members[1]
    stream = f"ballot:{id}"
    with house.desk(at) as desk:
        yes, no = (9, 30) if against else (30, 9)
        for teller in (chair, second):
            counted = count_sheet.EnterCount(
                channel="hands",
                markings=(
                    count_sheet.Marking(choice=(OptionId("for"),), papers=yes),
                    count_sheet.Marking(choice=(OptionId("against"),), papers=no),
                ),
                by=teller,
                at=at,
            )
            node.perform(desk, stream, counted)
        node.perform(desk, stream, ballot.CloseBallot(by=chair, at=at))
        if confirmed:
            house.confirm(desk)


def adopts(
    house: House, *clauses: str, at: datetime = NOON, qualified: bool = False
) -> MotionId:
    """Let the assembly adopt a motion, word for word."""
    with house.desk(at) as desk:
        id, stream = _frozen(house, desk, clauses)
        moved: motion.State = node.load(desk, stream)
        text = motion.text(moved).text
    decided = decides(house, text=text, at=at, qualified=qualified)
    chair = house.members[0]
    with house.desk(at) as desk:
        put = motion.PutMotion(
            ballot=decided,
            method="qualified" if qualified else "majority",
            by=chair,
            at=at,
        )
        node.perform(desk, stream, put)
        closed: ballot.State = node.load(desk, f"ballot:{decided}")
        settle = motion.SettleMotion(
            decision=ballot.decided(closed), by=chair, at=desk.now
        )
        node.perform(desk, stream, settle)
    return id


def _frozen(house: House, desk: Desk, clauses: tuple[str, ...]) -> tuple[MotionId, str]:
    id, author = MotionId(desk.new_id()), house.members[0]

    def words(text: str) -> Commit:
        return events.keep_wording(desk.connection, text)

    stream = f"motion:{id}"
    text = Text(
        text=words("\n".join(clauses)),
        clauses=tuple(
            Clause(n=n, text=words(clause)) for n, clause in enumerate(clauses, start=1)
        ),
    )
    draft = motion.DraftMotion(
        motion=id, title=words("Damp homes"), text=text, by=author, at=desk.now
    )
    node.perform(desk, stream, draft)
    table = motion.TableMotion(session=SessionId("s1"), by=author, at=desk.now)
    node.perform(desk, stream, table)
    node.perform(desk, stream, motion.FreezeMotion(by=author, at=desk.now))
    return id, stream


def confirms(house: House, at: datetime = NOON) -> None:
    """Let both tellers confirm all that waits, and the clerk publish it."""
    with house.desk(at) as desk:
        house.confirm(desk)


@asynccontextmanager
async def before(
    house: House, *who: int, at: datetime = NOON
) -> AsyncIterator[tuple[Browser, ...]]:
    """Open a browser for each of these members before the serving node's pages."""
    async with AsyncExitStack() as stack:
        pages = await stack.enter_async_context(a_site(house, at=at, pen=True))
        browsers = [await stack.enter_async_context(another(pages, house)) for _ in who]
        for browser, number in zip(browsers, who, strict=True):
            await browser.sign_in(number)
        yield tuple(browsers)


def a_council(directory: Path, *, ports: tuple[int, int] = (8001, 8002)) -> Three:
    """Let two assemblies join one compact, each by its own decision."""
    houses = (
        a_hall(directory, port=ports[0]),
        a_hall(directory, slug="quarry", port=ports[1], people=OTHERS),
    )
    seats = []
    for house in houses:
        with house.desk() as desk:
            ours = records.ours(desk.connection)
            assert ours is not None
            address = ActorId(ours.address)
            seats.append(Seat(assembly=ours.id, address=address, key=ours.key))
    with houses[0].desk() as desk:
        compact = confederating.draft_compact(
            desk,
            seats[1:],
            purpose="To settle together what we share.",
            rules=CompactRules(),
        )
        document = compacts.document(desk.connection, compact.digest)
        assert document is not None
        texts = openings.documents(desk, document)
    with houses[1].desk() as desk:
        confederating.keep_compact(desk, document, texts=texts)
    for house in houses:
        joins(house, compact.digest)
    council = Three(houses=houses, compact=compact)
    council.exchange(NOON)
    return council


def joins(house: House, compact: Digest) -> None:
    """Let an assembly decide to join a compact, and the clerk carry it out."""
    decided = decides(house, subject=compact)
    with house.desk() as desk:
        join = assembly.JoinCompact(
            compact=compact,
            decision=ballot.decided(node.load(desk, f"ballot:{decided}")),
            by=house.members[0],
            at=desk.now,
        )
        node.perform(desk, "assembly:it", join)
        house.confirm(desk)


def serving(house: House) -> AbstractAsyncContextManager[None]:
    """Serve a whole node at its own port on loopback, in this process."""
    return listening(
        app.make(house.config), int(house.config.listen.rpartition(":")[2])
    )


@asynccontextmanager
async def listening(application: Starlette, port: int) -> AsyncIterator[None]:
    """Serve an application at a port on loopback, in this process."""
    server = uvicorn.Server(
        uvicorn.Config(
            application, host="127.0.0.1", port=port, log_level="warning", lifespan="on"
        )
    )
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await task
