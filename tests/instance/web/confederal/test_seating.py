"""Our seat in a compact, by the forms that members use: from nomination to recall."""

import re
from datetime import timedelta

from activitypub import canonical, proofs
from confederation.confederal.council import State
from instance import node
from instance.web.naming import in_hex
from tests.instance.house import NOON, public, signed
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import PEOPLE, before, confirms, decides
from tests.instance.web.seated import (
    CAS,
    CHAIR,
    DANA,
    ELI,
    elects,
    instructs,
    path_of,
    proposes,
    seat_at,
    votes_of,
)
from tests.instance.web.sending import done, found_in, refused

HOUR = timedelta(hours=1)


async def test_a_delegate_is_elected_bound_recalled_and_followed_by_the_alternate(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council)
    vote = f"/proposals/{in_hex(proposal)}/vote"
    await elects(council)
    await instructs(council, proposal, must="for")

    async with before(ours, DANA) as (dana,):
        assert "The delegate may vote For" in text_of(await dana.get(vote))
        assert f'href="{vote}"' in await dana.get("/today")
        done(await dana.post(vote, choice="for"))
        assert f'href="{vote}"' not in await dana.get("/today")
        done(
            await dana.post(f"{path}/recall", on=path, reason="Too far.", urgent="yes")
        )
        done(await dana.post(f"{path}/answer", on=path, answer="I did as told."))
        assert "I did as told." in text_of(await dana.get(path))
    later = NOON + 2 * HOUR
    moved = seat_at(ours, council.compact.identity).recalls.moved
    assert moved is not None
    decided = decides(ours, text=moved.text, person=True, at=later)
    async with before(ours, CHAIR, ELI, at=later) as (chair, eli):
        done(await chair.post(f"{path}/settle-recall", on=path, ballot=decided))
        done(await chair.post(f"{path}/seat-alternate", on=path))
        assert "The seat is vacant" not in text_of(await chair.get(path))
    confirms(ours, later)
    council.confer(later)
    await instructs(council, proposal, who=ELI, at=later, must="for")
    async with before(ours, ELI, at=later) as (eli,):
        done(await eli.post(vote, choice="for"))
    council.confer(later)

    filed = votes_of(council.houses[1], proposal, later)
    assert [each.document is None for each in filed] == [False, True, False]
    standing = council.standing(council.houses[1], proposal, later)
    assert standing.state is State.OPEN


async def test_a_vote_that_the_mandate_forbids_is_refused_with_the_instruction(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposes(council)
    await elects(council)
    await instructs(council, proposal, must="against")

    async with before(ours, DANA) as (dana,):
        answer = await dana.post(f"/proposals/{in_hex(proposal)}/vote", choice="for")

    refused(answer, 403, "The mandate says against; this vote says for.")
    assert votes_of(ours, proposal, NOON) == []


async def test_only_the_delegate_in_office_votes(council: Three) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council)
    vote = f"/proposals/{in_hex(proposal)}/vote"
    await elects(council)
    await instructs(council, proposal, must="for")

    async with before(ours, CHAIR, DANA, ELI) as (chair, dana, eli):
        page = await eli.get(vote)
        by_eli = await eli.post(vote, choice="for")
        nothing = await dana.post(vote, choice="perhaps")
        done(await dana.post(f"{path}/resign", on=path))
        resigned = await dana.post(vote, choice="for")
        vacant = await chair.get(path)

    assert "Only the delegate in office votes for the assembly." in text_of(page)
    assert 'name="choice"' not in page
    refused(by_eli, 403, "Only the delegate in office votes for the assembly.")
    refused(nothing, 403, "The proposal has no option 'perhaps'.")
    refused(resigned, 403, "Only the delegate in office votes for the assembly.")
    assert "The seat is vacant." in text_of(vacant)
    assert votes_of(ours, proposal, NOON) == []


