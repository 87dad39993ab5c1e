"""A compact changes by a text that is decided on, and its pages say what would change.

Whoever writes the change down decides nothing: it becomes a motion like any other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.errors import ProtocolError
from confederation import assembly
from confederation.confederal import compact as compacts
from confederation.confederal import succession
from confederation.confederal.compact import Compact, Seat
from confederation.confederal.evidence import DEFAULT, Criteria
from confederation.confederal.legitimacy import Measure
from confederation.confederal.versions import Change, Lineage
from confederation.deciding import ballot, motion
from confederation.errors import Filled, Invalid, Series, TooEarly, Unknown
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    Digest,
    MemberId,
    MotionId,
)
from confederation.record import Proposal, Succession
from instance import chamber, node, speech, vocabulary
from instance.confederal import confederating
from instance.desk import Desk
from instance.errors import Misused
from instance.store import compacts as changing
from instance.store import events, records
from instance.web import asking, naming, visits
from instance.web.asking import carry_out
from instance.web.confederal import bearing, joining, weighing
from instance.web.confederal.bearing import SeatOffer
from instance.web.confederal.compacts import rules
from instance.web.confederal.joining import ADOPT, LONGEST_ADDRESS, LONGEST_PURPOSE
from instance.web.confederal.proposals import Line, line
from instance.web.deciding import balloting, motions
from instance.web.deciding.balloting import Decision
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.record import claim
from instance.web.record.claim import MEASURES
from instance.web.rendering import render
from instance.web.site import Site, see_other

MOST_IN_WHY: Final = 2000
MOST_VISITS: Final = 100
MOST_IN_THEMES: Final = 6000
TITLE: Final = "What we agreed on with the other assemblies changes"
PLACES: Final = {
    "member": N_("has a seat"),
    "suspended": N_("is suspended"),
    "out": N_("is not in it"),
    "again": N_("has ended, and one part of it is let in again"),
}
Place = Literal["member", "suspended", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSeat:
    """An assembly that belongs to a compact, or applies to it, and its place there.

    ``ended`` says that it split, merged or was dissolved, and was not let in since.
    """

    assembly: Named
    place: Place
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """The form by which a change of a compact is written down."""

    digest: str
    identity: str
    purpose: Words | None
    threshold: str
    quorum: str
    adopt: str
    methods: dict[str, str]
    themes: str
    ratifying: joining.RatifyingRules
    weighing: weighing.WeighingRules
    seats: tuple[NamedSeat, ...]
    offers: tuple[SeatOffer, ...]
    places: dict[str, str]
    may_change: bool
    newest: str
    criteria: Criteria
    measures: Mapping[Measure, str]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BelongPage:
    """A compact, and the decisions by which our assembly can apply to it or leave."""

    digest: str
    purpose: Words | None
    members: tuple[str, ...]
    belongs: bool
    waits: bool
    may: bool
    ballots: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Somebody who says that they apply, and whom nobody here has looked up."""

    address: str
    heard_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantsPage:
    """Who applies to a compact: they see everything and have no vote."""

    digest: str
    purpose: Words | None
    observers: tuple[Named, ...]
    knocks: tuple[Knock, ...]
    may_look: bool


def applicants(desk: Desk, compact: Compact) -> list[Seat]:
    """List the seats that those would have whose application stands in their record.

    In the order in which this node came to know them.
    """
    named = {seat.assembly for seat in compact.named}
    found = []
    for known in records.assemblies(desk.connection):
        kept = chamber.record_of(desk, known.id)
        if known.id in named or kept is None:
            continue
        if compacts.applied(compact.identity, kept) is not None:
            founding = kept.entries[0].fact
            key = getattr(founding, "key", known.key)
            found.append(
                Seat(assembly=known.id, address=ActorId(known.address), key=key)
            )
    return found


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


