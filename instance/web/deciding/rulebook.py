"""The rules in force, in plain words, and the form by which new ones are adopted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.assembly import AdoptRulebook
from confederation.deciding.decision import Decided
from confederation.deciding.rulebook import OUT_OF_THE_BOX, MethodName, Rules
from confederation.errors import Filled, NotEntitled
from confederation.identifiers import Commit, MemberId
from instance import clerk, node
from instance.deciding import voting
from instance.desk import Desk
from instance.store import acts, events, people
from instance.web import moments
from instance.web.deciding import figures
from instance.web.deciding.methods import FIRST, MORE, WAYS, Way
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.founding import read_tellers
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

QUORUM_OF: Final = {
    "present": N_("of those present"),
    "members": N_("of all members"),
}

THRESHOLD_OF: Final = {
    "votes": N_("of the votes for and against"),
    "cast": N_("of all votes cast, those who abstain too"),
    "present": N_("of those present"),
    "members": N_("of all members"),
}
SCORE_BY: Final = {
    "sum": N_("the sum of the points"),
    "mean": N_("the mean of the points"),
}
FIGURES: Final = (
    *("threshold_of", "strict", "consents", "blocks", "stand_asides", "fallback"),
    *("floor", "score_by", "least_raters", "dots", "most_dots", "persons_online"),
    "dissenters",
)
"""The fields of a form on figures that only some ways of deciding need."""

STARTER: Final = Rules(
    text=Commit(""), tellers=(), quorum="1/3", methods=OUT_OF_THE_BOX
)
"""What the form for the first rules begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The rules in force as a page shows them."""

    version: int
    text: str
    quorum: str
    threshold: str
    methods: tuple[Way, ...]
    figures: tuple[tuple[str, str], ...]
    recall_notice: str
    emergency_notice: str
    tellers: tuple[tuple[MemberId, str, str], ...]
    confirmed: int
    act: int | None
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookPage:
    in_force: InForce | None
    may_adopt: bool
    founded: bool
    needs_ballot: bool
    people: tuple[tuple[MemberId, str], ...]
    ways: dict[MethodName, Way]
    first: tuple[MethodName, ...]
    more: tuple[MethodName, ...]
    quorum_of: dict[str, str]
    threshold_of: dict[str, str]
    score_by: dict[str, str]
    decided: tuple[tuple[str, str], ...]
    current: dict[str, str]
    ticked: tuple[MethodName, ...]


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        form: Form | None = getattr(request.state, "form", None)
        ticked = form.values.get("methods", ()) if form else shown.ticked
        return render(request, "rulebook.html", page=shown, ticked=ticked)

    async def adopt(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only(
            *("text", "quorum", "quorum_of", "threshold", "methods", "teller_1"),
            *("key_1", "teller_2", "key_2", "recall_notice", "emergency_notice"),
            *("ballot", "report_patience", "longest_mandate", "most_terms"),
            *("most_seats", "office_meetings", "office_term", "most_times"),
            *FIGURES,
        )
        member = the_member(request)
        await site.work(lambda desk: carry_out(desk, form, by=member.id))
        return see_other("/rulebook")

    return [
        site.page("/rulebook", page),
        site.form("/rulebook", adopt, again=page),
    ]


def view(desk: Desk, member: Member) -> RulebookPage:
    """Show the rules to a member."""
    here = node.assembly_here(desk)
    names = people.names(desk.connection)
    before = (
        here.rulebooks[-1] if here.rulebooks else replace(STARTER, tellers=here.tellers)
    )
    return RulebookPage(
        in_force=_in_force(desk, here) if here.rulebooks else None,
        may_adopt=here.founded is not None and may(member, AdoptRulebook),
        founded=here.founded is not None,
        needs_ballot=bool(here.rulebooks),
        people=tuple(
            (MemberId(id), name)
            for id, name in names.items()
            if MemberId(id) in here.members
        ),
        ways=WAYS,
        first=FIRST,
        more=MORE,
        quorum_of=QUORUM_OF,
        threshold_of=THRESHOLD_OF,
        score_by=SCORE_BY,
        decided=tuple(_passed(desk, here)),
        current=_current(before),
        ticked=before.methods,
    )


def carry_out(desk: Desk, form: Form, *, by: MemberId) -> None:
    """Adopt the rules in a form; after the first ones, as a ballot decided.

    Raises:
        Misused: something is missing, or cannot be read.
        Refused: the assembly's rules do not allow it.
    """
    ballot = form.line("ballot", N_("Ballot"), least=0, most=80)
    text = form.text(
        "text", "The rules in words", least=0 if ballot else 1, most=20_000
    )
    decided = voting.decided(desk, ballot) if ballot else None
    methods = form.choices("methods", "Ways of deciding", among=WAYS)
    rules = Rules(
        text=_text(desk, text, decided),
        tellers=read_tellers(form),
        quorum=form.line("quorum", N_("Quorum"), most=20),
        quorum_of=form.choice("quorum_of", N_("Quorum of"), among=QUORUM_OF),  # type: ignore[arg-type]
        threshold=form.line("threshold", "Qualified majority", most=20),
        methods=methods,  # type: ignore[arg-type]
        **_figures(form),
        recall_notice=moments.span(form, "recall_notice", "Notice of a recall"),
        emergency_notice=moments.span(form, "emergency_notice", N_("Urgent notice")),
        **_terms(form),
    )
    adopted = AdoptRulebook(rules=rules, decision=decided, by=by, at=desk.now)
    node.perform(desk, "assembly:it", adopted)
    clerk.publish_ready(desk)


def _terms(form: Form) -> dict[str, Any]:
    """Read how long officers and delegates serve, and how patient we are with them."""
    given: dict[str, Any] = {}
    for name, label in (
        ("report_patience", N_("Before asking again")),
        ("longest_mandate", "Longest mandate"),
        ("office_term", N_("How long an office lasts")),
    ):
        if form.one(name).strip():
            given[name] = moments.span(form, name, label)
    for name, label in (
        ("most_terms", N_("Terms in a row")),
        ("most_seats", N_("Seats at a time")),
        ("office_meetings", "Meetings that an office lasts for"),
        ("most_times", N_("Times in a row for a role")),
    ):
        if form.one(name).strip():
            given[name] = form.whole(name, label, most=100)
    return given


def _current(rules: Rules) -> dict[str, str]:
    """Fill a form in with rules, so that only what changes is typed."""
    fields = {
        "quorum": rules.quorum,
        "quorum_of": rules.quorum_of,
        "threshold": rules.threshold,
        "recall_notice": moments.write_span(rules.recall_notice),
        "emergency_notice": moments.write_span(rules.emergency_notice),
        "report_patience": moments.write_span(rules.report_patience),
        "longest_mandate": moments.write_span(rules.longest_mandate)
        if rules.longest_mandate
        else "",
        "most_terms": str(rules.most_terms or ""),
        "most_seats": str(rules.most_seats or ""),
        "office_meetings": str(rules.office_meetings or ""),
        "most_times": str(rules.most_times or ""),
        "office_term": moments.write_span(rules.office_term)
        if rules.office_term
        else "",
        "threshold_of": rules.threshold_of,
        "strict": "yes" if rules.strict else "",
        "consents": rules.consents,
        "blocks": str(rules.blocks),
        "stand_asides": rules.stand_asides,
        "fallback": rules.fallback or "",
        "floor": rules.floor,
        "score_by": rules.score_by,
        "least_raters": str(rules.least_raters),
        "dissenters": str(rules.dissenters),
        "dots": str(rules.dots),
        "most_dots": str(rules.most_dots),
        "persons_online": "yes" if rules.persons_online else "",
    }
    for number, teller in enumerate(rules.tellers, start=1):
        fields[f"teller_{number}"] = teller.member
        fields[f"key_{number}"] = teller.key
    return fields


def _figures(form: Form) -> dict[str, Any]:
    """Read the figures of ways of deciding; what was not asked is as it usually is."""
    given: dict[str, Any] = {
        "strict": form.ticked("strict"),
        "persons_online": form.ticked("persons_online"),
    }
    for name, label, among in (
        ("threshold_of", "Share of what", THRESHOLD_OF),
        ("score_by", "What counts", SCORE_BY),
    ):
        if form.one(name):
            given[name] = form.choice(name, label, among=among)
    for name, label in (
        ("consents", "Consent away from the room"),
        ("stand_asides", N_("Stand aside")),
        ("fallback", N_("Where consensus fails")),
        ("floor", N_("Floor")),
    ):
        if form.one(name).strip():
            given[name] = form.line(name, label, most=20)
    for name, label, least in (
        ("blocks", N_("Blocks"), 0),
        ("least_raters", N_("Raters"), 1),
        ("dots", "Dots", 1),
        ("most_dots", N_("Dots on one option"), 1),
        ("dissenters", "Minority report", 1),
    ):
        if form.one(name).strip():
            given[name] = form.whole(name, label, least=least, most=1_000)
    return given


def _figures_in_force(rules: Rules) -> Iterator[tuple[str, str]]:
    """Go through the figures that the rulebook's ways of deciding need."""
    yield N_("Minority report: how many sign it"), str(rules.dissenters)
    if "qualified" in rules.methods:
        share = Filled("{share} (at least this share)", share=rules.threshold)
        if rules.strict:
            share = Filled("{share} (more than this share)", share=rules.threshold)
        yield N_("Qualified majority"), share
        yield N_("Share of what"), THRESHOLD_OF[rules.threshold_of]
    if "consent" in rules.methods:
        yield (
            N_("Consent away from the room: this share of all members"),
            rules.consents,
        )
    if "consensus" in rules.methods:
        yield N_("Consensus: blocks that it bears"), str(rules.blocks)
        yield N_("Share of those present who may stand aside"), rules.stand_asides
    if rules.fallback is not None:
        yield N_("Where consensus failed at two meetings"), rules.fallback
    if "approval" in rules.methods:
        yield N_("Approval: share of the papers that must tick it"), rules.floor
    if "score" in rules.methods:
        yield N_("Score: what counts"), SCORE_BY[rules.score_by]
        if rules.score_by == "mean":
            yield N_("Raters that an option needs"), str(rules.least_raters)
    if "dots" in rules.methods:
        yield N_("Dots that a person has"), str(rules.dots)
        yield N_("Most dots on one option"), str(rules.most_dots)
    yield (
        N_("Before a late report is asked for again"),
        moments.said(rules.report_patience),
    )
    if rules.longest_mandate:
        yield N_("Longest mandate"), moments.said(rules.longest_mandate)
    if rules.most_terms:
        yield N_("Terms in a row as delegate"), str(rules.most_terms)
    if rules.most_seats:
        yield N_("Seats that one delegate holds at a time"), str(rules.most_seats)
    if rules.office_meetings:
        yield N_("Meetings that an office lasts for"), str(rules.office_meetings)
    if rules.most_times:
        yield N_("Times in a row that one person does a role"), str(rules.most_times)
    if rules.office_term:
        yield N_("An office ends after"), moments.said(rules.office_term)
    yield (
        N_("Votes on people"),
        N_("in the room, on paper, or secretly on this site")
        if rules.persons_online
        else N_("in the room or on paper"),
    )


