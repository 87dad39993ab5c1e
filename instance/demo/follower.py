"""Somebody on another server: they follow, read and reply, and have no vote here.

Their server is as small as one can be. It speaks ActivityPub with signed HTTP and knows
nothing of assemblies; all that ever reached it is kept, to be searched.
"""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from activitypub import canonical, discovery, documents, inbox, proofs, reading
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.documents import ACTIVITY_JSON
from activitypub.errors import ProtocolError
from activitypub.inbox import Accepted, Fetch, Known
from activitypub.signatures import Request, Signer
from instance.demo.expecting import expect

USERNAME: Final = "reader"


class Follower:
    """An account on a server of its own."""

    def __init__(self, name: str, host: str, client: Client) -> None:
        self.name = name
        self.base = f"http://{host}"
        self.id = f"{self.base}/users/{USERNAME}"
        self.handle = f"@{USERNAME}@{host}"
        self.received: list[JsonObject] = []
        self.bytes_received: list[bytes] = []
        self._host = host
        self._client = client
        self._known: dict[str, Known] = {}
        self._said = 0
        # Not the key of a person: it lives for as long as the demonstration does.
        self._rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self._ed25519 = proofs.new_key()

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/.well-known/webfinger", self._webfinger),
            web.get(f"/users/{USERNAME}", self._actor),
            web.post(f"/users/{USERNAME}/inbox", self._inbox),
            web.post("/inbox", self._inbox),
        ]

    async def follow(self, handle: str) -> JsonObject:
        """Find an actor by name, ask to follow it, and return its document."""
        host = handle.rpartition("@")[2]
        resource = f"acct:{handle.removeprefix('@')}"
        found = await self._client.fetch_json(
            f"http://{host}/.well-known/webfinger?resource={resource}",
            accept=discovery.JRD_JSON,
        )
        _, address = discovery.read_jrd(found)
        actor = await self.fetch(address)
        request = documents.follow(address, id=self._new_id(), who=self.id)
        await self.send(str(actor["inbox"]), request)
        return actor

    async def fetch(self, url: str) -> JsonObject:
        """Get a document, signed as such servers sign what they ask for."""
        return await self._client.fetch_document(url, signer=self._signer)

    async def reply(self, post: JsonObject, text: str) -> None:
        """Reply in public to a post, at its author's inbox."""
        author = await self.fetch(str(reading.author_of(post)))
        audience = documents.to_everyone(followers=f"{self.id}/followers", group=None)
        answer = documents.reply(
            documents.Post(
                id=self._new_id(),
                author=self.id,
                content=f"<p>{text}</p>",
                audience=audience,
                published=datetime.now(UTC),
                url=self.id,
            ),
            to=str(post["id"]),
        )
        await self.send(
            str(author["inbox"]), documents.create(answer, id=self._new_id())
        )

    async def send(self, address: str, activity: JsonObject) -> None:
        """Sign an activity and post it to an inbox.

        Raises:
            Failed: it was not accepted.
        """
        body = documents.encode(activity)
        answer = await self._client.post(address, body, self._signer)
        expect(
            f"The inbox {address} takes what {self.handle} sends.",
            holds=answer.status == 202,
            found=f"{answer.status} {answer.body.decode('utf-8', 'replace')}",
        )

    def of_type(self, kind: str) -> list[JsonObject]:
        """Return what came and was of this type, oldest first."""
        return [each for each in self.received if each.get("type") == kind]

    @property
    def _signer(self) -> Signer:
        return Signer(key_id=documents.main_key(self.id), private_key=self._rsa)

    def _new_id(self) -> str:
        self._said += 1
        return f"{self.base}/said/{self._said}"

    async def _webfinger(self, request: web.Request) -> web.Response:
        name = discovery.Account(USERNAME, self._host)
        if request.query.get("resource") not in (name.uri, self.id):
            raise web.HTTPNotFound
        found = discovery.jrd(name, actor=self.id, page=self.id)
        return web.json_response(found, content_type=discovery.JRD_JSON)

    async def _actor(self, request: web.Request) -> web.Response:
        document = documents.actor(
            "Person",
            id=self.id,
            username=USERNAME,
            name=self.name,
            summary="",
            url=self.id,
            shared_inbox=f"{self.base}/inbox",
            keys=documents.Keys(
                transport=self._rsa.public_key(),
                assertion=self._ed25519.public_key(),
            ),
            published=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return web.json_response(document, content_type=ACTIVITY_JSON)

    async def _inbox(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bytes_received.append(body)
        arrived = Request(
            method=request.method,
            target=request.path_qs,
            headers=tuple(
                (name.lower(), value) for name, value in request.headers.items()
            ),
            body=body,
        )
        try:
            accepted = await self._drive(arrived)
        except ProtocolError as error:
            return web.Response(status=401, text=f"{error}\n")
        if isinstance(accepted, Accepted):
            self.received.append(accepted.document)
        return web.Response(status=202)

    async def _drive(self, arrived: Request) -> object:
        """Find out whose activity it is, as every server should."""
        steps = inbox.receive(arrived, host=self._host, now=datetime.now(UTC))
        answer: Known | JsonObject | None = None
        try:
            while True:
                wish = steps.send(answer)
                match wish:
                    case Fetch(url=url):
                        answer = await self.fetch(url)
                    case inbox.Recall(actor=actor):
                        answer = self._known.get(actor)
                    case inbox.Remember(known=known):
                        self._known[known.actor] = known
                        answer = None
        except StopIteration as stop:
            return stop.value


@contextlib.asynccontextmanager
async def on_another_server(
    name: str, host: str, client: Client
) -> AsyncIterator[Follower]:
    """Serve an account at this host and port for as long as the story lasts."""
    address, _, port = host.rpartition(":")
    async with client:
        follower = Follower(name, host, client)
        app = web.Application(client_max_size=canonical.MOST_BYTES)
        app.add_routes(follower.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, address, int(port)).start()
            yield follower
        finally:
            await runner.cleanup()
