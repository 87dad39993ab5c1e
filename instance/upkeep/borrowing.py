"""A laptop takes the pen at its home and brings it back, and may be told to twice.

Whatever is interrupted is carried on with the same command. Before anything is asked of
home the laptop writes down by what it will be known, so no answer that was lost on the
way leaves it a stranger. See docs/decisions/0078.
"""

import contextlib
import gzip
import json
import os
import secrets
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Final, Literal
from urllib.parse import urlsplit

from instance import config, languages, node, zones
from instance.config import Config
from instance.errors import Misused
from instance.languages import ENGLISH
from instance.store import database, lending
from instance.upkeep import hall, keys
from instance.zones import GREENWICH

NOTE: Final = "lending.json"
"""By what this laptop is known at home, and which node's copy it holds."""

SECONDS: Final = 120
CHUNK: Final = 1 << 20
MOST_SAID: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the laptop wrote down first. ``secret`` seals the keys in its copy."""

    home: str
    claim: str
    secret: bytes


def take(address: str, directory: Path, *, code: str) -> Config:
    """Take the pen to this laptop, or carry on taking it; return the node's settings.

    Args:
        address: where home is served: https, or http on this very machine.
        directory: an empty one, or that of a taking that was interrupted.
        code: as home shows it to the clerk; not looked at by home once it was used.

    Raises:
        Misused: home does not lend it, cannot be reached, or the place is taken.
    """
    note = _note(directory) or _begin(checked_home(address), directory)
    if (directory / config.SETTINGS).exists():
        raise Misused(
            "{directory} holds the pen already: serve it with --hall.",
            directory=directory,
        )
    answer = json.loads(
        _ask(note, "/hall/take", {"code": code, "claim": note.claim}).decode()
    )
    settings = Config(
        directory=directory,
        slug=config.checked_slug(str(answer["slug"])),
        domain=answer["domain"],
        dev=bool(answer["dev"]),
        time_zone=config.checked_zone(str(answer.get("timeZone", GREENWICH))),
        language=languages.known(str(answer.get("language", ENGLISH.code))).code,
        listen=f"127.0.0.1:{config.DEFAULT_PORT}",
    )
    draft = directory / f"{config.DATABASE}.part"
    _fetch(note, "/hall/copy", draft)
    lending.check(draft)
    draft.replace(settings.database)
    if not settings.secret.exists():
        _write_private(settings.secret, note.secret)
    _sync(directory)
    # The settings come last: what has none is no node yet.
    config.write(settings)
    return settings


def give_back(directory: Path, *, keep: bool = False) -> None:
    """Bring the pen home with all that was done here, or carry on bringing it.

    From the first moment on nothing more is done on this laptop. Once home has it on
    its disk the copy here is deleted, unless it is to be kept.

    Raises:
        Misused: home cannot be reached, or does not take it; nothing here is lost.
    """
    settings, note = config.read(directory), _note(directory)
    if note is None:
        raise Misused("The pen was not lent to this machine: there is none to return.")
    connection = database.connect(settings.database)
    try:
        here = database.transaction(connection, hall.hand_over)
    finally:
        connection.close()
    if here.state == "lost":
        raise Misused(LOST, directory=directory)
    if here.state != "over":
        parcel = directory / "return.part"
        _pack(settings, note, parcel)
        try:
            _send(note, "/hall/return", parcel)
        except _Refused as refused:
            if refused.lost:
                _mark(settings, "lost")
                lost = Misused(LOST, directory=directory)
                raise Misused(
                    "{refused}\n{lost}", refused=refused, lost=lost
                ) from refused
            raise
        finally:
            parcel.unlink(missing_ok=True)
        _mark(settings, "over")
    if not keep:
        shutil.rmtree(directory)


LOST: Final = (
    "What this laptop alone holds is shown by: folkmoot hall show {directory}\n"
    "People enter it again at home; nothing of it was taken over."
)


def show(directory: Path) -> Iterator[str]:
    """Write what this laptop alone holds, line by line, for people to enter again."""
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        for each in hall.only_here(desk):
            times = f" ({each.times} times)" if each.times > 1 else ""
            at = zones.written(each.at, settings.zone)
            yield f"{at}: {each.noun}: {each.what}{times}"
            for name, value in each.facts:
                yield f"    {name}: {value}"


def checked_home(address: str) -> str:
    """Return the origin of an address at which home is served.

    Raises:
        Misused: others on the way could read along.
    """
    parts = urlsplit(address if "://" in address else f"https://{address}")
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise Misused(
            "{address!r} is no address such as https://harbour.example.org.",
            address=address,
        )
    if parts.scheme == "http" and not _is_here(host):
        raise Misused(
            "The copy holds everybody's names, so it travels by https only; plain http "
            "is for this very machine."
        )
    return f"{parts.scheme}://{parts.netloc}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _note(directory: Path) -> Note | None:
    try:
        read = json.loads((directory / NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Note(
        home=read["home"], claim=read["claim"], secret=bytes.fromhex(read["secret"])
    )


def _begin(home: str, directory: Path) -> Note:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Misused(
            "{directory} is not empty: the pen needs a place of its own.",
            directory=directory,
        )
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    note = Note(
        home=home,
        claim=secrets.token_urlsafe(32),
        secret=secrets.token_bytes(keys.SECRET_BYTES),
    )
    written = {"home": home, "claim": note.claim, "secret": note.secret.hex()}
    _write_private(directory / NOTE, json.dumps(written).encode())
    _sync(directory)
    return note


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync(directory: Path) -> None:
    """Make sure that the names of new files are on the disk as well."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mark(settings: Config, state: Literal["over", "lost"]) -> None:
    connection = database.connect(settings.database)
    try:
        here = lending.in_hall(connection)
        assert here is not None
        lending.go_on(connection, here.id, state=state)
    finally:
        connection.close()


