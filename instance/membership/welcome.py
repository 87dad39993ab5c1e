"""Setting up a node, and letting people in: by a personal link or a printed code."""

import secrets
from dataclasses import dataclass
from typing import Final

from activitypub import proofs
from confederation import assembly
from confederation.confederal import history
from confederation.errors import ByNumber, Phrase
from confederation.identifiers import Digest, MemberId, Multikey
from confederation.membership.member import Evidence
from instance import config as settings
from instance import node, speech
from instance.config import Config
from instance.desk import Desk
from instance.errors import Misused
from instance.languages import N_, phrased
from instance.store import people, servants
from instance.upkeep import keys

LONGEST_NAME: Final = 100
CODE_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a person needs to come in. Both open the same door; neither is kept here."""

    member: MemberId
    link: str
    code: str


def set_up(config: Config, *, name: str, organiser: str) -> Invitation:
    """Make a node in a new directory and invite its first member, the organiser.

    Raises:
        Misused: the directory holds something already, or a name cannot be used.
    """
    directory = config.directory
    checked_name(name)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Misused(
            "{directory} is not empty: a node needs a directory of its own.",
            directory=directory,
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        keys.write_secret(config.secret)
        with node.at_desk(config) as desk:
            _make_actors(desk, name)
            _make_record_keys(desk)
            invitation = invite(desk, organiser)
        # The settings come last: what has none is no node yet.
        settings.write(config)
    except BaseException as error:
        # Half a node would only stand in the way of the next attempt.
        for made in directory.glob("*"):
            made.unlink()
        if isinstance(error, OSError):
            raise Misused(
                "{directory} cannot be written: {why}.",
                directory=directory,
                why=error.strerror,
            ) from error
        raise
    return invitation


def invite(
    desk: Desk,
    name: str,
    *,
    by: MemberId | None = None,
    evidence: Evidence = "self",
) -> Invitation:
    """Let a person in, as a member if the assembly is founded, else as a founder.

    ``by`` is the registrar who does it; None where the host does, or a rule.

    Raises:
        Misused: the name is empty, too long, or has control characters.
        Refused: the assembly does not take members this way.
    """
    member = MemberId(f"m{secrets.token_hex(8)}")
    if servants.called(desk.connection, checked_name(name)):
        raise Misused(
            "A public servant of this name has an account here, and is no "
            "member. End that account first; if they are two people, please add "
            "something that tells them apart."
        )
    people.keep_person(desk.connection, member, name=checked_name(name))
    if node.exists(desk, "assembly:it"):
        node.perform(
            desk,
            "assembly:it",
            assembly.AddMember(member=member, evidence=evidence, by=by, at=desk.now),
        )
    return new_link(desk, member)


def new_link(desk: Desk, member: MemberId) -> Invitation:
    """Make a fresh link and code for a member; earlier ones go on working."""
    token = secrets.token_urlsafe(24)
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    people.keep_login(desk.connection, member, token=token, kind="link", at=desk.now)
    people.keep_login(desk.connection, member, token=code, kind="code", at=desk.now)
    return Invitation(
        member=member,
        link=f"{desk.config.base}/in/{token}",
        code="-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4)),
    )


def checked_name(name: str) -> str:
    """Return a name as it will be shown.

    Raises:
        Misused: it is empty, longer than `LONGEST_NAME`, or has control characters.
    """
    tidy = " ".join(name.split())
    if not tidy:
        raise Misused("A name cannot be empty.")
    if len(tidy) > LONGEST_NAME:
        raise Misused(
            ByNumber(
                "A name has at most {most} character.",
                "A name has at most {most} characters.",
            ),
            most=LONGEST_NAME,
        )
    if not tidy.isprintable():
        raise Misused("A name cannot hold control characters.")
    return tidy


def _make_actors(desk: Desk, name: str) -> None:
    slug = desk.config.slug
    speech.new_actor(
        desk,
        path=speech.group_path(desk),
        kind="Group",
        username=slug,
        name=checked_name(name),
        summary=N_("An assembly that decides for itself and together with others."),
    )
    speech.new_actor(
        desk,
        path=speech.clerk_path(desk),
        kind="Service",
        username=f"{slug}_clerk",
        name=phrased("{name}, clerk", name=Phrase(checked_name(name))),
        summary=N_("Publishes what the assembly decided, and decides nothing."),
    )
    speech.new_actor(
        desk,
        path=speech.INSTANCE_ACTOR,
        kind="Application",
        username="folkmoot.node",
        name="Folkmoot node",
    )


def _make_record_keys(desk: Desk) -> None:
    for name in (keys.RECORD_KEY, keys.NEXT_RECORD_KEY):
        secret = proofs.new_key().private_bytes_raw()
        keys.keep(desk.connection, desk.vault, name, secret)
    keys.keep(desk.connection, desk.vault, keys.COOKIE_KEY, secrets.token_bytes(32))


def record_key(desk: Desk, name: str = keys.RECORD_KEY) -> Multikey:
    """Return the public half of one of the assembly's record keys."""
    key = keys.ed25519_key(desk.connection, desk.vault, name)
    if key is None:
        raise Misused("This node has lost its key {name!r}.", name=name)
    return Multikey(proofs.multikey(key.public_key()))


def next_key_digest(desk: Desk) -> Digest:
    """Return what commits the assembly to the record key after this one."""
    return history.key_digest(record_key(desk, keys.NEXT_RECORD_KEY))


def member_called(desk: Desk, name: str) -> MemberId:
    """Return the one member of this name.

    Raises:
        Misused: nobody is called that, or more than one.
    """
    found = [
        member
        for member, known in people.names(desk.connection).items()
        if known == name
    ]
    if not found:
        raise Misused("Nobody here is called {name!r}.", name=name)
    if len(found) > 1:
        raise Misused("More than one member here is called {name!r}.", name=name)
    return MemberId(found[0])
