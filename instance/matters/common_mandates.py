"""A common mandate leaves as one file, which anybody checks offline.

Every node that holds the same records writes the same bytes: the text, what opens its
commitments, who decided what, and each record from its founding to that decision.
See docs/reference/common-mandates.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, NotAuthentic, ProtocolError
from confederation import record
from confederation.confederal.history import Keys, Record
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, Digest
from confederation.matters import common_mandate
from confederation.matters.common_mandate import CommonMandate, Said
from confederation.record import Entry, TextVersion
from instance import chamber, verification, vocabulary
from instance.desk import Desk
from instance.matters import drafting, openings
from instance.store import records
from instance.upkeep import exporting

FORMAT: Final = "folkmoot-common-mandate-1"
_BEGINS: Final = f'{{"format":"{FORMAT}"'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of such a file came to. ``says`` is for the reader, line by line.

    ``code`` is 0 where it holds for the text that was given, 1 where it does not hold,
    and 3 where it holds in itself but no text was given.
    """

    code: int
    says: tuple[str, ...]


def gather(desk: Desk, digest: str) -> CommonMandate:
    """Gather the decisions on a version of a common text, as records are held here.

    Raises:
        Unknown: no such text is known here.
    """
    _, one = drafting.version(desk, digest)
    return common_mandate.gather(one.text, chamber.records_held(desk))


def export(desk: Desk, digest: str) -> bytes:
    """Write a common mandate as a file.

    Raises:
        Unknown: no such text is known here.
    """
    mandate = gather(desk, digest)
    version = verification.version_document(mandate.text)
    kept: list[JsonValue] = []
    opens: set[str] = openings.commitments_in(version)
    for said in _all(mandate):
        rows = records.entries(desk.connection, said.assembly, end=said.entry.seq + 1)
        documents = [canonical.read(bytes(row["body"])) for row in rows]
        opens |= openings.commitments_in(documents[0].get("name"))
        kept.append({"assembly": said.assembly, "entries": [*documents]})
    document: JsonObject = {
        "format": FORMAT,
        "licence": exporting.LICENCE,
        "version": version,
        "versionHash": canonical.digest(version),
        "roll": [_line(said) for said in mandate.roll],
        "others": [_line(said) for said in mandate.others],
        "proposals": _proposals(desk, mandate),
        "records": kept,
        "texts": [*openings.documents(desk, {"opens": [*sorted(opens)]})],
    }
    return canonical.canonical(document)


def is_one(data: bytes) -> bool:
    """Whether these bytes say that they are a common mandate."""
    return data.startswith(_BEGINS)


def check(data: bytes, given: str | None = None) -> Checked:
    """Check such a file offline, and work out again who adopted the text.

    ``given`` is the digest of the text that the reader trusts, as it is printed.
    """
    try:
        document = canonical.read_canonical(data.removesuffix(b"\n"))
        return _checked(document, given)
    except (ProtocolError, Invalid, KeyError, TypeError, AttributeError) as reason:
        if isinstance(reason, ProtocolError | Invalid):
            return Checked(code=1, says=(f"This does not hold: {reason}",))
        return Checked(code=1, says=("This is not written as a common mandate is.",))


def _checked(document: JsonObject, given: str | None) -> Checked:
    version = document["version"]
    if document["format"] != FORMAT or not isinstance(version, dict):
        raise Malformed("It is not written as a common mandate is.")
    text = vocabulary.read(TextVersion, version)
    digest = canonical.digest(version)
    if verification.version_document(text) != version:
        raise Malformed("The text is not written as versions are.")
    if digest != document["versionHash"]:
        raise Malformed("The text is not the one that is named.")
    if given is not None and digest != given:
        raise Malformed(f"This is another text than the one that you gave: {digest}.")
    held = {kept.assembly: kept for kept in _records(document["records"])}
    mandate = common_mandate.gather(text, _with_proposals(held, document))
    for name, said in (("roll", mandate.roll), ("others", mandate.others)):
        if document[name] != [_line(each) for each in said]:
            raise Malformed("The records do not give the decisions that are listed.")
    words = _texts(document)
    clauses = [words.get(each.text) for each in text.clauses]
    return Checked(
        code=0 if given is not None else 3,
        says=(
            *(f"{n}. {_shown(each)}" for n, each in enumerate(clauses, start=1)),
            f"Adopted by {len(mandate.roll)}, each by a decision of its own:",
            *(_said(each, held, words) for each in mandate.roll),
            *(f"Not adopted: {_said(each, held, words)}" for each in mandate.others),
            "Proved: which keys signed which decisions, confirmed by which tellers, in "
            "which order in each record.",
            "Not proved: that each count in the hall was honest, that nothing came "
            "after these entries, and that nobody else decided.",
            *_whose(text, mandate, given),
        ),
    )


def _whose(
    text: TextVersion, mandate: CommonMandate, given: str | None
) -> Iterator[str]:
    if given is None:
        yield (
            "Not checked against anything you gave: give the fingerprint of the text, "
            "from a source that you trust, with --text."
        )
        return
    strange = [each for each in mandate.roll if each.assembly not in text.among]
    for each in strange:
        yield (
            f"The text does not name {each.assembly}: whose record that is was not "
            "checked."
        )


