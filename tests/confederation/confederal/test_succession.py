"""An assembly ends by its own qualified vote, and whoever goes on begins anew."""

from dataclasses import replace

import pytest

from confederation.confederal import (
    admission,
    council,
    filings,
    mandate,
    succession,
    versions,
)
from confederation.confederal.compact import Compact, Rules, left
from confederation.confederal.mandate import Rule
from confederation.identifiers import Digest
from confederation.record import Entry, Membership, Method, Succession
from tests.confederation.ending import QUALIFIED, an_end_of, decides, ends
from tests.confederation.versions import Changing
from tests.confederation.world import (
    OPENS,
    Confederation,
    Town,
    digest_of,
    instructed,
    result_digest,
)


def an_end(world: Confederation) -> Entry:
    return an_end_of(world.towns[2])


def test_an_assembly_that_split_has_left_every_compact() -> None:
    world = Confederation()
    split = world.towns[2]
    entry = an_end(world)

    assert succession.flaw(entry, split.record) is None
    assert left(world.compact, split.record, split.record.size) == entry
    assert left(world.compact, split.record, entry.seq) is None


def test_joining_again_by_itself_undoes_no_end() -> None:
    world = Confederation()
    split = world.towns[2]
    entry = an_end(world)

    split.publishes(Membership(compact=world.compact.digest, act="join"))

    assert left(world.compact, split.record, split.record.size) == entry


def test_a_version_that_admits_it_again_gives_it_its_seat_back() -> None:
    world = Confederation()
    split = world.towns[2]
    entry = an_end(world)

    assert left(_again(world, entry.digest), split.record, split.record.size) is None
    again = ends(split, act="dissolve")
    later = _again(world, entry.digest)
    assert left(later, split.record, split.record.size) == again


def _again(world: Confederation, readmitted: Digest) -> Compact:
    first, second, third = world.compact.members
    return replace(
        world.compact,
        digest=digest_of("amended", readmitted),
        first=world.compact.identity,
        previous=world.compact.digest,
        members=(first, second, replace(third, readmitted=readmitted)),
    )


def test_the_vote_of_an_assembly_that_splits_is_withdrawn_and_its_seat_emptied() -> (
    None
):
    world = Confederation()
    split = world.towns[2]
    proposal = world.proposes()
    given = split.mandates(world.compact, instructed(proposal))
    split.votes(proposal, given)
    entry = an_end(world)
    held = world.holding(proposal, clock=OPENS)

    due = council.duties(held, split.id, OPENS, result_digest)

    [withdrawal] = [fact for fact in due if hasattr(fact, "withdrawn_by")]
    assert withdrawal.withdrawn_by == entry.digest
    filed = split.publishes(withdrawal)
    *_, last = filings.examine(split.record, held.matter)
    assert (last.entry, last.finding) == (filed, None)
    position = filings.position(last, 2, split.record, held.matter)
    assert position.says == "emptied"


def test_a_delegate_of_an_assembly_that_ended_votes_no_more() -> None:
    world = Confederation()
    split = world.towns[2]
    proposal = world.proposes()
    given = split.mandates(world.compact, instructed(proposal))
    an_end(world)

    vote = split.a_vote(proposal, given)
    finding = mandate.judge(
        vote,
        record=split.record,
        seq=split.record.size,
        matter=world.holding(proposal).matter,
    )

    assert finding is not None
    assert finding.rule is Rule.NOT_A_MEMBER


def test_an_assembly_that_ended_proposes_nothing_more() -> None:
    world = Confederation()
    an_end(world)
    proposal = world.proposes(by=2)

    assert "had left" in str(admission.objection(world.holding(proposal)))


