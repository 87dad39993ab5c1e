"""A compact changes by a text that is decided on, and its pages say what would change.

Whoever writes the change down decides nothing: it becomes a motion like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.confederal import succession
from confederation.confederal.compact import Compact, Seat
from confederation.confederal.evidence import DEFAULT, Criteria
from confederation.confederal.legitimacy import Measure
from confederation.deciding import motion
from confederation.errors import Invalid, TooEarly
from confederation.identifiers import (
    Digest,
    MemberId,
    MotionId,
)
from confederation.record import Succession
from instance import chamber, node, vocabulary
from instance.confederal import confederating
from instance.desk import Desk
from instance.errors import Misused
from instance.store import compacts as store
from instance.store import events
from instance.web import asking, naming, visits
from instance.web.confederal import bearing, joining, weighing
from instance.web.confederal.applying import applicants
from instance.web.confederal.bearing import SeatOffer
from instance.web.confederal.joining import ADOPT, LONGEST_PURPOSE
from instance.web.confederal.versions import Place, differences, known
from instance.web.deciding import motions
from instance.web.forms import Form
from instance.web.languages import N_, phrased, translated
from instance.web.naming import Named, Words
from instance.web.record import claim
from instance.web.record.claim import MEASURES
from instance.web.rendering import render
from instance.web.site import Site, see_other

MOST_IN_WHY: Final = 2000
MOST_VISITS: Final = 100
MOST_IN_THEMES: Final = 6000
TITLE: Final = N_("What we agreed on with the other assemblies changes")
PLACES: Final = {
    "member": N_("has a seat"),
    "suspended": N_("is suspended"),
    "out": N_("is not in it"),
    "again": N_("has ended, and one part of it is let in again"),
}


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


def change_page(desk: Desk, digest: Digest, *, may_change: bool) -> ChangePage:
    """Show the form by which a change of a compact is written down.

    Raises:
        Unknown: it is not known here.
    """
    compact = known(desk, digest)
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
    before = known(desk, digest)
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
        *map(translated, sentences),
        *([phrased("The reason: {why}", why=why)] if why else []),
        phrased(
            "The compact with these changes has the fingerprint {digest}.",
            digest=kept.digest,
        ),
    ]
    id = MotionId(desk.new_id())
    drafted = motion.DraftMotion(
        motion=id,
        title=events.keep_wording(desk.connection, title or phrased(TITLE)),
        text=motions.keep_text(desk, tuple(clauses)),
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"motion:{id}", drafted)
    store.keep_change(desk.connection, id, version=kept.digest)
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
            lang=None if old is None else old.lang,
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
    store.keep_criteria(desk.connection, digest, body=canonical.canonical(document))
    return digest


def routes(site: Site) -> list[Route]:
    async def changing_page(request: Request) -> Response:
        digest, member = asking.digest(request), visits.signed_in(request)
        page = await site.node.look(
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
            *seats[: joining.MOST_OTHERS + store.MOST_APPLICANTS],
        )
        title = form.line("title", "Title", least=0, most=motions.MOST_IN_TITLE)
        why = form.line("why", "Why", least=0, most=MOST_IN_WHY)
        id = await site.work(
            lambda desk: write_down(
                desk, digest, form, title=title, why=why, by=member.id
            )
        )
        return see_other(f"/motions/{id}")

    return [
        site.page("/compacts/{hex}/change", changing_page),
        site.form("/compacts/{hex}/change", changed, again=changing_page),
    ]