def change_page(desk: Desk, digest: Digest, *, may_change: bool) -> ChangePage:
    """Show the form by which a change of a compact is written down.

    Raises:
        Unknown: it is not known here.
    """
    compact = _known(desk, digest)
    seats = [
        NamedSeat(
            assembly=naming.assembly(desk, seat.assembly),
            place="member" if seat in compact.members else "suspended",
            ended=_ended(desk, seat) is not None,
        )
        for seat in compact.named
    ]
    seats += [
        NamedSeat(assembly=naming.assembly(desk, seat.assembly), place="out")
        for seat in applicants(desk, compact)
    ]
    line = chamber.lineage(desk, compact.identity)
    return ChangePage(
        digest=digest,
        identity=compact.identity,
        purpose=naming.some_words(desk, compact.purpose),
        threshold=compact.rules.threshold or "",
        quorum=compact.rules.quorum,
        adopt=compact.rules.adopt,
        methods=ADOPT,
        themes="\n".join(compact.themes),
        ratifying=joining.ratifying(compact.rules.ratification, desk.config),
        weighing=weighing.view(compact.rules.weighing),
        seats=tuple(seats),
        offers=bearing.offers(desk, wider=compact.identity),
        places=PLACES,
        may_change=may_change,
        newest=digest if line is None else line.newest.digest,
        criteria=chamber.criteria_of(desk, compact) or DEFAULT,
        measures=MEASURES,
    )


def write_down(
    desk: Desk, digest: Digest, form: Form, *, title: str, why: str, by: MemberId
) -> MotionId:
    """Prepare a version and put the change as a motion to our assembly.

    Raises:
        Invalid: nothing would change, or no confederation could live by it.
        TooEarly: it is not in force, or another version took its place.
        Unknown: it is not known here.
    """
    before = _known(desk, digest)
    line = chamber.lineage(desk, before.identity)
    if line is None or line.newest.digest != digest:
        raise TooEarly(
            "Only the version in force can be changed, and this is not the one. Please "
            "begin with the newest version."
        )
    after = _asked(desk, before, form)
    sentences = differences(desk, before, after)
    if not sentences:
        raise Invalid("Nothing would change. Please change something first.")
    document = vocabulary.compact_document(after)
    kept = confederating.keep_compact(desk, document, texts=[])
    clauses = [
        *sentences,
        *([f"The reason: {why}"] if why else []),
        f"The compact with these changes has the fingerprint {kept.digest}.",
    ]
    id = MotionId(desk.new_id())
    drafted = motion.DraftMotion(
        motion=id,
        title=events.keep_wording(desk.connection, title or TITLE),
        text=motions.keep_text(desk, tuple(clauses)),
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"motion:{id}", drafted)
    changing.keep_change(desk.connection, id, version=kept.digest)
    return id


def _asked(desk: Desk, before: Compact, form: Form) -> Compact:
    """Read the version that a form asks for."""
    seats = (*before.named, *applicants(desk, before))
    members, suspended = [], []
    for number, seat in enumerate(seats):
        place = form.one(f"seat_{number}")
        if place not in PLACES:
            raise Misused(
                "Please say of {name} whether it has a seat. Somebody may have "
                "applied meanwhile.",
                name=naming.assembly(desk, seat.assembly).name,
            )
        ended = _ended(desk, seat)
        if place == "again":
            if ended is None:
                raise Invalid("Only an assembly that has ended is let in again.")
            members.append(replace(seat, readmitted=ended))
        elif place == "member" and ended is not None:
            name = naming.assembly(desk, seat.assembly).name
            raise Invalid(
                "{name} has ended. Take its seat away, or let it in again as it "
                "is now: nobody witnesses a version that keeps the seat as it "
                "was.",
                name=name,
            )
        elif place == "member":
            members.append(seat)
        elif place == "suspended":
            if seat not in before.named:
                raise Invalid("Who is not in the compact cannot be suspended from it.")
            suspended.append(seat)
    purpose = form.text("purpose", "What it is for", most=LONGEST_PURPOSE)
    criteria = _criteria(desk, before, form)
    old = naming.some_words(desk, before.purpose)
    asked = joining.rules_of(form, desk.config)
    weighs = weighing.asked(form, before.rules.weighing)
    themes = form.text("themes", "Themes", least=0, most=MOST_IN_THEMES)
    return replace(
        before,
        digest=confederating.UNKNOWN_DIGEST,
        first=before.identity,
        previous=before.digest,
        members=confederating.bear(
            weighing.weighed(desk, before, members, weighs),
            bearing.chosen(desk, bearing.ticked(form)),
        ),
        suspended=tuple(replace(seat, weight=1) for seat in suspended),
        rules=replace(
            before.rules,
            threshold=asked.threshold,
            quorum=asked.quorum,
            adopt=asked.adopt,
            weighing=weighs,
            ratification=asked.ratification
            if "ratify_days" in form.values
            else before.rules.ratification,
        ),
        purpose=before.purpose
        if old is not None and old.text == purpose
        else events.keep_wording(
            desk.connection,
            purpose,
            lang="en" if old is None else old.lang,
            public=True,
        ),
        criteria=criteria,
        themes=tuple(dict.fromkeys(each.strip() for each in themes.split() if each)),
    )


