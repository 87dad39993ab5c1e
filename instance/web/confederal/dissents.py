"""A minority writes, signs and files what it has to say; and everybody reads it.

Before it is filed it is among the members. Whoever signs says whether their name may
stand there; the page never shows who did not sign.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly, record
from confederation.confederal import dissent
from confederation.confederal.council import Standing
from confederation.confederal.dissent import A_MEMBER
from confederation.confederal.holding import Holding
from confederation.counting.majority import FOR
from confederation.deciding import ballot
from confederation.errors import Filled, TooEarly, Unknown
from confederation.identifiers import Commit, Digest, DissentId, MemberId, MotionId
from instance import archive, chamber, clerk, node
from instance.confederal import dissenting
from instance.confederal.dissenting import Attached
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, people, records
from instance.web import asking, naming, visits
from instance.web.asking import carry_out
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other

MOST_IN_PART: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part in its place; ``words`` is None where its reviewers withheld it."""

    number: int
    words: Words | None
    doubted: int = 0
    doubted_by_me: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as everybody reads it. ``unnamed`` is how many signed without a name."""

    digest: str
    by: Named
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    unnamed: int
    of_assembly: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What minorities say about a decision, and where a member begins to."""

    reports: tuple[Report, ...]
    open: tuple[str, ...]
    new: str | None
    assembly_may: str | None = None
    motions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is dissented from: its words, and its page."""

    on: str
    proposal: str | None
    title: Words
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """The form for a new report, with who may review it."""

    about: About
    once: str
    people: tuple[tuple[MemberId, str], ...]
    needed: int
    at_most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentPage:
    """A report among the members: who signed it so far, and what one may do."""

    id: str
    about: About
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    unnamed: int
    needed: int
    signed: bool
    filed: bool
    published: str | None
    enough: bool
    reviewer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """A filed report, with what it is about."""

    report: Report
    about: About
    seq: int


def beside_decision(desk: Desk, entry: record.Entry, member: MemberId | None) -> Beside:
    """Show what minorities say about a decision of one assembly."""
    ours = records.ours(desk.connection)
    own = ours is not None and entry.assembly == ours.id
    attached = dissenting.beside_decision(desk, entry.digest)
    new = f"/dissents/new?decided={in_hex(entry.digest)}"
    return Beside(
        reports=tuple(report(desk, each) for each in attached),
        open=_open(desk, entry.digest) if own and member is not None else (),
        new=new if own and member is not None else None,
    )


def beside_result(
    desk: Desk, held: Holding | None, standing: Standing | None, *, member: bool
) -> Beside | None:
    """Show what minorities say about a confirmed result; None before there is one."""
    if held is None or standing is None or standing.confirmed is None:
        return None
    ours = records.ours(desk.connection)
    result, at = standing.confirmed, in_hex(held.proposal.digest)
    on = chamber.result_digest(result)
    may = (
        member
        and ours is not None
        and dissenting.voted_otherwise(held, result, ours.id)
    )
    return Beside(
        reports=tuple(
            report(desk, each) for each in dissenting.beside_result(desk, held, result)
        ),
        open=_open(desk, on) if member else (),
        new=f"/dissents/new?decided={in_hex(on)}&proposal={at}" if member else None,
        assembly_may=f"/proposals/{at}/dissent" if may else None,
        motions=_adopted(desk) if may else (),
    )


def report(desk: Desk, attached: Attached) -> Report:
    """Put a filed report into words, with its gaps."""
    words = [naming.words(desk, each) for each in attached.report.signers]
    names = sorted(each.text for each in words if each.text not in (None, A_MEMBER))
    return Report(
        digest=attached.entry.digest,
        by=naming.assembly(desk, attached.entry.assembly),
        parts=tuple(
            Part(
                number=number,
                words=None
                if number in attached.withheld
                else naming.words(desk, commitment),
            )
            for number, commitment in enumerate(attached.report.parts, start=1)
        ),
        names=tuple(filter(None, names)),
        unnamed=len(words) - len(names),
        of_assembly=attached.report.decision is not None,
        at=attached.entry.published,
    )


def read(desk: Desk, digest: Digest) -> ReportPage:
    """Show a filed report by itself.

    Raises:
        Unknown: none such is held here.
    """
    attached = dissenting.read(desk, digest)
    if attached is None:
        raise Unknown("No such report is known here.")
    return ReportPage(
        report=report(desk, attached),
        about=about(desk, attached.report.on, attached.report.proposal),
        seq=attached.entry.seq,
    )


def about(desk: Desk, on: Digest, proposal: Digest | None) -> About:
    """Say what a report is about.

    Raises:
        Unknown: no such decision or result is known here.
    """
    row = records.entry(desk.connection, proposal or on)
    fact = None if row is None else archive.read(desk, row).fact
    match fact:
        case record.Proposal(title=title) if proposal is not None:
            return About(
                on=on,
                proposal=proposal,
                title=naming.words(desk, title),
                page=f"/proposals/{in_hex(proposal)}",
            )
        case record.Decision(text_commit=text, on=matter) if proposal is None:
            words = naming.some_words(desk, text) or _of_matter(desk, matter)
            return About(
                on=on, proposal=None, title=words, page=f"/decisions/{in_hex(on)}"
            )
        case _:
            raise Unknown("No such decision is known here.")


def new(desk: Desk, on: Digest, proposal: Digest | None, member: MemberId) -> NewPage:
    """Show the form for a report on a decision of ours, or of all."""
    here = node.assembly_here(desk)
    needed, at_most = _numbers(desk, on, proposal)
    return NewPage(
        about=about(desk, on, proposal),
        once=desk.new_id(),
        people=tuple(
            (MemberId(id), name)
            for id, name in people.names(desk.connection).items()
            if id in here.members and id != member
        ),
        needed=needed,
        at_most=at_most,
    )


def view(desk: Desk, id: str, member: MemberId) -> DissentPage:
    """Show a report to a member, with what they may do about it.

    Raises:
        Unknown: there is none.
    """
    state: dissent.State = node.load(desk, f"dissent:{id}")
    begun = state.begun
    assert begun is not None
    words = [events.wording(desk.connection, each) for each in state.signed.values()]
    names = sorted(each for each in words if each not in (None, A_MEMBER))
    return DissentPage(
        id=id,
        about=about(desk, begun.on, begun.proposal),
        parts=tuple(
            Part(
                number=number,
                words=None
                if number in state.withheld
                else Words(text=events.wording(desk.connection, part), lang=begun.lang),
                doubted=len(state.doubted.get(number, ())),
                doubted_by_me=member in state.doubted.get(number, ()),
            )
            for number, part in enumerate(begun.parts, start=1)
        ),
        names=tuple(filter(None, names)),
        unnamed=len(words) - len(names),
        needed=begun.needed,
        signed=member in state.signed,
        filed=state.filed,
        published=clerk.published(desk, "MinorityReport", id),
        enough=state.enough,
        reviewer=any(member == each.member for each in begun.reviewers),
    )


def begin(desk: Desk, form: Form, by: MemberId) -> DissentId:
    """Begin a report, and sign it oneself; the same form twice begins one.

    Raises:
        Misused: it says nothing, or names somebody who is no member.
    """
    id = DissentId(form.line("once", N_("This form"), most=100))
    if node.exists(desk, f"dissent:{id}"):
        return id
    on = asking.the_digest(form.one("decided"), "What was decided")
    proposed = form.one("proposal")
    proposal = asking.the_digest(proposed, "Proposal") if proposed else None
    about(desk, on, proposal)
    needed, at_most = _numbers(desk, on, proposal)
    here = node.assembly_here(desk)
    reviewers = [form.one(f"reviewer_{number}") for number in (1, 2)]
    if not all(each in here.members for each in reviewers):
        raise Misused("“Who reviews it”: please choose two members.")
    command = dissent.BeginDissent(
        dissent=id,
        on=on,
        proposal=proposal,
        parts=tuple(
            events.keep_wording(desk.connection, part) for part in _parts(form)
        ),
        reviewers=tuple(
            dissent.Reviewer(member=MemberId(each), words=_unnamed(desk))
            for each in reviewers
        ),
        lang=desk.config.language,
        needed=needed,
        at_most=at_most,
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"dissent:{id}", command)
    sign(desk, id, form, by)
    return id


def sign(desk: Desk, id: DissentId, form: Form, by: MemberId) -> None:
    """Sign a report, with one's name or without."""
    state: dissent.State = node.load(desk, f"dissent:{id}")
    assert state.begun is not None
    name = people.name_of(desk.connection, by)
    named = form.ticked("named") and name is not None
    command = dissent.SignDissent(
        name=events.keep_wording(desk.connection, name or "")
        if named
        else _unnamed(desk),
        entitled=_entitled(desk, state.begun, by),
        by=by,
        at=desk.now,
    )
    carry_out(desk, f"dissent:{id}", command)


