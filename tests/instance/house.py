"""A node of one assembly for tests: real files, real keys, a clock that stands."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import proofs
from activitypub.canonical import JsonObject
from confederation import assembly
from confederation.confederal.history import Record
from confederation.deciding.rulebook import Teller
from confederation.identifiers import MemberId, Multikey
from confederation.membership.member import Founder
from instance import clerk, node
from instance.config import Config
from instance.desk import Desk, Shelf
from instance.membership import welcome
from instance.store import acts, events

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A node with its organiser and two tellers, whose keys it does not hold."""

    config: Config
    members: tuple[MemberId, ...]
    tellers: tuple[Ed25519PrivateKey, ...]
    records: dict[str, Record] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """What was read of records before, as a serving node keeps it."""

    @contextmanager
    def desk(self, at: datetime = NOON) -> Iterator[Desk]:
        """Work at the desk of the serving node, which holds the pen."""
        with node.at_desk(self.config, clock=lambda: at) as desk:
            yield replace(desk, pen=True, shelf=Shelf(records=self.records))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look at what the tables hold."""
        with self.desk() as desk:
            return [tuple(row) for row in desk.connection.execute(query)]

    def confirm(self, desk: Desk) -> None:
        """Let both tellers confirm all that waits, and the clerk publish it."""
        for act in acts.waiting(desk.connection):
            for key in self.tellers if act.needs else ():
                document = signed(clerk.to_confirm(desk, act), key)
                clerk.confirm(desk, clerk.act(desk, act.id), public(key), document)
        clerk.publish_ready(desk)

    @property
    def teller_keys(self) -> tuple[Multikey, ...]:
        return tuple(map(public, self.tellers))


def public(key: Ed25519PrivateKey) -> Multikey:
    return Multikey(proofs.multikey(key.public_key()))


def signed(document: JsonObject, key: Ed25519PrivateKey) -> JsonObject:
    """Sign a document as a person does, on a device of their own."""
    return proofs.sign(
        document,
        key,
        verification_method=proofs.key_id(key.public_key()),
        created=NOON,
    )


def a_house(
    directory: Path,
    *,
    slug: str = "harbour",
    port: int = 8001,
    domain: str | None = None,
) -> House:
    """Set up a node whose assembly is not founded yet, in development mode.

    With a ``domain`` it is a node of the open network, at that name.
    """
    built, files, members = _built(slug, port, domain)
    config = replace(built, directory=directory / slug)
    config.directory.mkdir(mode=0o700, parents=True)
    for name, mode, content in files:
        path = config.directory / name
        path.write_bytes(content)
        path.chmod(mode)
    return House(
        config=config,
        members=members,
        tellers=(proofs.new_key(), proofs.new_key()),
    )


@cache
def _built(
    slug: str, port: int, domain: str | None
) -> tuple[Config, list[tuple[str, int, bytes]], tuple[MemberId, ...]]:
    """Set a node up once for all who ask for the same one; they copy its files.

    Its keys and tables take longer to make than most tests that use it.
    """
    listen = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="folkmoot-house-") as shelf:
        config = Config(
            directory=Path(shelf, slug),
            slug=slug,
            domain=domain or listen,
            dev=domain is None,
            listen=listen,
        )
        organiser = welcome.set_up(config, name=slug.title(), organiser="Ada")
        with node.at_desk(config) as desk:
            second = welcome.invite(desk, "Ben")
        files = [
            (each.name, each.stat().st_mode, each.read_bytes())
            for each in config.directory.iterdir()
        ]
    return config, files, (organiser.member, second.member)


def found(house: House, desk: Desk, *more: MemberId) -> None:
    """Found the assembly, with more members if any, confirmed by its two tellers."""
    command = assembly.FoundAssembly(
        name=events.keep_wording(desk.connection, house.config.slug.title()),
        kind="place",
        key=welcome.record_key(desk),
        next_key_digest=welcome.next_key_digest(desk),
        founders=tuple(
            Founder(member=each, evidence="self") for each in (*house.members, *more)
        ),
        tellers=tuple(
            Teller(member=member, key=key)
            for member, key in zip(house.members, house.teller_keys, strict=True)
        ),
        by=None,
        at=desk.now,
    )
    node.perform(desk, "assembly:it", command)
    house.confirm(desk)
