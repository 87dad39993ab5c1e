"""A text that was withdrawn is gone here for good, and all who hold it are asked.

What stands in the record stays: it holds a commitment, which nobody can open any more.
Whoever has the text may ask nobody's leave to keep it; that they were asked, and what
they said, is shown. See docs/decisions/0005.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from markupsafe import escape

from activitypub import canonical, documents
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Forbidden, Malformed
from confederation import record
from confederation.confederal import dissent
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId
from instance import archive, carriers, speech, vocabulary
from instance.desk import Desk
from instance.errors import Misused
from instance.languages import LANGUAGES, Language, phrased, speaking, spoken
from instance.matters import openings
from instance.store import erasures, events, posts, records
from instance.store.erasures import Erasure

REASONS: Final[Mapping[str, str]] = {
    "asked": Phrase("whoever it is about asked for it"),
    "person": Phrase("it spoke about a person"),
    "mistake": Phrase("it should not have been published"),
    "law": Phrase("the law requires it"),
}
NOTES: Final = "erased.jsonl"
"""The file beside the database that survives the restoring of an old backup."""
_SHORTEST_NAMED: Final = 8
_TERMS: Final[JsonObject] = {
    "asm": vocabulary.NS,
    "assemblyErased": "asm:erased",
    "assemblyReason": "asm:reason",
}


def erase(desk: Desk, commitment: str, *, why: str) -> None:
    """Withdraw a text of ours, reword what was said with it, and ask all fellows.

    Withdrawing it again asks nobody twice.

    Args:
        desk: with the transaction.
        commitment: what stands for the text in our record.
        why: one of `REASONS`.

    Raises:
        Misused: our record commits to no such text, or that is no reason.
    """
    ours = records.ours(desk.connection)
    if why not in REASONS:
        raise Misused("Please say why the text is withdrawn.")
    if ours is None or not erasures.entries_with(
        desk.connection, commitment, assembly=ours.id
    ):
        raise Misused("No entry of this assembly's record holds such a text.")
    if erasures.of(desk.connection, commitment) is not None:
        return
    if _minoritys(desk, commitment, ours.id):
        raise Misused(
            "This is what a minority says. Nobody takes it away; a part that targets a "
            "person is withheld by the two whom the minority named."
        )
    erasure = Erasure(
        commitment=commitment,
        why=why,
        by=ours.id,
        at=canonical.write_time(desk.now),
    )
    note(desk, erasure)
    _forget(desk, erasure)
    _ask_fellows(desk, erasure)


def withdraw(desk: Desk, commitment: str) -> None:
    """Withdraw a text because whoever brought it in asks, published or not."""
    ours = records.ours(desk.connection)
    if ours is not None and erasures.entries_with(
        desk.connection, commitment, assembly=ours.id
    ):
        erase(desk, commitment, why="asked")
        return
    erasure = Erasure(
        commitment=commitment,
        why="asked",
        by="" if ours is None else ours.id,
        at=canonical.write_time(desk.now),
    )
    note(desk, erasure)
    _forget(desk, erasure)


def reapply(desk: Desk) -> int:
    """Erase again what an older backup has brought back; return how many texts."""
    done = 0
    for erasure in _noted(desk):
        if erasures.of(desk.connection, erasure.commitment) is None:
            _forget(desk, erasure)
            done += 1
    return done


def asked(desk: Desk, actor: str, activity: JsonObject) -> str:
    """Erase a text because the assembly that published it asks; answer with an Accept.

    What our own record commits to as well stays until our assembly withdraws it: that
    is answered with a Reject.

    Raises:
        Forbidden: whoever asks has no entry in their record with such a text.
        Malformed: the request cannot be read.
    """
    request = activity.get("object")
    commitment = request.get("assemblyErased") if isinstance(request, dict) else None
    if not isinstance(commitment, str) or not canonical.is_digest(commitment):
        raise Malformed("This does not say which text is withdrawn.")
    why = request.get("assemblyReason") if isinstance(request, dict) else None
    fellow = records.assembly_at(desk.connection, actor)
    if fellow is None or not erasures.entries_with(
        desk.connection, commitment, assembly=fellow.id
    ):
        raise Forbidden("Only the assembly that published a text may withdraw it.")
    ours = records.ours(desk.connection)
    if ours is not None and erasures.entries_with(
        desk.connection, commitment, assembly=ours.id
    ):
        _answer(desk, activity, actor, accepted=False)
        return "kept: our own record holds the same text"
    if _minoritys(desk, commitment, fellow.id):
        _answer(desk, activity, actor, accepted=False)
        return "kept: a minority says it, and its own reviewers did not withhold it"
    erasure = Erasure(
        commitment=commitment,
        why=why if isinstance(why, str) and why in REASONS else "asked",
        by=fellow.id,
        at=canonical.write_time(desk.now),
    )
    if erasures.of(desk.connection, commitment) is None:
        note(desk, erasure)
        _forget(desk, erasure)
    _answer(desk, activity, actor, accepted=True)
    return "text erased"


def answered(desk: Desk, actor: str, request: str, *, accepted: bool) -> bool:
    """Keep what a fellow member said to our request; whether it was one of ours."""
    fellow = records.assembly_at(desk.connection, actor)
    return fellow is not None and erasures.answer(
        desk.connection,
        activity=request,
        assembly=fellow.id,
        answer="erased" if accepted else "kept",
        at=canonical.write_time(desk.now),
    )


def _minoritys(desk: Desk, commitment: str, assembly: AssemblyId) -> bool:
    """Whether these are the words of a minority that its own reviewers let stand."""
    for row in erasures.entries_with(desk.connection, commitment, assembly=assembly):
        entry = archive.read(desk, row)
        if isinstance(entry.fact, record.MinorityReport):
            parts = entry.fact.parts
            rows = records.entries(
                desk.connection, assembly, start=entry.seq, types=("Withholding",)
            )
            withheld = [archive.read(desk, each).fact for each in rows]
            return commitment in parts and not any(
                isinstance(each, record.Withholding)
                and dissent.withholds(each, entry)
                and commitment == parts[each.part - 1]
                for each in withheld
            )
    return False


def _forget(desk: Desk, erasure: Erasure) -> None:
    text = events.wording(desk.connection, erasure.commitment)
    salt = events.salt(desk.connection, erasure.commitment)
    ours = records.ours(desk.connection)
    said = {
        str(row["digest"]): tuple(_said_of(desk, row))
        for row in erasures.entries_with(
            desk.connection, erasure.commitment, assembly=erasure.by
        )
        if ours is not None and ours.id == erasure.by
    }
    erasures.erase(desk.connection, erasure)
    if text is None or salt is None:
        return
    erasures.drop_received(desk.connection, salt.hex())
    if ours is None or ours.id != erasure.by:
        return
    for digest, before in said.items():
        _reword_carrier(desk, records.entry(desk.connection, digest), before)
    _reword_mentions(desk, text)
    _rewrite_said(desk, erasure.commitment, salt.hex())


def _said_of(desk: Desk, row: object) -> Iterator[tuple[Language, str]]:
    """Go through what the post about an entry says if nothing was added to it.

    It is in the language that the assembly wrote in when it was published.
    """
    entry = archive.read(desk, row)
    for language in (spoken(), *LANGUAGES.values()):
        with speaking(language):
            post = carriers.carrier(desk, entry)
            if post is not None:
                yield language, str(speech.body_of(desk, post))


def _reword_carrier(
    desk: Desk, row: object, said: Iterable[tuple[Language, str]]
) -> None:
    held = archive.read_held(row, desk)
    kept = posts.carrier_of(desk.connection, held.entry.digest)
    if kept is None:
        return
    document = canonical.read(kept["body"].encode())
    content = str(document["content"])
    found = ((its, body) for its, body in said if content.startswith(body))
    language, before = next(found, (spoken(), content))
    with speaking(language):
        post = carriers.carrier(desk, held.entry)
        if post is None:
            return
        # What was added since, such as a result, stays.
        html = f"{speech.body_of(desk, post)}{content.removeprefix(before)}"
    changed = speech.reworded(document, html)
    if "name" in document:
        changed["name"] = post.title
    if "assemblyTexts" in document:
        changed["assemblyTexts"] = [*openings.documents(desk, held.document)]
    speech.revise(desk, changed)


def _reword_mentions(desk: Desk, text: str) -> None:
    """Take a text out of the clerk's other posts that named it: a title, for example.

    What members wrote is theirs: nobody rewords it, or shows it to more people.
    """
    if len(text) < _SHORTEST_NAMED:
        return
    gone = phrased("(text withdrawn)")
    clerk, words = speech.clerk_path(desk), {text: gone, str(escape(text)): gone}
    for row in posts.objects_naming(desk.connection, words, actor=clerk):
        document = canonical.read(row["body"].encode())
        changed = _replaced(document, words)
        if isinstance(changed, dict) and changed != document:
            speech.revise(desk, changed)


def _rewrite_said(desk: Desk, commitment: str, salt: str) -> None:
    """Rewrite the activities that brought a text, so that nobody gets it from us."""
    said: dict[str, JsonObject] = {}
    for row in erasures.holding(desk.connection, salt):
        document = canonical.read(row["body"].encode())
        document.pop("proof", None)
        current = _current(desk, document, said)
        clean = _without(current, commitment)
        assert isinstance(clean, dict)
        signed = speech.with_proof(desk, row["actor"], clean)
        said[row["id"]] = signed
        erasures.rewrite(
            desk.connection, row["id"], body=json.dumps(signed, ensure_ascii=False)
        )


def _current(
    desk: Desk, activity: JsonObject, said: Mapping[str, JsonObject]
) -> JsonObject:
    """Put what stands inside an activity into the form that it has today."""
    inner = activity.get("object")
    id = inner.get("id") if isinstance(inner, dict) else None
    if not isinstance(id, str):
        return activity
    if id in said:
        return {**activity, "object": said[id]}
    row = posts.object_of(desk.connection, id)
    if row is None:
        return activity
    document = canonical.read(row["body"].encode())
    document.pop("@context", None)
    return {**activity, "object": document}


def _without(value: JsonValue, commitment: str) -> JsonValue:
    """Leave out whatever would open a commitment."""
    if isinstance(value, dict):
        return {term: _without(each, commitment) for term, each in value.items()}
    if isinstance(value, list):
        return [
            _without(each, commitment)
            for each in value
            if not (isinstance(each, dict) and each.get("commit") == commitment)
        ]
    return value


def _replaced(value: JsonValue, words: Mapping[str, str]) -> JsonValue:
    if isinstance(value, dict):
        return {term: _replaced(each, words) for term, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, words) for each in value]
    if isinstance(value, str):
        for old, new in words.items():
            value = value.replace(old, new)
    return value


def _ask_fellows(desk: Desk, erasure: Erasure) -> None:
    group = speech.address(desk, speech.group_path(desk))
    for fellow in records.assemblies(desk.connection):
        if fellow.ours:
            continue
        id = speech.address(desk, f"a/{desk.new_id()}")
        tombstone: JsonObject = {
            "@context": [documents.AS2, dict(_TERMS)],
            "id": f"{group}/texts/{erasure.commitment.removeprefix('sha256:')}",
            "type": "Tombstone",
            "deleted": erasure.at,
            "assemblyErased": erasure.commitment,
            "assemblyReason": erasure.why,
        }
        request = documents.delete(
            tombstone,
            id=id,
            actor=group,
            audience=documents.Audience(to=(fellow.address,)),
        )
        speech.answer(
            desk,
            speech.group_path(desk),
            request,
            inbox=f"{fellow.address}/inbox",
        )
        erasures.ask(
            desk.connection,
            erasure.commitment,
            assembly=fellow.id,
            activity=id,
        )


def _answer(desk: Desk, activity: JsonObject, actor: str, *, accepted: bool) -> None:
    write = documents.accept if accepted else documents.reject
    speech.answer(
        desk,
        speech.group_path(desk),
        write(
            activity,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, speech.group_path(desk)),
        ),
        inbox=f"{actor}/inbox",
    )


def note(desk: Desk, erasure: Erasure) -> None:
    """Write an erasure down where no backup of the database takes it away.

    It is on the disk before the text is gone: what is asked for is asked for good.
    """
    line = {
        "commitment": erasure.commitment,
        "why": erasure.why,
        "by": erasure.by,
        "at": erasure.at,
    }
    with (desk.config.directory / NOTES).open("a", encoding="utf-8") as notes:
        notes.write(f"{json.dumps(line)}\n")
        notes.flush()
        os.fsync(notes.fileno())


def _noted(desk: Desk) -> list[Erasure]:
    path = desk.config.directory / NOTES
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Erasure(**json.loads(line)) for line in lines if line.endswith("}")]
