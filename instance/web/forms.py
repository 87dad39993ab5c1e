"""A form is read strictly: what was asked for, once, within bounds, and no more."""

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from confederation.errors import ByNumber
from instance import zones
from instance.errors import Misused
from instance.web.languages import N_

MOST_BYTES: Final = 64 * 1024
MOST_FIELDS: Final = 200
TOKEN: Final = "token"
URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
MOST_WITH_FILES: Final = 1024 * 1024
MOST_FILES: Final = 4
_LONGEST_SHOWN: Final = 40
UNREADABLE: Final = N_("This form could not be read. Please send it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a person sent. ``values`` holds each field's values in their order.

    ``files`` holds the bytes of each file that was chosen, by its field. ``zone`` is
    the clock by which times were typed.
    """

    values: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes] = field(default_factory=dict)
    zone: ZoneInfo = zones.AT_GREENWICH

    @property
    def entered(self) -> dict[str, str]:
        """What was typed, to be shown again; the token aside."""
        return {name: given[-1] for name, given in self.values.items() if name != TOKEN}

    def only(self, *known: str) -> None:
        """Make sure that there are no fields but these.

        Raises:
            Misused: there is another one.
        """
        strange = sorted((self.values.keys() | self.files.keys()) - {*known, TOKEN})
        if strange:
            name = strange[0][:_LONGEST_SHOWN]
            raise Misused(
                "This form has no field “{name}”. Nothing was changed.", name=name
            )

    def text(self, name: str, label: str, *, least: int = 1, most: int) -> str:
        """Return a text of ``least`` to ``most`` characters, with its ends trimmed.

        Line ends are ``\\n``; ``label`` names the field as the page does.

        Raises:
            Misused: it is missing, too short or too long, or has control characters.
        """
        text = self.one(name).replace("\r\n", "\n").strip()
        if len(text) < least:
            if least == 1:
                raise Misused(
                    "“{label}” is empty. Please write something there.",
                    label=N_(label),
                ).of(name)
            raise Misused(
                "“{label}” needs at least {least} characters.",
                label=N_(label),
                least=least,
            ).of(name)
        if len(text) > most:
            raise Misused(
                "“{label}” has {count} characters; there is room for {most}.",
                label=N_(label),
                count=len(text),
                most=most,
            ).of(name)
        if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
            raise Misused(
                "“{label}” holds control characters. Please retype it.", label=N_(label)
            ).of(name)
        return text

    def line(self, name: str, label: str, *, least: int = 1, most: int) -> str:
        """Return a text as `text` does, on one line."""
        return " ".join(self.text(name, label, least=least, most=most).split())

    def choice(self, name: str, label: str, *, among: Collection[str]) -> str:
        """Return which of the offered values was chosen.

        Raises:
            Misused: none was, or one that was not offered.
        """
        chosen = self.one(name)
        if not chosen:
            raise Misused("“{label}”: please choose one.", label=N_(label)).of(name)
        if chosen not in among:
            raise Misused(
                "“{label}”: this was not offered. Please choose again.", label=N_(label)
            ).of(name)
        return chosen

    def choices(
        self, name: str, label: str, *, among: Collection[str]
    ) -> tuple[str, ...]:
        """Return which of the offered values were ticked, in their order; may be none.

        Raises:
            Misused: one that was not offered, or one twice.
        """
        ticked = self.values.get(name, ())
        if len(set(ticked)) < len(ticked) or not set(ticked) <= set(among):
            raise Misused(
                "“{label}”: this was not offered. Please choose again.", label=N_(label)
            ).of(name)
        return ticked

    def whole(self, name: str, label: str, *, least: int = 0, most: int) -> int:
        """Return a whole number within bounds.

        Raises:
            Misused: it is not one.
        """
        text = self.one(name).strip()
        if not (text.isdecimal() and len(text) <= 12):
            raise Misused(
                "“{label}” needs a whole number in figures, such as {least}.",
                label=N_(label),
                least=least,
            ).of(name)
        if not least <= int(text) <= most:
            raise Misused(
                "“{label}” is a number from {least} to {most}.",
                label=N_(label),
                least=least,
                most=most,
            ).of(name)
        return int(text)

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.one(name) == "yes"

    def one(self, name: str) -> str:
        """Return the one value of a field, empty if it was not sent.

        Raises:
            Misused: it was sent more than once.
        """
        given = self.values.get(name, ())
        if len(given) > 1:
            raise Misused(
                "The field “{name}” was sent twice. Nothing was changed.", name=name
            )
        return given[0] if given else ""


async def read(
    request: Request,
    *,
    most: int = MOST_WITH_FILES,
    zone: ZoneInfo = zones.AT_GREENWICH,
) -> Form:
    """Read the form that a person sent, with the files that they chose.

    Args:
        request: the form.
        most: how many bytes there is room for where it brings files.
        zone: the clock by which times are typed here.

    Raises:
        Misused: it is no form, or too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        form = await _with_files(request, await _body(request, most))
        return replace(form, zone=zone)
    if kind != URLENCODED:
        raise Misused("A form was expected here. Please use the one on the page.")
    body = await _body(request, MOST_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Misused(UNREADABLE) from None
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    return Form(values=values, zone=zone)


async def _with_files(request: Request, body: bytes) -> Form:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        whole(),
        max_files=MOST_FILES,
        max_fields=MOST_FIELDS,
        max_part_size=MOST_BYTES,
    )
    try:
        sent = await parser.parse()
    except (MultiPartException, ValueError):
        raise Misused(UNREADABLE) from None
    values: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    try:
        for name, value in sent.multi_items():
            if not isinstance(value, UploadFile):
                values[name] = (*values.get(name, ()), value)
            elif name in files:
                raise Misused("Please choose one file at a time. Nothing was changed.")
            else:
                files[name] = await value.read()
    finally:
        await sent.close()
    return Form(values=values, files=files)


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Misused(
                ByNumber(
                    "This is too long: there is room for {most} kilobyte.",
                    "This is too long: there is room for {most} kilobytes.",
                ),
                most=most // 1024,
            )
    return bytes(body)
