"""Letters by e-mail to those who asked, once their address is confirmed.

What is due is a row in the database. Before a letter is sent the row is put off to the
next day or week, and brought back only if the letter is known not to have left: a
crash, or a line that breaks at the end, may cost one letter and never sends one twice.
What a letter told that may be lost still counts as new when the next one is due.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from confederation.errors import NotEntitled, Refused, TooEarly
from instance import mail
from instance.desk import Desk
from instance.errors import Misused, PenElsewhere
from instance.mail import Letter
from instance.store import lending
from instance.store import news as kept
from instance.store.news import Every, Mail
from instance.upkeep import keys
from instance.web import languages, naming, visits
from instance.web.forms import Form
from instance.web.languages import LANGUAGES, N_
from instance.web.membership import news
from instance.web.rendering import render
from instance.web.site import Site, protect, see_other
from instance.web.visits import the_member

PAGE: Final = "/people/me/news"
LOOK_AGAIN: Final = 30.0
"""Seconds after which we look what is due."""
SPANS: Final[dict[Every, timedelta]] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
ASKED_ONCE: Final = timedelta(days=3650)
WAKES: Final = 8
SLEEPS: Final = 20
"""From and up to which hour, by the clock of the place, letters are sent."""
MOST_ATTEMPTS: Final = 6
ASKS_AGAIN: Final = 24 * 3600
LINK_LASTS: Final = 3 * 24 * 3600
PRESS_AGAIN: Final = 3600
REFUSED: Final = N_("The mail server says that nobody has this address.")
FAILED: Final = N_("The last letter could not be sent. The next one is tried in time.")
NO_SUCH_LINK: Final = N_("This link is no longer good. Nothing was changed.")

log = structlog.get_logger()


def next_due(after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment from ``after`` on at which nobody is woken."""
    there = after.astimezone(zone)
    if WAKES <= there.hour < SLEEPS:
        return after
    morning = there.replace(hour=WAKES, minute=0, second=0, microsecond=0)
    if there.hour >= SLEEPS:
        morning += timedelta(days=1)
    return morning.astimezone(UTC)


async def send_on(site: Site) -> None:
    """Send what is due, one letter after the other, for as long as the node serves."""
    while True:
        try:
            while await send_next(site):
                pass
        except PenElsewhere:
            pass
        except Exception:
            log.exception("letters failed")
        await asyncio.sleep(LOOK_AGAIN)


async def send_next(site: Site) -> bool:
    """Send the letter that is due the longest; whether there was one."""
    account, node = site.node.config.mail, site.node
    if account is None or await node.look(
        lambda desk: lending.is_lent(desk.connection)
    ):
        return False
    # Not to be asked for in vain: it is a write.
    if not await node.look(
        lambda desk: kept.due_mail(desk.connection, now=desk.seconds)
    ):
        return False
    taken = await node.work(_take)
    if taken is None:
        return True
    due, letter, name, at = taken
    try:
        fate = await asyncio.to_thread(mail.send, account, letter, name=name)
    except Misused:
        log.exception("the mail account cannot be used")
        fate = "later"
    await node.work(lambda desk: _after(desk, due, fate, at=at))
    return True


def _take(desk: Desk) -> tuple[Mail, Letter, str, int] | None:
    """Take the letter that is due and put its row off; None if none is to be sent.

    Beside it is the assembly's name, and up to when it tells what is new.
    """
    due = kept.due_mail(desk.connection, now=desk.seconds)
    if due is None:
        return None
    allowed = next_due(desk.now, desk.config.zone)
    if allowed > desk.now and due.confirmed_at:
        kept.put_off(desk.connection, due, due_at=int(allowed.timestamp()))
        return None
    following = int(next_due(desk.now + _span(due), desk.config.zone).timestamp())
    letter = _letter(desk, due)
    kept.put_off(
        desk.connection,
        due,
        due_at=following,
        attempts=due.attempts,
        told_until=desk.seconds if letter is None else due.told_until,
    )
    if letter is None:
        return None
    return due, letter, naming.our_name(desk), desk.seconds


def _span(due: Mail) -> timedelta:
    """After which time the next letter is due; an address is asked about once."""
    return SPANS[due.every] if due.confirmed_at else ASKED_ONCE


def _after(desk: Desk, due: Mail, fate: mail.Fate, *, at: int) -> None:
    if fate == "sent":
        kept.told(desk.connection, due, until=at)
    if fate in ("sent", "unknown"):
        return
    again = timedelta(minutes=10 * 2**due.attempts)
    if fate == "later" and due.attempts + 1 < MOST_ATTEMPTS:
        due_at, attempts, trouble = desk.now + again, due.attempts + 1, ""
    else:
        due_at, attempts = desk.now + _span(due), 0
        trouble = REFUSED if fate == "never" else FAILED
    kept.put_off(
        desk.connection,
        due,
        due_at=int(due_at.timestamp()),
        attempts=attempts,
        told_until=due.told_until,
        trouble=str(trouble),
    )


