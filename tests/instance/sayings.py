"""An assembly that has said one of everything: every kind of post that we publish."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal.compact import Seat
from confederation.identifiers import (
    ActorId,
    BallotId,
    Commit,
    CompactId,
    Digest,
    OptionId,
    SubAssemblyId,
)
from instance import clerk, verification, vocabulary
from instance.desk import Desk
from instance.store import events, records
from tests.instance.house import NOON, House, public
from tests.instance.three import a_compact, keep_compact

LATER = NOON + timedelta(days=30)


def say_all(house: House, desk: Desk) -> dict[str, str]:
    """Publish one entry of each type; return their digests by a name for each."""
    said: dict[str, str] = {}
    for name, fact, extra in _facts(house, desk, said):
        body = {**vocabulary.wire(fact), **extra}
        kind = type(fact).__name__
        if kind in clerk.CONFIRMED:
            act = clerk.prepare(desk, fact, subject=name)
            house.confirm(desk)
            entry = clerk.act(desk, act.id).entry
            assert entry is not None
            said[name] = entry
        else:
            said[name] = clerk.publish(desk, kind, body).digest
    return said


def _facts(
    house: House, desk: Desk, said: dict[str, str]
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Go through facts in an order in which each may name those before it."""

    def words(text: str) -> Commit:
        return events.keep_wording(desk.connection, text)

    def entry(name: str) -> Digest:
        return Digest(said[name])

    ours = records.ours(desk.connection)
    assert ours is not None
    document = a_compact(
        [Seat(assembly=ours.id, address=ActorId(ours.address), key=ours.key)]
    )
    document["purpose"] = words("Keep the estuary clean.")
    events.release(desk.connection, [str(document["purpose"])])
    keep_compact(desk, document)
    compact = vocabulary.read_compact(document)
    identity = CompactId(compact.identity)
    holder = ActorId(f"{house.config.base}/u/dana")
    key = house.tellers[0]

    issue = record.Issue(
        title=words("The last bus"),
        what=words("It leaves at six.\n\nNobody gets home from the late shift."),
        why=words("People lose their jobs."),
        theme="transport",
        scope="district",
    )
    yield "issue", issue, {}
    reaching = record.IssueScope(issue=entry("issue"), scope="county")
    yield "issue scope", reaching, {}
    account = words("Ours leaves at five.")
    yield "account", record.SharedAccount(shares=entry("issue"), account=account), {}
    back = record.SharedAccount(shares=entry("issue"), account=account, withdrawn=True)
    yield "account taken back", back, {}
    clause = words("A late bus runs until midnight.")
    version = record.TextVersion(
        shares=entry("issue"),
        title=words("A late bus for both of us"),
        text=words("1. A late bus runs until midnight."),
        clauses=(record.Clause(n=1, text=clause),),
        among=(),
    )
    whole: JsonObject = {"version": verification.version_document(version)}
    digest = Digest(canonical.digest(verification.version_document(version)))
    offered = record.CommonText(
        version=version,
        version_hash=digest,
        stand="offered",
        reason=words("One bus for both is half the price."),
    )
    yield "text offered", offered, whole
    agreed = record.CommonText(version=version, version_hash=digest, stand="agreed")
    yield "text agreed", agreed, whole
    reason = words("Nobody asked the drivers.")
    objection = record.TextObjection(on=digest, reason=reason)
    yield "text objected to", objection, {}
    test = record.ObjectionTest(
        objection=entry("text objected to"), valid=9, not_valid=2, upheld=True
    )
    yield "objection tested", test, {}
    decided = record.Decision(
        ballot=BallotId("b1"),
        method=record.Method(name="consent"),
        present=41,
        outcome="passed",
        effective_from=NOON,
        text_commit=words("We pay for a late bus out of the common fund."),
    )
    yield "decision", decided, {}
    remit = record.Remit(
        sub_assembly=SubAssemblyId("buses"),
        name=words("Buses"),
        theme="transport/buses",
        text=words("It decides about timetables, and about nothing else."),
        until=NOON + timedelta(days=90),
        decision=entry("decision"),
        compact=identity,
    )
    yield "remit", remit, {}
    yield (
        "remit decision",
        record.RemitDecision(remit=entry("remit"), taken=decided),
        {},
    )
    ended = record.RemitEnd(remit=entry("remit"), decision=entry("decision"))
    yield "remit end", ended, {}
    again = record.Decision(
        ballot=BallotId("b2"),
        method=record.Method(name="majority"),
        present=40,
        outcome="rejected",
        effective_from=NOON,
        members=record.MembersCount(for_=10, against=28, abstain=2, basis="cards"),
        text_commit=words("We pay for it for another year."),
        supersedes=entry("decision"),
    )
    yield "later decision", again, {}
    dissent = record.MinorityReport(
        on=entry("decision"),
        parts=(words("A late bus empties the ferry."),),
        signers=(words("A member"), words("A member")),
    )
    yield "minority report", dissent, {}
    membership = record.Membership(compact=compact.digest, act="join")
    yield "joining", membership, {}
    proposal = record.Proposal(
        compact=compact.digest,
        title=words("One late bus for all"),
        clauses=(record.Clause(n=1, text=words("The three towns share one bus.")),),
        options=tuple(
            record.Choice(id=OptionId(each), label=words(label))
            for each, label in (("for", "Share it"), ("against", "Do not"))
        ),
        method=record.Method(name="majority-of-assemblies"),
        opens=NOON,
        closes=LATER,
        decision=entry("decision"),
    )
    yield "proposal", proposal, {}
    election = record.Election(
        compact=identity, holder=holder, alternate=None, decision=entry("decision")
    )
    yield "election", election, {}
    for name, before in (("mandate", None), ("later mandate", "mandate")):
        mandate = record.Mandate(
            holder=holder,
            delegate_key=public(key),
            compact=identity,
            decision=entry("decision"),
            election=entry("election"),
            instructions=(
                record.Instruction(
                    proposal=entry("proposal"),
                    must=(OptionId("for"),),
                    must_not=(OptionId("against"),),
                    reason=words("We all need it."),
                ),
            ),
            valid_from=NOON,
            valid_until=LATER,
            report_due=LATER,
            supersedes=None if before is None else entry(before),
        )
        yield name, mandate, {}
    report = record.ReportBack(
        mandate=entry("mandate"), state="filed", text=words("I voted as you said.")
    )
    yield "report", report, {}
    recall = record.Recall(mandate=entry("later mandate"), decision=entry("decision"))
    yield "recall", recall, {}
    filed = record.Filed(
        proposal=entry("proposal"), revision=1, withdrawn_by=entry("recall")
    )
    yield "vote withdrawn", filed, {}
    withdrawal = record.Withdrawal(
        proposal=entry("proposal"), decision=entry("decision")
    )
    yield "withdrawal", withdrawal, {}
    ask = record.Ask(
        follows=entry("decision"),
        authority=words("The bus company"),
        text=words("Let the last bus leave at ten."),
        answer_by=LATER,
    )
    yield "ask", ask, {}
    answer = record.Answer(
        ask=entry("ask"),
        kind="partly",
        given="link",
        heard=words("Nobody gets home."),
        plan=words("It leaves at nine."),
        plan_by=LATER,
    )
    yield "answer", answer, {}
    judgement = record.Judgement(
        ask=entry("ask"),
        answer=entry("answer"),
        verdict="not accepted",
        stage="waiting",
        decision=entry("decision"),
        reason=words("Nine is too early."),
    )
    yield "judgement", judgement, {}
