"""Who applies to a compact sees all and has no vote; how we apply, and how we leave."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.confederal import compact as compacts
from confederation.confederal.compact import Compact, Seat
from confederation.deciding import ballot
from confederation.errors import Invalid
from confederation.identifiers import (
    ActorId,
    BallotId,
    Digest,
    MemberId,
)
from instance import chamber, node
from instance.desk import Desk
from instance.store import compacts as store
from instance.store import records
from instance.web import asking, naming, visits
from instance.web.asking import carry_out
from instance.web.confederal.compacts import not_held
from instance.web.confederal.joining import LONGEST_ADDRESS, seat_at
from instance.web.confederal.versions import known
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Decision
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member


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
    handle: str
    heard_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantsPage:
    """Who applies to a compact: they see everything and have no vote.

    While the record of a member is ``missing`` here, who applies is not known. Of those
    ``awaited`` somebody here asked for the record, and nothing of it has come.
    """

    digest: str
    purpose: Words | None
    missing: tuple[str, ...]
    awaited: tuple[str, ...]
    observers: tuple[Named, ...]
    knocks: tuple[Knock, ...]
    may_look: bool


def applicants(desk: Desk, compact: Compact) -> list[Seat]:
    """List the seats that those would have whose application stands in their record.

    In the order in which this node came to know them.
    """
    named = {seat.assembly for seat in compact.named}
    found = []
    for each in records.assemblies(desk.connection):
        kept = chamber.record_of(desk, each.id)
        if each.id in named or kept is None:
            continue
        if compacts.applied(compact.identity, kept) is not None:
            founding = kept.entries[0].fact
            key = getattr(founding, "key", each.key)
            found.append(Seat(assembly=each.id, address=ActorId(each.address), key=key))
    return found


def belong_page(desk: Desk, digest: Digest, *, applying: bool, may: bool) -> BelongPage:
    """Show by which decision our assembly applies to a compact, or leaves it.

    Raises:
        Unknown: it is not known here.
    """
    compact = known(desk, digest)
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
    compact = known(desk, digest)
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
    compact = known(desk, digest)
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
    compact = known(desk, digest)
    return ApplicantsPage(
        digest=digest,
        purpose=naming.some_words(desk, compact.purpose),
        missing=naming.names(desk, not_held(desk, compact)),
        awaited=tuple(_awaited(desk, compact)),
        observers=tuple(
            naming.assembly(desk, seat.assembly) for seat in applicants(desk, compact)
        ),
        knocks=tuple(
            Knock(
                address=row["address"],
                handle=naming.handle(row["address"]),
                heard_at=row["heard_at"],
            )
            for row in store.heard_applicants(desk.connection, compact.identity)
        ),
        may_look=may_look,
    )


def _awaited(desk: Desk, compact: Compact) -> Iterator[str]:
    """Name those that are in no seat, and of whose record nothing is here yet."""
    named = {seat.assembly for seat in compact.named}
    for each in records.assemblies(desk.connection):
        if each.id not in named and chamber.record_of(desk, each.id) is None:
            yield naming.assembly(desk, each.id).name


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say who applies to a compact of ours, for the clerk to read their records."""
    if "clerk" not in member.roles:
        return
    for compact in chamber.our_seats(desk):
        # One line, however many knock: whoever likes may say that they apply.
        for row in store.heard_applicants(desk.connection, compact.identity)[:1]:
            yield (
                N_("Read the record of an assembly that applies"),
                naming.handle(row["address"]),
                f"/compacts/{in_hex(compact.digest)}/applicants",
            )


def keep_applicant(desk: Desk, seat: Seat, *, heard_from: str) -> None:
    """Keep the record of an assembly that applies, from now on."""
    records.keep_assembly(
        desk.connection, seat.assembly, address=seat.address, key=seat.key
    )
    store.forget_applicant(desk.connection, heard_from)


def routes(site: Site) -> list[Route]:
    look = site.node.look

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
        address = form.line("address", N_("Its name or address"), most=LONGEST_ADDRESS)
        seat = await seat_at(site, address)
        await site.work(lambda desk: keep_applicant(desk, seat, heard_from=address))
        return see_other(f"/compacts/{in_hex(digest)}/applicants")

    return [
        *belonging("apply"),
        *belonging("leave"),
        site.page("/compacts/{hex}/applicants", who_applies),
        site.form("/compacts/{hex}/applicants", looked_up, again=who_applies),
    ]