def _letter(desk: Desk, due: Mail) -> Letter | None:
    """Write what is sent now; None where there is nothing to tell, or nobody to."""
    member = visits.member_of(desk, due.member)
    if member is None:
        return None
    languages.tell_by(desk.config.zone)
    languages.speak(LANGUAGES.get(due.language, languages.ENGLISH))
    name, say = naming.our_name(desk), languages.translated
    stop = f"{desk.config.base}/news/stop/{due.member}/{_mark(desk, due, 'stop')}"
    if due.confirmed_at is None:
        confirm = f"/news/confirm/{due.member}/{_mark(desk, due, 'confirm')}"
        asked = say(N_("Somebody asked that {name} tells this address what is new."))
        lines = [
            asked.format(name=name),
            say(N_("If it was you, open this page and say so, within three days:")),
            desk.config.base + confirm,
            say(N_("If it was not, do nothing: nothing more is sent.")),
        ]
        subject = say(N_("Is this your address for letters from {name}?"))
        subject = subject.format(name=name)
        return Letter(to=due.address, subject=subject, text=_joined(lines), stop=stop)
    found = news.of(desk, member)
    since = datetime.fromtimestamp(due.told_until, UTC)
    if not found.worth_telling(since=since, at=desk.now):
        return None
    lines = [*_lines(desk, found), say(N_("To get no more of these:")), stop]
    subject = say(N_("What is new at {name}")).format(name=name)
    return Letter(to=due.address, subject=subject, text=_joined(lines), stop=stop)


def _lines(desk: Desk, found: news.News) -> Iterator[str]:
    for says, items in found.sections():
        told = [f"- {item.words()}\n  {desk.config.base}{item.href}" for item in items]
        yield "\n".join([languages.translated(says), *told])


def _joined(lines: list[str]) -> str:
    return "\n\n".join(lines) + "\n"


def _mark(desk: Desk, due: Mail, what: str) -> str:
    """Work out the secret part of a link; it is kept nowhere."""
    key = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    assert key is not None, "every node is set up with a key for its cookies"
    said = f"news {what} {due.member} {due.asked_at} {due.address}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:40]


def _of(desk: Desk, request: Request, what: str) -> Mail:
    """Find whose link it is.

    Raises:
        NotEntitled: nobody's, or it was changed since.
    """
    due = kept.mail_of(desk.connection, request.path_params["member"])
    given = request.path_params["mark"]
    if due is None or not hmac.compare_digest(
        _mark(desk, due, what).encode(), given.encode()
    ):
        raise NotEntitled(NO_SUCH_LINK)
    if what == "confirm" and desk.seconds > due.asked_at + LINK_LASTS:
        raise NotEntitled(NO_SUCH_LINK)
    return due


def routes(site: Site) -> list[Route]:
    async def ask(request: Request, form: Form) -> Response:
        form.only("address", "every")
        member = the_member(request)
        if site.node.config.mail is None:
            raise Refused("This node has no e-mail account, so it can send no letters.")
        address = mail.checked_address(form.line("address", "Address", most=254))
        every = form.choice("every", N_("How often"), among=["day", "week"])
        language = languages.choose(request).code

        def carry_out(desk: Desk) -> None:
            if not kept.ask_for_mail(
                desk.connection,
                member.id,
                address=address,
                every="day" if every == "day" else "week",
                language=language,
                at=desk.seconds,
                due_at=desk.seconds,
                not_since=desk.seconds - ASKS_AGAIN,
            ):
                raise TooEarly(
                    "You gave an address less than a day ago. Please try again "
                    "tomorrow, so that nobody is sent letters by mistake."
                )

        await site.work(carry_out)
        return see_other(PAGE)

    async def end(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        await site.work(lambda desk: kept.end_mail(desk.connection, member.id))
        # A forgotten address must not lie in the log beside the database either.
        await site.node.database.forget_steps()
        return see_other(PAGE)

    async def confirm_page(request: Request) -> Response:
        await site.node.look(lambda desk: _of(desk, request, "confirm"))
        return render(request, "news_confirm.html", confirmed=False)

    async def confirm(request: Request, form: Form) -> Response:
        form.only()

        def carry_out(desk: Desk) -> None:
            due = _of(desk, request, "confirm")
            at = next_due(desk.now + SPANS[due.every], desk.config.zone)
            kept.confirm_mail(
                desk.connection,
                due.member,
                at=desk.seconds,
                due_at=int(at.timestamp()),
            )

        await site.work(carry_out)
        return render(request, "news_confirm.html", confirmed=True)

    async def stop_page(request: Request) -> Response:
        due = await site.node.look(lambda desk: _of(desk, request, "stop"))
        action = f"/news/stop/{due.member}/{request.path_params['mark']}/now"
        return render(request, "news_stop.html", action=action)

    async def forget(request: Request) -> None:
        def carry_out(desk: Desk) -> None:
            kept.end_mail(desk.connection, _of(desk, request, "stop").member)

        await site.node.work(carry_out)
        await site.node.database.forget_steps()

    async def stop(request: Request, form: Form) -> Response:
        form.only()
        await forget(request)
        return render(request, "news_stop.html", action=None)

    async def stop_at_once(request: Request) -> Response:
        answer = PlainTextResponse("You will get no more letters.\n")
        try:
            await forget(request)
        except NotEntitled as reason:
            answer = PlainTextResponse(f"{reason}\n", status_code=403)
        except PenElsewhere as reason:
            answer = PlainTextResponse(f"{reason}\n", status_code=503)
            answer.headers["retry-after"] = str(PRESS_AGAIN)
        protect(answer, site.node.config)
        answer.headers["cache-control"] = "no-store"
        return answer

    link = "{member}/{mark}"
    return [
        site.form(f"{PAGE}/mail", ask),
        site.form(f"{PAGE}/no-mail", end),
        site.page(f"/news/confirm/{link}", confirm_page),
        site.form(f"/news/confirm/{link}", confirm, again=confirm_page),
        site.page(f"/news/stop/{link}", stop_page),
        site.form(f"/news/stop/{link}/now", stop, again=stop_page),
        # A mail program presses this, with no cookie and no token (RFC 8058).
        Route(f"/news/stop/{link}", stop_at_once, methods=["POST"]),
    ]
