"""A person at a browser: they open pages, fill in the forms they find, and go on."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from instance.demo.expecting import Failed
from instance.demo.page import Form, Page

ACCEPT: Final = "text/html,application/xhtml+xml,*/*;q=0.8"
SEE_OTHER: Final = 303
UNREACHED: Final = (aiohttp.ClientError, TimeoutError, OSError)

Fields = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that is put into a form's file field."""

    name: str
    content: bytes
    kind: str


Files = Mapping[str, Upload]

NOTHING: Final[Fields] = {}
NO_FILES: Final[Files] = {}


@dataclass(slots=True, kw_only=True)
class Visitor:
    """One person and their browser, which keeps their cookies.

    ``base`` is the site that they visit; another one is a matter of changing it.
    ``shown`` is the page that their browser shows.
    """

    name: str
    base: str
    browser: aiohttp.ClientSession
    shown: Page | None = None

    async def open(self, path: str) -> Page:
        """Open a page of the site.

        Raises:
            Failed: there is none, or the site does not answer.
        """
        found = await self._ask("GET", path)
        if found.status >= 400:
            raise Failed(
                f"{self.name} opens the page {path} at {self.base}.",
                f"it answers {found.status}: {_summary(found)}",
            )
        return found

    async def look(self, path: str) -> Page | None:
        """Open a page, or see that it is not there (yet)."""
        try:
            found = await self._ask("GET", path)
        except Failed:
            return None
        return found if found.status < 400 else None

    async def download(self, path: str, *, accept: str = "*/*") -> bytes:
        """Get a file of the site.

        Raises:
            Failed: there is none.
        """
        url = urljoin(f"{self.base}/", path)
        try:
            async with self.browser.get(url, headers={"Accept": accept}) as answer:
                body = await answer.read()
        except UNREACHED as error:
            raise self._unreached(url, error) from error
        if answer.status != 200:
            raise Failed(f"{self.name} gets {url}.", f"it answers {answer.status}.")
        return body

    async def everything(self, path: str) -> bytes:
        """Get whatever is at an address, for people and for servers; empty if nothing.

        Raises:
            Failed: the site does not answer.
        """
        url, found = urljoin(f"{self.base}/", path), b""
        for accept in (ACCEPT, documents.ACCEPT):
            try:
                async with self.browser.get(url, headers={"Accept": accept}) as answer:
                    found += await answer.read() + b"\n"
            except UNREACHED as error:
                raise self._unreached(url, error) from error
        return found

    async def document(self, path: str) -> JsonObject:
        """Get a public document, as another server would.

        Raises:
            Failed: there is none.
        """
        return canonical.read(await self.download(path, accept=documents.ACCEPT))

    async def send(
        self,
        on: str,
        action: str,
        fields: Fields = NOTHING,
        *,
        files: Files = NO_FILES,
    ) -> Page:
        """Fill in the form of the page ``on`` that goes to ``action``, and send it.

        The page is opened, unless the person still has it before them.

        Returns:
            The page that the person is sent on to.

        Raises:
            Failed: there is no such form, it has no such field, or it was refused.
        """
        shown = self.shown
        if shown is None or not self._fits(shown, on, action, fields):
            shown = await self.open(on)
        answer = await self.submit(shown, action, fields, files=files)
        if answer.status >= 400:
            raise Failed(
                f"{self.name} sends the form {action} at {self.base}.",
                f"it answers {answer.status}: {_summary(answer)}",
            )
        return answer

    async def refused(self, on: str, action: str, fields: Fields = NOTHING) -> str:
        """Send a form that must be refused, and return the sentence that says why.

        Raises:
            Failed: there is no such form, or it was accepted.
        """
        answer = await self.submit(await self.open(on), action, fields)
        if answer.status < 400:
            raise Failed(
                f"The form {action} is refused to {self.name}.", "it was accepted"
            )
        return _summary(answer)

    async def submit(
        self,
        shown: Page,
        action: str,
        fields: Fields = NOTHING,
        *,
        files: Files = NO_FILES,
    ) -> Page:
        """Fill in a form on a page that is open, and send it; see `send`."""
        candidates = [
            form
            for form in shown.forms_to(action)
            if files.keys() <= form.fields.keys()
        ]
        for form in candidates:
            filled = form.filled(fields)
            if filled is not None:
                return await self._post(shown, form, filled, files)
        raise Failed(
            f"{self.name} finds a form {action} with the fields "
            f"{', '.join(fields) or '(none)'} on {shown.url}.",
            _forms_found(shown, candidates, fields),
        )

    async def _post(
        self,
        shown: Page,
        form: Form,
        filled: list[tuple[str, str]],
        files: Files,
    ) -> Page:
        if form.method == "get":
            address = form.action.partition("?")[0]
            return await self._ask("GET", f"{address}?{urlencode(filled)}")
        data = aiohttp.FormData(filled, quote_fields=False)
        for name, file in files.items():
            data.add_field(
                name, file.content, filename=file.name, content_type=file.kind
            )
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(shown.url))
        return await self._ask(
            "POST", form.action, data=data, headers={"Origin": origin}
        )

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        data: aiohttp.FormData | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        url = urljoin(f"{self.base}/", path)
        try:
            async with self.browser.request(
                method,
                url,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                body = await answer.text()
                status, location = answer.status, answer.headers.get("location")
        except UNREACHED as error:
            raise self._unreached(url, error) from error
        if status == SEE_OTHER and location is not None:
            return await self._ask("GET", urljoin(url, location))
        return self._on_screen(Page(url, body, status=status))

    def _on_screen(self, answer: Page) -> Page:
        self.shown = answer
        return answer

    def _fits(self, shown: Page, on: str, action: str, fields: Fields) -> bool:
        """Whether this page is on the screen, and has such a form to fill in."""
        return shown.url == urljoin(f"{self.base}/", on) and any(
            form.filled(fields) is not None for form in shown.forms_to(action)
        )

    def _unreached(self, url: str, error: Exception) -> Failed:
        why = f"no answer: {type(error).__name__} {error}"
        return Failed(f"{self.name} reaches {url}.", why)


@contextlib.asynccontextmanager
async def browsers() -> AsyncIterator["Browsers"]:
    """Give each visitor a browser of their own; all are closed at the end."""
    # Nobody's name is looked up here: the nodes have numbers.
    resolver = aiohttp.ThreadedResolver()
    # A node closes a line that was idle for five seconds. Whoever writes on it in that
    # very moment gets no answer, so a visitor lets go of it well before.
    connector = aiohttp.TCPConnector(limit=0, resolver=resolver, keepalive_timeout=2)
    opened = Browsers(connector)
    try:
        yield opened
    finally:
        await opened.close()
        await connector.close()


class Browsers:
    """All the browsers of a story. They share nothing but the wire."""

    def __init__(self, connector: aiohttp.TCPConnector) -> None:
        self._connector = connector
        self._open: list[aiohttp.ClientSession] = []

    def visitor(self, name: str, base: str) -> Visitor:
        """Sit a person down at a browser of their own."""
        browser = aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            # Browsers keep cookies for addresses such as 127.0.0.1 as well.
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Accept": ACCEPT},
            timeout=aiohttp.ClientTimeout(total=20),
        )
        self._open.append(browser)
        return Visitor(name=name, base=base, browser=browser)

    async def close(self) -> None:
        for browser in self._open:
            await browser.close()


def _summary(answer: Page) -> str:
    says = answer.alert or answer.text or "an empty page"
    return " ".join(says.split())[:300]


def _forms_found(shown: Page, candidates: list[Form], fields: Fields) -> str:
    if not candidates:
        others = ", ".join(sorted({urlsplit(f.action).path for f in shown.forms}))
        return f"that page has forms to: {others or 'nowhere'}."
    there = "; ".join(
        ", ".join(
            f"{name} ({known.kind}"
            + (f": {', '.join(list(known.options)[:8])}" if known.options else "")
            + ")"
            for name, known in form.fields.items()
        )
        for form in candidates
    )
    return f"{len(candidates)} such forms, with the fields: {there}. Given: {fields}."
