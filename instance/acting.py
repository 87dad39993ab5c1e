"""What follows from an event: the acts that our record will show, and no names.

The clerk publishes an act when it is confirmed and the pen is held.
"""

from datetime import datetime
from typing import Any, Literal

from confederation import assembly, record, session
from confederation.confederal import dissent, election, mandating, recall, report
from confederation.dealings import action, ask
from confederation.deciding import ballot, sub_assembly
from confederation.errors import TooEarly, Unknown
from confederation.identifiers import (
    BallotId,
    Commit,
    Digest,
    MemberId,
    Multikey,
    SubAssemblyId,
)
from confederation.matters import common_text, issue
from confederation.meeting import door, joint, minutes, run_sheet
from instance import archive, chamber, clerk, verification
from instance.desk import Desk
from instance.meeting import meetings, participants
from instance.store import (
    asks,
    ballots,
    demographics,
    events,
    marked,
    needs,
    passing,
    pulses,
    records,
    room_notes,
    welcoming,
)
from instance.store.acts import Act


def act_on(desk: Desk, state: Any, event: object) -> None:
    """Prepare the acts that follow from an event that has just happened.

    ``state`` is that of the event's aggregate, after it.
    """
    match event:
        case assembly.AssemblyFounded() as founded:
            fact = record.Founding(
                name=founded.name,
                kind=founded.kind,
                key=founded.key,
                next_key_digest=founded.next_key_digest,
                tellers=tuple(teller.key for teller in founded.tellers),
            )
            clerk.prepare(desk, fact, subject="it")
        case assembly.RulebookAdopted(version=version, rules=rules):
            adopted = record.Rulebook(
                text=rules.text,
                tellers=tuple(teller.key for teller in rules.tellers),
                quorum=rules.quorum,
                threshold=rules.threshold,
                methods=rules.methods,
            )
            clerk.prepare(desk, adopted, subject=str(version))
        case (
            assembly.MemberAdded()
            | assembly.MemberLeft()
            | assembly.MembersMerged()
            | assembly.MemberRemoved()
        ):
            count = record.MemberCount(members=len(state.members))
            clerk.prepare(desk, count, subject=desk.new_id())
        case assembly.AddressChanged(address=address):
            clerk.prepare(desk, record.Address(address=address), subject=desk.new_id())
        case assembly.CompactJoined(compact=compact, ballot=id):
            joined = record.Membership(
                compact=compact, act="join", decision=decision_of(desk, id)
            )
            clerk.prepare(desk, joined, subject=f"join {compact}")
        case assembly.CompactApplied(compact=compact, ballot=id):
            applied = record.Membership(
                compact=compact, act="apply", decision=decision_of(desk, id)
            )
            clerk.prepare(desk, applied, subject=f"apply {compact} {id}")
        case assembly.SuccessionSettled(ballot=id):
            settled = record.Succession(
                act=event.act,
                decision=decision_of(desk, id),
                successors=event.successors,
                of=event.of,
            )
            clerk.prepare(desk, settled, subject=id)
        case assembly.CompactLeft(compact=compact, ballot=id):
            left = record.Membership(
                compact=compact, act="leave", decision=decision_of(desk, id)
            )
            clerk.prepare(desk, left, subject=f"leave {compact} {id}")
        case session.SessionCalled():
            meetings.tell(desk, state)
        case joint.HeldTogether(session=id):
            meetings.tell_together(desk, id, state)
        case session.SessionMoved():
            meetings.tell_change(desk, state)
        case session.CardsTakenBack(session=id, cards=cards):
            participants.leave(desk, id, door.cards(cards))
        case session.SessionCancelled(session=id):
            meetings.tell_change(desk, state)
            demographics.forget(desk.connection, id)
            needs.forget(desk.connection, id)
            welcoming.forget(desk.connection, id)
            marked.forget(desk.connection, id)
        case session.SessionClosed(session=id):
            meetings.tell_change(desk, state)
            passing.forget(desk.connection, id)
            desk.shelf.forget_passing(id)
            pulses.forget_who(desk.connection, id)
            marked.forget(desk.connection, id)
            demographics.forget_who(desk.connection, id)
            needs.forget(desk.connection, id)
            welcoming.forget(desk.connection, id)
        case minutes.MinutesApproved(session=id):
            room_notes.forget(desk.connection, id)
        case run_sheet.RunSheetWritten(session=id):
            meetings.tell_length(desk, id, minutes=state.minutes)
        case session.PresentAgreed(session=id):
            clerk.prepare(desk, session.fact(state), subject=f"{id} {state.present}")
        case ballot.BallotOpened(terms=terms):
            if terms.secret and "online" in terms.channels:
                ballots.freeze_roll(
                    desk.connection, terms.ballot, terms.electorate.roll
                )
        case ballot.BallotDecided(result=result) if result.outcome == "advice":
            pass
        case ballot.BallotDecided(ballot=id, at=at):
            decided = ballot.fact(state, effective_from=at)
            within = state.opened.terms.sub_assembly
            if within is None:
                clerk.prepare(desk, decided, subject=id)
            else:
                clerk.prepare(desk, _within(desk, within, decided), subject=id)
        case sub_assembly.RemitGranted() | sub_assembly.RemitEnded():
            _act_on_remit(desk, event)
        case dissent.DissentFiled(dissent=id):
            clerk.prepare(desk, dissent.fact(state), subject=id)
        case issue.IssueRaised(issue=id):
            clerk.prepare(desk, issue.fact(state), subject=id)
        case issue.ScopeSet(issue=id, scope=scope):
            named = _in_record(desk, "Issue", id)
            reaching = record.IssueScope(issue=named, scope=scope)
            clerk.prepare(desk, reaching, subject=desk.new_id())
        case issue.IssueShared(account=account):
            clerk.prepare(desk, issue.account(event), subject=account)
        case issue.AccountWithdrawn(shares=shares, account=account):
            taken_back = record.SharedAccount(
                shares=shares, account=account, withdrawn=True
            )
            clerk.prepare(desk, taken_back, subject=f"withdrawn {account}")
        case common_text.TextStated(fact=stated):
            whole = {"version": verification.version_document(stated.version)}
            clerk.prepare(desk, stated, subject=desk.new_id(), extra={**whole})
        case (
            common_text.TextObjectedTo(fact=said)
            | common_text.TextObjectionTested(fact=said)
        ):
            clerk.prepare(desk, said, subject=desk.new_id())
        case ask.AskPut(ask=id):
            clerk.prepare(desk, _asked(event), subject=id)
        case ask.LinkMade(ask=id, digest=digest):
            asks.keep_link(desk.connection, digest=digest, ask=id)
        case ask.AnswerTaken(ask=id, answer=answer):
            answered = _answered(event, ask=_in_record(desk, "Ask", id))
            clerk.prepare(desk, answered, subject=answer)
        case ask.AskJudged(of=of, number=number):
            clerk.prepare(desk, _judged(event), subject=f"{of} {number}")
        case (
            action.ActionOffered()
            | action.ActionTaken()
            | action.ActionHandedBack()
            | action.ActionStarted()
            | action.ActionBlocked()
            | action.ActionDone()
            | action.ActionDropped()
        ):
            _report(desk, state)
        case _:
            _act_for_seat(desk, state, event)


