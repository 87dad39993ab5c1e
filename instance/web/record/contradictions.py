"""Both sides of what an assembly signed twice, which only its own people settle."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId
from confederation.membership.member import Role
from confederation.record import Decision, Equivocation, Settlement
from instance import archive, chamber, verification
from instance.desk import Desk
from instance.store import branches, contradictions, records
from instance.web import asking, naming
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words
from instance.web.record import plainly
from instance.web.record.plainly import Plain
from instance.web.rendering import render
from instance.web.site import Site, see_other

SETTLERS: Final[tuple[Role, ...]] = ("clerk",)
MOST_DECISIONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two. ``follows`` are entries that go on from it, and from it alone.

    ``plain`` is None for a checkpoint. ``stands`` says that it is in the record as this
    node follows it.
    """

    digest: str
    plain: Plain | None
    seq: int | None
    published: datetime | None
    follows: int
    stands: bool
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """Two signed statements of one assembly that cannot both be meant."""

    a: str
    b: str
    found_at: datetime
    sides: tuple[Side, Side]
    told_by: tuple[Named, ...]
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision of ours by which a contradiction may be settled."""

    digest: str
    words: Words | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionsPage:
    assembly: Named
    contradictions: tuple[Contradicted, ...]
    decisions: tuple[Choice, ...]


def view(desk: Desk, id: str) -> ContradictionsPage:
    """Show what an assembly signed twice, as it is held here.

    Raises:
        Unknown: no record of such an assembly is kept here.
    """
    known = records.assembly(desk.connection, id)
    if known is None or known.head is None:
        raise Unknown("No record of such an assembly is kept here.")
    told = _told(desk)
    settled = chamber.turned_away(desk, known.id)
    return ContradictionsPage(
        assembly=naming.assembly(desk, id),
        contradictions=tuple(
            Contradicted(
                a=shown.a,
                b=shown.b,
                found_at=canonical.read_time(row["found_at"]),
                sides=(
                    _side(desk, shown.a, row["document_a"]),
                    _side(desk, shown.b, row["document_b"]),
                ),
                told_by=_named(desk, told.get((row["a"], row["b"]), ())),
                settled=bool({shown.a, shown.b} & settled),
            )
            for row, shown in zip(
                contradictions.held(desk.connection, id),
                chamber.evidence(desk, id),
                strict=True,
            )
        ),
        decisions=_decisions(desk, known.id) if known.ours else (),
    )


def _named(desk: Desk, assemblies: tuple[AssemblyId, ...]) -> tuple[Named, ...]:
    return tuple(naming.assembly(desk, each) for each in dict.fromkeys(assemblies))


def _told(desk: Desk) -> dict[tuple[str, str], tuple[AssemblyId, ...]]:
    """Say in whose records a contradiction is told, by its two sides."""
    told: dict[tuple[str, str], tuple[AssemblyId, ...]] = {}
    for row in records.of_type(desk.connection, "Equivocation"):
        entry = archive.read(desk, row)
        if isinstance(entry.fact, Equivocation):
            sides = (entry.fact.a, entry.fact.b)
            told[sides] = (*told.get(sides, ()), entry.assembly)
    return told


def _side(desk: Desk, digest: str, document: str) -> Side:
    body = document.encode()
    shown = canonical.read(body)
    if "checkpoint" in shown:
        return Side(
            digest=digest,
            plain=None,
            seq=None,
            published=None,
            follows=0,
            stands=records.entry(desk.connection, digest) is not None,
            document=str(shown["checkpoint"]),
        )
    entry = verification.read_signed_entry(shown, body).entry
    stands = records.entry(desk.connection, digest) is not None
    return Side(
        digest=digest,
        plain=plainly.entry(desk, entry),
        seq=entry.seq,
        published=entry.published,
        follows=_following(desk, entry.assembly, digest, entry.seq, stands=stands),
        stands=stands,
        document=document,
    )


def _following(
    desk: Desk, assembly: AssemblyId, digest: str, seq: int, *, stands: bool
) -> int:
    if stands:
        known = records.assembly(desk.connection, assembly)
        return 0 if known is None else known.size - seq - 1
    followed = {digest}
    for each in branches.of(desk.connection, assembly):
        if each.prev in followed:
            followed.add(each.digest)
    return len(followed) - 1


def _decisions(desk: Desk, id: AssemblyId) -> tuple[Choice, ...]:
    """List our newest decisions that were passed and that two tellers confirmed."""
    kept = chamber.record_of(desk, id)
    used = set()
    if kept is not None:
        used = {fact.decision for _, fact in kept.facts(Settlement)}
    found = () if kept is None else tuple(kept.facts(Decision))
    return tuple(
        Choice(
            digest=entry.digest,
            words=naming.some_words(desk, decision.text_commit),
            at=entry.published,
        )
        for entry, decision in reversed(found)
        if decision.outcome == "passed"
        and kept is not None
        and kept.confirmed(entry)
        and entry.digest not in used
    )[:MOST_DECISIONS]


def routes(site: Site) -> list[Route]:
    node = site.node

    async def page(request: Request) -> Response:
        id = asking.digest(request)
        shown = await node.look(lambda desk: view(desk, id))
        return render(request, "contradictions.html", page=shown)

    async def settle(request: Request, form: Form) -> Response:
        asking.an_officer(request, *SETTLERS)
        form.only("a", "b", "decision")
        shown = Equivocation(
            of=AssemblyId(asking.digest(request)),
            a=asking.the_digest(form.one("a"), N_("Which contradiction")),
            b=asking.the_digest(form.one("b"), N_("Which contradiction")),
        )
        decision = asking.the_digest(form.one("decision"), "By which decision")
        await site.work(lambda desk: chamber.settle(desk, shown, decision))
        return see_other(request.url.path.removesuffix("/settle"))

    return [
        site.page("/record/{hex}/contradictions", page),
        site.form("/record/{hex}/contradictions/settle", settle, again=page),
    ]