async def test_a_delegate_who_keeps_their_own_key_signs_elsewhere_and_hands_it_in(
    council: Three,
) -> None:
    ours, key = council.houses[0], proofs.new_key()
    proposal = await proposes(council)
    at = f"/proposals/{in_hex(proposal)}"
    await elects(council, key=public(key))
    await instructs(council, proposal, must="for")

    async with before(ours, DANA) as (dana,):
        page = await dana.get(f"{at}/vote")
        by_node = await dana.post(f"{at}/vote", choice="for")
        document = canonical.read(
            (await dana.http.get(f"{at}/vote-document?choice=for")).content
        )
        forged = canonical.canonical(signed(document, proofs.new_key())).decode()
        not_theirs = await dana.post(f"{at}/hand-in", on=f"{at}/vote", signed=forged)
        no_vote = await dana.post(f"{at}/hand-in", on=f"{at}/vote", signed="{}")
        vote = canonical.canonical(signed(document, key))
        done(await dana.upload(f"{at}/hand-in", on=f"{at}/vote", file=vote))

    assert "You keep your own key" in text_of(page)
    refused(by_node, 403, "sign the vote with it and hand the signed vote in")
    refused(not_theirs, 403, "not signed with the key that the mandate names")
    refused(no_vote, 422, "not a vote on this proposal")
    [filed] = votes_of(ours, proposal, NOON)
    assert filed.document is not None
    assert filed.document.signed_by == public(key)


async def test_the_record_names_no_member_and_no_reason_of_a_recall(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council)
    await elects(council)
    await instructs(council, proposal, must="for")
    async with before(ours, CHAIR, DANA) as (chair, dana):
        reason = "She shouted at the quayside meeting."
        done(await chair.post(f"{path}/recall", on=path, reason=reason, urgent="yes"))
        done(await dana.post(f"{path}/answer", on=path, answer="I was provoked."))
        moved_page = text_of(await chair.get(path))
    moved = seat_at(ours, council.compact.identity).recalls.moved
    assert moved is not None
    later = NOON + 2 * HOUR
    decided = decides(ours, text=moved.text, person=True, at=later)
    async with before(ours, CHAIR, at=later) as (chair,):
        done(await chair.post(f"{path}/settle-recall", on=path, ballot=decided))
    confirms(ours, later)
    council.exchange(later)

    assert reason in moved_page
    assert "I was provoked." in moved_page
    private = (*PEOPLE, reason, "I was provoked.")
    assert found_in(council.houses[1], *private) == set()
    assert found_in(ours, *private) == {"person", "wording"}
    with ours.desk() as desk:
        assert not [
            row["text"]
            for row in desk.connection.execute(
                "select text from wording where public = 1"
            )
            if row["text"] in private
        ]


async def test_a_recall_has_its_notice_and_is_settled_by_the_ballot_on_it(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council)
    await elects(council)
    async with before(ours, CAS) as (cas,):
        too_early = await cas.post(f"{path}/recall", on=path, reason="Too slow.")
    await instructs(council, proposal, must="for")
    async with before(ours, CAS, DANA) as (cas, dana):
        done(await cas.post(f"{path}/recall", on=path, reason="Too slow."))
        again = await cas.post(f"{path}/recall", on=path, reason="Still.", urgent="yes")
        not_theirs = await cas.post(f"{path}/answer", on=path, answer="No.")
        form = await dana.get(path)
    moved = seat_at(ours, council.compact.identity).recalls.moved
    assert moved is not None
    within = decides(ours, text=moved.text, person=True, at=NOON + HOUR)
    later = NOON + 25 * HOUR
    kept = decides(ours, text=moved.text, person=True, against=True, at=later)
    async with before(ours, CHAIR, CAS, at=later) as (chair, cas):
        in_notice = await chair.post(f"{path}/settle-recall", on=path, ballot=within)
        no_clerk = await cas.post(f"{path}/settle-recall", on=path, ballot=kept)
        done(await chair.post(f"{path}/settle-recall", on=path, ballot=kept))

    refused(too_early, 409, "There is no mandate to recall.")
    refused(again, 409, "A recall is moved already and not voted on yet.")
    refused(not_theirs, 403, "Whoever is to be recalled answers for themselves.")
    assert 'id="answer"' in form
    refused(in_notice, 409, "The notice of this recall ran until")
    refused(no_clerk, 403, "This is for the clerk to do.")
    delegate = seat_at(ours, council.compact.identity, later).delegate
    assert delegate is not None
    assert delegate.member == ours.members[DANA]


