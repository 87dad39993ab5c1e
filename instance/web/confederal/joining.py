"""Assemblies join each other by a document that each of them decides on.

Other nodes are asked before anything is written, and never inside a transaction.
"""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical, discovery
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, ProtocolError
from confederation import assembly
from confederation.confederal.compact import (
    DAY,
    THRESHOLDS,
    Compact,
    Ratification,
    Rules,
    Seat,
)
from confederation.deciding import ballot
from confederation.errors import ByNumber, Invalid, Unknown
from confederation.identifiers import BallotId, Digest, MemberId
from instance import chamber, node
from instance.confederal import confederating
from instance.config import Config
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import finding
from instance.matters import drafting
from instance.web import asking, naming, visits
from instance.web.asking import carry_out
from instance.web.confederal import bearing
from instance.web.confederal.bearing import SeatOffer
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Decision
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.naming import Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other

MOST_OTHERS: Final = 149
LONGEST_ADDRESS: Final = 500
MOST_DAYS: Final = 3650
BINDS: Final = {
    "ratifying": N_("those assemblies that ratified it"),
    "all": N_("all assemblies, those too that did not ratify it"),
}
LONGEST_PURPOSE: Final = 2000
ADOPT: Final = {
    "majority-of-assemblies": N_("more than half of the assemblies that vote"),
    "two-thirds-of-assemblies": N_("two thirds of the assemblies that vote"),
    "double-majority": N_("more than half of the assemblies, and of their members"),
    "weighted-majority": N_("more than half of the weight of the assemblies that vote"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RatifyingRules:
    """How outcomes are ratified, as forms show it; ``offered`` are whom it may bind."""

    share: str
    days: int
    binds: str
    offered: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """The forms by which a compact is drafted here, or learnt from elsewhere."""

    may_draft: bool
    our_name: str
    adopt: dict[str, str]
    addresses: str
    ratifying: RatifyingRules
    offers: tuple[SeatOffer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage:
    """A compact, and the decisions of ours that were taken on it."""

    digest: str
    purpose: Words | None
    members: tuple[str, ...]
    joined: bool
    waits: bool
    may_join: bool
    ballots: tuple[Decision, ...]


def rules_of(form: Form, config: Config) -> Rules:
    """Read a compact's rules from a form; spans shrink in dev mode, as all do.

    Raises:
        Misused: a share or a method cannot be.
    """
    threshold = form.line("threshold", N_(N_("How many must agree")), least=0, most=20)
    quorum = form.line("quorum", N_("Quorum"), least=0, most=20) or "1/2"
    adopt = form.one("adopt") or "majority-of-assemblies"
    if threshold and threshold not in THRESHOLDS:
        _share(threshold, N_("How many must agree"))
    _share(quorum, N_("Quorum"))
    if adopt not in ADOPT:
        raise Misused("“Adopted by”: this was not offered. Please choose again.")
    return Rules(
        threshold=threshold or None,
        quorum=quorum,
        adopt=adopt,
        closing_limit=max(1, 7 * DAY // config.shrink),
        ratification=_ratification(form, config),
    )


def ratifying(given: Ratification, config: Config) -> RatifyingRules:
    """Show how outcomes are ratified, in days even where spans shrink."""
    return RatifyingRules(
        share=given.enough,
        days=max(1, given.window * config.shrink // DAY),
        binds=given.binds,
        offered=BINDS,
    )


def _ratification(form: Form, config: Config) -> Ratification:
    share = form.line("ratify_share", "How many must ratify", least=0, most=20)
    if share:
        _share(share, "How many must ratify")
    binds = form.one("ratify_binds") or "ratifying"
    if binds not in BINDS:
        raise Misused("“Whom it binds”: this was not offered. Please choose again.")
    days = 30
    if form.one("ratify_days").strip():
        days = form.whole("ratify_days", N_("Days to ratify"), least=1, most=MOST_DAYS)
    return Ratification(
        window=max(1, days * DAY // config.shrink),
        enough=share or "2/3",
        binds=binds,  # type: ignore[arg-type]
    )


def addresses_of(form: Form, config: Config) -> tuple[str, ...]:
    """Read the addresses of the other assemblies, one a line.

    Raises:
        Misused: there are none, too many, or one twice.
    """
    text = form.text("addresses", "The other assemblies", most=64 * 1024)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(set(lines)) < len(lines):
        raise Misused("An address stands there twice. Each assembly is named once.")
    if not {config.group, f"@{config.slug}@{config.host}"}.isdisjoint(lines):
        raise Misused("Our own assembly is in it anyway: name only the others.")
    if len(lines) > MOST_OTHERS:
        raise Misused(
            ByNumber(
                "A compact has at most {most} assembly.",
                "A compact has at most {most} assemblies.",
            ),
            most=MOST_OTHERS + 1,
        )
    return tuple(lines)


def join(desk: Desk, digest: Digest, ballot_id: BallotId, *, by: MemberId) -> None:
    """Join a compact by the ballot that decided so.

    Raises:
        Unknown: no such compact is known here.
        Refused: no such decision was taken, or it is not confirmed yet.
    """
    if chamber.compact_of(desk, digest) is None:
        raise Unknown("No such compact is known here.")
    closed = balloting.the_ballot(desk, ballot_id)
    command = assembly.JoinCompact(
        compact=digest, decision=ballot.decided(closed), by=by, at=desk.now
    )
    carry_out(desk, "assembly:it", command)


def view(desk: Desk, digest: Digest, *, may_join: bool) -> JoinPage:
    """Show the form for joining a compact.

    Raises:
        Unknown: it is not known here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    here = node.assembly_here(desk)
    return JoinPage(
        digest=digest,
        purpose=naming.some_words(desk, compact.purpose),
        members=tuple(each.name for each in naming.seats(desk, compact)),
        joined=digest in here.compacts,
        waits=bool(balloting.waiting(desk, f"join {digest}")),
        may_join=may_join,
        ballots=balloting.decided(desk, subject=digest),
    )


def routes(site: Site) -> list[Route]:
    node_, config = site.node, site.node.config

    async def draft_page(request: Request) -> Response:
        member = visits.signed_in(request)
        issue = asking.digest_from(request.query_params.get("issue", ""))
        addresses: tuple[str, ...] = ()
        if issue is not None:
            addresses = await site.node.look(
                lambda desk: drafting.addresses(desk, issue)
            )
        offers = await site.node.look(bearing.offers)
        page = DraftPage(
            offers=offers,
            may_draft=member is not None and "clerk" in member.roles,
            our_name=f"@{config.slug}@{config.host}",
            adopt=ADOPT,
            addresses="\n".join(addresses),
            ratifying=RatifyingRules(
                share="2/3", days=30, binds="ratifying", offered=BINDS
            ),
        )
        sent: Form | None = getattr(request.state, "sent", None)
        ticked = {} if sent is None else sent.values
        return render(request, "compact_draft.html", page=page, ticked=ticked)

    async def draft(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        request.state.sent = form
        form.only(
            *("addresses", "purpose", "threshold", "quorum", "adopt"),
            *("ratify_share", "ratify_days", "ratify_binds", "bears", "lang"),
        )
        lang = translations.read_language(form)
        borne = bearing.ticked(form)
        addresses = addresses_of(form, config)
        purpose = form.text("purpose", "What it is for", most=LONGEST_PURPOSE)
        rules = rules_of(form, config)
        others = await asyncio.gather(*(seat_at(site, each) for each in addresses))

        def keep(desk: Desk) -> Compact:
            return confederating.draft_compact(
                desk,
                others,
                purpose=purpose,
                rules=rules,
                named=bearing.chosen(desk, borne),
                lang=lang,
            )

        compact = await site.work(keep)
        return see_other(f"/compacts/{in_hex(compact.digest)}")

    async def learn(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("address")
        address = form.line("address", "Address of the compact", most=LONGEST_ADDRESS)
        document, texts, criteria = await _compact_at(site, address)
        compact = await site.work(
            lambda desk: confederating.keep_compact(
                desk, document, texts=texts, criteria=criteria
            )
        )
        return see_other(f"/compacts/{in_hex(compact.digest)}")

    async def join_page(request: Request) -> Response:
        digest, member = asking.digest(request), visits.signed_in(request)
        may_join = member is not None and "clerk" in member.roles
        page = await node_.look(lambda desk: view(desk, digest, may_join=may_join))
        return render(request, "compact_join.html", page=page)

    async def joined(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only("ballot")
        id = BallotId(form.line("ballot", "The ballot that decided", most=100))
        await site.work(lambda desk: join(desk, digest, id, by=member.id))
        return see_other(f"/compacts/{in_hex(digest)}")

    return [
        site.page("/compacts/new", draft_page),
        site.form("/compacts", draft, again=draft_page),
        site.form("/compacts/learn", learn, again=draft_page),
        site.page("/compacts/{hex}/join", join_page),
        site.form("/compacts/{hex}/join", joined, again=join_page),
    ]


async def seat_at(site: Site, name: str) -> Seat:
    """Ask the node of an assembly for the seat that it would have.

    Args:
        site: ours.
        name: what its front page shows, such as ``@brook@example.org``, or its address.

    Raises:
        Misused: it is neither, nobody answers there, or no assembly lives there.
    """
    try:
        discovery.resource(name)
    except Malformed as error:
        raise Misused(
            "“{line}” is not the name or the address of an assembly. Its name stands "
            "on its front page, and looks like @brook@example.org.",
            line=name[:80],
        ) from error
    try:
        document = await finding.assembly(site.node, site.client, name)
        return confederating.seat_of(document)
    except ProtocolError as error:
        raise Misused(
            "{address} could not be asked: {error}", address=name, error=error
        ) from error
    except Invalid as error:
        raise Misused("{address}: {error}", address=name, error=error) from error


async def _compact_at(
    site: Site, address: str
) -> tuple[JsonObject, list[JsonObject], JsonValue]:
    """Ask another node for a compact, and for what it names by digest."""
    try:
        answer = await site.client.fetch_json(address, accept="application/json")
    except ProtocolError as error:
        raise Misused(
            "{address} could not be asked: {error}", address=address, error=error
        ) from error
    match answer:
        case {"compact": dict(document), "texts": list(texts)}:
            named = asking.digest_from(address.rstrip("/").rpartition("/")[2])
            if named not in (None, canonical.digest(document)):
                raise Misused(
                    "The compact at {address} is another than its address names.",
                    address=address,
                )
            return (
                document,
                [text for text in texts if isinstance(text, dict)],
                answer.get("criteria"),
            )
        case _:
            raise Misused("At {address} lies no compact.", address=address)


def _share(text: str, label: str) -> None:
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise Misused(
            "“{label}” is a share such as 2/3, not {text!r}.", label=label, text=text
        ) from None
    if not 0 <= share <= 1:
        raise Misused(
            "“{label}” is a share between none and all, such as 2/3.", label=label
        )
