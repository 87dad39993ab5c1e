"""Who has an issue of ours too stands in a collection below its post.

Each side says it: the other assembly in its record, and ours by an `Add` to that
collection once it read so there. Neither alone would be believed by a third.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from activitypub import canonical, documents
from confederation.confederal.history import Record
from confederation.identifiers import AssemblyId
from confederation.matters import shared
from confederation.record import Entry, SharedAccount
from instance import chamber, speech
from instance.desk import Desk
from instance.store import posts, records

ADOPTIONS: Final = "adoptions"


def of(desk: Desk, issue: Entry) -> list[str]:
    """Return where each other assembly says that it has an issue too: its own issue.

    Where it has none of its own, what it said of ours.
    """
    gathered = shared.gather(issue, chamber.records_held(desk))
    return [
        _address(desk, account.own or account.entry)
        for account in gathered.accounts
        if account.assembly != issue.assembly
    ]


def tell(
    desk: Desk, issue: Entry, held: Mapping[AssemblyId, Record], *, post: str
) -> None:
    """Tell what came into the collection below our post of an issue, or left it.

    Each once; asking again tells nothing.
    """
    gathered = shared.gather(issue, held)
    standing = {account.entry.digest for account in gathered.accounts}
    for entry, own in _accounts(issue, held):
        name = entry.digest.removeprefix("sha256:")
        added, removed = f"a/{name}-added", f"a/{name}-removed"
        if entry.digest in standing:
            write, path, due = documents.add, added, True
        else:
            # What was taken back before we read it was never in the collection.
            write, path = documents.remove, removed
            due = posts.activity_at(desk.connection, added) is not None
        if not due or posts.activity_at(desk.connection, path) is not None:
            continue
        group = speech.address(desk, speech.group_path(desk))
        known = records.assembly(desk.connection, entry.assembly)
        activity = write(
            _address(desk, own or entry),
            id=speech.address(desk, path),
            actor=group,
            target=f"{post}/{ADOPTIONS}",
            audience=documents.to_everyone(followers=f"{group}/followers"),
        )
        inboxes = () if known is None else (f"{known.address}/inbox",)
        speech.tell_our_kind(desk, activity, inboxes=inboxes)


def _accounts(
    issue: Entry, held: Mapping[AssemblyId, Record]
) -> Iterator[tuple[Entry, Entry | None]]:
    """Go through all that others said of an issue, with the issue that they named."""
    for assembly, kept in held.items():
        if assembly == issue.assembly:
            continue
        for entry, fact in kept.facts(SharedAccount):
            if fact.shares == issue.digest and not fact.withdrawn:
                yield entry, None if fact.own is None else kept.get(fact.own)


def _address(desk: Desk, entry: Entry) -> str:
    row = records.entry(desk.connection, entry.digest)
    assert row is not None
    return str(canonical.read(bytes(row["body"]))["id"])
