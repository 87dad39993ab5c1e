"""What an assembly adopted goes to all assemblies of a compact, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.confederal import choosing
from confederation.confederal import compact as compacts
from confederation.confederal.compact import Compact
from confederation.deciding import motion
from confederation.errors import Invalid, TooEarly, Unknown
from confederation.identifiers import Digest
from confederation.text import Text
from instance import archive, chamber, clerk, node
from instance.confederal import confederating
from instance.confederal.confederating import ALL_ALIKE, Level
from instance.desk import Desk
from instance.errors import Misused
from instance.store import compacts as known_compacts
from instance.store import records
from instance.web import asking, moments, naming, visits
from instance.web.confederal import bounds, placing, putting_again
from instance.web.confederal.joining import ADOPT
from instance.web.confederal.putting_again import Again
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Waiting
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other

CHOICES: Final = {
    "ranked-pairs": N_("ranked pairs: what beats every other, two by two"),
    "schulze": N_("the Schulze method: what no other beats by a stronger chain"),
    "instant-runoff": N_("instant run-off: the last drops out, round by round"),
    "stv": N_("transferable vote: several places are filled"),
}
"""The ways of choosing among several clauses of a text."""
METHODS: Final = {
    **ADOPT,
    "majority-of-members": N_("more than half of all members, counted as one body"),
    **CHOICES,
}
KINDS: Final = ("administrative", "policy")
LEAST_OPEN: Final = timedelta(seconds=5)
OFFERED_OPEN: Final = timedelta(days=14)
LEAST_OPTIONS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A compact or an issue that a proposal can name."""

    digest: str
    words: Words
    joined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposePage:
    """A motion that was adopted, and what it takes to put it before the others."""

    motion: str
    title: str
    clauses: tuple[str, ...]
    status: str
    published: str | None
    waits: tuple[Waiting, ...]
    compacts: tuple[Named, ...]
    issues: tuple[Named, ...]
    amendable: tuple[Named, ...]
    methods: dict[str, str]
    choices: dict[str, str]
    closes: datetime
    may_propose: bool
    assemblies: tuple[tuple[str, str], ...]
    above: tuple[tuple[str, Words], ...]
    wider: tuple[tuple[str, Words], ...]
    bearers: tuple[str, ...]
    themes: tuple[str, ...] = ()
    change: str | None = None
    again: Again | None = None


def view(desk: Desk, id: str, *, may_propose: bool) -> ProposePage:
    """Show the form for putting a motion before the assemblies of a compact.

    Raises:
        Unknown: there is no such motion here.
    """
    moved: motion.State = node.load(desk, f"motion:{id}")
    text = motion.text(moved)
    assert moved.drafted is not None
    here = node.assembly_here(desk)
    seats = {compact.digest for compact in chamber.our_seats(desk)}
    published = clerk.published(desk, "Proposal", id)
    change = _change(desk, id)
    under = _compacts(desk) if change is None else _before(desk, change)
    return ProposePage(
        motion=id,
        title=naming.said(desk, moved.drafted.title),
        clauses=tuple(naming.said(desk, each.text) for each in text.clauses)
        or (naming.said(desk, text.text),),
        status=moved.status,
        published=published,
        waits=balloting.waiting(desk, id, moved.put.ballot if moved.put else id),
        compacts=tuple(
            Named(
                digest=digest,
                words=naming.some_words(desk, compact.purpose) or Words(text=digest),
                joined=digest in here.compacts or digest in seats,
            )
            for digest, compact in under
        ),
        themes=tuple(
            dict.fromkeys(theme for _, compact in under for theme in compact.themes)
        ),
        change=None if change is None else change.digest,
        issues=tuple(
            Named(digest=row["digest"], words=naming.words(desk, fact.title))
            for row in reversed(records.of_type(desk.connection, "Issue"))
            if isinstance((fact := archive.read(desk, row).fact), record.Issue)
        ),
        amendable=tuple(
            Named(digest=entry.digest, words=naming.words(desk, entry.fact.title))
            for entry in reversed(chamber.proposals(desk))
            if isinstance(entry.fact, record.Proposal)
        ),
        methods={name: METHODS[name] for name in METHODS if name not in CHOICES},
        choices=CHOICES,
        closes=desk.now + OFFERED_OPEN,
        may_propose=may_propose,
        again=None
        if published is not None
        else putting_again.of_words(
            desk,
            naming.said(desk, moved.drafted.title),
            tuple(naming.said(desk, each.text) for each in text.clauses),
        ),
        assemblies=placing.assemblies(desk),
        above=placing.above(desk),
        wider=placing.wider(desk),
        bearers=placing.BEARERS,
    )


