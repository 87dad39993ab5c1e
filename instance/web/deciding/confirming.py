"""Two tellers confirm what is published, each with a key that no node holds.

The page says in plain words what is confirmed, and gives the document that a teller
signs: by the command line, or with the key that their own browser keeps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation import record
from confederation.deciding import ballot
from confederation.errors import Filled, Series
from confederation.identifiers import Multikey, OptionId
from instance import archive, clerk, node, verification, vocabulary
from instance.deciding import voting
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import starting
from instance.store import acts, events, people, posts, records
from instance.store.acts import Act
from instance.web import naming
from instance.web.deciding import count_sheets, figures
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership import founding
from instance.web.membership.people import EVIDENCE
from instance.web.record import plainly
from instance.web.rendering import render, when
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_DOCUMENT: Final = 16_000
MOST_ACTS: Final = 20
NAMES: Final = {
    "Founding": N_("The founding of the assembly"),
    "Rulebook": N_("A rulebook"),
    "Electorate": N_("Who is here"),
    "Decision": N_("A decision"),
    "RemitDecision": N_("A decision of a sub-assembly"),
    "Election": N_("The election of our delegate"),
    "Mandate": N_("What our delegate must do"),
    "Recall": N_("The recall of our delegate"),
    "Succession": N_("How the assembly ends, or takes up an end"),
}
OUTCOMES: Final = {
    "passed": N_("passed"),
    "rejected": N_("did not pass"),
    "no quorum": N_("nothing decided: too few took part"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that is confirmed, in words.

    Where the words are committed to, ``commit`` and ``salt`` let a browser find out
    that they are the ones.
    """

    label: str
    says: str | Series
    commit: str | None = None
    salt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An act in a list: what it is, and what it still waits for."""

    number: int
    title: str
    summary: str | Series
    confirmed: int
    needs: int
    mine: bool
    by_me: bool

    @property
    def unconfirmed(self) -> bool:
        return self.confirmed < self.needs


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage:
    """An act, what a teller signs to confirm it, and how far it has come.

    ``key`` is the teller's own public key, None for whoever is no teller of this.
    """

    number: int
    title: str
    lines: tuple[Line, ...]
    body: str
    document: str
    confirmed: int
    needs: int
    published: str | None
    key: Multikey | None
    done: bool
    stale: bool


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        member = the_member(request)
        shown, meeting = await site.node.look(
            lambda desk: (waiting(desk, member), _open_meeting(desk))
        )
        return render(request, "confirm_list.html", acts=shown, tonight=meeting)

    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, _number(request), member))
        return render(request, "confirm.html", page=shown)

    async def document(request: Request) -> Response:
        the_member(request)
        number = _number(request)
        shown = await site.node.look(
            lambda desk: canonical.canonical(
                clerk.to_confirm(desk, clerk.act(desk, number))
            )
        )
        name = f"confirm-{number}.json"
        return Response(
            shown,
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    async def confirm(request: Request, form: Form) -> Response:
        form.only("signed")
        member = the_member(request)
        signed = form.text("signed", N_("Signed document"), most=MOST_IN_DOCUMENT)
        sent = canonical.read(signed.encode())

        def carry_out(desk: Desk) -> None:
            node.confirm(desk, _number(request), sent, by=member.id)
            clerk.publish_ready(desk)

        await site.work(carry_out)
        return see_other(f"/confirm/{_number(request)}")

    async def key_page(request: Request) -> Response:
        the_member(request)
        return render(request, "key.html")

    async def by_sheet(request: Request, form: Form) -> Response:
        form.only(count_sheets.CODE, "act")
        the_member(request)
        secret, teller = await count_sheets.whose(site, request, form)
        chosen = form.values.get("act", ())
        if (
            not chosen
            or len(chosen) > MOST_ACTS
            or not all(
                each.isascii() and each.isdecimal() and len(each) < 10
                for each in chosen
            )
        ):
            raise Misused("Please tick what you confirm. Nothing was confirmed.")
        await site.work(
            lambda desk: starting.confirm(
                desk, [int(each) for each in chosen], secret, by=teller.id
            )
        )
        return see_other("/confirm")

    return [
        site.page("/key", key_page),
        site.page("/confirm", list_page),
        site.form("/confirm/by-sheet", by_sheet, again=list_page),
        site.page("/confirm/{number:int}", page),
        site.page("/confirm/{number:int}/document", document),
        site.form("/confirm/{number:int}", confirm, again=page),
    ]


def waiting(desk: Desk, member: Member) -> tuple[Waiting, ...]:
    """List what waits for tellers, and what waits to be published after them."""
    return tuple(
        Waiting(
            number=act.id,
            title=NAMES[act.type],
            summary=_summary(desk, act),
            confirmed=len(act.confirmations),
            needs=act.needs,
            mine=(key := key_for(desk, act, member)) is not None,
            by_me=key in _signers(act),
        )
        for act in acts.waiting(desk.connection)
        if act.type in NAMES and not is_stale(desk, act)
    )


def view(desk: Desk, number: int, member: Member) -> ConfirmPage:
    """Show an act to a member.

    Raises:
        Unknown: there is no such act.
    """
    act = clerk.act(desk, number)
    key = key_for(desk, act, member)
    return ConfirmPage(
        number=number,
        title=NAMES.get(act.type, act.type),
        lines=in_words(desk, act),
        body=canonical.canonical(
            {"type": act.type, **vocabulary.body_of(act.body)}
        ).decode(),
        document=canonical.canonical(clerk.to_confirm(desk, act)).decode(),
        confirmed=len(act.confirmations),
        needs=act.needs,
        published=act.entry,
        key=key,
        done=key in _signers(act),
        stale=is_stale(desk, act),
    )


def _open_meeting(desk: Desk) -> str | None:
    states = node.load_all(desk, "session")
    return next((id for id, state in states.items() if state.is_open), None)


def _summary(desk: Desk, act: Act) -> str | Series:
    if act.type == "Rulebook":
        return Filled("version {number}", number=act.subject)
    first = in_words(desk, act)[0].says
    if act.type != "Decision":
        return first
    fact: record.Decision = vocabulary.read(vocabulary.FACTS[act.type], act.body)
    outcome = OUTCOMES[fact.outcome]
    if fact.members is None:
        return Filled("{question} {outcome}", question=first, outcome=outcome)
    return Filled(
        "{question} {outcome}: {for_} for, {against} against",
        question=first,
        outcome=outcome,
        for_=fact.members.for_,
        against=fact.members.against,
    )


def key_for(desk: Desk, act: Act, member: Member) -> Multikey | None:
    """Return the key with which a member confirms this act; None if it is not theirs.

    The domain judges what is handed in; this says whom the page asks for it.
    """
    here = node.assembly_here(desk)
    tellers = list(here.tellers)
    first = act.subject.partition(" ")[0]
    match act.type:
        case "Rulebook":
            for rules in here.rulebooks[-2:]:
                tellers += rules.tellers
        case "Electorate":
            session = node.load(desk, f"session:{first}")
            tellers = [*(session.opened.tellers if session.opened else ())]
        case "Decision" | "RemitDecision":
            tellers = [
                *voting.terms_of(node.load(desk, f"ballot:{first}")).rules.tellers
            ]
        case _:
            pass
    return next((each.key for each in tellers if each.member == member.id), None)


def is_stale(desk: Desk, act: Act) -> bool:
    """Whether nobody can confirm an act any more: others are present by now."""
    if act.type != "Electorate" or act.entry is not None:
        return False
    id, _, present = act.subject.partition(" ")
    state = node.load(desk, f"session:{id}")
    return not act.ready and (not state.is_open or str(state.present) != present)


def in_words(desk: Desk, act: Act) -> tuple[Line, ...]:
    """Say what an act says, in words for whoever confirms it."""
    write = _WRITERS.get(act.type)
    if write is None:
        return (Line(label=N_("What"), says=act.type),)
    return tuple(
        write(desk, act, vocabulary.read(vocabulary.FACTS[act.type], act.body))
    )


def _founding(desk: Desk, act: Act, fact: record.Founding) -> list[Line]:
    return [
        _exactly(desk, N_("Name"), fact.name),
        Line(label=N_("Kind"), says=founding.named(fact.kind)),
        *_tellers(fact.tellers),
        Line(label=N_("Key of the record"), says=fact.key),
    ]


def _rulebook(desk: Desk, act: Act, fact: record.Rulebook) -> list[Line]:
    return [
        Line(label=N_("Version"), says=act.subject),
        _exactly(desk, N_("Text"), fact.text),
        Line(
            label=N_("Quorum"),
            says=N_("none") if fact.quorum == "0" else fact.quorum,
        ),
        Line(label=N_("Qualified majority"), says=fact.threshold),
        Line(
            label=N_("Ways of deciding"),
            says=Series(figures.METHODS.get(each, each) for each in fact.methods),
        ),
        *_tellers(fact.tellers),
    ]


def _electorate(desk: Desk, act: Act, fact: record.Electorate) -> list[Line]:
    session = node.load(desk, f"session:{fact.session}")
    called = session.called
    return [
        Line(label=N_("Present"), says=str(fact.present)),
        Line(label=N_("Meeting"), says=_words(desk, called and called.notice.title)),
        Line(label=N_("Members"), says=str(fact.members)),
        Line(label=N_("Counted by"), says=Series(figures.ways(fact.basis))),
        Line(
            label=N_("How members are known"),
            says=Series(
                Filled("{how}: {number}", how=EVIDENCE[level], number=number)
                for level, number in fact.levels.items()
            ),
        ),
    ]


def _decision(desk: Desk, act: Act, fact: record.Decision) -> list[Line]:
    state: ballot.State = node.load(desk, f"ballot:{fact.ballot}")
    paper = voting.read_paper(desk, voting.terms_of(state))
    lines = [
        Line(label=N_("Question"), says=paper.question),
        _exactly(desk, N_("Text decided on"), fact.text_commit),
        Line(label=N_("Outcome"), says=OUTCOMES[fact.outcome]),
        Line(label=N_("Method"), says=figures.method(fact.method)),
        Line(label=N_("Present"), says=str(fact.present)),
    ]
    if fact.members is not None:
        lines.append(
            Line(
                label=N_("Votes"),
                says=Filled(
                    "{for_} for, {against} against, {abstaining} abstaining ({ways})",
                    for_=fact.members.for_,
                    against=fact.members.against,
                    abstaining=fact.members.abstain,
                    ways=figures.ways(fact.members.basis),
                ),
            )
        )
    if fact.chosen is not None:
        chosen = dict(paper.labels).get(fact.chosen, fact.chosen)
        lines.append(Line(label=N_("Chosen"), says=chosen))
    labels = dict(paper.labels)
    if fact.elected:
        elected = ", ".join(labels.get(each, each) for each in fact.elected)
        lines.append(Line(label=N_("Elected"), says=elected))
    if fact.members is None and fact.counts:
        counts = (
            f"{labels.get(OptionId(option), option)} {number}"
            for option, number in fact.counts.items()
        )
        lines.append(Line(label=N_("Counted"), says=", ".join(counts)))
    if fact.papers is not None:
        lines.append(Line(label=N_("Digest of the papers"), says=fact.papers))
    return lines


def _election(desk: Desk, act: Act, fact: record.Election) -> list[Line]:
    lines = [Line(label=N_("Delegate"), says=_name_of(desk, fact.holder))]
    if fact.alternate is not None:
        lines.append(Line(label=N_("Alternate"), says=_name_of(desk, fact.alternate)))
    return [*lines, Line(label=N_("For the seat in"), says=_short(fact.compact))]


def _mandate(desk: Desk, act: Act, fact: record.Mandate) -> list[Line]:
    lines = [Line(label=N_("Delegate"), says=_name_of(desk, fact.holder))]
    for each in fact.instructions:
        lines.append(Line(label=N_("On the proposal"), says=_short(each.proposal)))
        for label, options in (
            (N_("Must choose"), each.must),
            (N_("May choose among"), each.may),
            (N_("Must not choose"), each.must_not),
        ):
            if options:
                lines.append(Line(label=label, says=", ".join(options)))
        if each.reason is not None:
            lines.append(_exactly(desk, N_("Because"), each.reason))
    return [
        *lines,
        Line(label=N_("Until"), says=str(when(fact.valid_until).striptags())),
        Line(label=N_("Report due"), says=str(when(fact.report_due).striptags())),
        Line(label=N_("The delegate's key"), says=fact.delegate_key),
    ]


def _recall(desk: Desk, act: Act, fact: record.Recall) -> list[Line]:
    return [
        Line(label=N_("What"), says=N_("Our delegate's mandate ends now")),
        Line(label=N_("Mandate"), says=_short(fact.mandate)),
    ]


def _exactly(desk: Desk, label: str, commitment: str | None) -> Line:
    """Give the words behind a commitment that a teller signs."""
    salt = events.salt(desk.connection, commitment)
    return Line(
        label=label,
        says=_words(desk, commitment),
        commit=None if salt is None else commitment,
        salt=None if salt is None else salt.hex(),
    )


def _succession(desk: Desk, act: Act, fact: record.Succession) -> list[Line]:
    names = [naming.assembly(desk, each).name for each in fact.successors]
    lines = [Line(label=N_("What"), says=plainly.SUCCESSIONS[fact.act])]
    if names:
        lines.append(Line(label=N_("Who goes on"), says=", ".join(names)))
    lines += [
        Line(label=N_("Their fingerprints"), says=each) for each in fact.successors
    ]
    if fact.of is not None:
        row = records.entry(desk.connection, fact.of)
        if row is not None:
            whose = naming.assembly(desk, archive.read(desk, row).assembly).name
            lines.append(Line(label=N_("Whose end we take up"), says=whose))
        lines.append(Line(label=N_("Named by the entry"), says=fact.of))
    return lines


def _tellers(keys: tuple[Multikey, ...]) -> list[Line]:
    return [
        Line(label=Filled("Key of teller {number}", number=number), says=key)
        for number, key in enumerate(keys, start=1)
    ]


def _words(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or N_("(text withdrawn)")


def _within_remit(desk: Desk, act: Act, fact: record.RemitDecision) -> list[Line]:
    row = records.entry(desk.connection, fact.remit)
    remit = None if row is None else archive.read(desk, row).fact
    assert isinstance(remit, record.Remit)
    return [
        _exactly(desk, N_("Sub-assembly"), remit.name),
        _exactly(desk, N_("Under its remit"), remit.text),
        *_decision(desk, act, fact.taken),
    ]


def _name_of(desk: Desk, address: str) -> str:
    actor = posts.actor(desk.connection, urlsplit(address).path.removeprefix("/"))
    name = None if actor is None else people.name_of(desk.connection, actor.member)
    return name or address


def _short(digest: str) -> str:
    return f"{digest.removeprefix('sha256:')[:12]}…"


def _signers(act: Act) -> list[Multikey]:
    return [verification.key_named_by(each) for each in act.confirmations]


def _number(request: Request) -> int:
    number: int = request.path_params["number"]
    return number


_WRITERS: Final[dict[str, Callable[[Desk, Act, Any], list[Line]]]] = {
    "Founding": _founding,
    "Rulebook": _rulebook,
    "Electorate": _electorate,
    "Decision": _decision,
    "RemitDecision": _within_remit,
    "Election": _election,
    "Mandate": _mandate,
    "Recall": _recall,
    "Succession": _succession,
}
