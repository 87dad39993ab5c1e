"""Our seat in a compact: who is nominated, elected, bound, and may be recalled.

Names are shown to members only. What the record shows of a delegate is the actor that
they vote as; of a recall, that there was one, and never why.
"""

import typing
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.confederal import election, mandating, recall
from confederation.deciding import ballot, sub_assembly
from confederation.deciding.rulebook import Teller
from confederation.errors import Invalid, NotEntitled, TooEarly, Unknown
from confederation.identifiers import (
    BallotId,
    Commit,
    CompactId,
    Digest,
    MemberId,
    Multikey,
    OptionId,
)
from confederation.record import Clause, Declared, Instruction, Proposal
from instance import chamber, node
from instance.confederal import bearing, confederating
from instance.deciding import sub_assemblies
from instance.desk import Desk
from instance.store import events, posts
from instance.web import asking, moments, visits
from instance.web.asking import carry_out
from instance.web.confederal import bounds, seat_page
from instance.web.deciding import balloting
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.matters import translations
from instance.web.naming import in_hex
from instance.web.rendering import render
from instance.web.site import Act, Site, see_other

LONGEST_TEXT: Final = 5000
LONGEST_KEY: Final = 100
DECLARED: Final = typing.get_args(Declared)

Job = Callable[[Desk, CompactId, MemberId, Form], object]


