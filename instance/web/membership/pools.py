"""People put themselves in a pool, or the clerk copies a slip of paper."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Invalid
from confederation.identifiers import MemberId, Ticket
from confederation.membership import panel
from confederation.sortition import lottery
from confederation.sortition.quotas import LONGEST, Feature
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import panels
from instance.store import people, pools
from instance.web import asking
from instance.web.forms import Form
from instance.web.rendering import render
from instance.web.site import Show, Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_HOUSEHOLD: Final = 120
MOST_IN_NOTE: Final = 120
MOST_LINES: Final = 5_000
FIELDS: Final = tuple(f"says-{number}" for number in range(8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """A member's own place. ``times`` is on how many panels of the list they stand."""

    ticket: str
    says: Mapping[str, str]
    times: int | None
    seated: bool
    out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Somebody in the pool, for the clerk's eyes: their name or the clerk's note."""

    ticket: str
    who: str
    says: str
    seated: bool
    out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A slip of paper, as a file has it."""

    says: Mapping[str, str]
    household: str
    note: str


def routes(site: Site, page: Show) -> list[Route]:
    async def join(request: Request, form: Form) -> Response:
        form.only("household", *FIELDS)
        member, id = the_member(request), request.path_params["id"]
        household = _household(form)

        def carry_out(desk: Desk) -> None:
            features = _features(desk, id)
            says = _says(form, features)
            panels.join(desk, id, member=member.id, says=says, household=household)

        await site.work(carry_out)
        return see_other(f"/panels/{id}#mine")

    async def leave(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            there = pools.place_of(desk.connection, id, member.id)
            if there is not None:
                panels.take_out(desk, id, there.person.ticket)

        await site.work(carry_out)
        return see_other(f"/panels/{id}")

    async def slip(request: Request, form: Form) -> Response:
        form.only("household", "note", *FIELDS)
        asking.an_officer(request, "clerk")
        id, household = request.path_params["id"], _household(form)
        note = form.line("note", "Whose slip it is", least=0, most=MOST_IN_NOTE)

        def carry_out(desk: Desk) -> None:
            says = _says(form, _features(desk, id))
            panels.join(
                desk, id, member=None, says=says, household=household, note=note
            )

        await site.work(carry_out)
        return see_other(f"/panels/{id}/pool")

    async def file(request: Request, form: Form) -> Response:
        form.only("file")
        asking.an_officer(request, "clerk")
        id, data = request.path_params["id"], form.files.get("file", b"")

        def carry_out(desk: Desk) -> None:
            for line in read(data, _features(desk, id)):
                panels.join(
                    desk,
                    id,
                    member=None,
                    says=line.says,
                    household=line.household,
                    note=line.note,
                )

        await site.work(carry_out)
        return see_other(f"/panels/{id}/pool")

    async def take_out(request: Request, form: Form) -> Response:
        form.only("ticket")
        asking.an_officer(request, "clerk")
        id, ticket = request.path_params["id"], form.one("ticket")
        await site.work(lambda desk: panels.take_out(desk, id, ticket))
        return see_other(f"/panels/{id}/pool")

    async def pass_on(request: Request, form: Form) -> Response:
        form.only("ticket")
        member, id = the_member(request), request.path_params["id"]
        ticket, clerk = Ticket(form.one("ticket")), "clerk" in member.roles
        await site.work(
            lambda desk: panels.pass_on(desk, id, ticket, by=member.id, clerk=clerk)
        )
        return see_other(f"/panels/{id}/pool" if clerk else f"/panels/{id}")

    async def pool_page(request: Request) -> Response:
        asking.an_officer(request, "clerk")
        id = request.path_params["id"]

        def look(desk: Desk) -> tuple[panel.State, list[Row]]:
            return panels.load(desk, id), list(rows(desk, id))

        state, found = await site.node.look(look)
        return render(
            request, "panel_pool.html", state=state, rows=found, href=f"/panels/{id}"
        )

    return [
        site.form("/panels/{id}/join", join, again=page),
        site.form("/panels/{id}/leave", leave, again=page),
        site.page("/panels/{id}/pool", pool_page),
        site.form("/panels/{id}/slip", slip, again=pool_page),
        site.form("/panels/{id}/file", file, again=pool_page),
        site.form("/panels/{id}/take-out", take_out, again=pool_page),
        site.form("/panels/{id}/pass-on", pass_on, again=page),
    ]


def mine(desk: Desk, id: str, state: panel.State, member: Member) -> Mine | None:
    """Return a member's own place in a pool; None if they have none."""
    place = pools.place_of(desk.connection, id, member.id)
    if place is None:
        return None
    ticket = place.person.ticket
    times = None
    if state.made is not None:
        chances = lottery.chances(panels.made(desk, id).panels, [place.person])
        times = int(chances[ticket] * state.made.length)
    return Mine(
        ticket=ticket,
        says=place.person.says,
        times=times,
        seated=ticket in state.seated,
        out=any(each.out == ticket for each in state.passed_on),
    )


def rows(desk: Desk, id: str) -> Iterator[Row]:
    """Go through a pool, those who sit first."""
    state = panels.load(desk, id)
    names = people.names(desk.connection)
    out = {each.out for each in state.passed_on}
    places = pools.places(desk.connection, id)
    for place in sorted(
        places, key=lambda each: each.person.ticket not in state.seated
    ):
        ticket = place.person.ticket
        yield Row(
            ticket=ticket,
            who=place.note
            if place.member is None
            else names.get(MemberId(place.member), ""),
            says=", ".join(place.person.says.values()),
            seated=ticket in state.seated,
            out=ticket in out,
        )


def read(data: bytes, features: tuple[Feature, ...]) -> Iterator[Slip]:
    """Read a file of slips: CSV, its first line the features, household and note.

    Raises:
        Misused: it cannot be read; the sentence names the line.
    """
    try:
        text = data.decode("utf-8-sig")
        table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Misused(
            "This file cannot be read. Please save it as CSV in UTF-8."
        ) from (error)
    if not table:
        raise Misused("There are no slips in this file.")
    if len(table) > MOST_LINES:
        raise Misused("A file has room for {most} slips.", most=MOST_LINES)
    offered = {each.name: {"", *each.values} for each in features}
    for number, line in enumerate(table, start=2):
        for name, value in line.items():
            if name not in {*offered, "household", "note"} or value is None:
                raise Misused(
                    "Line {line} of the file does not fit its first line, which has to "
                    "name what people say of themselves, household and note.",
                    line=number,
                )
            if name in offered and value.strip() not in offered[name]:
                raise Misused(
                    "Line {line} of the file: “{value}” was not offered for “{name}”.",
                    line=number,
                    value=value[:LONGEST],
                    name=name,
                )
        yield Slip(
            says={name: (line.get(name) or "").strip() for name in offered},
            household=(line.get("household") or "")[:MOST_IN_HOUSEHOLD],
            note=(line.get("note") or "")[:MOST_IN_NOTE],
        )


def _features(desk: Desk, id: str) -> tuple[Feature, ...]:
    return panels.load(desk, id).rules.features


def _household(form: Form) -> str:
    return form.line("household", "Household", least=0, most=MOST_IN_HOUSEHOLD)


def _says(form: Form, features: tuple[Feature, ...]) -> dict[str, str]:
    """Read what somebody says of themselves: for each feature the number of a value."""
    says = {}
    for number, feature in enumerate(features):
        chosen = form.one(f"says-{number}")
        if chosen and chosen not in feature.values:
            raise Invalid(
                "“{name}”: this was not offered. Please choose again.",
                name=feature.name,
            )
        says[feature.name] = chosen
    return says
