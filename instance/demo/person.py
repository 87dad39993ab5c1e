"""A person of the story has a browser, a way in, and perhaps a key of their own."""

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from instance.demo.expecting import Failed
from instance.demo.visitor import Visitor

_LINK: Final = re.compile(r"https?://[^\s\"'<>]+/in/[\w-]+")
_CODE: Final = re.compile(r"\b[a-z0-9]{4}(?:-[a-z0-9]{4}){2}\b")


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody of one of the assemblies.

    ``key`` is one that no node holds: a teller's, or that of a delegate who keeps it.
    """

    name: str
    browser: Visitor
    link: str
    code: str
    key: Ed25519PrivateKey | None = field(default=None, repr=False)

    @property
    def way_in(self) -> str:
        """The personal link, at the address where the node lives now."""
        return f"{self.browser.base}/in/{self.link.rpartition('/in/')[2]}"

    @property
    def public_key(self) -> str:
        """The public half of their own key."""
        return proofs.multikey(self._own_key().public_key())

    async def come_in(self) -> None:
        """Sign in by the personal link."""
        path = self.way_in.removeprefix(self.browser.base)
        await self.browser.send(path, path)

    async def come_in_by_code(self) -> None:
        """Sign in by the code on paper, wherever the node lives by now."""
        await self.browser.send("/sign-in", "/sign-in", {"code": self.code})

    def sign(self, document: JsonObject) -> JsonObject:
        """Sign a document on a device of their own."""
        key = self._own_key()
        return proofs.sign(
            document,
            key,
            verification_method=proofs.key_id(key.public_key()),
            created=datetime.now(UTC),
        )

    async def sign_at(self, path: str, form: str) -> None:
        """Fetch a document from the node, sign it elsewhere, and hand it in."""
        document = canonical.read(await self.browser.download(path))
        signed = canonical.canonical(self.sign(document)).decode()
        await self.browser.send(form, form, {"signed": signed})

    def make_key(self, path: Path) -> None:
        """Make a key of their own, in a new file that only its owner may read."""
        self.key = proofs.new_key()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(proofs.write_secret(self.key) + "\n")

    def _own_key(self) -> Ed25519PrivateKey:
        if self.key is None:
            raise Failed(f"{self.name} has a key of their own.", "they made none")
        return self.key


def ways_in(text: str, *, whose: str) -> tuple[str, str]:
    """Find a personal link and a code in what a node shows once.

    Raises:
        Failed: there is none.
    """
    link, code = _LINK.search(text), _CODE.search(text)
    if link is None or code is None:
        raise Failed(f"The node gives {whose} a link and a code.", text.strip()[:500])
    return link[0], code[0]