def routes(site: Site) -> list[Route]:
    async def new_page(request: Request) -> Response:
        member = visits.the_member(request)
        sent: Form | None = getattr(request.state, "sent", None)
        given = request.query_params if sent is None else sent.entered
        on = asking.the_digest(given.get("decided", ""), "What was decided")
        proposal = given.get("proposal") or ""
        named = asking.the_digest(proposal, "Proposal") if proposal else None
        shown = await site.node.look(lambda desk: new(desk, on, named, member.id))
        typed = () if sent is None else sent.values.get("part", ())
        return render(request, "dissent_new.html", page=shown, typed=typed)

    async def begun(request: Request, form: Form) -> Response:
        member = visits.the_member(request)
        request.state.sent = form
        form.only(
            *(
                "once",
                "decided",
                "proposal",
                "part",
                "reviewer_1",
                "reviewer_2",
                "named",
            )
        )
        id = await site.work(lambda desk: begin(desk, form, member.id))
        return see_other(f"/dissents/{id}")

    async def page(request: Request) -> Response:
        member, id = visits.the_member(request), request.path_params["id"]
        shown = await site.node.look(lambda desk: view(desk, id, member.id))
        return render(request, "dissent.html", page=shown)

    async def signed(request: Request, form: Form) -> Response:
        member, id = visits.the_member(request), DissentId(request.path_params["id"])
        form.only("named")
        await site.work(lambda desk: sign(desk, id, form, member.id))
        return see_other(f"/dissents/{id}")

    async def taken_back(request: Request, form: Form) -> Response:
        member, id = visits.the_member(request), DissentId(request.path_params["id"])
        form.only()
        await site.work(
            lambda desk: carry_out(
                desk, f"dissent:{id}", dissent.TakeBack(by=member.id, at=desk.now)
            )
        )
        return see_other(f"/dissents/{id}")

    async def filed(request: Request, form: Form) -> Response:
        member, id = visits.the_member(request), DissentId(request.path_params["id"])
        form.only()

        def file(desk: Desk) -> None:
            command = dissent.FileDissent(by=member.id, at=desk.now)
            carry_out(desk, f"dissent:{id}", command)
            dissenting.follow(desk, id)

        await site.work(file)
        return see_other(f"/dissents/{id}")

    async def withheld(request: Request, form: Form) -> Response:
        member, id = visits.the_member(request), DissentId(request.path_params["id"])
        form.only("part")
        part = form.whole("part", N_("Part"), least=1, most=dissent.MOST_PARTS)

        def withhold(desk: Desk) -> None:
            command = dissent.WithholdPart(part=part, by=member.id, at=desk.now)
            carry_out(desk, f"dissent:{id}", command)
            dissenting.follow(desk, id)

        await site.work(withhold)
        await site.node.database.forget_steps()
        return see_other(f"/dissents/{id}")

    async def of_assembly(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("motion")
        digest = asking.digest(request)
        motion = MotionId(form.line("motion", "What the assembly adopted", most=100))

        def put(desk: Desk) -> None:
            proposal = chamber.proposal(desk, digest)
            dissenting.dissent_of_assembly(desk, proposal, motion)
            clerk.publish_ready(desk)

        await site.work(put)
        return see_other(f"/proposals/{in_hex(digest)}#dissent")

    async def report_page(request: Request) -> Response:
        digest = asking.digest(request)
        shown = await site.node.look(lambda desk: read(desk, digest))
        return render(request, "minority_report.html", page=shown)

    return [
        site.page("/dissents/new", new_page),
        site.form("/dissents", begun, again=new_page),
        site.page("/dissents/{id}", page),
        site.form("/dissents/{id}/sign", signed, again=page),
        site.form("/dissents/{id}/take-back", taken_back, again=page),
        site.form("/dissents/{id}/file", filed, again=page),
        site.form("/dissents/{id}/withhold", withheld, again=page),
        site.form("/proposals/{hex}/dissent", of_assembly),
        site.page("/minority-reports/{hex}", report_page),
    ]


def _parts(form: Form) -> tuple[str, ...]:
    parts = []
    for number, text in enumerate(form.values.get("part", ()), start=1):
        if text.strip():
            part = Form(values={"part": (text,)})
            parts.append(
                part.text(
                    "part", Filled("Part {number}", number=number), most=MOST_IN_PART
                )
            )
    if not parts:
        raise Misused(
            "“{label}” is empty. Please write something there.",
            label=Filled("Part {number}", number=1),
        )
    return tuple(parts)


def _unnamed(desk: Desk) -> Commit:
    return events.keep_wording(desk.connection, A_MEMBER)


def _numbers(desk: Desk, on: Digest, proposal: Digest | None) -> tuple[int, int | None]:
    """Say how many have to sign, and how many can, by what the decision says.

    Raises:
        TooEarly: it is no decision of ours, nor a confirmed result.
    """
    if proposal is not None:
        if dissenting.confirmed(desk, chamber.proposal(desk, proposal)) != on:
            raise TooEarly("Nothing is decided together yet.")
        return assembly.rules(node.assembly_here(desk)).dissenters, None
    closed = _ballot(desk, on)
    assert closed.opened is not None
    terms, counts = closed.opened.terms, closed.decided
    if counts is None or counts.result.tally is None:
        return terms.rules.dissenters, None
    could = max(terms.electorate.present, terms.electorate.members)
    return terms.rules.dissenters, could - counts.result.counts[FOR]


def _ballot(desk: Desk, on: Digest) -> ballot.State:
    """Return the ballot behind a decision of our own.

    Raises:
        TooEarly: our record holds no such decision.
    """
    row = records.entry(desk.connection, on)
    ours = records.ours(desk.connection)
    fact = None if row is None else archive.read(desk, row).fact
    if (
        row is None
        or ours is None
        or row["assembly"] != ours.id
        or not isinstance(fact, record.Decision)
        or not node.exists(desk, f"ballot:{fact.ballot}")
    ):
        raise TooEarly("Our assembly has decided nothing of the kind.")
    state: ballot.State = node.load(desk, f"ballot:{fact.ballot}")
    return state


def _entitled(desk: Desk, begun: dissent.DissentBegun, by: MemberId) -> bool:
    """Say whether a member could take part in what was decided."""
    if begun.proposal is not None:
        return by in node.assembly_here(desk).members
    opened = _ballot(desk, begun.on).opened
    roll = () if opened is None else opened.terms.electorate.roll
    return by in roll or (not roll and by in node.assembly_here(desk).members)


def _open(desk: Desk, on: Digest) -> tuple[str, ...]:
    """Name the reports on something that our members are signing still."""
    return tuple(
        stream.partition(":")[2]
        for stream in events.streams(desk.connection, "dissent")
        if (state := node.load(desk, stream)).begun is not None
        and state.begun.on == on
        and not state.filed
    )


def _of_matter(desk: Desk, matter: Digest | None) -> Words:
    row = records.entry(desk.connection, matter)
    fact = None if row is None else archive.read(desk, row).fact
    if isinstance(fact, record.Proposal):
        return naming.words(desk, fact.title)
    return Words(text=N_("A decision of the assembly"))


def _adopted(desk: Desk) -> tuple[tuple[str, str], ...]:
    """List the motions that the assembly adopted, the newest first."""
    found = []
    for stream in events.streams(desk.connection, "motion"):
        state = node.load(desk, stream)
        if state.status == "adopted" and state.drafted is not None:
            title = events.wording(desk.connection, state.drafted.title)
            found.append((stream.partition(":")[2], title or ""))
    return tuple(found[:20])