def _text(desk: Desk, text: str, decided: Decided | None) -> Commit:
    if decided is None:
        return events.keep_wording(desk.connection, text)
    words = events.wording(desk.connection, decided.text)
    if text and text != words:
        raise NotEntitled("The assembly decided on another text of the rules.")
    return decided.text


def _in_force(desk: Desk, here: assembly.State) -> InForce:
    rules = assembly.rules(here)
    names = people.names(desk.connection)
    act = acts.of_subject(desk.connection, "Rulebook", str(here.version))
    return InForce(
        version=here.version,
        text=events.wording(desk.connection, rules.text) or N_("(text withdrawn)"),
        quorum=Filled(
            "At least {share} {of_whom}",
            share=figures.share(rules.quorum),
            of_whom=QUORUM_OF[rules.quorum_of],
        )
        if Fraction(rules.quorum)
        else N_("No quorum"),
        threshold=rules.threshold,
        methods=tuple(WAYS[method] for method in rules.methods),
        figures=tuple(_figures_in_force(rules)),
        recall_notice=moments.said(rules.recall_notice),
        emergency_notice=moments.said(rules.emergency_notice),
        tellers=tuple(
            (teller.member, names.get(teller.member, ""), teller.key)
            for teller in here.tellers
        ),
        confirmed=len(here.rulebook_confirmed),
        act=None if act is None else act.id,
        published=act is not None and act.entry is not None,
    )


def _passed(desk: Desk, here: assembly.State) -> list[tuple[str, str]]:
    """The ballots on a text that passed and were not carried out as rules yet."""
    found = []
    for id, state in node.load_all(desk, "ballot").items():
        if state.decided is None or id in here.carried_out:
            continue
        terms = voting.terms_of(state)
        if state.decided.result.outcome == "passed" and terms.subject is None:
            found.append((id, voting.read_paper(desk, terms).question))
    return found
