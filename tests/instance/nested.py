"""Two assemblies are a compact that holds a seat beside a third, by hand."""

from dataclasses import replace
from datetime import datetime, timedelta

from activitypub import canonical, proofs
from confederation import record
from confederation.confederal.compact import Compact
from confederation.identifiers import ActorId, CompactId, Digest, OptionId
from instance import bundle, clerk, vocabulary
from instance.confederal import confederating
from tests.instance.bundles import kind, lines_of
from tests.instance.house import NOON, House, public
from tests.instance.three import (
    LATER,
    OPENS,
    Delegate,
    Three,
    a_compact,
    act,
    an_entry,
    assembly_of,
    decides,
    keep_compact,
    mandates,
    proposes,
    votes,
)

SOON = OPENS + timedelta(minutes=30)


def joined(compact: Compact, *houses: House) -> None:
    for house in houses:
        with house.desk() as desk:
            fact = record.Membership(compact=compact.digest, act="join")
            clerk.publish(desk, "Membership", vocabulary.wire(fact))


def nested(together: Three) -> tuple[Three, Three]:
    """Let the last two be a compact of their own, which the second bears upwards.

    The third stands in for it.
    """
    harbour, quarry, mill = together.houses
    first, second, third = together.compact.members
    document = a_compact([second, third])
    below = vocabulary.read_compact(document)
    for house in (quarry, mill):
        with house.desk() as desk:
            keep_compact(desk, document)
    joined(below, quarry, mill)
    bearing = replace(second, bears=below.identity, substitutes=(third.assembly,))
    wider = a_compact([first, bearing])
    above = vocabulary.read_compact(wider)
    for house in together.houses:
        with house.desk() as desk:
            keep_compact(desk, wider)
    joined(above, harbour, quarry)
    with harbour.desk() as desk:
        assert below.digest in confederating.lacking(desk)
        assert confederating.learn(
            desk, wanted=below.digest, answer={"compact": document, "texts": []}
        )
    together.exchange(NOON)
    return (
        Three(houses=(harbour, quarry), compact=above),
        Three(houses=(quarry, mill), compact=below),
    )


def decided_below(
    together: Three,
    below: Three,
    on: Digest | None,
    choice: str = "for",
    *,
    bearers: record.Bearers | None = None,
    at: datetime = NOON,
) -> Digest:
    """Let those below decide something within an hour and a half."""
    quarry, mill = below.houses
    voting, closes = at + (OPENS - NOON), at + (SOON - NOON)
    asked = proposes(
        below, mill, at=at, on=on, bearers=bearers, opens=at, closes=closes
    )
    together.confer(at)
    for house in (quarry, mill):
        given = mandates(
            *(below, house, asked, choice),
            name="below",
            at=at,
            until=max(closes, LATER),
        )
        votes(house, given, asked, choice, at=voting)
    together.confer(voting)
    together.confer(closes)
    return asked


def carried(
    house: House,
    above: Three,
    asked: Digest,
    on: Digest,
    must: str,
    *,
    at: datetime = SOON,
) -> Delegate:
    election = record.Election(
        compact=CompactId(above.compact.identity),
        holder=ActorId(f"{house.config.base}/u/above"),
        alternate=None,
        decision=decides(house),
    )
    elected = act(house, election, subject="above", at=NOON)
    fresh = proofs.new_key()
    given = record.Mandate(
        holder=election.holder,
        delegate_key=public(fresh),
        compact=CompactId(above.compact.identity),
        decision=asked,
        election=elected,
        instructions=(record.Instruction(proposal=on, must=(OptionId(must),)),),
        valid_from=NOON,
        valid_until=max(at + timedelta(days=1), LATER),
        report_due=max(at + timedelta(days=1), LATER),
    )
    return Delegate(
        assembly=assembly_of(house),
        holder=election.holder,
        mandate=act(house, given, subject=f"above {must}", at=at),
        key=fresh,
    )


def settled(
    together: Three, *, moved: bool = False, before: bool = False
) -> tuple[Three, Digest]:
    """Settle what those below are against; the seat ``moved`` to the third, or not.

    Its assembly may have given a mandate of its own ``before``.
    """
    above, below = nested(together)
    harbour, quarry = above.houses
    mill = together.houses[2]
    proposal = proposes(above, harbour)
    together.confer(OPENS)
    asked = decided_below(together, below, proposal, "against")
    if moved:
        bearers = record.Bearers(
            assemblies=(assembly_of(mill),), compact=above.compact.identity
        )
        decided_below(together, below, None, bearers=bearers)
    house = mill if moved else quarry
    if before:
        mandates(above, house, proposal, at=OPENS)
    given = carried(house, above, asked, proposal, "against")
    votes(house, given, proposal, "against", at=SOON)
    own = mandates(above, harbour, proposal, at=SOON)
    votes(harbour, own, proposal, at=SOON)
    together.confer(SOON)
    together.confer(LATER)
    return above, proposal


def exported(together: Three, *, moved: bool = False) -> tuple[bytes, str]:
    above, proposal = settled(together, moved=moved)
    with above.houses[0].desk(LATER) as desk:
        return bundle.export(desk, proposal), above.compact.digest


def two_faced(together: Three) -> tuple[bytes, str]:
    """Let the bearer end its record another way below than it does above."""
    data, compact = exported(together)
    quarry = together.houses[1]
    lines = lines_of(data)
    start = next(n for n, line in enumerate(lines) if "below" in kind(line))
    own = [
        n
        for n, line in enumerate(lines)
        if n > start and kind(line).get("assembly") == assembly_of(quarry)
    ]
    other = an_entry(quarry, "MemberCount", {"members": 5}, after=kind(lines[own[-2]]))
    lines[own[-1]] = canonical.canonical(other) + b"\n"
    return b"".join(lines), compact