def _records(value: JsonValue) -> Iterator[Record]:
    """Read records as they stand in the file, each a chain whose signatures hold.

    Raises:
        Malformed, NotAuthentic, Invalid: one of them is no such chain.
    """
    if not isinstance(value, list):
        raise Malformed("There are no records here.")
    seen: set[str] = set()
    for kept in value:
        if not isinstance(kept, dict) or not isinstance(kept["entries"], list):
            raise Malformed("A record is a list of entries.")
        found, keys = list[Entry](), Keys()
        for document in kept["entries"]:
            if not isinstance(document, dict):
                raise Malformed("An entry is an object.")
            body = canonical.canonical(document)
            verified, key = verification.read_with_signer(document, body)
            if key not in keys.signers(verified.entry.fact):
                raise NotAuthentic(
                    f"Entry {verified.entry.seq} of a record is not signed with its "
                    "assembly's record key."
                )
            keys = keys.after(verified.entry.fact)
            found.append(verified.entry)
        one = Record.of(found)
        if one.assembly != kept["assembly"] or one.assembly in seen:
            raise Malformed("A record is not the one of the assembly that is named.")
        seen.add(one.assembly)
        yield one


def _with_proposals(
    held: dict[AssemblyId, Record], document: JsonObject
) -> dict[AssemblyId, Record]:
    """Put proposals whose own record is not here beside the records.

    A proposal is signed, and that is all that is asked of it: it says which clauses a
    decision on it was about.
    """
    proposals = document["proposals"]
    if not isinstance(proposals, list):
        raise Malformed("There is no list of proposals here.")
    given = dict(held)
    for each in proposals:
        if not isinstance(each, dict):
            raise Malformed("A proposal is an entry.")
        verified, _ = verification.read_with_signer(each, canonical.canonical(each))
        entry = verified.entry
        if not isinstance(entry.fact, record.Proposal):
            raise Malformed("What stands among the proposals is none.")
        if entry.assembly in held and held[entry.assembly].get(entry.digest):
            continue
        apart = AssemblyId(f"{entry.assembly}/{entry.digest}")
        given[apart] = _alone(entry, apart)
    return given


def _alone(entry: Entry, apart: AssemblyId) -> Record:
    moved = Entry(
        assembly=apart,
        seq=entry.seq,
        prev=entry.prev,
        digest=entry.digest,
        published=entry.published,
        fact=entry.fact,
        rulebook=entry.rulebook,
    )
    return Record(
        assembly=apart, entries=(moved,), size=entry.seq + 1, head=entry.digest
    )


def _proposals(desk: Desk, mandate: CommonMandate) -> list[JsonValue]:
    found: list[JsonValue] = []
    for entry in mandate.proposals:
        row = records.entry(desk.connection, entry.digest)
        assert row is not None
        found.append(canonical.read(bytes(row["body"])))
    return found


def _texts(document: JsonObject) -> dict[str, str]:
    texts, found = document["texts"], dict[str, str]()
    if not isinstance(texts, list):
        raise Malformed("There are no texts here.")
    for each in texts:
        if not isinstance(each, dict):
            raise Malformed("A text is an object.")
        text, salt = str(each["text"]), bytes.fromhex(str(each["salt"]))
        if canonical.commit(salt, text) != each["commit"]:
            raise Malformed("A text does not open its commitment.")
        found[str(each["commit"])] = text
    return found


def _line(said: Said) -> JsonObject:
    """Write what is listed of a decision; all of it follows from its record."""
    decision = vocabulary.wire(said.decision)
    return {
        "assembly": said.assembly,
        "decision": said.entry.digest,
        "published": canonical.write_time(said.entry.published),
        "on": said.on,
        "confirmed": said.confirmed,
        **{
            name: decision[name]
            for name in ("method", "outcome", "present", "members", "effectiveFrom")
        },
    }


def _all(mandate: CommonMandate) -> tuple[Said, ...]:
    said = (*mandate.roll, *mandate.others)
    return tuple(sorted(said, key=lambda each: each.assembly))


def _said(said: Said, held: dict[AssemblyId, Record], words: dict[str, str]) -> str:
    founding = held[said.assembly].entries[0].fact
    named = founding.name if isinstance(founding, record.Founding) else ""
    decision, counts = said.decision, ""
    if decision.members is not None:
        counts = (
            f", {decision.members.for_} for, {decision.members.against} against, "
            f"{decision.members.abstain} abstaining"
        )
    return (
        f"  {_shown(words.get(named))} ({said.assembly}), "
        f"{canonical.write_time(said.entry.published)}: {decision.method.name}"
        f"{counts}; {decision.present} were there; {decision.outcome}"
        f"{'' if said.confirmed else ', not confirmed by two tellers'}."
    )


def _shown(text: str | None) -> str:
    """Write somebody's words on one line, so that they control no screen."""
    plain = "".join(each if each.isprintable() else " " for each in text or "")
    return " ".join(plain.split())[:400] or "(text withdrawn)"


def named(digest: Digest | str) -> str:
    """Return what such a file is called."""
    return f"common-mandate-{str(digest).removeprefix('sha256:')[:12]}.json"