def _within(
    desk: Desk, id: SubAssemblyId, decided: record.Decision
) -> record.RemitDecision:
    """What a sub-assembly decided is no decision of the whole, and is none here."""
    return record.RemitDecision(remit=_in_record(desk, "Remit", id), taken=decided)


def _act_on_remit(
    desk: Desk, event: sub_assembly.RemitGranted | sub_assembly.RemitEnded
) -> None:
    match event:
        case sub_assembly.RemitGranted(sub_assembly=id, terms=terms, text=text):
            granted = record.Remit(
                sub_assembly=id,
                name=terms.name,
                theme=terms.theme,
                text=text,
                until=terms.until,
                decision=decision_of(desk, event.ballot),
                stands=terms.stands,
                compact=terms.compact,
                lang=events.language(desk.connection, text),
            )
            clerk.prepare(desk, granted, subject=id)
        case sub_assembly.RemitEnded(sub_assembly=id, decision=str() as decided):
            ended = record.RemitEnd(
                remit=_in_record(desk, "Remit", id), decision=decided
            )
            clerk.prepare(desk, ended, subject=id)
        case _:
            # Its day stands in the remit: nothing new is to be said.
            pass


def _asked(put: ask.AskPut) -> record.Ask:
    return record.Ask(
        follows=put.follows,
        proposal=put.proposal,
        authority=put.authority,
        text=put.text,
        answer_by=put.answer_by,
        lang=put.lang,
    )


def _answered(taken: ask.AnswerTaken, *, ask: Digest) -> record.Answer:
    said = taken.said
    return record.Answer(
        ask=ask,
        kind=taken.kind,
        given=taken.given,
        text=said.text,
        heard=said.heard,
        plan=said.plan,
        handed=said.handed,
        plan_by=said.plan_by,
        lang=said.lang,
    )


def _judged(judged: ask.AskJudged) -> record.Judgement:
    return record.Judgement(
        ask=judged.of,
        answer=judged.answer,
        verdict=judged.verdict,
        stage=judged.stage,
        decision=judged.decision,
        reason=judged.reason,
    )


def _report(desk: Desk, state: action.State) -> None:
    """Say in the record how far an action is that carries out what all decided."""
    offered = state.offered
    if offered is None or offered.source is None or offered.source.about != "result":
        return
    proposal = Digest(f"sha256:{offered.source.id}")
    holds = chamber.in_force(desk, chamber.proposal(desk, proposal))
    if holds is None or state.status == "not offered":
        return
    told = record.Action(
        action=offered.action,
        follows=holds.result,
        proposal=proposal,
        what=offered.words.what,
        state=state.status,
        due=offered.due,
        says=state.came_of_it,
        lang=events.language(desk.connection, offered.words.what),
    )
    clerk.prepare(desk, told, subject=f"{offered.action} {desk.new_id()}")