def _ended(desk: Desk, seat: Seat) -> Digest | None:
    """Return the entry by which a member ended since it was let in, if it did."""
    kept = chamber.record_of(desk, seat.assembly)
    if kept is None:
        return None
    last = None
    for entry, _ in kept.facts(Succession):
        if succession.flaw(entry, kept) is None:
            last = entry.digest
    return None if last == seat.readmitted else last


def _criteria(desk: Desk, before: Compact, form: Form) -> Digest | None:
    """Read the criteria that a form asks for, keep them, and give their digest.

    None for the usual ones, so that a compact which never named any still names none.
    """
    old = chamber.criteria_of(desk, before)
    if old is None:
        return before.criteria
    most = claim.MOST_PEOPLE
    asked = replace(
        old,
        more_than=form.whole("more_than", N_("More than"), most=most),
        meetings=form.whole("meetings", "Meetings", least=1, most=claim.MOST_MEETINGS),
        measure=form.choice("measure", N_("Regularly"), among=MEASURES),  # type: ignore[arg-type]
        visits=form.whole("visits", N_("How many visit"), most=MOST_VISITS),
    )
    if asked == old:
        return before.criteria
    document = vocabulary.criteria_document(asked)
    digest = Digest(canonical.digest(document))
    if asked == DEFAULT:
        return None
    changing.keep_criteria(desk.connection, digest, body=canonical.canonical(document))
    return digest


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
    compact = _known(desk, digest)
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


def belong_page(desk: Desk, digest: Digest, *, applying: bool, may: bool) -> BelongPage:
    """Show by which decision our assembly applies to a compact, or leaves it.

    Raises:
        Unknown: it is not known here.
    """
    compact = _known(desk, digest)
    here = node.assembly_here(desk)
    identity = Digest(compact.identity)
    act = "apply" if applying else "leave"
    waits = balloting.waiting(desk, f"{act} {identity} ")
    return BelongPage(
        digest=digest,
        purpose=naming.some_words(desk, compact.purpose),
        members=tuple(each.name for each in naming.seats(desk, compact)),
        belongs=identity in (*here.compacts, *here.applications),
        waits=bool(waits),
        may=may,
        ballots=balloting.decided(desk, subject=digest),
    )


def apply(desk: Desk, digest: Digest, ballot_id: BallotId, *, by: MemberId) -> None:
    """Apply to a compact by the ballot that decided so.

    Raises:
        Invalid: our assembly is named in it.
        Refused: no such decision was taken, or it is not confirmed yet.
    """
    compact = _known(desk, digest)
    ours = records.ours(desk.connection)
    if ours is not None and any(s.assembly == ours.id for s in compact.named):
        raise Invalid("Our assembly is named in this compact: it joins, or leaves.")
    command = assembly.ApplyToCompact(
        compact=Digest(compact.identity),
        version=digest,
        decision=ballot.decided(balloting.the_ballot(desk, ballot_id)),
        by=by,
        at=desk.now,
    )
    carry_out(desk, "assembly:it", command)


def leave(desk: Desk, digest: Digest, ballot_id: BallotId, *, by: MemberId) -> None:
    """Leave a compact, or take back our application, by the ballot that decided so.

    Raises:
        Refused: no such decision was taken, or it is not confirmed yet.
    """
    compact = _known(desk, digest)
    command = assembly.LeaveCompact(
        compact=Digest(compact.identity),
        version=digest,
        decision=ballot.decided(balloting.the_ballot(desk, ballot_id)),
        by=by,
        at=desk.now,
    )
    carry_out(desk, "assembly:it", command)


def applicants_page(desk: Desk, digest: Digest, *, may_look: bool) -> ApplicantsPage:
    """Show who applies to a compact.

    Raises:
        Unknown: it is not known here.
    """
    compact = _known(desk, digest)
    return ApplicantsPage(
        digest=digest,
        purpose=naming.some_words(desk, compact.purpose),
        observers=tuple(
            naming.assembly(desk, seat.assembly) for seat in applicants(desk, compact)
        ),
        knocks=tuple(
            Knock(address=row["address"], heard_at=row["heard_at"])
            for row in changing.heard_applicants(desk.connection, compact.identity)
        ),
        may_look=may_look,
    )