def propose(
    desk: Desk,
    id: str,
    *,
    compact: Digest,
    method: record.Method,
    closes: datetime,
    issue: Digest | None,
    amends: Digest | None = None,
    amounts: Mapping[int, Mapping[str, str]] = MappingProxyType({}),
    among: tuple[int, ...] = (),
    theme: str = "",
    ratify: bool = False,
    level: Level = ALL_ALIKE,
) -> str:
    """Put a motion before all assemblies of a compact; return the page to show next.

    Raises:
        Invalid: the method cannot be counted, it would close at once, or its words no
            longer name the version that it would change the compact to.
        Refused: the motion is not adopted, or not confirmed.
    """
    moved: motion.State = node.load(desk, f"motion:{id}")
    change = _change(desk, id)
    if change is not None:
        _check_change(desk, change, compact, motion.text(moved))
        if among:
            raise Invalid("A change of the compact is for or against.")
    _check_witnessed(desk, compact, method)
    if theme and theme not in _themes(desk, compact):
        raise Invalid("This compact has no such theme.")
    if closes < desk.now + LEAST_OPEN:
        raise Invalid(
            "“Voting closes” is past, or only moments away. All assemblies need time "
            "to decide and to send their delegates."
        )
    if issue is not None:
        row = records.entry(desk.connection, issue)
        if row is None or row["type"] != "Issue":
            raise Invalid("The issue that this is about is not known here.")
    confederating.propose(
        desk,
        moved,
        compact=compact,
        method=method,
        closes=closes,
        issue=issue,
        amends=None if amends is None else chamber.proposal(desk, amends),
        amounts=amounts,
        among=among,
        change=change,
        theme=theme,
        ratify=ratify,
        level=level,
    )
    clerk.publish_ready(desk)
    published = clerk.published(desk, "Proposal", id)
    if published is None:
        return f"/motions/{id}/propose"
    return f"/proposals/{in_hex(published)}"


