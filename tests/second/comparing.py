"""Both programs are asked about the same bytes, and must say the same."""

from collections.abc import Iterator

from activitypub.canonical import JsonObject, JsonValue
from instance import bundle
from tests.second import verify as second

ALIKE = (
    "verdict",
    "exit",
    "compact",
    "compact_given",
    "proposal",
    "outcome",
    "result_hash",
    "attested_by",
    "in_force",
    "bound",
)


def both(data: bytes, compact: str | None) -> tuple[JsonObject, JsonObject]:
    """Ask both programs about a bundle, and keep of each what they must say alike."""
    first, other = bundle.verify(data, compact), second.verify(data, compact)
    written = bundle.result_bytes(first)
    worked_out = other["result"]
    assert written == (worked_out and second.canonical(worked_out))
    return alike(first.as_json()), alike(other)


def alike(report: JsonObject) -> JsonObject:
    told: JsonObject = {name: report[name] for name in ALIKE} | listed(report)
    ratification = report["ratification"]
    if isinstance(ratification, dict):
        told["ratification"] = {**ratification, **listed(ratification)}
    difference = report["difference"]
    told["difference"] = difference["line"] if isinstance(difference, dict) else None
    return told


def listed(report: JsonObject) -> JsonObject:
    """Give what is left out and who dissents, less the sentences."""
    told: JsonObject = {}
    told["left_out"] = [
        [row[name] for name in ("seat", "revision", "digest", "rule", "assembly")]
        for row in rows(report["left_out"])
    ]
    told["dissents"] = [
        [row[name] for name in ("line", "assembly", "seq")]
        for row in rows(report["dissents"])
    ]
    return told


def rows(value: JsonValue) -> Iterator[JsonObject]:
    assert isinstance(value, list)
    for row in value:
        assert isinstance(row, dict)
        yield row
