"""The rules in force, in plain words, and the form by which new ones are adopted."""

from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.assembly import AdoptRulebook
from confederation.decision import Decided
from confederation.errors import NotEntitled
from confederation.identifiers import Commit, MemberId
from confederation.rulebook import MethodName, Rules
from instance import clerk, node, voting
from instance.desk import Desk
from instance.store import acts, events, people
from instance.web import moments
from instance.web.forms import Form
from instance.web.founding import read_tellers
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_TEXT: Final = 20_000
METHODS: Final[dict[MethodName, str]] = {
    "consent": "Consent: it passes if nobody has a valid objection",
    "majority": "Simple majority: more for than against",
    "qualified": "Qualified majority: the share of votes that the rules set",
    "ranked": "Ranked choice: everybody puts the options in order",
}
QUORUM_OF: Final = {
    "present": "of those present",
    "members": "of all members",
}

STARTER: Final = Rules(
    text=Commit(""), tellers=(), quorum="1/3", methods=("consent", "majority")
)
"""What the form for the first rules begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The rules in force as a page shows them."""

    version: int
    text: str
    quorum: str
    quorum_of: str
    threshold: str
    methods: tuple[str, ...]
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
    methods: dict[MethodName, str]
    quorum_of: dict[str, str]
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
            "ballot",
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
        methods=METHODS,
        quorum_of=QUORUM_OF,
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
    ballot = form.line("ballot", "Ballot", least=0, most=80)
    text = form.text(
        "text", "The rules in words", least=0 if ballot else 1, most=20_000
    )
    decided = voting.decided(desk, ballot) if ballot else None
    methods = form.choices("methods", "Ways of deciding", among=METHODS)
    rules = Rules(
        text=_text(desk, text, decided),
        tellers=read_tellers(form),
        quorum=form.line("quorum", "Quorum", most=20),
        quorum_of=form.choice("quorum_of", "Quorum of", among=QUORUM_OF),  # type: ignore[arg-type]
        threshold=form.line("threshold", "Qualified majority", most=20),
        methods=methods,  # type: ignore[arg-type]
        recall_notice=moments.span(form, "recall_notice", "Notice of a recall"),
        emergency_notice=moments.span(form, "emergency_notice", "Urgent notice"),
    )
    adopted = AdoptRulebook(rules=rules, decision=decided, by=by, at=desk.now)
    node.perform(desk, "assembly:it", adopted)
    clerk.publish_ready(desk)


def _current(rules: Rules) -> dict[str, str]:
    """Fill a form in with rules, so that only what changes is typed."""
    fields = {
        "quorum": rules.quorum,
        "quorum_of": rules.quorum_of,
        "threshold": rules.threshold,
        "recall_notice": moments.write_span(rules.recall_notice),
        "emergency_notice": moments.write_span(rules.emergency_notice),
    }
    for number, teller in enumerate(rules.tellers, start=1):
        fields[f"teller_{number}"] = teller.member
        fields[f"key_{number}"] = teller.key
    return fields


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
        text=events.wording(desk.connection, rules.text) or "(text withdrawn)",
        quorum=rules.quorum,
        quorum_of=QUORUM_OF[rules.quorum_of],
        threshold=rules.threshold,
        methods=tuple(METHODS[method] for method in rules.methods),
        recall_notice=moments.write_span(rules.recall_notice),
        emergency_notice=moments.write_span(rules.emergency_notice),
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
