"""Where a matter belongs: why it is put to all, who calls it back, who keeps it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.confederal import placing, ratifying
from confederation.confederal.holding import Holding
from confederation.confederal.weighing import Fate, Revised
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Decision, Entry, Proposal
from instance import archive, chamber
from instance.confederal import confederating
from instance.confederal.confederating import Level
from instance.desk import Desk
from instance.errors import Misused
from instance.store import compacts, records
from instance.web import asking, naming, visits
from instance.web.confederal import bearing
from instance.web.forms import Form
from instance.web.languages import N_, translated
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other

BELONGS: Final = {
    "below": N_("It belongs further down: we can deal with it without all the others"),
    "here": N_("It belongs here: all assemblies decide it together"),
}
BEARERS: Final = ("bearer_1", "bearer_2", "bearer_3", "bearer_4")
"""The fields that name who bears a seat, and who follows in its place."""
LONGEST_WHY: Final = 2_000
MOST_DECISIONS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one assembly says; ``counts`` is None while that cannot be told."""

    assembly: Named
    belongs: str
    alone: bool
    why: Words | None
    counts: bool | None
    says: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelView:
    """Why a proposal is put to all, whom it concerns, and what was said of that.

    ``key_of`` is the member that gets the ``new_key``; ``above`` the matter in a wider
    compact that it decides about.
    """

    proposal: str
    why: Words | None
    concerns: tuple[Named, ...]
    calls: tuple[Call, ...]
    kept: int
    needed: int
    returned: bool
    open: bool
    key_of: Named | None
    new_key: str | None
    above: tuple[str, Words] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingPage:
    """The form by which our assembly says where a matter belongs."""

    digest: str
    title: Words
    level: LevelView | None
    decisions: tuple[tuple[str, Words, datetime], ...]
    alone: bool
    may: bool
    seated: bool


def view(desk: Desk, entry: Entry, held: Holding | None) -> LevelView | None:
    """Show where a matter belongs, as far as this node sees; None without a compact."""
    text = entry.fact
    assert isinstance(text, Proposal)
    if held is None:
        return None
    standing = chamber.standing(desk, entry)
    revisions = () if standing is None else standing.revisions
    settled = None if standing is None else standing.confirmed or standing.result
    certified = {
        each.digest
        for each in revisions
        if each.fate is Fate.CERTIFIED and each.seat <= placing.FIRST
    }
    answer = placing.answer(
        held.compact,
        (
            placing.position(each, held)
            for each in placing.examine(held)
            if each.entry.digest in certified
        ),
    )
    new_key = text.new_key
    return LevelView(
        proposal=entry.digest,
        why=naming.some_words(desk, text.why_wider),
        concerns=tuple(naming.assembly(desk, each) for each in text.concerns),
        calls=tuple(_calls(desk, held, revisions)),
        kept=len(answer.here),
        needed=held.compact.t,
        returned=settled is not None and settled.outcome == "returned",
        open=desk.now < text.closes,
        key_of=None if new_key is None else naming.assembly(desk, new_key.assembly),
        new_key=None if new_key is None else new_key.key,
        above=_above(desk, text.on),
    )


def _calls(desk: Desk, held: Holding, revisions: tuple[Revised, ...]) -> Iterator[Call]:
    fates = {each.digest: each for each in revisions}
    for each in placing.examine(held):
        revised = fates.get(each.entry.digest)
        fate = Fate.UNDECIDED if revised is None else revised.fate
        finding = each.finding or (None if revised is None else revised.finding)
        yield Call(
            assembly=naming.assembly(desk, each.entry.assembly),
            belongs=each.placement.belongs,
            alone=each.placement.alone,
            why=naming.some_words(desk, each.placement.why),
            counts=None if fate is Fate.UNDECIDED else fate is Fate.CERTIFIED,
            says=None if finding is None else finding.says,
        )


def _above(desk: Desk, on: Digest | None) -> tuple[str, Words] | None:
    row = records.entry(desk.connection, on)
    fact = None if row is None else archive.read(desk, row).fact
    if on is None:
        return None
    if isinstance(fact, Proposal):
        return f"/proposals/{in_hex(on)}", naming.words(desk, fact.title)
    ratified = chamber.ratified(desk, on) if fact is None else None
    if ratified is not None and isinstance(ratified.fact, Proposal):
        title = naming.words(desk, ratified.fact.title)
        return f"/proposals/{in_hex(ratified.digest)}", title
    return f"/entries/{in_hex(on)}", naming.WITHDRAWN


def above(desk: Desk) -> tuple[tuple[str, Words], ...]:
    """List what is open in wider compacts where one of ours holds a seat.

    A proposal is that until its vote closes, and its result, by the digest of that,
    while it waits to be ratified.
    """
    ours = {
        compact.identity
        for digest, _ in compacts.documents(desk.connection)
        if (compact := chamber.compact_of(desk, digest)) is not None
    }
    found = []
    for entry in reversed(chamber.proposals(desk)):
        text = entry.fact
        assert isinstance(text, Proposal)
        wider = chamber.compact_of(desk, text.compact)
        if wider is None or not any(
            seat.bears in ours for seat in wider.members if seat.bears
        ):
            continue
        title = naming.words(desk, text.title)
        if desk.now < text.closes:
            found.append((str(entry.digest), title))
            continue
        held = chamber.holding(desk, entry) if text.ratify else None
        round_ = None if held is None else ratifying.round_of(held)
        if round_ is not None and desk.now < round_.closes:
            found.append((str(round_.result), _outcome(title)))
    return tuple(found)