def _pack(settings: Config, note: Note, parcel: Path) -> None:
    """Write what goes home: the secret of this copy, then the copy, packed."""
    copy = parcel.with_name("return.copy")
    lending.copy(settings.database, copy)
    try:
        with parcel.open("wb") as out:
            parcel.chmod(0o600)
            out.write(note.secret)
            with (
                copy.open("rb") as file,
                gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed,
            ):
                shutil.copyfileobj(file, packed, CHUNK)
    finally:
        copy.unlink(missing_ok=True)


class _Refused(Misused):
    """Home says no. ``lost`` is whether two tellers have taken the pen back."""

    def __init__(self, says: str, *, lost: bool) -> None:
        super().__init__(says)
        self.lost = lost


def _ask(note: Note, path: str, fields: Mapping[str, str]) -> bytes:
    body = json.dumps(fields).encode()
    with _asked(note, path, body, kind="application/json") as answer:
        return answer.read(MOST_SAID)


def _fetch(note: Note, path: str, target: Path) -> None:
    secret = note.secret.hex().encode()
    with (
        _asked(note, path, secret, kind="text/plain") as answer,
        target.open("wb") as file,
    ):
        target.chmod(0o600)
        with gzip.open(answer, "rb") as unpacked:
            shutil.copyfileobj(unpacked, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _send(note: Note, path: str, parcel: Path) -> None:
    with (
        parcel.open("rb") as file,
        _asked(note, path, file, length=parcel.stat().st_size) as answer,
    ):
        answer.read(MOST_SAID)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else, whoever says so: a claim is shown to nobody but home."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_Straight, urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def _asked(
    note: Note,
    path: str,
    body: bytes | IO[bytes],
    *,
    kind: str = "application/octet-stream",
    length: int | None = None,
) -> Iterator[IO[bytes]]:
    request = urllib.request.Request(
        f"{note.home}{path}",
        data=body,
        method="POST",
        headers={
            "authorization": f"Bearer {note.claim}",
            "content-type": kind,
            "accept": "application/json",
            **({} if length is None else {"content-length": str(length)}),
        },
    )
    try:
        with _OPENER.open(request, timeout=SECONDS) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        with error:
            says = _said(error.read(MOST_SAID))
            raise _Refused(says, lost=error.code == HTTPStatus.GONE) from error
    except OSError as error:
        raise Misused(
            "{home} cannot be reached: {error}. Nothing is lost; give the same "
            "command again.",
            home=note.home,
            error=error,
        ) from error


def _said(body: bytes) -> str:
    try:
        return str(json.loads(body)["title"])
    except (ValueError, KeyError, TypeError):
        return "Home answered with something that is no answer."
