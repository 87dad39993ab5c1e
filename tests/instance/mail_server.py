"""A mail server that takes letters in, and misbehaves when it is told to."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from instance.mail import Account


@dataclass(slots=True)
class Server:
    """A mail server on this machine (RFC 5321); ``does`` says how it misbehaves.

    ``proof`` is what it shows once it is asked for TLS (RFC 3207). At ``hushes``, a
    word and the number of a letter, it has heard and says nothing more.
    """

    does: str = ""
    port: int = 0
    proof: ssl.SSLContext | None = None
    hushes: tuple[str, int] | None = None
    got: list[EmailMessage] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return Account(
            host="127.0.0.1", port=self.port, sender="us@example.org", tls="none"
        )

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            if self.does == "stall":
                await reader.read()
            while self.does == "drip":
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.05)
            writer.write(b"220 here\r\n")
            while line := (await reader.readline()).decode().strip():
                self.heard.append(line)
                line = line.upper()
                if line == "DATA":
                    await self.take_in(reader, writer)
                elif line == "STARTTLS" and self.proof is not None:
                    writer.write(b"220 go on\r\n")
                    await writer.start_tls(self.proof)
                elif self.hushes != (line[:4], len(self.got) + 1):
                    writer.write(self.answer(line))
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def take_in(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"354 go on\r\n")
        raw = await reader.readuntil(b"\r\n.\r\n")
        if self.does == "drop":
            raise ConnectionError
        parsed = email.message_from_bytes(raw[:-3], policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.got.append(parsed)
        if self.hushes != ("DATA", len(self.got)):
            writer.write(b"250 taken\r\n")

    def answer(self, line: str) -> bytes:
        if line.startswith("RCPT"):
            codes = {"refuse": b"550 nobody\r\n", "busy": b"451 later\r\n"}
            return codes.get(self.does, b"250 ok\r\n")
        if line.startswith("EHLO"):
            return b"250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
        if line.startswith("AUTH"):
            return b"235 welcome\r\n"
        return b"250 ok\r\n" if line.startswith("MAIL") else b"502 no\r\n"


@asynccontextmanager
async def a_server(
    does: str = "", *, proof: ssl.SSLContext | None = None, at_once: bool = False
) -> AsyncIterator[Server]:
    server = Server(does=does, proof=proof)
    listens = await asyncio.start_server(
        server.talk, "127.0.0.1", 0, ssl=proof if at_once else None
    )
    server.port = listens.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listens.close()