def _act_for_seat(desk: Desk, seat: Any, event: object) -> None:
    match event:
        case election.DelegateElected(compact=compact, ballot=id):
            elected = election.election_fact(seat, decided=decision_of(desk, id))
            clerk.prepare(desk, elected, subject=f"{compact} {id}")
        case mandating.MandateGiven(compact=compact, mandate=number, ballot=id):
            before = event.supersedes
            under = None
            if event.sub_assembly is not None:
                under = _in_record(desk, "RemitDecision", id)
            given = mandating.fact(
                seat.mandates,
                number,
                decided=decision_of(desk, id)
                if event.sub_assembly is None
                else _granted_by(desk, event.sub_assembly),
                elected=_in_record(
                    desk, "Election", f"{compact} {seat.elected.ballot}"
                ),
                supersedes=None
                if before is None
                else clerk.published(desk, "Mandate", f"{compact} {before}"),
                under=under,
            )
            clerk.prepare(desk, given, subject=f"{compact} {number}")
        case recall.DelegateRecalled(compact=compact, mandate=number, ballot=id):
            ended = election.recall_fact(
                seat,
                mandate=_in_record(desk, "Mandate", f"{compact} {number}"),
                decided=decision_of(desk, id),
            )
            clerk.prepare(desk, ended, subject=f"{compact} {number}")
        case report.ReportFiled(text=text):
            _report_back(desk, event, "filed", text=text)
        case report.ReportAskedFor(number=report.ASKED_ENOUGH):
            _report_back(desk, event, "awaited")
        case report.ReportJudged(accepted=accepted, ballot=id):
            _report_back(
                desk,
                event,
                "accepted" if accepted else "not accepted",
                decided=decision_of(desk, id),
            )
        case _:
            pass


def _report_back(
    desk: Desk,
    event: report.ReportFiled | report.ReportAskedFor | report.ReportJudged,
    state: Literal["filed", "accepted", "not accepted", "awaited"],
    *,
    text: Commit | None = None,
    decided: Digest | None = None,
) -> None:
    """Say of the seat, and of no person, what became of a report."""
    number = f"{event.compact} {event.mandate}"
    told = record.ReportBack(
        mandate=_in_record(desk, "Mandate", number),
        state=state,
        text=text,
        decision=decided,
    )
    clerk.prepare(desk, told, subject=f"{number} {desk.new_id()}")


def confirmation_of(
    act: Act, key: Multikey, *, by: MemberId, at: datetime
) -> tuple[str, Any]:
    """Return the stream and the command by which a teller confirms an act."""
    first, _, second = act.subject.partition(" ")
    match act.type:
        case "Founding":
            return "assembly:it", assembly.ConfirmFounding(key=key, by=by, at=at)
        case "Rulebook":
            return "assembly:it", assembly.ConfirmRulebook(
                version=int(first), key=key, by=by, at=at
            )
        case "Electorate":
            return f"session:{first}", session.ConfirmElectorate(
                present=int(second), key=key, by=by, at=at
            )
        case "Decision" | "RemitDecision":
            return f"ballot:{first}", ballot.ConfirmDecision(key=key, by=by, at=at)
        case "Election":
            return f"seat:{first}", election.ConfirmElection(key=key, by=by, at=at)
        case "Mandate":
            return f"seat:{first}", mandating.ConfirmMandate(
                mandate=int(second), key=key, by=by, at=at
            )
        case "Succession":
            return "assembly:it", assembly.ConfirmSuccession(
                ballot=BallotId(first), key=key, by=by, at=at
            )
        case "Recall":
            return f"seat:{first}", recall.ConfirmRecall(key=key, by=by, at=at)
        case _:
            raise Unknown("This is nothing that tellers confirm.")


def decision_of(desk: Desk, id: BallotId) -> Digest:
    """Return the digest under which a ballot's decision stands in our record.

    Raises:
        TooEarly: it is not published yet; two tellers confirm it first.
    """
    return _in_record(desk, "Decision", id)


def _granted_by(desk: Desk, id: SubAssemblyId) -> Digest:
    """Return the decision of the whole assembly that granted a remit."""
    row = records.entry(desk.connection, _in_record(desk, "Remit", id))
    assert row is not None
    fact = archive.read(desk, row).fact
    assert isinstance(fact, record.Remit)
    return fact.decision


def _in_record(desk: Desk, kind: str, subject: str) -> Digest:
    digest = clerk.published(desk, kind, subject)
    if digest is None:
        raise TooEarly(
            "What is behind this is not in the public record yet: two tellers confirm "
            "it first."
        )
    return digest