def nominate(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Nominate a member for the seat."""
    form.only("member")
    member = MemberId(form.line("member", "Member", most=100))
    here = node.assembly_here(desk)
    if member not in here.members:
        raise Unknown("Nobody by that name is a member of this assembly.")
    if not seat_page.joined(desk, seat):
        raise TooEarly("Our assembly joins a compact before it sends a delegate there.")
    command = election.NominateDelegate(compact=seat, member=member, by=by, at=desk.now)
    carry_out(desk, f"seat:{seat}", command)


def accept(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Accept one's nomination, with the key that one's votes will be signed with."""
    form.only("key", "declared")
    key = form.line("key", N_("Your own key"), least=0, most=LONGEST_KEY)
    nominated: election.State = node.load(desk, f"seat:{seat}")
    if by not in nominated.nominees:
        raise Unknown("You were not nominated for this seat.")
    office = confederating.take_office(desk, by, own_key=Multikey(key) if key else None)
    declared = form.choices("declared", N_("What else you hold"), among=DECLARED)
    command = election.AcceptNomination(
        actor=office.actor,
        key=office.key,
        kept_by=office.kept_by,
        declared=declared,  # type: ignore[arg-type]
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"seat:{seat}", command)


def put(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Settle who is put to the vote, in words that name no person."""
    form.only("delegate", "alternate")
    rules = assembly.rules(node.assembly_here(desk))
    delegate = MemberId(form.line("delegate", "Delegate", most=100))
    second = form.line("alternate", N_("Alternate"), least=0, most=100)
    alternate = MemberId(second) if second else None
    # The record will show these words: they name the actors, not the people.
    named = {"delegate": _handle(desk, delegate)}
    words = N_("We elect {delegate} to speak and vote for us as our delegate.")
    if alternate is not None:
        named["alternate"] = _handle(desk, alternate)
        words = N_(
            "We elect {delegate} to speak and vote for us as our delegate, with "
            "{alternate} as alternate."
        )
    command = election.PutElection(
        delegate=delegate,
        alternate=alternate,
        text=events.keep_wording(desk.connection, phrased(words, **named)),
        most_terms=rules.most_terms,
        most_seats=rules.most_seats,
        other_seats=sum(
            each.delegate is not None and each.delegate.member == delegate
            for id, each in node.load_all(desk, "seat").items()
            if id != seat
        ),
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"seat:{seat}", command)


def elect(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Carry out what the ballot on the slate said."""
    form.only("ballot")
    command = election.ElectDelegate(
        decision=ballot.decided(_ballot(desk, form)),
        tellers=_tellers(desk),
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"seat:{seat}", command)


def give_mandate(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Bind the delegate in office by what the assembly decided on a proposal.

    What the mandate before said on proposals still open goes into the new one as well.
    """
    carry_out(desk, f"seat:{seat}", read_mandate(desk, seat, by, form))


def copy_mandate(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Copy a mandate from paper; it is given once two people copied it alike."""
    command = read_mandate(desk, seat, by, form)
    copy = mandating.CopyMandate(mandate=command, by=by, at=desk.now)
    carry_out(desk, f"seat:{seat}", copy)


def read_mandate(
    desk: Desk, seat: CompactId, by: MemberId, form: Form
) -> mandating.GiveMandate:
    """Read a mandate from its form."""
    _decided_here(desk, seat)
    state: election.State = node.load(desk, f"seat:{seat}")
    closed = _ballot(desk, form)
    digest = asking.the_digest(form.one("proposal"), "Proposal")
    decision = ballot.decided(closed)
    options: list[OptionId]
    clauses: tuple[Clause, ...]
    if digest == Digest(seat):
        if closed.decided is not None and form.one("ballot") not in {
            each.ballot for each in seat_page.at_large(desk, seat)
        }:
            raise NotEntitled(
                "The assembly has not decided on what this instructs on. To join a "
                "compact says nothing of what comes before it."
            )
        # Whichever version it was asked about, it is the compact that is meant.
        decision = replace(decision, subject=digest)
        options, clauses, ends = seat_page.AT_LARGE, (), desk.now
    else:
        text = _text(desk, seat, digest)
        options = [option.id for option in text.options]
        clauses, ends = text.clauses, text.closes
    form.only(
        *("holder", "ballot", "proposal", "must", "may", "must_not", "reason"),
        *("valid_until", "report_due", "may_amend", "paper_vote", "theme", "lang"),
        *bounds.names(clauses),
    )
    reason = form.text("reason", "Why", least=0, most=LONGEST_TEXT)
    instruction = Instruction(
        proposal=digest,
        must=_options(form, "must", "Must choose", options),
        may=_options(form, "may", "May choose", options),
        must_not=_options(form, "must_not", "Must not choose", options),
        may_amend=bounds.amendable(form, clauses),
        amounts=bounds.read_limits(form, clauses),
        reason=_reason(desk, state, reason, lang=translations.read_language(form)),
    )
    instructions = (*_still_open(desk, state, digest), instruction)
    theme, scope = "", _scope(instructions, seat)
    before = None if state.mandate is None else state.mandate.terms
    if digest == Digest(seat):
        themes = ["", *seat_page.themes(desk, seat)]
        theme = form.one("theme") and form.choice("theme", "Theme", among=themes)
    elif scope == "compact" and before is not None:
        theme = before.theme
    if theme:
        scope = "theme"
    terms = mandating.Terms(
        instructions=instructions,
        valid_from=desk.now.replace(microsecond=0),
        valid_until=_or(
            form, "valid_until", "Valid until", ends + seat_page.MANDATE_FOR
        ),
        report_due=_or(form, "report_due", "Report due", ends + seat_page.REPORT_IN),
        paper_vote=form.ticked("paper_vote"),
        scope=scope,
        theme=theme,
    )
    return mandating.GiveMandate(
        holder=MemberId(form.line("holder", "Delegate", most=100)),
        terms=terms,
        decision=decision,
        tellers=_tellers(desk),
        remit=_remit(desk, closed),
        longest=assembly.rules(node.assembly_here(desk)).longest_mandate,
        by=by,
        at=desk.now,
    )


def _remit(desk: Desk, closed: ballot.State) -> sub_assembly.RemitGranted | None:
    """Return the remit under which a ballot was held; None for the whole assembly."""
    assert closed.opened is not None
    within = closed.opened.terms.sub_assembly
    return None if within is None else sub_assemblies.in_force(desk, within)


def _reason(
    desk: Desk, state: election.State, reason: str, *, lang: str | None
) -> Commit | None:
    """Keep why, once: two who copy the same words from paper say the same."""
    if not reason:
        return None
    copied = state.mandates.copied
    for each in () if copied is None else copied.terms.instructions:
        if each.reason is not None and reason == events.wording(
            desk.connection, each.reason
        ):
            return each.reason
    return events.keep_wording(desk.connection, reason, lang=lang)


def _scope(
    instructions: tuple[Instruction, ...], seat: CompactId
) -> Literal["proposals", "compact", "theme"]:
    at_large = any(each.proposal == Digest(seat) for each in instructions)
    return "compact" if at_large else "proposals"


def _text(desk: Desk, seat: CompactId, digest: Digest) -> Proposal:
    entry = chamber.proposal(desk, digest)
    assert isinstance(entry.fact, Proposal)
    compact = chamber.compact_of(desk, entry.fact.compact)
    if compact is None or compact.identity != seat:
        raise Invalid("This proposal belongs to another compact than this seat.")
    return entry.fact


def move_recall(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Move that the delegate be recalled; why stays among the members."""
    form.only("reason", "urgent")
    _decided_here(desk, seat)
    reason = form.text("reason", "Why", most=LONGEST_TEXT)
    state: election.State = node.load(desk, f"seat:{seat}")
    if state.delegate is None:
        raise TooEarly("The seat is vacant: there is nobody to recall.")
    words = phrased(
        "We recall {delegate} from our seat, and end the mandate.",
        delegate=_handle(desk, state.delegate.member),
    )
    command = recall.MoveRecall(
        text=events.keep_wording(desk.connection, words),
        reason=events.keep_wording(desk.connection, reason),
        rules=assembly.rules(node.assembly_here(desk)),
        urgent=form.ticked("urgent"),
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"seat:{seat}", command)


def answer(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Attach the delegate's own answer to the recall."""
    form.only("answer")
    text = form.text("answer", "Your answer", most=LONGEST_TEXT)
    command = recall.AnswerRecall(
        answer=events.keep_wording(desk.connection, text), by=by, at=desk.now
    )
    carry_out(desk, f"seat:{seat}", command)


def settle_recall(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Carry out what the ballot on the recall said."""
    form.only("ballot")
    command = recall.SettleRecall(
        decision=ballot.decided(_ballot(desk, form)),
        tellers=_tellers(desk),
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"seat:{seat}", command)


def seat_alternate(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Seat the elected alternate where the delegate is gone."""
    form.only()
    command = election.SeatAlternate(by=by, at=desk.now)
    carry_out(desk, f"seat:{seat}", command)


def resign(desk: Desk, seat: CompactId, by: MemberId, form: Form) -> None:
    """Give one's own seat back to the assembly."""
    form.only()
    carry_out(desk, f"seat:{seat}", election.ResignSeat(by=by, at=desk.now))


JOBS: Final[dict[str, Job]] = {
    "nominate": nominate,
    "accept": accept,
    "put": put,
    "elect": elect,
    "mandate": give_mandate,
    "copy": copy_mandate,
    "recall": move_recall,
    "answer": answer,
    "settle-recall": settle_recall,
    "seat-alternate": seat_alternate,
    "resign": resign,
}


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, seat = visits.the_member(request), CompactId(asking.digest(request))
        shown = await site.node.look(lambda desk: seat_page.view(desk, seat, member))
        # What was ticked stays ticked when the page is shown again with a refusal.
        sent: Form | None = getattr(request.state, "sent", None)
        ticked = {} if sent is None else sent.values
        return render(request, "seat.html", page=shown, ticked=ticked)

    def acting(job: Job) -> Act:
        async def act(request: Request, form: Form) -> Response:
            request.state.sent = form
            member, seat = visits.the_member(request), CompactId(asking.digest(request))
            await site.work(lambda desk: job(desk, seat, member.id, form))
            return see_other(f"/seats/{in_hex(seat)}")

        return act

    return [
        site.page("/seats/{hex}", page),
        *(
            site.form(f"/seats/{{hex}}/{name}", acting(job), again=page)
            for name, job in JOBS.items()
        ),
    ]


def _decided_here(desk: Desk, seat: CompactId) -> None:
    """Make sure that what a seat says is our assembly's own to decide.

    Raises:
        NotEntitled: we hold it for a compact, and what our own assembly says for it
            would be an act that nobody could judge, and would silence the seat.
    """
    if bearing.ours(desk, seat) is not None:
        raise NotEntitled(
            "This seat is held for a compact: what it says, and whether its delegate "
            "is recalled, is decided by all assemblies there. The clerk carries that."
        )


def _ballot(desk: Desk, form: Form) -> ballot.State:
    id = BallotId(form.line("ballot", "The ballot that decided", most=100))
    return balloting.the_ballot(desk, id)


def _tellers(desk: Desk) -> tuple[Teller, ...]:
    return assembly.rules(node.assembly_here(desk)).tellers


def _handle(desk: Desk, member: MemberId) -> str:
    actor = posts.actor_of(desk.connection, member)
    if actor is None:
        raise TooEarly("Nobody is put to the vote before they have accepted.")
    return f"@{actor.username}@{desk.config.host}"


def _still_open(
    desk: Desk, state: election.State, fresh: Digest
) -> tuple[Instruction, ...]:
    """Give what the mandate in effect says on other proposals that are not closed.

    And what it says on whatever comes, if it says so.
    """
    if state.mandate is None:
        return ()
    open_now = {Digest(state.mandate.compact), *_open_now(desk)}
    return tuple(
        instruction
        for instruction in state.mandate.terms.instructions
        if instruction.proposal != fresh and instruction.proposal in open_now
    )


def _open_now(desk: Desk) -> set[Digest]:
    return {
        entry.digest
        for entry in chamber.proposals(desk)
        if isinstance(entry.fact, Proposal) and entry.fact.closes > desk.now
    }


def _options(
    form: Form, name: str, label: str, among: list[OptionId]
) -> tuple[OptionId, ...]:
    # In a ranking each place has a list of its own, and some are left as they are.
    filled = Form(values={name: tuple(filter(None, form.values.get(name, ())))})
    return tuple(map(OptionId, filled.choices(name, label, among=among)))


def _or(form: Form, name: str, label: str, default: datetime) -> datetime:
    return moments.time(form, name, label) or default
