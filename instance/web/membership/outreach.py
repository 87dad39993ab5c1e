"""How people were invited: by street or stair, with the gaps shown before the share.

Nothing here federates. The log says nothing about single doors, and no page of it is
for anybody but members.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub.errors import Unsupported
from confederation.errors import Invalid
from confederation.membership import outreach
from confederation.membership.outreach import EffortId, EffortLogged, StretchId, Way
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import drawing
from instance.store import events, people
from instance.store import outreach as pictures
from instance.web import languages
from instance.web.forms import Form
from instance.web.languages import N_, phrased, series, translated
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, not_found, see_other
from instance.web.visits import Member, the_member

STREAM: Final = "outreach:it"
MOST_IN_NAME: Final = 80
MOST_IN_LIST: Final = 20_000
MOST_IN_WORDS: Final = 500
SHOWN: Final = 10
MOST_GAPS: Final = 24
MOST_WITH_PICTURE: Final = drawing.MOST_BYTES + 64 * 1024
MARK: Final = re.compile(r"[0-9a-z]{1,40}", re.ASCII)
WAYS: Final[Mapping[Way, str]] = {
    "doors": N_("From door to door, and talking"),
    "letters": N_("Letters or leaflets, one for each home"),
    "posters": N_("Posters"),
    "stall": N_("A stall, a table in the street, a visit to a group"),
    "telephone": N_("By telephone"),
    "other": N_("In another way"),
}
REACHED: Final[Mapping[outreach.Reached, str]] = {
    "afresh": N_("some of these homes may have been reached before"),
    "further on": N_("all these homes are new: we went on where we had stopped"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchLine:
    """A street or stair, and how far it was reached."""

    id: str
    name: str
    homes: int
    of: int
    posters: int
    letters: int
    visits: int
    languages: tuple[str, ...]
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortLine:
    """One entry of the log. ``by`` is who wrote it down."""

    id: str
    stretch: str
    way: str
    on: datetime
    homes: int
    things: int
    people: int
    languages: tuple[str, ...]
    missed: str
    by: str | None
    struck: bool
    pictures: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachPage:
    stretches: tuple[StretchLine, ...]
    homes: int
    of: int
    percent: int
    untouched: tuple[str, ...]
    more_untouched: int
    partly: tuple[str, ...]
    efforts: tuple[EffortLine, ...]
    more: int
    may_draw: bool
    ways: Mapping[Way, str]
    reached: Mapping[outreach.Reached, str]
    languages: tuple[tuple[str, str], ...]
    today: date
    mark: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        form: Form | None = getattr(request.state, "form", None)
        ticked = () if form is None else form.values.get("languages", ())
        return render(request, "outreach.html", page=shown, ticked=ticked)

    def doing(change: Callable[[Desk, Member, Form, Request], None]) -> Any:
        async def act(request: Request, form: Form) -> Response:
            request.state.form = form
            member = the_member(request)
            await site.work(lambda desk: change(desk, member, form, request))
            return see_other("/outreach")

        return act

    async def log(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only(
            *("mark", "stretch", "way", "on", "homes", "things", "people"),
            *("reached", "languages", "missed", "picture"),
        )
        member, data = the_member(request), form.files.get("picture", b"")
        drawn = b""
        if data:
            try:
                drawn = await drawing.draw(data)
            except Unsupported:
                raise Misused(
                    "This is no picture that can be shown here: a photograph as JPEG, "
                    "PNG or WebP is. Nothing was changed."
                ) from None

        def carry_out(desk: Desk) -> None:
            effort = _log(desk, member, form)
            if drawn:
                pictures.keep(desk.connection, effort, picture=drawn, at=desk.now)

        await site.work(carry_out)
        return see_other("/outreach#log")

    async def picture(request: Request) -> Response:
        the_member(request)
        number = request.path_params["number"]
        found = await site.node.look(
            lambda desk: pictures.picture(desk.connection, number)
        )
        if found is None:
            raise not_found()
        return Response(
            found,
            media_type="image/webp",
            headers={
                "content-disposition": 'inline; filename="picture.webp"',
                "cross-origin-resource-policy": "same-origin",
            },
        )

    async def export(request: Request) -> Response:
        the_member(request)
        text = await site.node.look(write_csv)
        return Response(
            text,
            headers={
                "content-type": "text/csv; charset=utf-8",
                "content-disposition": 'attachment; filename="outreach.csv"',
            },
        )

    return [
        site.page("/outreach", page),
        site.form("/outreach/stretches", doing(_draw), again=page),
        site.form("/outreach/stretches/drop", doing(_drop), again=page),
        site.form("/outreach/log", log, again=page, most=MOST_WITH_PICTURE),
        site.form("/outreach/log/{id}/strike", doing(_strike), again=page),
        site.page("/outreach/pictures/{number:int}", picture),
        site.page("/outreach.csv", export),
    ]


# Looking


def view(desk: Desk, member: Member) -> OutreachPage:
    """Show the area, how far it was reached, and what was done."""
    area = the_area(desk)
    covered = outreach.coverage(area)
    names = {id: _words(desk, each.name) for id, each in area.stretches.items()}
    done = sorted(area.efforts.values(), key=lambda e: (e.on, e.at), reverse=True)
    return OutreachPage(
        stretches=tuple(
            StretchLine(
                id=each.stretch,
                name=names[each.stretch],
                homes=each.homes,
                of=each.of,
                posters=each.posters,
                letters=each.letters,
                visits=each.visits,
                languages=tuple(languages.named(tag) for tag in each.languages),
                last=None if each.last is None else _at(each.last),
            )
            for each in covered.reaches
        ),
        homes=covered.homes,
        of=covered.of,
        percent=covered.percent,
        untouched=tuple(names[id] for id in covered.untouched[:MOST_GAPS]),
        more_untouched=max(0, len(covered.untouched) - MOST_GAPS),
        partly=tuple(names[id] for id in covered.partly[:MOST_GAPS]),
        efforts=tuple(_line(desk, area, names, each) for each in done[:SHOWN]),
        more=max(0, len(done) - SHOWN),
        may_draw=may(member, outreach.DrawStretch),
        ways=WAYS,
        reached=REACHED,
        languages=tuple((tag, languages.named(tag)) for tag in languages.offered()),
        today=desk.now.date(),
        mark=desk.new_id(),
    )


def the_area(desk: Desk) -> outreach.State:
    """Return the area and its log; an empty one if nobody has drawn it yet."""
    if not node.exists(desk, STREAM):
        return outreach.NOTHING
    state: outreach.State = node.load(desk, STREAM)
    return state


def write_csv(desk: Desk) -> str:
    """Write the log for a spreadsheet: a line for each effort, and no name of anybody.

    A cell that a spreadsheet would run as a formula is written as plain text.
    """
    area, file = the_area(desk), io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(
        (
            phrased("Day"),
            phrased("Stretch"),
            phrased("Homes in it"),
            phrased("How"),
            phrased("Homes reached"),
            phrased("Counting"),
            phrased("Posters or letters"),
            phrased("People who went"),
            phrased("Languages"),
            phrased("Who was missed"),
        )
    )
    for each in area.standing():
        stretch = area.stretches.get(each.stretch)
        table.writerow(
            _plain(str(cell))
            for cell in (
                each.on,
                _words(desk, None if stretch is None else stretch.name),
                "" if stretch is None else stretch.homes,
                translated(WAYS[each.way]),
                each.homes,
                translated(REACHED[each.reached]),
                each.things,
                each.people,
                series(map(languages.named, each.languages), style="unit"),
                _words(desk, each.missed),
            )
        )
    return file.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell


def _line(
    desk: Desk, area: outreach.State, names: Mapping[StretchId, str], each: EffortLogged
) -> EffortLine:
    return EffortLine(
        id=each.effort,
        stretch=names.get(each.stretch, ""),
        way=WAYS[each.way],
        on=_at(each.day),
        homes=each.homes,
        things=each.things,
        people=each.people,
        languages=tuple(languages.named(tag) for tag in each.languages),
        missed=_words(desk, each.missed),
        by=people.name_of(desk.connection, each.by),
        struck=each.effort in area.struck,
        pictures=pictures.of_effort(desk.connection, each.effort),
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _words(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or ""


# Changing


def _draw(desk: Desk, member: Member, form: Form, request: Request) -> None:
    """Read a list of streets, one a line, each with how many homes it has."""
    form.only("list")
    known = {
        _words(desk, each.name): each for each in the_area(desk).stretches.values()
    }
    text = form.text("list", "Streets and stairs", most=MOST_IN_LIST)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, _, homes = line.rpartition(",")
        name, homes = " ".join(name.split()), homes.strip()
        if not (name and homes.isascii() and homes.isdecimal() and len(homes) < 6):
            raise Misused(
                "Line {number} is “{line}”. Each line is a name, a comma and how "
                "many homes there are, such as: Quay Lane, 42",
                number=number,
                line=line.strip()[:60],
            ).of("list")
        if len(name) > MOST_IN_NAME:
            raise Misused("The name on line {number} is too long.", number=number).of(
                "list"
            )
        old = known.get(name)
        command = outreach.DrawStretch(
            stretch=StretchId(desk.new_id()) if old is None else old.id,
            name=events.keep_wording(desk.connection, name)
            if old is None
            else old.name,
            homes=int(homes),
            by=member.id,
            at=desk.now,
        )
        node.perform(desk, STREAM, command)
        known = known | {
            name: outreach.Stretch(
                id=command.stretch, name=command.name, homes=command.homes
            )
        }


def _drop(desk: Desk, member: Member, form: Form, request: Request) -> None:
    form.only("stretch")
    command = outreach.DropStretch(
        stretch=_stretch(desk, form),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, STREAM, command)


def _log(desk: Desk, member: Member, form: Form) -> EffortId:
    mark = form.line("mark", N_("Mark"), most=40)
    if not MARK.fullmatch(mark):
        raise Misused("This form was changed on its way. Please open the page again.")
    area = the_area(desk)
    missed = form.line("missed", N_("Who was missed"), least=0, most=MOST_IN_WORDS)
    command = outreach.LogEffort(
        effort=EffortId(mark),
        stretch=_stretch(desk, form),
        way=cast(Way, form.choice("way", "How", among=WAYS)),
        on=_day(form),
        homes=_number(form, "homes", N_("Homes reached"), most=outreach.MOST_HOMES),
        things=_number(form, "things", "Posters or letters", most=100_000),
        people=form.whole("people", N_("How many went"), least=1, most=1000),
        reached=cast(
            outreach.Reached, form.choice("reached", N_("Counting"), among=REACHED)
        ),
        languages=form.choices("languages", "Languages", among=languages.WRITTEN),
        missed=None
        if not missed or EffortId(mark) in area.efforts
        else events.keep_wording(desk.connection, missed),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, STREAM, command)
    return command.effort


def _strike(desk: Desk, member: Member, form: Form, request: Request) -> None:
    form.only()
    command = outreach.StrikeEffort(
        effort=EffortId(request.path_params["id"]), by=member.id, at=desk.now
    )
    node.perform(desk, STREAM, command)


def _stretch(desk: Desk, form: Form) -> StretchId:
    """Return which street or stair was named."""
    name = form.line("stretch", "Where", most=MOST_IN_NAME)
    for each in the_area(desk).stretches.values():
        if _words(desk, each.name).casefold() == name.casefold():
            return each.id
    raise Misused("“{name}” is not on the list of streets and stairs.", name=name)


def _number(form: Form, name: str, label: str, *, most: int) -> int:
    """Read a number that may be left empty, which is none."""
    return form.whole(name, label, most=most) if form.one(name).strip() else 0


def _day(form: Form) -> date:
    given = form.one("on").strip()
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Invalid("“Day” is a day such as 2026-11-22.") from None
