"""What others say of a shared issue is told on by a number, and by repeating a post.

The assembly that raised an issue says in its post how many have it by now. One that has
it too repeats that post to its own followers, who then meet the others. Neither says
anything in another's name.
"""

import re
from typing import Final

from markupsafe import Markup

from activitypub import addresses, canonical
from activitypub.canonical import JsonObject
from activitypub.errors import ProtocolError
from confederation import record
from confederation.errors import ByNumber
from confederation.matters import shared
from instance import archive, chamber, languages, speech
from instance.desk import Desk
from instance.matters import adoptions
from instance.store import posts, records, told_elsewhere

_SAID: Final = re.compile(r'<p class="shared">[^<]*<a href="[^"]*">[^<]*</a></p>')


def tell_numbers(desk: Desk) -> int:
    """Say in our posts of issues how many have them; return how many posts changed.

    Asking again changes nothing until somebody else says that they have it, or takes it
    back.
    """
    ours = records.ours(desk.connection)
    if not desk.pen or ours is None:
        return 0
    mark = records.count(desk.connection, "SharedAccount")
    if desk.shelf.shared_told == mark:
        return 0
    desk.shelf.shared_told = mark
    held = chamber.records_held(desk)
    changed = 0
    for row in records.entries(desk.connection, ours.id, types=("Issue",)):
        entry = archive.read(desk, row)
        carrier = posts.carrier_of(desk.connection, entry.digest)
        if carrier is None or not isinstance(entry.fact, record.Issue):
            continue
        adoptions.tell(desk, entry, held, post=carrier["id"])
        number = shared.gather(entry, held).assemblies
        note = canonical.read(carrier["body"].encode())
        before = str(note["content"])
        after = _SAID.sub("", before) + _number(desk, entry.digest, number)
        if after != before:
            speech.revise(desk, speech.reworded(note, after))
            changed += 1
    return changed


def keep_post(desk: Desk, document: JsonObject, beside: list[JsonObject]) -> None:
    """Keep by which post an assembly tells of an issue, if it says so itself.

    The post has to be of the same server as the assembly, or anybody could have us
    repeat anything.
    """
    if document.get("type") != "Issue":
        return
    known = records.assembly(desk.connection, str(document.get("assembly")))
    activity = beside[0]
    named = [each.get("id") for each in beside[1:]] or [activity.get("assemblyPost")]
    [post] = named
    if known is None or activity.get("actor") != known.address:
        return
    if isinstance(post, str) and _same_origin(post, known.address):
        told_elsewhere.keep(desk.connection, canonical.digest(document), post=post)


def repeat(desk: Desk, issue: str) -> bool:
    """Repeat the post of another's issue, once; whether it was done."""
    post = told_elsewhere.to_repeat(desk.connection, issue, at=desk.now)
    if post is None:
        return False
    speech.repeat(desk, post)
    return True


def _number(desk: Desk, digest: str, number: int) -> str:
    if number < 2:
        return ""
    page = speech.address(desk, f"shared/{digest.removeprefix('sha256:')}")
    counted = ByNumber("{number} assembly has this.", "{number} assemblies have this.")
    return str(
        Markup('<p class="shared">{} <a href="{}">{}</a></p>').format(
            languages.phrased(counted, number=number),
            page,
            languages.phrased("Read what each says"),
        )
    )


def _same_origin(one: str, other: str) -> bool:
    try:
        return addresses.parse(one).origin == addresses.parse(other).origin
    except ProtocolError:
        return False
