"""Every version of a compact, and what each one changes, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.confederal.compact import Compact, Seat
from confederation.confederal.versions import Change, Lineage
from confederation.errors import Filled, Series, Unknown
from confederation.identifiers import (
    AssemblyId,
    Digest,
)
from confederation.record import Proposal
from instance import chamber
from instance.desk import Desk
from instance.web import asking, naming
from instance.web.confederal import bearing, weighing
from instance.web.confederal.compacts import rules
from instance.web.confederal.proposals import Line, line
from instance.web.languages import N_
from instance.web.naming import Words
from instance.web.rendering import render
from instance.web.site import Site

Place = Literal["member", "suspended", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version in the history of a compact, and how it came about."""

    number: int
    digest: str
    since: datetime | None
    by: Line | None
    differs: tuple[str, ...]
    open: tuple[Line, ...]
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedView:
    """A change that is proposed and not decided, or that was not adopted."""

    digest: str
    by: Line
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Every version of a compact, the newest first, and what is open under which."""

    identity: str
    purpose: Words | None
    versions: tuple[VersionView, ...]
    proposed: tuple[ProposedView, ...]
    parted: bool


def known(desk: Desk, digest: Digest) -> Compact:
    """Return a compact.

    Raises:
        Unknown: it is not known here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    return compact


def differences(desk: Desk, before: Compact, after: Compact) -> tuple[str, ...]:
    """Say in plain sentences what one version changes in another."""
    return tuple(_differences(desk, before, after))


def _differences(desk: Desk, before: Compact, after: Compact) -> Iterator[str]:
    places_before, places = _places(before), _places(after)
    for id in dict.fromkeys((*places_before, *places)):
        was, is_ = places_before.get(id, "out"), places.get(id, "out")
        name = naming.assembly(desk, id).name
        match was, is_:
            case ("out", "member"):
                yield Filled("{name} is admitted and has a seat.", name=name)
            case ("suspended", "member"):
                yield Filled("{name} is taken back and has its seat again.", name=name)
            case (_, "suspended") if was != is_:
                yield Filled(
                    "{name} is suspended: it has no seat until it is taken back.",
                    name=name,
                )
            case (_, "out"):
                yield Filled("{name} does not belong to it any more.", name=name)
            case _:
                pass
    readmitted = {seat.assembly: seat.readmitted for seat in before.named}
    for seat in after.members:
        if seat.readmitted != readmitted.get(seat.assembly):
            yield Filled(
                "{name}, which had ended, is let in again as it is now.",
                name=naming.assembly(desk, seat.assembly).name,
            )
    held = {seat.assembly: (seat.bears, seat.substitutes) for seat in before.named}
    for seat in after.named:
        if (seat.bears, seat.substitutes) != held.get(seat.assembly, (None, ())):
            yield _held_for(desk, seat)
    if before.purpose != after.purpose:
        said = naming.some_words(desk, after.purpose)
        yield Filled(
            "What it is for becomes: {purpose}",
            purpose=(said and said.text) or N_("(text withdrawn)"),
        )
    old = set(rules(before))
    for sentence in rules(after):
        if sentence not in old:
            yield sentence
    yield from weighing.differences(desk, before, after)
    for theme in after.themes:
        if theme not in before.themes:
            yield Filled(
                "“{theme}” becomes a theme that we deal with together.", theme=theme
            )
    for theme in before.themes:
        if theme not in after.themes:
            yield Filled("“{theme}” is no theme of ours any more.", theme=theme)
    if before.criteria != after.criteria:
        yield _judged_by(desk, after)


def _held_for(desk: Desk, seat: Seat) -> str:
    name = naming.assembly(desk, seat.assembly).name
    if seat.bears is None:
        return Filled("{name} holds its seat for itself.", name=name)
    whom = bearing.below(desk, seat.bears).text or N_("(text withdrawn)")
    if not seat.substitutes:
        return Filled(
            "{name} holds its seat for the assemblies of “{whom}”.",
            name=name,
            whom=whom,
        )
    return Filled(
        "{name} holds its seat for the assemblies of “{whom}”. If it cannot, these "
        "follow in this order: {after}.",
        name=name,
        whom=whom,
        after=Series(naming.names(desk, seat.substitutes)),
    )


def _places(compact: Compact) -> dict[AssemblyId, Place]:
    places: dict[AssemblyId, Place] = {
        seat.assembly: "member" for seat in compact.members
    }
    return places | {seat.assembly: "suspended" for seat in compact.suspended}


def _judged_by(desk: Desk, compact: Compact) -> str:
    """Say in a sentence by what a compact judges those who apply."""
    criteria = chamber.criteria_of(desk, compact)
    if criteria is None:
        return Filled(
            "Whoever applies is judged by the criteria {criteria}.",
            criteria=compact.criteria,
        )
    asked = {
        "more_than": criteria.more_than,
        "meetings": criteria.meetings,
        "visits": criteria.visits,
    }
    if criteria.measure == "median":
        return Filled(
            "Whoever applies is judged by this: more than {more_than} residents in the "
            "middle one of the last {meetings} meetings, and visits of {visits} "
            "members.",
            **asked,
        )
    return Filled(
        "Whoever applies is judged by this: more than {more_than} residents in each of "
        "the last {meetings} meetings, and visits of {visits} members.",
        **asked,
    )


def history(desk: Desk, digest: Digest) -> HistoryPage:
    """Show the versions of a compact and how each came about.

    Raises:
        Unknown: its first version is not known here.
    """
    compact = known(desk, digest)
    line_ = chamber.lineage(desk, compact.identity)
    if line_ is None:
        raise Unknown("The first version of this compact is not known here.")
    entries = chamber.proposals(desk)
    return HistoryPage(
        identity=compact.identity,
        purpose=naming.some_words(desk, line_.newest.purpose),
        versions=tuple(_versions(desk, line_)),
        proposed=tuple(
            ProposedView(
                digest=after.digest,
                by=line(desk, entry),
                differs=differences(desk, before, after),
            )
            for entry in reversed(entries)
            if isinstance(entry.fact, Proposal)
            and (before := chamber.compact_of(desk, entry.fact.compact)) is not None
            and before.identity == compact.identity
            and entry.fact.compact_next is not None
            and (after := chamber.compact_of(desk, entry.fact.compact_next)) is not None
            and not line_.holds(after.digest)
        ),
        parted=line_.parted,
    )


def _versions(desk: Desk, line_: Lineage) -> Iterator[VersionView]:
    entries = chamber.proposals(desk)
    every = list(zip(line_.versions, (None, *line_.changes), strict=True))
    for number in range(len(every), 0, -1):
        version, made = every[number - 1]
        change: Change | None = made
        lines = [
            line(desk, entry)
            for entry in reversed(entries)
            if getattr(entry.fact, "compact", None) == version.digest
        ]
        yield VersionView(
            number=number,
            digest=version.digest,
            since=None if change is None else change.at,
            by=None if change is None else line(desk, change.proposal),
            differs=()
            if number == 1
            else differences(desk, every[number - 2][0], version),
            open=tuple(each for each in lines if not each.settled),
            in_force=number == len(every),
        )


def routes(site: Site) -> list[Route]:
    async def history_page(request: Request) -> Response:
        digest = asking.digest(request)
        page = await site.node.look(lambda desk: history(desk, digest))
        return render(request, "compact_history.html", page=page)

    return [site.page("/compacts/{hex}/history", history_page)]
