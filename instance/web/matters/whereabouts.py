"""Where the assembly is and how far that goes, and which others say the same place."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.matters import place
from confederation.matters.place import MOST_PARTS, Bounds, Centre
from instance import node, speech
from instance.desk import Desk
from instance.errors import Misused
from instance.matters import places
from instance.matters.places import MOST_IN_NAME, STREAM
from instance.store import events, records
from instance.web import naming
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST_IN_LIST: Final = 20_000
_DEGREES: Final = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another assembly whose own words name the same place, or parts of it."""

    assembly: Named
    place: str
    same_name: bool
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePage:
    """``name`` is empty while nobody has said where the assembly is."""

    name: str
    parts: tuple[str, ...]
    latitude: str
    longitude: str
    neighbours: tuple[Neighbour, ...]
    may_say: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        return render(request, "place.html", page=shown)

    async def said(request: Request, form: Form) -> Response:
        form.only("name", "parts", "latitude", "longitude")
        member = the_member(request)
        await site.work(lambda desk: _say(desk, form, member))
        return see_other("/place")

    async def taken_back(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        await site.work(lambda desk: _take_back(desk, member))
        return see_other("/place")

    return [
        site.page("/place", page),
        site.form("/place", said, again=page),
        site.form("/place/take-back", taken_back, again=page),
    ]


def our_place(desk: Desk) -> str:
    """Return what the place of our assembly is called; empty until somebody says it."""
    said = places.ours(desk).said
    return "" if said is None else events.wording(desk.connection, said.place) or ""


def view(desk: Desk, member: Member | None) -> PlacePage:
    """Show where our assembly is, and who else says that they are there."""
    said = places.ours(desk).said
    ours = Bounds(name="") if said is None else places.bounds(desk, said)
    centre = None if said is None else said.centre
    return PlacePage(
        name=ours.name,
        parts=ours.parts,
        latitude="" if centre is None else _degrees(centre.latitude),
        longitude="" if centre is None else _degrees(centre.longitude),
        neighbours=() if said is None else _neighbours(desk, ours),
        may_say=member is not None and may(member, place.SayPlace),
    )


def _neighbours(desk: Desk, ours: Bounds) -> tuple[Neighbour, ...]:
    """Find whose own words meet ours, among the assemblies whose record is here."""
    found = []
    for known in records.assemblies(desk.connection):
        theirs = None if known.ours else places.theirs(desk, known.address)
        meets = None if theirs is None else place.overlap(ours, theirs)
        if theirs is not None and meets is not None:
            found.append(
                Neighbour(
                    assembly=naming.assembly(desk, known.id),
                    place=theirs.name,
                    same_name=meets.same_name,
                    parts=meets.parts,
                )
            )
    return tuple(found)


def _say(desk: Desk, form: Form, member: Member) -> None:
    name = form.line("name", N_("Name of the place"), most=MOST_IN_NAME)
    parts = _parts(form)
    centre = _centre(form)
    before = places.ours(desk).said
    if before is not None and (places.bounds(desk, before), before.centre) == (
        Bounds(name=name, parts=parts),
        centre,
    ):
        return
    command = place.SayPlace(
        place=events.keep_wording(desk.connection, name, public=True),
        parts=tuple(
            events.keep_wording(desk.connection, each, public=True) for each in parts
        ),
        centre=centre,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, STREAM, command)
    _forget(desk, before)
    speech.tell_of(desk, speech.group_path(desk))


def _take_back(desk: Desk, member: Member) -> None:
    before = places.ours(desk).said
    command = place.TakeBackPlace(by=member.id, at=desk.now)
    if node.perform(desk, STREAM, command):
        _forget(desk, before)
        speech.tell_of(desk, speech.group_path(desk))


def _forget(desk: Desk, before: place.PlaceSaid | None) -> None:
    """Drop the words that stand no longer: a wrong street is not kept for ever."""
    if before is not None:
        events.forget_wording(desk.connection, (before.place, *before.parts))


def _parts(form: Form) -> tuple[str, ...]:
    """Read a list of streets or postcodes, one a line, each of them once."""
    text = form.text("parts", "Streets or postcodes", least=0, most=MOST_IN_LIST)
    lines = (" ".join(line.split()) for line in text.splitlines())
    parts = tuple(dict.fromkeys(line for line in lines if line))
    if len(parts) > MOST_PARTS or any(len(each) > MOST_IN_NAME for each in parts):
        raise Misused(
            "“{label}” are {most} lines at most, each a name and no more.",
            label=N_("Streets or postcodes"),
            most=MOST_PARTS,
        ).of("parts")
    return parts


def _centre(form: Form) -> Centre | None:
    """Read a point, and keep it to a hundredth of a degree: about a kilometre."""
    given = [form.one(name).strip() for name in ("latitude", "longitude")]
    if not any(given):
        return None
    if not all(_DEGREES.fullmatch(each) for each in given):
        raise Misused(
            "A point is two numbers in degrees, such as 51.45 and -2.58. Leave both "
            "empty for none."
        )
    latitude, longitude = (
        int((Decimal(each) * 100).to_integral_value(ROUND_HALF_EVEN)) for each in given
    )
    return Centre(latitude=latitude, longitude=longitude)


def _degrees(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:.2f}"