async def test_a_mandate_follows_from_a_ballot_on_that_very_proposal(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council)
    await elects(council)
    fields = {
        "holder": ours.members[DANA],
        "proposal": in_hex(proposal),
        "must": "for",
        "reason": "",
    }
    elsewhere = decides(ours)
    unconfirmed = decides(ours, subject=proposal, confirmed=False)
    async with before(ours, CHAIR, CAS) as (chair, cas):
        at = f"{path}/mandate"
        on_else = await chair.post(at, on=path, ballot=elsewhere, **fields)
        too_early = await chair.post(at, on=path, ballot=unconfirmed, **fields)
        confirms(ours)
        no_clerk = await cas.post(at, on=path, ballot=unconfirmed, **fields)
        both = await chair.post(
            at, on=path, ballot=unconfirmed, must_not="for", **fields
        )
        nothing = {name: text for name, text in fields.items() if name != "must"}
        empty = await chair.post(at, on=path, ballot=unconfirmed, **nothing)
        never = await chair.post(
            at, on=path, ballot=unconfirmed, valid_until="soon", **fields
        )
        done(await chair.post(at, on=path, ballot=unconfirmed, **fields))
        page = await chair.get(path)

    refused(on_else, 403, "The assembly has not decided on what this instructs on.")
    refused(too_early, 409, "two tellers confirm it first")
    refused(no_clerk, 403, "This is for the clerk to do.")
    refused(both, 422, "both asks for an option and forbids it")
    assert len(re.findall(r'name="must(?:_not)?" value="for" checked', both.text)) == 2
    refused(empty, 422, "must, may or must not do")
    refused(never, 422, "“Valid until” is a day and a time")
    assert "Mandate: waiting for two tellers." in text_of(page)
    assert "A political promise, not a contract" in text_of(page)


async def test_a_second_mandate_repeats_what_the_first_said_on_what_is_still_open(
    council: Three,
) -> None:
    ours = council.houses[0]
    first, second = await proposes(council), await proposes(council)
    await elects(council)

    await instructs(council, first, must="for")
    await instructs(council, second, must="against")

    mandate = seat_at(ours, council.compact.identity).mandate
    assert mandate is not None
    assert [each.proposal for each in mandate.terms.instructions] == [first, second]
    async with before(ours, DANA) as (dana,):
        for proposal, choice in ((first, "for"), (second, "against")):
            vote = f"/proposals/{in_hex(proposal)}/vote"
            done(await dana.post(vote, choice=choice))


async def test_a_slate_holds_only_who_was_nominated_and_has_accepted(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    async with before(ours, CHAIR, CAS, DANA) as (chair, cas, dana):
        dana_, cas_ = ours.members[DANA], ours.members[CAS]
        stranger = await chair.post(f"{path}/nominate", on=path, member="nobody")
        early = await chair.post(f"{path}/put", on=path, delegate=dana_)
        done(await cas.post(f"{path}/nominate", on=path, member=dana_))
        assert "Say whether you accept" in text_of(await dana.get("/today"))
        uninvited = await cas.post(f"{path}/accept", on=path)
        bad_key = await dana.post(f"{path}/accept", on=path, key="z6MkNoKey")
        not_accepted = await chair.post(f"{path}/put", on=path, delegate=dana_)
        done(await dana.post(f"{path}/accept", on=path))
        twice = await chair.post(
            f"{path}/put", on=path, delegate=dana_, alternate=dana_
        )
        no_chair = await cas.post(f"{path}/put", on=path, delegate=dana_)
        not_nominated = await chair.post(f"{path}/put", on=path, delegate=cas_)
        done(await chair.post(f"{path}/put", on=path, delegate=dana_))
        page = text_of(await chair.get(path))

    refused(stranger, 404, "Nobody by that name is a member of this assembly.")
    refused(early, 409, "before they have accepted")
    refused(uninvited, 404, "You were not nominated for this seat.")
    assert bad_key.status_code == 422
    refused(not_accepted, 409, "before they have accepted")
    refused(twice, 422, "somebody other than the delegate")
    refused(no_chair, 403, "to do")
    refused(not_nominated, 409, "before they have accepted")
    assert "Dana Brightwater votes as @delegate_" in page
    assert "We elect @delegate_" in page


async def test_a_seat_is_for_members_to_see_and_its_forms_for_this_site_only(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    async with before(ours, CHAIR) as (chair,):
        forged = await chair.http.post(
            f"{path}/nominate",
            data={"token": "forged", "member": ours.members[CAS]},
        )
        strange = await chair.post(
            f"{path}/nominate", on=path, member=ours.members[CAS], also="this"
        )
        unknown = await chair.get(f"/seats/{'0' * 64}", status=404)
        no_digest = await chair.http.get("/seats/somewhere")
        await chair.post("/sign-out", on=path)
        outside = await chair.get(path, status=403)

    assert forged.status_code == 403
    refused(strange, 422, "no field “also”")
    assert "No such compact is known here." in text_of(unknown)
    assert no_digest.status_code == 404
    assert not [name for name in PEOPLE if name in outside]
    with ours.desk() as desk:
        assert not node.exists(desk, f"seat:{council.compact.identity}")
