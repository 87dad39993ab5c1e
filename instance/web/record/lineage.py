"""Who an assembly is: one fingerprint, whatever its address, its keys and its end.

What it was called, where it lived and with which key it signed are dated attributes.
Where it ended, its last decision names who goes on; both have to say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.errors import ProtocolError
from confederation import assembly as domain
from confederation import record
from confederation.confederal import succession
from confederation.confederal.compact import Seat
from confederation.confederal.history import Record
from confederation.deciding import ballot, motion
from confederation.errors import ByNumber, TooEarly, Unknown
from confederation.identifiers import AssemblyId, Digest, MemberId
from confederation.record import Address, Entry, Founding, KeyEvent, Succession
from instance import archive, chamber, clerk, node, vocabulary
from instance.confederal import confederating
from instance.desk import Desk
from instance.errors import Misused
from instance.store import compacts, events, records
from instance.upkeep import record_keys
from instance.web import asking, moments, naming, visits
from instance.web.asking import carry_out
from instance.web.confederal.joining import ADOPT, LONGEST_ADDRESS, seat_at
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Waiting
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other

ENDS: Final = {
    "split": N_("It splits: two or more go on"),
    "merge": N_("It merges into another assembly"),
    "dissolve": N_("It is dissolved: nobody goes on"),
    "succeed": N_("It takes up where another assembly ended"),
}
MOST_SUCCESSORS: Final = 20
OFFERED_OPEN: Final = timedelta(days=14)
MOST_CONSENT: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A record key, from which entry on it acts, and how it came to.

    ``decided`` is the proposal by which a compact gave it, if one did.
    """

    key: str
    after: int
    at: datetime
    how: str
    decided: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    address: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """An assembly before or after this one; ``agreed`` where both say so."""

    assembly: Named
    agreed: bool
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """How it ended: ``flaw`` says why the entry ends nothing, if it does not."""

    act: str
    at: datetime
    seq: int
    decision: str
    flaw: str | None
    successors: tuple[Relative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineagePage:
    """Who an assembly is and was, and what the clerk may do about it here."""

    assembly: Named
    founded: datetime
    addresses: tuple[AddressView, ...]
    keys: tuple[KeyView, ...]
    committed: bool
    ends: tuple[EndView, ...]
    predecessors: tuple[Relative, ...]
    may_replace: bool
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryPage:
    """An adopted motion, and what carries it out: an end, or another's new key.

    ``done`` is what it carried out, ``named_us`` are the ends that name us, and
    ``reading`` the assemblies whose records are asked for and not here yet.
    """

    motion: str
    title: str
    status: str
    qualified: bool
    waits: tuple[Waiting, ...]
    published: str | None
    done: str | None
    us: str
    our_record: str | None
    may: bool
    ends: dict[str, str]
    named_us: tuple[tuple[str, str], ...]
    reading: tuple[str, ...]
    compacts: tuple[tuple[str, Words], ...]
    methods: dict[str, str]
    closes: datetime


def view(desk: Desk, id: str, *, may_replace: bool) -> LineagePage:
    """Show who an assembly is, by its record as it is held here.

    Raises:
        Unknown: no such record is held here.
    """
    kept = chamber.record_of(desk, id)
    known = records.assembly(desk.connection, id)
    if kept is None or known is None:
        raise Unknown("No record of such an assembly is kept here.")
    first = kept.entries[0]
    return LineagePage(
        assembly=naming.assembly(desk, id),
        founded=first.published,
        addresses=_addresses(desk, kept, first),
        keys=tuple(_keys(kept)),
        committed=kept.keys_at(kept.size).committed is not None,
        ends=tuple(_ends(desk, kept)),
        predecessors=_predecessors(desk, kept),
        may_replace=may_replace and known.ours,
        lost=known.ours and not clerk.holds_key(desk),
    )


def _addresses(desk: Desk, kept: Record, first: Entry) -> tuple[AddressView, ...]:
    row = records.entry(desk.connection, first.digest)
    assert row is not None
    began = canonical.read(bytes(row["body"])).get("attributedTo")
    moved = [(entry.published, fact.address) for entry, fact in kept.facts(Address)]
    return tuple(
        AddressView(address=str(address), since=since)
        for since, address in [(first.published, began), *moved]
    )


def _keys(kept: Record) -> list[KeyView]:
    found = []
    for entry in kept.entries:
        fact = entry.fact
        if not isinstance(fact, Founding | KeyEvent):
            continue
        before, now = kept.key_at(entry.seq), kept.key_at(entry.seq + 1)
        if now is None or now == before:
            continue
        how = "founded" if isinstance(fact, Founding) else "followed"
        decided = fact.decided if isinstance(fact, KeyEvent) else None
        found.append(
            KeyView(
                key=now,
                after=entry.seq,
                at=entry.published,
                how=how if decided is None else "given",
                decided=decided,
            )
        )
    return found


def _ends(desk: Desk, kept: Record) -> list[EndView]:
    return [
        EndView(
            act=fact.act,
            at=entry.published,
            seq=entry.seq,
            decision=fact.decision,
            flaw=succession.flaw(entry, kept),
            successors=tuple(_successor(desk, entry, each) for each in fact.successors),
        )
        for entry, fact in kept.facts(Succession)
        if fact.act != "succeed"
    ]


def _successor(desk: Desk, entry: Entry, id: AssemblyId) -> Relative:
    theirs = chamber.record_of(desk, id)
    return Relative(
        assembly=naming.assembly(desk, id),
        agreed=theirs is not None and succession.accepted(entry, theirs),
        entry=entry.digest,
    )


def _predecessors(desk: Desk, kept: Record) -> tuple[Relative, ...]:
    every = {
        known.id: theirs
        for known in records.assemblies(desk.connection)
        if (theirs := chamber.record_of(desk, known.id)) is not None
    }
    return tuple(
        Relative(
            assembly=naming.assembly(desk, entry.assembly),
            agreed=succession.accepted(entry, kept),
            entry=entry.digest,
        )
        for entry in succession.predecessors(kept.assembly, every)
    )


def to_carry_out(desk: Desk, id: str, *, may: bool) -> CarryPage:
    """Show what an adopted motion can carry out for our assembly or for a fellow.

    Raises:
        Unknown: there is no such motion here.
    """
    moved: motion.State = node.load(desk, f"motion:{id}")
    assert moved.drafted is not None
    chosen = moved.put.ballot if moved.put else id
    method = _method(desk, moved)
    ours = records.ours(desk.connection)
    named = () if ours is None else _naming(desk, ours.id)
    ended = clerk.published(desk, "Succession", chosen)
    return CarryPage(
        motion=id,
        title=events.wording(desk.connection, moved.drafted.title) or "",
        status=moved.status,
        qualified=method is not None and succession.qualified(method),
        waits=balloting.waiting(desk, id, chosen),
        published=ended or clerk.published(desk, "Proposal", id),
        done=None if ended is None else _act(desk, ended),
        us=f"@{desk.config.slug}@{desk.config.host}",
        our_record=None if ours is None else ours.id,
        may=may,
        ends=ENDS,
        named_us=named,
        reading=tuple(
            naming.assembly(desk, known.id).name
            for known in records.assemblies(desk.connection)
            if not known.ours and known.heard_at is None
        ),
        compacts=tuple(
            (digest, _compact_in_words(desk, document))
            for digest, document in compacts.documents(desk.connection)
        ),
        methods=ADOPT,
        closes=desk.now + OFFERED_OPEN,
    )


def _act(desk: Desk, digest: Digest) -> str | None:
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    return fact.act if isinstance(fact, Succession) else None


def _method(desk: Desk, moved: motion.State) -> record.Method | None:
    """Return how a motion was decided, as our record says it; None before that."""
    if moved.put is None:
        return None
    digest = clerk.published(desk, "Decision", moved.put.ballot)
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    return fact.method if isinstance(fact, record.Decision) else None


def _naming(desk: Desk, ours: AssemblyId) -> tuple[tuple[str, str], ...]:
    kept = chamber.record_of(desk, ours)
    if kept is None:
        return ()
    return tuple(
        (each.entry, each.assembly.name)
        for each in _predecessors(desk, kept)
        if not each.agreed
    )


def settle(
    desk: Desk,
    id: str,
    *,
    act: str,
    successors: Sequence[Seat | AssemblyId],
    of: Digest | None,
    by: MemberId,
) -> None:
    """Carry out, by an adopted motion, that our assembly ends or takes up an end.

    Raises:
        TooEarly: the motion is not adopted, or its decision not in the record yet.
        Refused: the decision does not carry it.
    """
    moved: motion.State = node.load(desk, f"motion:{id}")
    ours, method = records.ours(desk.connection), _method(desk, moved)
    if moved.put is None or moved.status != "adopted":
        raise TooEarly("The assembly adopts the motion first.")
    if ours is None or method is None:
        raise TooEarly("Two tellers confirm the decision first.")
    ids: list[AssemblyId] = []
    for each in successors:
        if isinstance(each, Seat):
            records.keep_assembly(
                desk.connection, each.assembly, address=each.address, key=each.key
            )
        ids.append(each.assembly if isinstance(each, Seat) else each)
    decided = ballot.decided(balloting.the_ballot(desk, moved.put.ballot))
    command = domain.SettleSuccession(
        assembly=ours.id,
        act=act,  # type: ignore[arg-type]
        successors=tuple(ids),
        of=of,
        text=decided.text,
        method=method,
        decision=decided,
        by=by,
        at=desk.now,
    )
    carry_out(desk, "assembly:it", command)


def _compact_in_words(desk: Desk, document: JsonObject) -> Words:
    """Say which compact it is: by what it is for, else by who is in it."""
    compact = vocabulary.read_compact(document)
    members = naming.names(desk, (seat.assembly for seat in compact.members))
    return naming.some_words(desk, compact.purpose) or Words(text=", ".join(members))


def routes(site: Site) -> list[Route]:
    node_ = site.node

    async def page(request: Request) -> Response:
        id, member = asking.digest(request), visits.signed_in(request)
        may = member is not None and "clerk" in member.roles
        shown = await node_.look(lambda desk: view(desk, id, may_replace=may))
        return render(request, "lineage.html", page=shown)

    async def replace_key(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("sure")
        if not form.ticked("sure"):
            raise Misused("Please tick that you know that this cannot be undone.")
        await site.work(record_keys.replace)
        return see_other(request.url.path.removesuffix("/key"))

    async def carry_page(request: Request) -> Response:
        member, id = visits.the_member(request), request.path_params["id"]
        may = "clerk" in member.roles
        shown = await node_.look(lambda desk: to_carry_out(desk, id, may=may))
        return render(request, "lineage_carry.html", page=shown)

    async def end(request: Request, form: Form) -> Response:
        member = asking.an_officer(request, "clerk")
        form.only("act", "successors", "ourselves", "of", "sure")
        id = request.path_params["id"]
        act = form.choice("act", "What happens", among=ENDS)
        text = form.text("successors", N_("Who goes on"), least=0, most=20_000)
        of = form.one("of")
        if not form.ticked("sure"):
            raise Misused("Please tick that you know that this cannot be undone.")
        successors = await _successors(site, text)
        if form.ticked("ourselves"):
            ours = await node_.look(lambda desk: records.ours(desk.connection))
            if ours is not None:
                successors = [ours.id, *successors]
        await site.work(
            lambda desk: settle(
                desk,
                id,
                act=act,
                successors=successors,
                of=asking.the_digest(of, "Which end") if of else None,
                by=member.id,
            )
        )
        return see_other(f"/motions/{id}/carry-out")

    async def read(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("address")
        name = form.line("address", N_("Its name or address"), most=LONGEST_ADDRESS)
        seat = await seat_at(site, name)
        await site.work(
            lambda desk: records.keep_assembly(
                desk.connection, seat.assembly, address=seat.address, key=seat.key
            )
        )
        return see_other(f"/motions/{request.path_params['id']}/carry-out")

    async def give(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("consent", "compact", "method", "closes_at")
        id = request.path_params["id"]
        text = form.text("consent", "The new key's consent", most=MOST_CONSENT)
        compact = asking.the_digest(form.one("compact"), "Compact")
        method = record.Method(name=form.choice("method", "Adopted by", among=ADOPT))
        closing = moments.time(form, "closes_at", "Voting closes")
        if closing is None:
            raise Misused("“Voting closes” is empty. Please give a day and a time.")
        try:
            consent = canonical.read(text.strip().encode())
        except ProtocolError as error:
            raise Misused("This is not the consent of a new key.") from error

        def put(desk: Desk) -> Digest | None:
            moved: motion.State = node.load(desk, f"motion:{id}")
            confederating.propose(
                desk,
                moved,
                compact=compact,
                method=method,
                closes=closing,
                consent=consent,
            )
            clerk.publish_ready(desk)
            return clerk.published(desk, "Proposal", id)

        published = await site.work(put)
        if published is None:
            return see_other(f"/motions/{id}/carry-out")
        return see_other(f"/proposals/{in_hex(published)}")

    return [
        site.page("/record/{hex}/who", page),
        site.form("/record/{hex}/who/key", replace_key, again=page),
        site.page("/motions/{id}/carry-out", carry_page),
        site.form("/motions/{id}/succession", end, again=carry_page),
        site.form("/motions/{id}/ended", read, again=carry_page),
        site.form("/motions/{id}/new-key", give, again=carry_page),
    ]


async def _successors(site: Site, text: str) -> list[Seat | AssemblyId]:
    """Read who goes on, one a line: a fingerprint, or a name to be asked.

    Raises:
        Misused: a line is neither, or nobody answers there.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_SUCCESSORS:
        raise Misused(
            ByNumber(
                "At most {most} assembly goes on.",
                "At most {most} assemblies go on.",
            ),
            most=MOST_SUCCESSORS,
        )
    found: list[Seat | AssemblyId] = []
    for line in lines:
        named = asking.digest_from(line.removeprefix("sha256:"))
        found.append(await seat_at(site, line) if named is None else AssemblyId(named))
    return found
