"""The hall: how a room gets in, and who holds the assembly's pen.

What stands on the wall is for everybody who can see the wall. Where the pen is anybody
may know; what people sent meanwhile is for each of them alone.
"""

import asyncio
import gzip
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from confederation.confederal import pen
from confederation.errors import NotEntitled, Refused, TooLate
from instance import node
from instance.config import Config, Wifi
from instance.desk import Desk
from instance.errors import Misused
from instance.store import lending, people, waiting_forms
from instance.upkeep import hall, keys, lan
from instance.upkeep.hall import Happening
from instance.web import waiting
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.signing_in import where_from
from instance.web.paper import qr
from instance.web.rendering import Pen, render
from instance.web.rights import may
from instance.web.site import STATUS, Site, not_found, problem, see_other
from instance.web.tries import Tries
from instance.web.visits import Member, signed_in, the_member
from instance.web.waiting import Outcome

CARD: Final = "/card"
"""Where people come in by the card that they got at the door."""
MOST_ASKED: Final = 4096
"""Bytes of an order that a laptop sends; what it brings home is larger."""
MOST_BROUGHT: Final = 2 << 30
CHUNK: Final = 1 << 20
GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage:
    """What a room needs to get in: an address, its code, and the Wi-Fi if it is told.

    ``others`` are further addresses of the same machine.
    """

    address: str
    code: Markup
    others: tuple[str, ...]
    wifi: Wifi | None
    wifi_code: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HallPage:
    """Where the pen is, and what whoever asks may do about it.

    ``mine`` is what they sent while it was out; ``only_here`` what this machine alone
    holds, for the clerk of one that lost the pen.
    """

    where: Pen
    home: str
    lost: bool
    since: datetime | None
    code: str | None
    may_lend: bool
    may_take_back: bool
    asked_back_by: str | None
    asked_by_me: bool
    all_waiting: int
    mine: tuple[Outcome, ...]
    only_here: tuple[Happening, ...]


