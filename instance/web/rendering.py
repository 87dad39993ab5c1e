"""A template carries its page's noun and decides nothing; all in it is escaped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.filters import do_capitalize, do_lower
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from activitypub import canonical
from instance import zones
from instance.carriers import phrases
from instance.fediverse import markup
from instance.web import assets, languages
from instance.web.languages import N_, by_the_clock, moment
from instance.web.naming import in_hex
from instance.web.rights import moderates
from instance.web.visits import Visit

SHOWN_OF_A_DIGEST: Final = 12
LONGEST_WAY_BACK: Final = 500
WAYS: Final = (
    ("/issues", N_("Issues")),
    ("/proposals", N_("Deciding together")),
    ("/decisions", N_("Our decisions")),
    ("/record", N_("Record")),
    ("/about", N_("About")),
)
MEMBERS_WAYS: Final = (("/today", N_("For you to do")), *WAYS)
EVENING_WAYS: Final = (
    ("/sessions", N_("Meetings")),
    ("/outreach", N_("Inviting")),
    ("/motions", N_("Motions")),
    ("/actions", N_("Actions")),
    ("/aid", N_("Needs and offers")),
    ("/thanks", N_("Thanks")),
    ("/polls", N_("Straw polls")),
    ("/confirm", N_("To confirm")),
    ("/panels", N_("Panels")),
    ("/people", N_("Members")),
    ("/home", N_("Elsewhere")),
    ("/rulebook", N_("Rulebook")),
    ("/hall", N_("The pen")),
)
MODERATORS_WAYS: Final = (*EVENING_WAYS, ("/moderation", N_("Moderation")))


Pen = Literal["here", "out", "hall", "gone"]
"""Where the pen is: here, out of the house, lent to here, or gone from here again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page: whose site this is, and how to follow it.

    ``refused`` is how many forms of whoever asks waited for the pen and were not done,
    or cannot be done yet.
    """

    name: str = "Folkmoot"
    handle: str | None = None
    now: datetime | None = None
    pen: Pen = "here"
    refused: int = 0


def render(
    request: Request, template: str, *, status: int = 200, **page: object
) -> HTMLResponse:
    """Show a page to whoever asks, with what stands around every page."""
    visit: Visit | None = getattr(request.state, "visit", None)
    frame: Frame = getattr(request.state, "frame", Frame())
    languages.speak(languages.choose(request))
    html = TEMPLATES.get_template(template).render(
        {
            **page,
            "language": languages.spoken(),
            "languages": languages.LANGUAGES.values(),
            "visit": visit,
            "zone": languages.clock().key,
            "frame": frame,
            "ways": WAYS if visit is None or visit.member is None else MEMBERS_WAYS,
            "evening_ways": _evening_ways(visit),
            "path": request.url.path,
            "back": _way_back(request),
            "entered": {} if visit is None else visit.entered,
        }
    )
    response = HTMLResponse(html, status_code=status)
    response.headers["vary"] = "Accept, Accept-Language, Cookie"
    return response


def _way_back(request: Request) -> str:
    path = request.url.path
    # What is written here for each language is whatever somebody typed or was sent.
    plain = request.method == "GET" and len(path) <= LONGEST_WAY_BACK
    return path if plain else "/"


def _evening_ways(visit: Visit | None) -> tuple[tuple[str, str], ...]:
    member = None if visit is None else visit.member
    return MODERATORS_WAYS if moderates(member) else EVENING_WAYS


def when(at: datetime) -> Markup:
    """Write a time for people, to the minute, and for machines whole."""
    return _time(at, moment(at))


def instant(at: datetime) -> Markup:
    """Write a time for people to the second, where seconds matter."""
    return _time(at, moment(at, "d MMMM y, HH:mm:ss"))


def day(at: datetime) -> Markup:
    """Write the day of a time."""
    return _time(at, by_the_clock(at, "d MMMM y"))


def date(at: datetime) -> Markup:
    """Write a day that was chosen as a day, and is kept as one in UTC."""
    says = format_date(at.astimezone(UTC), "d MMMM y", locale=languages.spoken().code)
    return _time(at, says)


def long_day(at: datetime) -> Markup:
    """Write the day of a time with its weekday."""
    return _time(at, by_the_clock(at, "EEEE d MMMM y"))


def clock(at: datetime) -> Markup:
    """Write the hour and minute of a time."""
    return _time(at, by_the_clock(at, "HH:mm"))


def field(at: datetime | str) -> str:
    """Write a time as a browser's field takes it, by the clock of the place.

    What somebody typed stays as they typed it.
    """
    if isinstance(at, str):
        return at
    return f"{at.astimezone(languages.clock()):%Y-%m-%dT%H:%M:%S}"


def tonight(at: datetime) -> Markup:
    """Write the time of day with its clock, for what happens tonight."""
    return _time(at, moment(at, "HH:mm"))


def clock_until(at: datetime, end: datetime, begin: datetime | None = None) -> Markup:
    """Write the hour of something that ends at a later one, and began at ``begin``.

    The clock is named where clocks change between the two, and left out elsewhere:
    where None is given, ``at`` is the beginning.
    """
    here = languages.clock()
    same = zones.short_name(begin or at, here) == zones.short_name(end, here)
    return clock(at) if same else tonight(at)


def this_minute(at: datetime) -> Markup:
    """Write the time of day to the second, for what is over in a minute or two."""
    return _time(at, moment(at, "HH:mm:ss"))


def beginning(text: str) -> str:
    """Return the first line of a text, as a title; a longer one ends in an ellipsis."""
    lines = text.strip().splitlines()
    whole = phrases.shortened(lines[0]) if lines else ""
    return f"{whole} …" if len(lines) > 1 and not whole.endswith("…") else whole


def short(digest: str) -> Markup:
    """Write the beginning of a digest, enough to tell it from others on a page."""
    start = in_hex(digest)[:SHOWN_OF_A_DIGEST]
    return Markup('<code class="digest" title="{}">{}…</code>').format(digest, start)


def in_groups(digest: str) -> Markup:
    """Write a whole digest in groups of four, to be compared by eye or read aloud."""
    hexadecimal = in_hex(digest)
    groups = [hexadecimal[i : i + 4] for i in range(0, len(hexadecimal), 4)]
    return Markup('<code class="digest whole">sha256: {}</code>').format(
        Markup(" ").join(groups)
    )


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun, in the singular or the plural.

    A template names both, so that they are found for the catalogues.
    """
    noun = languages.in_number(one, many or f"{one}s", number)
    return f"{format_decimal(number, locale=languages.spoken().code)} {noun}"