def keep_applicant(desk: Desk, seat: Seat, *, heard_from: str) -> None:
    """Keep the record of an assembly that applies, from now on."""
    records.keep_assembly(
        desk.connection, seat.assembly, address=seat.address, key=seat.key
    )
    changing.forget_applicant(desk.connection, heard_from)


def _known(desk: Desk, digest: Digest) -> Compact:
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    return compact


def routes(site: Site) -> list[Route]:
    look = site.node.look

    async def changing_page(request: Request) -> Response:
        digest, member = asking.digest(request), visits.signed_in(request)
        page = await look(
            lambda desk: change_page(desk, digest, may_change=member is not None)
        )
        # What was ticked stays ticked when the page is shown again with a refusal.
        sent: Form | None = getattr(request.state, "sent", None)
        ticked = {} if sent is None else sent.values
        return render(request, "compact_change.html", page=page, ticked=ticked)

    async def changed(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        request.state.sent = form
        seats = sorted(each for each in form.values if each.startswith("seat_"))
        form.only(
            *("title", "why", "purpose", "threshold", "quorum", "adopt", "themes"),
            *("ratify_share", "ratify_days", "ratify_binds"),
            *("weigh", "weigh_two", "weigh_three"),
            *("more_than", "meetings", "measure", "visits", "bears"),
            *seats[: joining.MOST_OTHERS + changing.MOST_APPLICANTS],
        )
        title = form.line("title", "Title", least=0, most=motions.MOST_IN_TITLE)
        why = form.line("why", "Why", least=0, most=MOST_IN_WHY)
        id = await site.work(
            lambda desk: write_down(
                desk, digest, form, title=title, why=why, by=member.id
            )
        )
        return see_other(f"/motions/{id}")

    async def history_page(request: Request) -> Response:
        digest = asking.digest(request)
        page = await look(lambda desk: history(desk, digest))
        return render(request, "compact_history.html", page=page)

    def belonging(act: str) -> tuple[Route, Route]:
        """Make the page and the form of applying, or of leaving."""
        applying = act == "apply"

        async def page(request: Request) -> Response:
            digest, member = asking.digest(request), visits.signed_in(request)
            may = member is not None and "clerk" in member.roles
            shown = await look(
                lambda desk: belong_page(desk, digest, applying=applying, may=may)
            )
            return render(request, f"compact_{act}.html", page=shown)

        async def done(request: Request, form: Form) -> Response:
            member, digest = visits.the_member(request), asking.digest(request)
            form.only("ballot")
            id = BallotId(form.line("ballot", "The ballot that decided", most=100))
            carry = apply if applying else leave
            await site.work(lambda desk: carry(desk, digest, id, by=member.id))
            return see_other(f"/compacts/{in_hex(digest)}/{act}")

        path = f"/compacts/{{hex}}/{act}"
        return site.page(path, page), site.form(path, done, again=page)

    async def who_applies(request: Request) -> Response:
        digest, member = asking.digest(request), visits.signed_in(request)
        may = member is not None and "clerk" in member.roles
        page = await look(lambda desk: applicants_page(desk, digest, may_look=may))
        return render(request, "compact_applicants.html", page=page)

    async def looked_up(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        digest = asking.digest(request)
        form.only("address")
        address = form.line("address", "Its address", most=LONGEST_ADDRESS)
        signer = await look(speech.node_signer)
        try:
            document = await site.client.fetch_document(address, signer=signer)
            seat = confederating.seat_of(document)
        except ProtocolError as error:
            raise Misused(
                "{address} could not be asked: {error}", address=address, error=error
            ) from error
        except Invalid as error:
            raise Misused("{address}: {error}", address=address, error=error) from error
        await site.work(lambda desk: keep_applicant(desk, seat, heard_from=address))
        return see_other(f"/compacts/{in_hex(digest)}/applicants")

    return [
        site.page("/compacts/{hex}/change", changing_page),
        site.form("/compacts/{hex}/change", changed, again=changing_page),
        site.page("/compacts/{hex}/history", history_page),
        *belonging("apply"),
        *belonging("leave"),
        site.page("/compacts/{hex}/applicants", who_applies),
        site.form("/compacts/{hex}/applicants", looked_up, again=who_applies),
    ]