def routes(site: Site) -> list[Route]:
    async def join(request: Request) -> Response:
        shown = view_join(site.node.config)
        if shown is None:
            raise not_found()
        return render(request, "hall_join.html", page=shown)

    async def page(request: Request) -> Response:
        member, where = signed_in(request), request.state.frame.pen
        taken = request.query_params.get("taken") == "yes"
        shown = await site.node.look(lambda desk: view(desk, member, where))
        return render(request, "hall.html", page=shown, taken=taken)

    async def make_code(request: Request, form: Form) -> Response:
        form.only()
        member, where = the_member(request), request.state.frame.pen
        if not may(member, pen.LendPen):
            raise NotEntitled("This is for the clerk to do.")

        def make(desk: Desk) -> HallPage:
            code = hall.new_code(desk, by=member.id)
            return view(desk, member, where, code=code)

        shown = await site.node.work(make)
        return render(request, "hall.html", page=shown, taken=False)

    async def take_back(request: Request, form: Form) -> Response:
        form.only("lost")
        member = the_member(request)
        if not form.ticked("lost"):
            raise Misused(
                "Please say that you know what is lost with it: tick the box first."
            )
        await site.work(lambda desk: hall.take_back(desk, by=member.id))
        return see_other("/hall?taken=yes")

    async def leave_out(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        await site.work(lambda desk: hall.leave_out(desk, by=member.id))
        return see_other("/hall")

    async def put_away(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        await site.node.work(
            lambda desk: waiting_forms.put_away(desk.connection, member.id)
        )
        await site.node.database.forget_steps()
        return see_other("/hall")

    return [
        site.page("/hall", page),
        site.page("/hall/join", join),
        site.form("/hall/code", make_code, again=page),
        site.form("/hall/take-back", take_back, again=page),
        site.form("/hall/leave-out", leave_out, again=page),
        site.form("/hall/put-away", put_away, again=page),
        *_for_laptops(site),
    ]


def view_join(config: Config) -> JoinPage | None:
    """Show how to get in; None where no room is served."""
    if config.hall is None:
        return None
    first, *others = config.hall.origins
    wifi = config.hall.wifi
    return JoinPage(
        address=f"{first}{CARD}".removeprefix("http://"),
        code=qr(f"{first}{CARD}"),
        others=tuple(f"{each}{CARD}".removeprefix("http://") for each in others),
        wifi=wifi,
        wifi_code=None if wifi is None else qr(lan.join_code(wifi)),
    )


def view(
    desk: Desk, member: Member | None, where: Pen, *, code: str | None = None
) -> HallPage:
    """Show where the pen is, to a member or to anybody."""
    now = hall.whereabouts(desk)
    here = lending.in_hall(desk.connection)
    asked = now.state.asked_back_by
    lost = here is not None and here.state == "lost"
    is_clerk = member is not None and may(member, pen.LendPen)
    return HallPage(
        where=where,
        home=desk.config.base,
        lost=lost,
        since=now.state.since,
        code=code,
        may_lend=is_clerk and where == "here" and node.exists(desk, "assembly:it"),
        may_take_back=where == "out"
        and member is not None
        and "teller" in member.roles,
        asked_back_by=None if asked is None else people.name_of(desk.connection, asked),
        asked_by_me=member is not None and asked == member.id,
        all_waiting=waiting_forms.number(desk.connection),
        mine=() if member is None else waiting.outcomes(desk, member.id),
        only_here=tuple(hall.only_here(desk)) if lost and is_clerk else (),
    )


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Tell a teller that another one wants the pen back."""
    state = hall.whereabouts(desk).state
    wanted = state.is_out and state.asked_back_by not in (None, member.id)
    if wanted and "teller" in member.roles:
        yield (
            N_("Take the pen back"),
            N_("Another teller says that the laptop will not come back."),
            "/hall",
        )


# What a laptop asks for, by its command line


def _for_laptops(site: Site) -> list[Route]:
    running, tries, busy = site.node, Tries(), asyncio.Lock()

    async def take(request: Request) -> Response:
        order = json.loads(await _body(request, most=MOST_ASKED))
        code, claim = str(order["code"]), str(order["claim"])
        where, at = where_from(request), int(running.clock().timestamp())
        tries.check(where, at=at)
        try:
            on = await site.work(lambda desk: hall.lend(desk, code=code, claim=claim))
        except NotEntitled:
            tries.wrong(where, at=at)
            raise
        config = running.config
        return JSONResponse(
            {
                "lending": on.id,
                "slug": config.slug,
                "domain": config.domain,
                "dev": config.dev,
                "timeZone": config.time_zone,
                "language": config.language,
            }
        )

    async def copy(request: Request) -> Response:
        on = await running.look(lambda desk: hall.borrower(desk, _claim(request)))
        secret = bytes.fromhex((await _body(request, most=MOST_ASKED)).decode())
        if len(secret) != keys.SECRET_BYTES or not on.is_on:
            raise Misused("This lending is over, or its secret is not one.")
        async with busy:
            made = await asyncio.to_thread(
                hall.make_copy, running.config, running.vault, on, secret
            )
            packed = made.with_name(f"{made.name}.gz")
            try:
                await asyncio.to_thread(_pack, made, packed)
                file = packed.open("rb")
            finally:
                made.unlink(missing_ok=True)
                packed.unlink(missing_ok=True)
        return StreamingResponse(
            _chunks(file), media_type="application/gzip", headers=_NOT_KEPT
        )

    async def bring_back(request: Request) -> Response:
        on = await running.look(lambda desk: hall.borrower(desk, _claim(request)))
        folder = running.config.directory
        async with busy:
            with tempfile.TemporaryDirectory(dir=folder, prefix=hall.UNPACKED) as place:
                parcel, arrived = Path(place) / "parcel", Path(place) / "arrived"
                await _receive(request, parcel)
                secret = await asyncio.to_thread(_unpack, parcel, arrived)
                await asyncio.to_thread(lending.check, arrived)
                await running.take_in(
                    arrived, lambda desk: hall.take_in(desk, on, secret=secret)
                )
        await running.database.forget_steps()
        site.stirred()
        return JSONResponse({"returned": on.id})

    return [
        Route("/hall/take", _answered(take), methods=["POST"]),
        Route("/hall/copy", _answered(copy), methods=["POST"]),
        Route("/hall/return", _answered(bring_back), methods=["POST"]),
    ]


_NOT_KEPT: Final = {"cache-control": "no-store"}
Answering = Callable[[Request], Awaitable[Response]]


def _answered(answer: Answering) -> Answering:
    """Tell a laptop in a sentence what went wrong; 410 where the pen was taken back."""

    async def endpoint(request: Request) -> Response:
        try:
            return await answer(request)
        except TooLate as reason:
            return problem(GONE, str(reason))
        except (Refused, Misused) as reason:
            kinds = type(reason).__mro__
            status = next(STATUS[kind] for kind in kinds if kind in STATUS)
            return problem(status, str(reason))
        except (ValueError, KeyError, TypeError):
            return problem(
                400, N_("This order could not be read. Nothing was changed.")
            )

    return endpoint


def _claim(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


async def _body(request: Request, *, most: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Misused("This is too long to be an order.")
    return bytes(body)


async def _receive(request: Request, parcel: Path) -> None:
    size = 0
    with parcel.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BROUGHT:
                raise Misused("This is larger than what one evening can bring home.")
            await asyncio.to_thread(file.write, part)


def _pack(source: Path, target: Path) -> None:
    with source.open("rb") as file, gzip.open(target, "wb") as packed:
        target.chmod(0o600)
        shutil.copyfileobj(file, packed, CHUNK)


def _unpack(parcel: Path, arrived: Path) -> bytes:
    """Unpack what a laptop brought; return the secret that its keys are sealed by."""
    with parcel.open("rb") as file, arrived.open("wb") as out:
        arrived.chmod(0o600)
        secret = file.read(keys.SECRET_BYTES)
        try:
            with gzip.open(file, "rb") as unpacked:
                _copy_some(unpacked, out)
        except (OSError, EOFError, zlib.error) as error:
            raise Misused("This was cut short on the way. Send it again.") from error
    return secret


def _copy_some(source: gzip.GzipFile, target: io.BufferedWriter) -> None:
    """Copy what is small enough; a parcel may unpack to far more than it weighs."""
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > MOST_BROUGHT:
            raise Misused("This is larger than what one evening can bring home.")
        target.write(chunk)


async def _chunks(file: io.BufferedReader) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