def _check_witnessed(desk: Desk, digest: Digest, method: record.Method) -> None:
    """Refuse here what no other assembly would witness.

    Raises:
        Invalid: the method cannot be counted, or asks for less than the compact does.
        TooEarly: not every assembly has joined yet.
        Unknown: the compact is not known here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    least = record.Method(name=compact.rules.adopt)
    if not compacts.bar(method).at_least(compacts.bar(least)):
        raise Invalid(
            "The compact asks for {method} at the least.",
            method=METHODS.get(least.name, least.name),
        )
    held = {
        seat.assembly: kept
        for seat in compact.members
        if (kept := chamber.record_of(desk, seat.assembly)) is not None
    }
    awaited = compacts.awaited(compact, held)
    if awaited:
        names = [naming.assembly(desk, each).name for each in awaited]
        raise TooEarly(
            "The compact is not in force yet: no joining has arrived from {names}.",
            names=names,
        )


def _seats(form: Form) -> int | None:
    """Read how many places are filled; None where that is not what is asked."""
    if form.one("method") != "stv":
        return None
    return form.whole(
        "seats", N_("How many places"), least=1, most=choosing.MOST_OPTIONS
    )


def _among(form: Form) -> tuple[int, ...]:
    """Read which clauses are the options; none where assemblies say yes or no.

    Raises:
        Misused: there are too few to choose among, or one was not offered.
    """
    offered = [str(n) for n in range(1, choosing.MOST_OPTIONS + 1)]
    ticked = form.choices("among", "What is chosen among", among=offered)
    if form.one("method") not in CHOICES:
        return ()
    if len(ticked) < LEAST_OPTIONS:
        raise Misused(
            "“What is chosen among”: please tick two clauses or more. Keeping things "
            "as they are is always an option beside them."
        )
    return tuple(map(int, ticked))


def _compacts(desk: Desk) -> list[tuple[str, Compact]]:
    """Give each compact that is known here in its newest version."""
    lines = (
        chamber.lineage(desk, identity)
        for identity in known_compacts.identities(desk.connection)
    )
    return [(line.newest.digest, line.newest) for line in lines if line is not None]


def _themes(desk: Desk, digest: Digest) -> tuple[str, ...]:
    compact = chamber.compact_of(desk, digest)
    return () if compact is None else compact.themes


def _before(desk: Desk, change: Compact) -> list[tuple[str, Compact]]:
    before = chamber.compact_of(desk, change.previous or "")
    return [] if before is None else [(before.digest, before)]


def _change(desk: Desk, id: str) -> Compact | None:
    """Return the version that a motion would change its compact to, if it is on one."""
    version = known_compacts.change_of(desk.connection, id)
    return None if version is None else chamber.compact_of(desk, version)


def _check_change(desk: Desk, change: Compact, compact: Digest, text: Text) -> None:
    """Refuse a change that is put under another compact, or that says another version.

    Raises:
        Invalid: so it is.
        TooEarly: another version took the place of the one that it changes.
    """
    if change.previous != compact:
        raise Invalid("This motion changes another compact than the one that is named.")
    said = "\n".join(naming.said(desk, clause.text) for clause in text.clauses)
    if change.digest not in said:
        raise Invalid(
            "The words that were adopted no longer name the version that was written "
            "down with this motion. Please write the change down anew."
        )
    line = chamber.lineage(desk, change.identity)
    if line is None or line.newest.digest != compact:
        raise TooEarly(
            "Another version has taken the place of the one that this changes. Please "
            "write the change down anew."
        )


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, id = visits.the_member(request), request.path_params["id"]
        may = "clerk" in member.roles
        shown = await site.node.look(lambda desk: view(desk, id, may_propose=may))
        # What was ticked stays ticked when the page is shown again with a refusal.
        sent: Form | None = getattr(request.state, "sent", None)
        if sent is not None:
            return render(request, "propose.html", page=shown, ticked=sent.values)
        if shown.again is None:
            return render(request, "propose.html", page=shown, ticked={})
        again: Again = shown.again
        request.state.visit.entered = {**again.entered}
        ticked = {"among": again.among, "amounts": again.amounts}
        return render(request, "propose.html", page=shown, ticked=ticked)

    async def put(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        request.state.sent = form
        form.only(
            *("compact", "method", "threshold", "closes_at", "issue", "kind"),
            *("amends", "amounts", "among", "seats"),
            *("amends", "amounts", "theme"),
            *("why_wider", "concerns", "on", "bears_in", *placing.BEARERS),
        )
        id, named = request.path_params["id"], form.one("issue")
        compact = asking.the_digest(form.one("compact"), "Compact")
        issue = asking.the_digest(named, "Issue") if named else None
        theme = form.line("theme", "Theme", least=0, most=compacts.LONGEST_THEME)
        older, amounts = form.one("amends"), bounds.read_amounts(form)
        amends = asking.the_digest(older, "It amends") if older else None
        threshold = form.line(
            "threshold", N_("Share that must be for"), least=0, most=20
        )
        method = record.Method(
            name=form.choice("method", "Adopted by", among=METHODS),
            threshold=threshold or None,
            seats=_seats(form),
        )
        among = _among(form)
        kind = form.one("kind") or "administrative"
        if kind not in KINDS:
            raise Misused(
                "“What kind of decision it is”: this was not offered. Please choose "
                "again."
            )
        level = placing.read_level(form)
        closing = moments.time(form, "closes_at", "Voting closes")
        if closing is None:
            raise Misused("“Voting closes” is empty. Please give a day and a time.")
        path = await site.work(
            lambda desk: propose(
                desk,
                id,
                compact=compact,
                method=method,
                closes=closing,
                issue=issue,
                amends=amends,
                amounts=amounts,
                among=among,
                theme=theme,
                ratify=kind == "policy",
                level=level,
            )
        )
        return see_other(path)

    return [
        site.page("/motions/{id}/propose", page),
        site.form("/motions/{id}/propose", put, again=page),
    ]
