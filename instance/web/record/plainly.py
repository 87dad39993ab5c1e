"""Each entry of a record says in plain words what it is, and leads to its page."""

from dataclasses import dataclass

from confederation import record
from confederation.errors import ByNumber, Filled
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Entry
from instance import archive
from instance.desk import Desk
from instance.store import records
from instance.web import naming, states
from instance.web.languages import N_
from instance.web.naming import Words

FOUNDED = {
    "place": N_("The assembly of a place is founded"),
    "themed": N_("The assembly about a theme is founded"),
    "co-op": N_("The assembly of a co-op or another body of members is founded"),
    "council": N_("The assembly of delegates is founded"),
    "panel": N_("The assembly of people drawn by lot is founded"),
}
SCOPES = {
    "local": N_("An issue is a local one from here on"),
    "district": N_("An issue reaches across the district from here on"),
    "county": N_("An issue reaches across the county from here on"),
    "national": N_("An issue reaches across the country from here on"),
    "international": N_("An issue reaches across borders from here on"),
}
KEY_EVENTS = {
    "add": N_("A new record key acts from here on"),
    "retire": N_("The record key is given up"),
    "compromised": N_("The record key is said to be in wrong hands"),
}
STANDS = {
    "offered": N_("Offers a version of a common text"),
    "taken in": N_("Takes an amended version of a common text in"),
    "agreed": N_("Agrees to a common text, for good"),
    "withdrawn": N_("Stands by a version of a common text no longer"),
}
OBJECTIONS = {
    "raised": N_("Objects to a common text"),
    "stands": N_("Lets an objection to a common text stand"),
    "withdrawn": N_("Withdraws an objection to a common text"),
}
SUCCESSIONS = {
    "split": N_("The assembly splits, and names who goes on"),
    "merge": N_("The assembly merges into another"),
    "dissolve": N_("The assembly is dissolved"),
    "succeed": N_("The assembly takes up where another ended"),
}
MEMBERSHIPS = {
    "join": N_("The assembly joins a compact"),
    "apply": N_("The assembly applies to a compact"),
    "leave": N_("The assembly leaves a compact"),
}
ACTIONS = {
    "offered": N_("An action is offered"),
    "taken": N_("An action is taken on"),
    "doing": N_("An action is under way"),
    "blocked": N_("Something stands in the way of an action"),
    "done": N_("An action is done"),
    "dropped": N_("An action is not wanted any more"),
}
VERDICTS = {
    "accepted": N_("An answer is accepted"),
    "partly": N_("An answer is accepted in part"),
    "not accepted": N_("An answer is not accepted"),
    "no answer": N_("No answer came, and the assembly says so"),
}
REPORTS = {
    "filed": N_("The delegate's report was given"),
    "accepted": N_("The delegate's report was accepted"),
    "not accepted": N_("The delegate's report was not accepted"),
    "awaited": N_("The delegate's report was asked for again"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """What an entry says. ``words`` is a title beside it; ``page`` shows the whole."""

    says: str
    words: Words | None = None
    page: str | None = None


def entry(desk: Desk, entry: Entry) -> Plain:
    """Put an entry into plain words."""
    here = naming.in_hex(entry.digest)
    match entry.fact:
        case record.Founding(kind=kind):
            return Plain(says=FOUNDED.get(kind, N_("The assembly is founded")))
        case record.Rulebook():
            return Plain(says=N_("Rules are adopted"))
        case record.Succession(act=act):
            return Plain(says=SUCCESSIONS[act], page=_lineage(entry.assembly))
        case record.KeyEvent(decided=str() as decided):
            return Plain(
                says=N_(
                    "A new record key acts from here on: those who decide with this "
                    "assembly gave it, since the one before was lost"
                ),
                page=f"/proposals/{naming.in_hex(decided)}",
            )
        case record.KeyEvent(op=op):
            return Plain(says=KEY_EVENTS[op])
        case record.Address(address=address):
            return Plain(
                says=Filled(
                    "The assembly lives at {address} from now on", address=address
                )
            )
        case record.MemberCount(members=members):
            return Plain(
                says=Filled(
                    ByNumber(
                        "The assembly has {members} member",
                        "The assembly has {members} members",
                    ),
                    members=members,
                )
            )
        case record.Electorate(present=present, members=members):
            return Plain(
                says=Filled(
                    "Present: {present}, of {members} who may decide",
                    present=present,
                    members=members,
                )
            )
        case record.Issue(title=title):
            return Plain(
                says=N_("An issue is raised"),
                words=naming.words(desk, title),
                page=f"/issues/{here}",
            )
        case record.IssueScope(issue=about, scope=scope):
            return Plain(says=SCOPES[scope], page=f"/issues/{naming.in_hex(about)}")
        case record.SharedAccount(shares=shares, withdrawn=withdrawn):
            says = N_("“We have this too”")
            if withdrawn:
                says = N_("“We have this too” is taken back")
            return Plain(
                says=says,
                page=f"/shared/{naming.in_hex(shares)}",
            )
        case (
            record.CommonText()
            | record.TextObjection()
            | record.ObjectionTest() as said
        ):
            return _about_a_text(desk, said)
        case record.Decision() as decision:
            badge = states.of_decision(decision)
            return Plain(
                says=Filled("A decision of the assembly: {state}", state=badge.says),
                words=naming.some_words(desk, decision.text_commit),
                page=f"/decisions/{here}",
            )
        case record.Remit(name=name):
            return Plain(
                says=N_("A remit is granted to a sub-assembly"),
                words=naming.words(desk, name),
                page=f"/entries/{here}",
            )
        case record.RemitEnd(remit=remit):
            return Plain(
                says=N_("The remit of a sub-assembly is ended"),
                page=f"/entries/{naming.in_hex(remit)}",
            )
        case record.RemitDecision(taken=taken):
            badge = states.of_decision(taken)
            return Plain(
                says=Filled("A decision of a sub-assembly: {state}", state=badge.says),
                words=naming.some_words(desk, taken.text_commit),
                page=f"/decisions/{here}",
            )
        case record.Election():
            return Plain(says=N_("A delegate and an alternate are elected"))
        case record.Mandate():
            return Plain(
                says=N_("A mandate: what the delegate must do"),
                page=f"/mandates/{here}",
            )
        case record.Recall(mandate=mandate):
            return Plain(
                says=N_("The delegate is recalled"),
                page=f"/mandates/{naming.in_hex(mandate)}",
            )
        case record.ReportBack(state=state, mandate=mandate):
            return Plain(
                says=REPORTS[state], page=f"/mandates/{naming.in_hex(mandate)}"
            )
        case record.Membership(act=act, compact=compact):
            return Plain(
                says=MEMBERSHIPS[act], page=f"/compacts/{naming.in_hex(compact)}"
            )
        case record.Action() | record.Ask() | record.Answer() | record.Judgement():
            return _carrying_out(desk, entry)
        case record.MinorityReport():
            return Plain(
                says=N_(
                    "A minority, or the assembly itself, says why it does not agree"
                ),
                page=f"/minority-reports/{here}",
            )
        case record.Withholding(report=report, part=part):
            return Plain(
                says=Filled(
                    "Part {part} of a minority report is withheld by its reviewers",
                    part=part,
                ),
                page=f"/minority-reports/{naming.in_hex(report)}",
            )
        case _:
            return _of_a_claim(desk, entry) or _about_a_proposal(desk, entry)


def _carrying_out(desk: Desk, entry: Entry) -> Plain:
    match entry.fact:
        case record.Action(what=what, state=state):
            return Plain(says=ACTIONS[state], words=naming.words(desk, what))
        case record.Ask(authority=authority):
            return Plain(
                says=N_("Something is asked of"),
                words=naming.words(desk, authority),
                page=f"/asks/{naming.in_hex(entry.digest)}",
            )
        case record.Answer(ask=ask, given=given):
            says = N_("An answer came over the link")
            if given == "paper":
                says = N_("An answer came on paper")
            return Plain(says=says, page=f"/asks/{naming.in_hex(ask)}")
        case record.Judgement(ask=ask, verdict=verdict):
            return Plain(says=VERDICTS[verdict], page=f"/asks/{naming.in_hex(ask)}")
        case _:
            return Plain(says=N_("An entry"))


def _of_a_claim(desk: Desk, entry: Entry) -> Plain | None:
    """Put what is said about the claims of assemblies into plain words."""

    def name(of: AssemblyId) -> str:
        return naming.assembly(desk, of).name

    match entry.fact:
        case record.Legitimacy(compact=compact):
            return Plain(
                says=N_("The assembly says of itself how many come to its meetings"),
                page=f"/compacts/{naming.in_hex(compact)}",
            )
        case record.Visit(of=of, confirms=confirms):
            if confirms:
                says = Filled(
                    "People of ours saw a meeting of {name}: it was as it says",
                    name=name(of),
                )
            else:
                says = Filled(
                    "People of ours saw a meeting of {name}: it was otherwise than it "
                    "says",
                    name=name(of),
                )
            return Plain(says=says)
        case record.Challenge(of=of):
            return Plain(
                says=Filled("Challenges what {name} says of itself", name=name(of))
            )
        case record.Reply():
            return Plain(says=N_("Answers a challenge"))
        case record.LotSeed():
            return Plain(says=N_("Opens its half of the lot on a challenge"))
        case record.Verdict(upheld=upheld):
            if upheld:
                return Plain(says=N_("Upholds a challenge, as one that was drawn"))
            return Plain(says=N_("Does not uphold a challenge, as one that was drawn"))
        case _:
            return None


def _about_a_text(
    desk: Desk, said: record.CommonText | record.TextObjection | record.ObjectionTest
) -> Plain:
    match said:
        case record.CommonText(version=version, version_hash=digest, stand=stand):
            return Plain(
                says=STANDS[stand],
                words=naming.words(desk, version.title),
                page=f"/texts/{naming.in_hex(digest)}",
            )
        case record.TextObjection(on=digest, state=state):
            page = f"/texts/{naming.in_hex(digest)}"
            return Plain(says=OBJECTIONS[state], page=page)
        case record.ObjectionTest(upheld=upheld):
            if upheld:
                return Plain(says=N_("Another's objection was tested, and found valid"))
            return Plain(says=N_("Another's objection was tested, and found not valid"))


def _about_a_proposal(desk: Desk, entry: Entry) -> Plain:
    match entry.fact:
        case record.Proposal(title=title):
            return Plain(
                says=N_("A proposal to all assemblies"),
                words=naming.words(desk, title),
                page=_proposal(entry.digest),
            )
        case record.Placement(proposal=proposal, belongs=belongs):
            says = N_("Says that a matter belongs to all assemblies")
            if belongs == "below":
                says = N_("Says that a matter belongs further down")
            return Plain(says=says, page=_proposal(proposal))
        case record.Withdrawal(proposal=proposal):
            return Plain(says=N_("A proposal is withdrawn"), page=_proposal(proposal))
        case record.Filed(proposal=proposal, document=vote, revision=number):
            says = Filled(
                "The delegate's vote is filed (revision {number})", number=number
            )
            if entry.fact.paper is not None:
                says = Filled(
                    "The vote on paper is taken as the seat's own (revision {number})",
                    number=number,
                )
            if vote is None:
                says = Filled(
                    "The seat's vote is taken back (revision {number})", number=number
                )
            return Plain(says=says, page=_proposal(proposal))
        case record.PaperVote(proposal=proposal, of=assembly, revision=number):
            name = naming.assembly(desk, assembly).name
            return Plain(
                says=Filled(
                    "Files what the delegate of {name} votes on paper (revision "
                    "{number})",
                    name=name,
                    number=number,
                ),
                page=_proposal(proposal),
            )
        case record.Countersign(proposal=proposal):
            return Plain(
                says=N_("Countersigns a vote on paper"), page=_proposal(proposal)
            )
        case record.Ratification(proposal=proposal) as answer:
            if answer.withdrawn_by is not None:
                says = Filled(
                    "Answers no longer what the assemblies adopted: it has left "
                    "(revision {number})",
                    number=answer.revision,
                )
            elif answer.ratifies:
                says = Filled(
                    "Ratifies what the assemblies adopted (revision {number})",
                    number=answer.revision,
                )
            else:
                says = Filled(
                    "Does not ratify what the assemblies adopted (revision {number})",
                    number=answer.revision,
                )
            return Plain(says=says, page=_proposal(proposal))
        case record.Witness(proposal=about, seen=seen, final=final):
            page, answers = _stated_on(desk, about)
            if not seen and not final:
                return Plain(says=N_("States that it received a proposal"), page=page)
            return Plain(
                says=_received(len(seen), answers=answers, final=final), page=page
            )
        case record.Attestation(proposal=about, result=result):
            return Plain(
                says=Filled(
                    "Attests a result it computed: {state}",
                    state=states.of_result(result).says,
                ),
                page=_stated_on(desk, about)[0],
            )
        case record.Correction():
            return Plain(
                says=N_("Corrects an attestation of its own, which still stands")
            )
        case record.Equivocation(of=of):
            name = naming.assembly(desk, of).name
            return Plain(
                says=Filled("Shows that {name} contradicted itself", name=name)
            )
        case record.Settlement():
            return Plain(
                says=N_("Settles a contradiction of its own"),
                page=f"/record/{naming.in_hex(entry.assembly)}/contradictions",
            )
        case record.Unread(type=type):
            return Plain(
                says=Filled(
                    "An entry that this program cannot read ({type})", type=type[:40]
                )
            )
        case _:
            return Plain(says=N_("An entry"))


def _received(number: int, *, answers: bool, final: bool) -> Filled:
    """Say how many votes, or answers, an assembly states that it received."""
    match answers, final:
        case True, True:
            return Filled("Final word on which answers came in time: {n}", n=number)
        case True, False:
            return Filled("States which answers it received: {n}", n=number)
        case False, True:
            return Filled("Final word on which votes came in time: {n}", n=number)
        case _:
            return Filled("States which votes it received: {n}", n=number)


def _stated_on(desk: Desk, about: Digest) -> tuple[str | None, bool]:
    """Give the page of what a statement is about, and whether answers were received.

    What is no entry is a result that was ratified. Which one, its answers say; where
    nobody has answered, no page is named.
    """
    if records.entry(desk.connection, about) is not None:
        return _proposal(about), False
    for row in records.of_type(desk.connection, "Ratification", about=about):
        answer = archive.read(desk, row).fact
        if isinstance(answer, record.Ratification):
            return _proposal(answer.proposal), True
    return None, True


def _proposal(digest: str) -> str:
    return f"/proposals/{naming.in_hex(digest)}"


def _lineage(assembly: str) -> str:
    return f"/record/{naming.in_hex(assembly)}/who"
