"""A version of a compact follows from the one before by a result under that one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from confederation.confederal import admission, council, versions
from confederation.confederal.compact import (
    Compact,
    Rules,
    applied,
    awaited,
    left,
)
from confederation.confederal.holding import Holding
from confederation.confederal.versions import Lineage
from confederation.errors import Invalid
from confederation.identifiers import CompactId, Digest
from confederation.record import Entry, Membership, Proposal
from tests.confederation.versions import Changing, attesting, counted, seat
from tests.confederation.world import (
    CLOSES,
    LATER,
    OPENS,
    Town,
    digest_of,
    instructed,
    result_digest,
)

SOON = CLOSES + timedelta(minutes=1)


def test_a_change_of_the_compact_is_witnessed_once_the_new_version_is_held() -> None:
    story = Changing()
    new = story.version(rules=Rules(quorum="2/3"))
    proposal = story.proposes(new)

    assert "not held here" in story.objection(proposal)
    assert story.objection(proposal, new) == ""


def test_whoever_a_new_version_admits_has_applied() -> None:
    story = Changing()
    new = story.version(story.newcomer)
    proposal = story.proposes(new)
    before = story.objection(proposal, new)

    story.applies()

    assert "has not applied" in before
    assert story.objection(proposal, new) == ""


def test_an_application_that_was_taken_back_admits_nobody() -> None:
    story = Changing()
    new = story.version(story.newcomer)
    proposal = story.proposes(new)
    story.applies()
    identity = Digest(story.first.identity)

    story.newcomer.publishes(Membership(compact=identity, act="leave"))

    assert applied(story.first.identity, story.newcomer.record) is None
    assert "has not applied" in story.objection(proposal, new)


def test_nobody_is_admitted_whose_record_is_not_held() -> None:
    story = Changing()
    stranger = Town("stranger")
    story.applies(stranger)
    new = story.version(stranger)

    assert "is not held here" in story.objection(story.proposes(new), new)


def test_nobody_is_admitted_under_a_key_that_is_not_theirs() -> None:
    story = Changing()
    story.applies()
    forged = replace(seat(story.newcomer), key=seat(Town("mallory")).key)
    new = story.version(members=(*story.first.members, forged))

    assert "another first key" in story.objection(story.proposes(new), new)


def test_no_member_gets_another_key_by_a_new_version() -> None:
    story = Changing()
    first, *others = story.first.members
    forged = replace(first, key=seat(Town("mallory")).key)
    new = story.version(members=(forged, *others))

    assert "another first key" in story.objection(story.proposes(new), new)


def test_a_version_follows_from_the_one_it_replaces() -> None:
    story = Changing()
    second = story.version(themes=("damp",))
    third = story.version(before=second, themes=("damp", "heat"))

    proposal = story.proposes(third, slot=story.first.digest)

    assert "does not follow" in story.objection(proposal, third)


def test_the_slot_of_a_version_is_for_changes_of_it_and_they_name_it() -> None:
    story = Changing()
    new = story.version(themes=("damp",))
    elsewhere = story.proposes(new, slot=None)
    nothing = story.proposes(new, compact_next=None)

    assert "stands in the slot" in story.objection(elsewhere, new)
    assert "Only a change" in story.objection(nothing)


def test_a_change_of_the_compact_may_ask_to_be_ratified() -> None:
    story = Changing()
    new = story.version(themes=("damp",))
    proposal = story.proposes(new, ratify=True)
    story.adopts(proposal)

    assert story.objection(proposal, new) == ""
    assert story.change(proposal, new) is None


def test_an_adopted_version_is_in_force_from_the_attestation_that_made_it_hold() -> (
    None
):
    story = Changing()
    new = story.version(themes=("damp",))
    proposal = story.proposes(new)
    attested = [LATER + timedelta(minutes=number) for number in (3, 1, 2)]
    assert story.change(proposal, new) is None

    story.adopts(proposal, at=attested[:2])
    one_short = story.change(proposal, new)
    story.world.towns[2].publishes(
        attesting(counted(proposal, story.first)), attested[2]
    )

    made = story.change(proposal, new)
    assert one_short is None
    assert made is not None
    assert (made.before, made.after) == (story.first.digest, new.digest)
    assert made.at == attested[0]


def test_what_some_attest_otherwise_does_not_make_a_version_older() -> None:
    story = Changing()
    new = story.version(themes=("damp",))
    proposal = story.proposes(new)
    story.adopts(proposal)
    dissent = counted(proposal, story.first, "against")

    story.world.towns[3].publishes(attesting(dissent), LATER - timedelta(minutes=1))

    made = story.change(proposal, new)
    assert made is not None
    assert made.at == LATER


def test_only_a_change_that_follows_from_its_version_changes_it() -> None:
    story = Changing()
    second = story.version(themes=("damp",))
    third = story.version(before=second, themes=("damp", "heat"))
    elsewhere = replace(second, first=CompactId(digest_of("another compact")))
    leaps = story.proposes(third, slot=story.first.digest)
    plain = story.world.proposes(1)
    for each in (leaps, plain):
        story.adopts(each)

    assert story.change(leaps, third) is None
    assert story.change(plain, None) is None
    assert versions.follows(second, story.first)
    assert not versions.follows(elsewhere, story.first)


def test_what_was_rejected_changes_nothing() -> None:
    story = Changing()
    new = story.version(themes=("damp",))
    proposal = story.proposes(new)

    for town in story.world.towns:
        town.publishes(attesting(counted(proposal, story.first, "against")), LATER)

    assert story.change(proposal, new) is None


def test_attestations_of_those_who_have_no_seat_change_nothing() -> None:
    story = Changing()
    new = story.version(themes=("damp",))
    proposal = story.proposes(new)
    story.adopts(proposal, at=(LATER,) * 2)

    story.newcomer.publishes(attesting(counted(proposal, story.first)), LATER)

    assert story.change(proposal, new) is None


def lines_of(story: Changing) -> tuple[list[Compact], Lineage]:
    """Adopt a second and a third version, and follow them."""
    second = story.version(themes=("damp",))
    third = story.version(before=second, themes=("damp", "heat"))
    made = []
    for version in (second, third):
        proposal = story.proposes(version, compact=version.previous)
        under = story.first if version is second else second
        result = counted(proposal, under)
        for town in story.world.towns[:3]:
            town.publishes(attesting(result), LATER)
        plain = story.world.holding(story.known[0], clock=LATER)
        found = versions.change(
            Holding(
                compact=under,
                proposal=proposal,
                records=plain.records,
                next=version,
            )
        )
        assert found is not None
        made.append(found)
    known = {each.digest: each for each in (story.first, second, third)}
    line = versions.lineage(story.first, known, made[::-1] * 2)
    return [story.first, second, third], line


def test_versions_are_followed_from_the_first_in_any_order() -> None:
    every, line = lines_of(Changing())

    assert list(line.versions) == every
    assert line.newest == every[-1]
    assert not line.parted
    assert all(line.holds(each.digest) for each in every)
    assert line.superseded(every[-1].digest) is None


def test_a_version_whose_document_is_missing_is_not_guessed() -> None:
    story = Changing()
    (first, _, third), line = lines_of(story)

    part = versions.lineage(
        first, {first.digest: first, third.digest: third}, line.changes
    )

    assert part.versions == (first,)
    assert not part.parted


def test_two_adopted_changes_of_one_version_end_the_line_in_plain_sight() -> None:
    story = Changing()
    every, line = lines_of(story)
    other = story.version(themes=("heat",))
    contrary = replace(line.changes[0], after=other.digest)
    known = {each.digest: each for each in (*every, other)}

    parted = versions.lineage(story.first, known, (*line.changes, contrary))

    assert parted.parted
    assert parted.versions == (story.first,)


def test_what_was_filed_before_a_change_goes_on_and_what_came_after_does_not() -> None:
    story = Changing()
    before = story.world.proposes(3)
    _, line = lines_of(story)
    town = story.world.towns[3]
    text = story.world.a_proposal(3)
    with_it = town.publishes(text, LATER)
    after = town.publishes(text, LATER + timedelta(seconds=1))

    assert not versions.superseded_before(line, before, town.record)
    assert not versions.superseded_before(line, with_it, town.record)
    assert versions.superseded_before(line, after, town.record)


def test_a_proposal_that_dates_itself_back_is_as_late_as_what_stands_before_it() -> (
    None
):
    story = Changing()
    _, line = lines_of(story)
    town = story.world.towns[3]
    text = story.world.a_proposal(3)
    town.publishes(
        Membership(compact=digest_of("another"), act="join"), LATER + timedelta(days=1)
    )

    late = town.publishes(text, OPENS)

    assert versions.superseded_before(line, late, town.record)


def test_whoever_attested_a_change_proposes_under_the_old_version_no_more() -> None:
    """It may date all that it files back: the order in its record is not its to say."""
    story = Changing()
    new = story.version(themes=("damp",))
    changing = story.proposes(new, by=1)
    before = story.world.proposes(0)
    text = story.world.a_proposal(0)
    story.adopts(changing, at=(OPENS, LATER, LATER))
    made = story.change(changing, new)
    assert made is not None
    line = versions.lineage(story.first, {new.digest: new}, [made])
    town = story.world.towns[0]

    late = town.publishes(text, OPENS)

    assert versions.superseded_before(line, late, town.record)
    assert not versions.superseded_before(line, before, town.record)


def test_whoever_attested_something_else_may_still_propose_under_the_old_version() -> (
    None
):
    story = Changing()
    new = story.version(themes=("damp",))
    changing = story.proposes(new, by=1, ratify=True)
    result = counted(changing, story.first)
    otherwise, adopting = story.world.towns[3], story.world.towns[:3]
    otherwise.publishes(attesting(counted(changing, story.first, "against")), OPENS)
    for town in adopting:
        town.publishes(attesting(result), OPENS)
    too_early = adopting[0].publishes(story.world.a_proposal(0), OPENS)
    ends = [
        replace(attesting(replace(result, outcome=end)), proposal=result_digest(result))
        for end in ("not in force", "in force")
    ]
    otherwise.publishes(ends[0], LATER)
    for town in adopting:
        town.publishes(ends[1], LATER)
    made = story.change(changing, new)
    assert made is not None
    line = versions.lineage(story.first, {new.digest: new}, [made])

    free = otherwise.publishes(story.world.a_proposal(3), LATER)
    bound = adopting[0].publishes(story.world.a_proposal(0), LATER)

    assert not versions.superseded_before(line, free, otherwise.record)
    assert not versions.superseded_before(line, too_early, adopting[0].record)
    assert versions.superseded_before(line, bound, adopting[0].record)


def test_whoever_dates_itself_back_changes_no_version_again() -> None:
    story = Changing()
    new, other = story.version(themes=("damp",)), story.version(themes=("heat",))
    changing = story.proposes(new, by=1)
    story.adopts(changing)
    made = story.change(changing, new)
    assert made is not None
    line = versions.lineage(story.first, {new.digest: new}, [made])
    town = story.world.towns[3]

    # Its own record shows no sign of what the others adopted.
    again = story.proposes(other, by=3)

    assert not versions.superseded_before(line, again, town.record)
    assert "has been adopted" in story.objection(again, other)


def test_a_hidden_version_parts_the_line_as_one_that_is_held_does() -> None:
    story = Changing()
    new, hidden = story.version(themes=("damp",)), story.version(themes=("heat",))
    proposals = [story.proposes(new), story.proposes(hidden, by=1)]
    for each in proposals:
        story.adopts(each)

    made = [story.change(proposals[0], new), story.change(proposals[1], None)]
    line = versions.lineage(story.first, {new.digest: new}, filter(None, made))

    assert line.parted
    assert line.versions == (story.first,)


def test_nobody_witnesses_what_is_under_a_superseded_version() -> None:
    story = Changing()
    proposal = story.world.proposes()
    held = replace(story.world.holding(proposal), superseded=True)

    assert "superseded" in (admission.objection(held) or "")


def test_nobody_witnesses_what_is_under_a_version_that_nobody_adopted() -> None:
    story = Changing()
    second = story.version(themes=("damp",))
    proposal = story.world.proposes(compact=second.digest)
    held = Holding(
        compact=second,
        proposal=proposal,
        records={town.id: town.record for town in story.world.towns},
    )

    assert "no adoption" in (admission.objection(held) or "")
    assert admission.objection(replace(held, enacted=True)) is None


def test_two_changes_of_one_version_are_rivals_and_one_is_adopted() -> None:
    story = Changing()
    one = story.version(themes=("damp",))
    other = story.version(themes=("heat",))
    proposals = [story.proposes(one), story.proposes(other, by=1, closes=SOON)]
    new = {each.digest: each for each in (one, other)}

    def file(number: int, proposal: Entry, at: datetime) -> None:
        town = story.world.towns[number]
        assert isinstance(proposal.fact, Proposal)
        following = new[Digest(str(proposal.fact.compact_next))]
        for _ in range(4):
            held = story.holding(proposal, following, at)
            for fact in council.duties(held, town.id, at, result_digest):
                town.publishes(fact, at)

    for town in story.world.towns:
        given = town.mandates(
            story.first, *(instructed(each) for each in proposals), until=LATER
        )
        for proposal in proposals:
            town.votes(proposal, given)
    for at in (OPENS, OPENS, SOON, LATER, LATER):
        for number in range(4):
            order = proposals if number % 2 else proposals[::-1]
            for proposal in order:
                file(number, proposal, at)

    made = [
        change
        for proposal, version in zip(proposals, (one, other), strict=True)
        if (change := story.change(proposal, version)) is not None
    ]
    assert [each.after for each in made] == [one.digest]


def test_a_suspended_assembly_has_no_seat_and_is_not_forgotten() -> None:
    story = Changing()
    *others, last = story.first.members

    new = story.version(members=tuple(others), suspended=(last,))

    assert new.n == 3
    assert new.seat_of(last.assembly) is None
    assert last in new.named
    assert story.objection(story.proposes(new), new) == ""


def test_a_suspended_assembly_is_taken_back_without_applying_again() -> None:
    story = Changing()
    *others, last = story.first.members
    second = story.version(members=tuple(others), suspended=(last,))
    third = story.version(before=second, members=(*second.members, last), suspended=())

    proposal = story.world.proposes(
        compact=second.digest, slot=second.digest, compact_next=third.digest
    )
    held = Holding(
        compact=second,
        proposal=proposal,
        records={town.id: town.record for town in story.world.towns},
        enacted=True,
        next=third,
    )

    assert admission.objection(held) is None


def test_a_member_that_left_has_no_seat_again_before_it_joins() -> None:
    story = Changing()
    town = story.world.towns[3]
    identity = Digest(story.first.identity)
    town.publishes(Membership(compact=identity, act="leave"))

    town.publishes(Membership(compact=identity, act="apply"))
    applying = left(story.first, town.record, town.record.size)
    town.publishes(Membership(compact=identity, act="join"))

    assert applying is not None
    assert left(story.first, town.record, town.record.size) is None


def test_applying_is_no_joining_of_a_first_version() -> None:
    story = Changing()
    first = replace(story.first, members=(*story.first.members, seat(story.newcomer)))
    story.applies()
    held = {town.id: town.record for town in (*story.world.towns, story.newcomer)}

    assert awaited(first, held) == (story.newcomer.id,)


def test_a_proposal_names_a_theme_of_its_compact_or_none() -> None:
    story = Changing()
    proposal = story.world.proposes(theme="damp")

    assert "no such theme" in story.objection(proposal)


@pytest.mark.parametrize("theme", ["Damp", "damp/", "damp housing", "", "a" * 81])
def test_a_theme_is_a_word_or_a_branch_of_one(theme: str) -> None:
    story = Changing()

    with pytest.raises(Invalid, match="theme"):
        story.version(themes=(theme,))


def test_a_compact_names_each_assembly_once_suspended_or_not() -> None:
    story = Changing()

    with pytest.raises(Invalid, match="once"):
        story.version(suspended=story.first.members[:1])