def with_english(says: str) -> Markup:
    """Write what stands on a ballot or a result, and beside a translation the English.

    The English text is the one that counts.
    """
    shown = languages.translated(says)
    if shown == says:
        return escape(says)
    return Markup('{} <bdi class="soft" lang="en" dir="ltr">({})</bdi>').format(
        shown, str(says)
    )


def listed(names: Iterable[str]) -> Markup:
    """Write names as a list in a sentence; each is kept apart from its neighbours."""
    apart = [Markup("<bdi>{}</bdi>").format(languages.shown(name)) for name in names]
    return Markup(languages.series(apart))


def _time(at: datetime, says: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(
        canonical.write_time(at), escape(says)
    )


def _told(says: str, /, **filled: object) -> Markup:
    """Write a sentence of a template; what fills it is translated as well."""
    return _filled(languages.translated(says), filled)


def _told_of(one: str, many: str, num: int, /, **filled: object) -> Markup:
    """Write a sentence of a template in the form that goes with a number."""
    return _filled(languages.in_number(one, many, num), {"num": num, **filled})


def _filled(says: str, filled: Mapping[str, object]) -> Markup:
    return Markup(says) % {name: languages.shown(v) for name, v in filled.items()}


def _lower(value: object) -> object:
    return do_lower(str(languages.shown(value)))


def _capitalised(value: object) -> object:
    return do_capitalize(str(languages.shown(value)))


def _environment() -> Environment:
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        finalize=languages.shown,
        loader=PackageLoader("instance", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: Mapping[str, Any] = {
        "when": when,
        "instant": instant,
        "date": date,
        "day": day,
        "clock": clock,
        "clock_until": clock_until,
        "tonight": tonight,
        "this_minute": this_minute,
        "field": field,
        "machine": canonical.write_time,
        "long_day": long_day,
        "lower": _lower,
        "capitalize": _capitalised,
        "in_hex": in_hex,
        "short": short,
        "in_groups": in_groups,
        "listed": listed,
        "beginning": beginning,
        "paragraphs": markup.paragraphs,
        "translated": languages.translated,
        "with_english": with_english,
        "language": languages.named,
    }
    environment.filters.update(filters)
    environment.globals.update(
        asset=assets.address,
        counted=counted,
        written=languages.offered,
        signed=tuple(languages.SIGNED),
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        languages.translated, languages.in_number, newstyle=True
    )
    environment.globals.update(gettext=_told, ngettext=_told_of, _=_told)
    return environment


TEMPLATES: Final = _environment()