def _outcome(title: Words) -> Words:
    of = title.text or translated(N_("(text withdrawn)"))
    says = translated(N_("Do we ratify what was adopted: %(title)s")) % {"title": of}
    return Words(text=says)


def assemblies(desk: Desk) -> tuple[tuple[str, str], ...]:
    """List the assemblies that a proposal can concern: all with a seat beside us."""
    found: dict[str, str] = {}
    for digest, _ in compacts.documents(desk.connection):
        compact = chamber.compact_of(desk, digest)
        for seat in () if compact is None else compact.members:
            found[seat.assembly] = naming.assembly(desk, seat.assembly).name
    return tuple(sorted(found.items(), key=lambda pair: pair[1]))


def read_level(form: Form) -> Level:
    """Read from the proposing form why it is put to all, and whom it concerns.

    Raises:
        Misused: something is too long, or was not offered.
    """
    on = form.one("on")
    order = [form.one(name) for name in BEARERS]
    named = [AssemblyId(asking.the_digest(b, "Who bears our seat")) for b in order if b]
    if len(set(named)) < len(named):
        raise Misused("“Who bears our seat”: each assembly stands there once.")
    wider = form.one("bears_in")
    return Level(
        why=form.text("why_wider", N_("Why all decide it"), least=0, most=LONGEST_WHY),
        concerns=tuple(
            AssemblyId(asking.the_digest(each, "Whom it concerns"))
            for each in form.values.get("concerns", [])
            if each
        ),
        on=asking.the_digest(on, "It decides for our seat above") if on else None,
        bearers=record.Bearers(
            assemblies=tuple(named),
            compact=CompactId(asking.the_digest(wider, "In which wider compact"))
            if wider
            else None,
        )
        if named
        else None,
    )


def wider(desk: Desk) -> tuple[tuple[str, Words], ...]:
    """List the compacts in which one that is known here can hold a seat."""
    return tuple(
        (line.newest.identity, bearing.below(desk, line.newest.identity))
        for line in chamber.lineages(desk)
    )


def page_of(desk: Desk, digest: str, *, may: bool) -> PlacingPage:
    """Show the form by which our assembly says where a matter belongs.

    Raises:
        Unknown: no such proposal is known here.
    """
    entry = chamber.proposal(desk, digest)
    text, held = entry.fact, chamber.holding(desk, entry)
    assert isinstance(text, Proposal)
    ours = records.ours(desk.connection)
    decisions = []
    if ours is not None:
        rows = records.entries(desk.connection, ours.id, types=("Decision",))
        for row in reversed(rows[-MOST_DECISIONS:]):
            decided = archive.read(desk, row)
            if isinstance(decided.fact, Decision) and decided.fact.outcome == "passed":
                said = naming.some_words(desk, decided.fact.text_commit)
                decisions.append(
                    (
                        str(decided.digest),
                        said or naming.WITHDRAWN,
                        decided.published,
                    )
                )
    return PlacingPage(
        digest=digest,
        title=naming.words(desk, text.title),
        level=view(desk, entry, held),
        decisions=tuple(decisions),
        alone=ours is not None and text.concerns == (ours.id,),
        may=may,
        seated=held is not None
        and ours is not None
        and held.compact.seat_of(ours.id) is not None,
    )


def place(
    desk: Desk, digest: Digest, *, belongs: str, decision: Digest, alone: bool, why: str
) -> None:
    """Say in our record, by a decision of ours, where a matter belongs.

    Raises:
        Unknown: no such proposal, or nothing of its compact, is known here.
        Refused: it has closed, or our assembly did not decide so.
    """
    entry, ours = chamber.proposal(desk, digest), records.ours(desk.connection)
    held = chamber.holding(desk, entry)
    if held is None or ours is None:
        raise Unknown("The compact of this proposal is not known here.")
    last = [each for each in placing.examine(held) if each.entry.assembly == ours.id]
    if last and (
        last[-1].placement.belongs == belongs
        and last[-1].placement.decision == decision
        and last[-1].placement.alone == alone
    ):
        return
    fact = record.Placement(
        proposal=digest,
        belongs="here" if belongs == "here" else "below",
        decision=decision,
        alone=alone,
    )
    placing.place(held, ours.id, fact, desk.now)
    confederating.place(desk, fact, why=why)


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, digest = visits.signed_in(request), asking.digest(request)
        may = member is not None and "clerk" in member.roles
        shown = await site.node.look(lambda desk: page_of(desk, digest, may=may))
        return render(request, "placing.html", page=shown, belongs=BELONGS)

    async def put(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("belongs", "decision", "alone", "why")
        digest = asking.digest(request)
        belongs = form.choice("belongs", "Where it belongs", among=BELONGS)
        decision = asking.the_digest(form.one("decision"), "The decision behind it")
        alone, why = (
            form.ticked("alone"),
            form.text("why", "Why", least=0, most=LONGEST_WHY),
        )
        if alone and belongs == "here":
            raise Misused("What concerns us alone does not belong to all assemblies.")
        await site.work(
            lambda desk: place(
                desk,
                digest,
                belongs=belongs,
                decision=decision,
                alone=alone,
                why=why,
            )
        )
        return see_other(f"/proposals/{in_hex(digest)}#belongs")

    return [
        site.page("/proposals/{hex}/placement", page),
        site.form("/proposals/{hex}/placement", put, again=page),
    ]