@pytest.mark.parametrize(
    ("method", "enough"),
    [
        (QUALIFIED, True),
        (Method(name="consent"), True),
        (Method(name="consensus"), True),
        (Method(name="majority"), False),
        (Method(name="majority", threshold="1/2"), False),
        (Method(name="qualified", threshold="six"), False),
    ],
)
def test_an_assembly_is_dissolved_by_a_qualified_vote_alone(
    method: Method, *, enough: bool
) -> None:
    town = Town("harbour")
    entry = ends(town, act="dissolve", method=method)

    assert (succession.flaw(entry, town.record) is None) is enough
    ended = succession.ended(town.record, town.record.size)
    assert ended == (entry if enough else None)


@pytest.mark.parametrize(
    ("act", "names", "says"),
    [
        ("split", ("north",), "names both"),
        ("split", ("north", "north"), "named once"),
        ("merge", (), "one other"),
        ("merge", ("north", "south"), "one other"),
        ("dissolve", ("north",), "nobody"),
    ],
)
def test_whoever_goes_on_is_named_as_the_end_asks(
    act: str, names: tuple[str, ...], says: str
) -> None:
    town = Town("harbour")
    entry = ends(town, *map(Town, names), act=act)

    assert says in str(succession.flaw(entry, town.record))


def test_an_end_that_one_teller_confirmed_ends_nothing() -> None:
    town = Town("harbour")
    entry = ends(town, act="dissolve", tellers=1)

    assert "Two tellers" in str(succession.flaw(entry, town.record))
    assert succession.ended(town.record, town.record.size) is None


def test_an_assembly_may_be_one_of_those_that_go_on() -> None:
    town = Town("harbour")

    entry = ends(town, town, Town("north"))

    assert succession.flaw(entry, town.record) is None
    assert succession.accepted(entry, town.record)


def test_an_assembly_does_not_merge_into_itself() -> None:
    town = Town("harbour")
    entry = ends(town, town, act="merge")

    assert "one other" in str(succession.flaw(entry, town.record))


def test_only_who_is_named_and_says_so_is_a_successor() -> None:
    town, north, south = Town("harbour"), Town("north"), Town("south")
    entry = ends(town, north, south)

    north.publishes(
        Succession(act="succeed", decision=decides(north).digest, of=entry.digest)
    )

    records = {each.id: each.record for each in (town, north, south)}
    assert succession.predecessors(north.id, records) == (entry,)
    assert succession.accepted(entry, north.record)
    assert not succession.accepted(entry, south.record)
    assert succession.predecessors(town.id, records) == ()


@pytest.mark.parametrize("how", ["kept", "let in again", "suspended", "let go"])
def test_a_version_keeps_no_seat_of_whoever_has_ended(how: str) -> None:
    story = Changing()
    *others, last = story.first.members
    entry = an_end_of(story.world.towns[3])
    members = {
        "kept": story.first.members,
        "let in again": (*others, replace(last, readmitted=entry.digest)),
    }
    new = story.version(
        members=members.get(how, tuple(others)),
        suspended=(last,) if how == "suspended" else (),
    )

    said = story.objection(story.proposes(new), new)

    assert ("keeps the seat of an assembly that has ended" in said) == (how == "kept")


@pytest.mark.parametrize("since", ["nothing", "apply", "join"])
@pytest.mark.parametrize("named", ["the identity", "the version"])
def test_a_version_keeps_no_seat_of_whoever_has_left(since: str, named: str) -> None:
    story = Changing()
    second = story.version(rules=Rules(quorum="2/3"))
    before = second if named == "the version" else story.first
    new = story.version(before=before, rules=Rules(quorum="3/4"))
    town = story.world.towns[3]
    town.publishes(Membership(compact=before.digest, act="leave"))
    if since != "nothing":
        # Whoever is taken back joins the identity, which every version has.
        town.publishes(
            Membership(compact=Digest(before.identity), act=since)  # type: ignore[arg-type]
        )
    story.world.compact = before

    said = versions.objection(story.holding(story.proposes(new), new)) or ""

    assert ("keeps the seat of an assembly that has left" in said) == (
        since == "nothing"
    )
