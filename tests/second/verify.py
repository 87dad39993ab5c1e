#!/usr/bin/env python3
"""A second way to check a bundle, written from ``docs/reference/`` alone.

It shares no line with the first and needs nothing but Python and ``cryptography``:
``python verify.py BUNDLE [COMPACT]`` prints what ``folkmoot verify --json`` does, less
the sentences. Where the two disagree, one of them is wrong, or the pages they follow.
"""

import base64
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Document = dict[str, Any]

CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/folkmoot/v1",
]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\dZ", re.ASCII)
SHARE = re.compile(r"(0|[1-9]\d{0,5})(?:/([1-9]\d{0,5}))?", re.ASCII)
AMOUNT = re.compile(r"-?(0|[1-9]\d{0,14})(?:\.\d{1,9}|/[1-9]\d{0,14})?", re.ASCII)
CONFIRMED = {"Founding", "Rulebook", "Electorate", "Decision", "Election", "Mandate"}
CONFIRMED |= {"Recall", "Succession", "RemitDecision"}
RANKING = ("ranked-pairs", "schulze", "instant-runoff", "stv")
COMMON = {"@context", "id", "type", "v", "attributedTo", "assembly", "seq", "prev"}
COMMON |= {"rulebook", "published", "proof", "confirmations"}
NOBODY = -1


class Wrong(Exception):
    """A line is not as it should be, or a document not what it is taken for."""

    def __init__(self, says: str, line: int | None = None) -> None:
        super().__init__(says)
        self.line = line


class Unverifiable(Exception):
    """What was decided here follows rules that this program does not know."""


# Canonical JSON, digests and signatures


write = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> bytes:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        inside = (canonical(key) + b":" + canonical(value[key]) for key in keys)
        return b"{" + b",".join(inside) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return write(value).encode()


def read(line: bytes) -> Document:
    def once(pairs: list[tuple[str, Any]]) -> Document:
        if len({key for key, _ in pairs}) < len(pairs):
            raise Wrong("a key stands twice")
        return dict(pairs)

    def whole(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > 2**53 - 1:
            raise Wrong("an integer is too large")
        return int(digits)

    def never(_: str) -> Any:
        raise Wrong("not an integer")

    if len(line) > 2**20:
        raise Wrong("the line is too long")
    try:
        value = json.loads(
            line.decode(),
            object_pairs_hook=once,
            parse_int=whole,
            parse_float=never,
            parse_constant=never,
        )
        values, written = measure(value, 1), canonical(value)
    except (ValueError, RecursionError) as error:
        raise Wrong("no JSON") from error
    if not isinstance(value, dict) or values > 20_000 or written != line:
        raise Wrong("not one object in canonical form")
    return value


def normal(text: str) -> bool:
    """Say whether this is in normal form C, where what is newer than 3.2 parts it."""
    known = unicodedata.ucd_3_2_0.category
    parted = (each if known(each) != "Cn" else "\0" for each in text)
    return text.isascii() or unicodedata.is_normalized("NFC", "".join(parted))


def measure(value: Any, depth: int) -> int:
    """Count the values, and find what no document may hold.

    A list or an object with nothing in it counts twice.
    """
    if depth > 32 + (not isinstance(value, dict | list)):
        raise Wrong("nested too deep")
    if isinstance(value, str) and (
        (len(value) > 2**15 and len(canonical(value)) > 2**18 + 2) or not normal(value)
    ):
        raise Wrong("a text is too long or not in normal form C")
    if isinstance(value, dict):
        for key in value:
            measure(key, depth)
        value = list(value.values())
    if isinstance(value, list):
        return 1 + (sum(measure(each, depth + 1) for each in value) or 1)
    return 1


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def from_base58(text: str) -> bytes:
    number = 0
    for letter in text:
        if letter not in BASE58:
            raise Wrong("not base58")
        number = number * 58 + BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


@cache
def key_bytes(multikey: str) -> bytes:
    if not multikey.startswith("z") or len(multikey) > 60:
        raise Wrong("no Multikey")
    raw = from_base58(multikey[1:])
    if len(raw) != 34 or raw[:2] != b"\xed\x01":
        raise Wrong("no Ed25519 key")
    y = int.from_bytes(raw[2:], "little") % 2**255
    if y >= P:
        raise Wrong("a key not written in its one form")
    for _ in range(3):
        # Doubling needs no more of a point than its y. What is no point may have none.
        x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
        y = (y * y + x2) * pow(2 + x2 - y * y, P - 2, P) % P
    if y == 1:
        raise Wrong("a key of small order")
    return raw[2:]


@lru_cache(maxsize=10_000)
def holds(key: bytes, signature: bytes, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def signer(document: Document) -> str:
    """Give the key whose proof covers the whole document."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or "signature" in document:
        raise Wrong("no single proof")
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    context = document.get("@context", [])
    if (
        proof.get("type") != "DataIntegrityProof"
        or proof.get("cryptosuite") != "eddsa-jcs-2022"
        or proof.get("proofPurpose") != "assertionMethod"
        or "expires" in proof
        or not isinstance(context, list)
        or proof.get("@context", []) != context
        or not isinstance(method, str)
        or not method.startswith("#")
        or not isinstance(value, str)
        or not value.startswith("z")
        or len(value) > 100
    ):
        raise Wrong("no proof by which an entry is signed")
    options = {name: proof[name] for name in proof if name != "proofValue"}
    unsigned = {name: document[name] for name in document if name != "proof"}
    data = sha256(canonical(options)) + sha256(canonical(unsigned))
    if not holds(key_bytes(method[1:]), from_base58(value[1:]), data):
        raise Wrong("the signature does not hold")
    return method[1:]


def signer_or_none(document: Any) -> str | None:
    try:
        return signer(document) if isinstance(document, dict) else None
    except Wrong:
        return None


# What fields of each kind hold

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 512


def is_key(value: Any) -> bool:
    return is_id(value) and value.startswith("z6Mk")


def is_digest(value: Any) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def is_time(value: Any) -> bool:
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    try:
        return 1 < datetime.fromisoformat(value).year < 9999
    except ValueError:
        return False


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def one_of(*words: str) -> Check:
    return lambda value: value in words


def list_of(inside: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(inside, value))


def map_of(inside: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(inside, value.values()))


def row_of(*inside: Check) -> Check:
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(inside)
        and all(check(each) for check, each in zip(inside, value, strict=True))
    )


def or_null(inside: Check) -> Check:
    return lambda value: value is None or inside(value)


def made_of(**fields: Check | tuple[Check] | list[Check]) -> Check:
    """Check an object.

    Where a check stands in a tuple the field may be missing or null, in a list missing.
    """

    def check(value: Any) -> bool:
        return isinstance(value, dict) and all(
            fits(value, name.rstrip("_"), inside) for name, inside in fields.items()
        )

    return check


def fits(
    value: Document, name: str, inside: Check | tuple[Check] | list[Check]
) -> bool:
    if callable(inside):
        return name in value and inside(value[name])
    if isinstance(inside, tuple) and value.get(name) is None:
        return True
    return name not in value or inside[0](value[name])


METHOD = made_of(
    name=is_text, quorum=(is_text,), threshold=(is_text,), seats=(is_whole,)
)
CLAUSES = list_of(made_of(n=is_whole, text=is_digest, amounts=[map_of(is_text)]))
OPTIONS = list_of(is_id)
KEYS = list_of(is_key)
INSTRUCTION = made_of(
    proposal=is_digest,
    must=[OPTIONS],
    may=[OPTIONS],
    mustNot=[OPTIONS],
    mayAmend=[list_of(is_whole)],
    amounts=[map_of(map_of(row_of(is_text, is_text)))],
    reason=(is_digest,),
)
VOTE = made_of(
    type=[one_of("Vote")],
    proposal=is_digest,
    assembly=is_digest,
    mandate=is_digest,
    revision=is_whole,
    choice=OPTIONS,
)
NUMBERS = map_of(is_text)
RANKED = made_of(
    lot=OPTIONS,
    chosen=OPTIONS,
    wanted=is_whole,
    pairs=map_of(map_of(is_whole)),
    locks=list_of(
        made_of(
            over=is_text,
            under=is_text,
            votes=is_whole,
            against=is_whole,
            locked=is_flag,
        )
    ),
    paths=map_of(map_of(is_whole)),
    stages=list_of(
        made_of(
            happened=one_of("first choices", "surplus", "excluded"),
            whose=(is_text,),
            votes=NUMBERS,
            lost=is_text,
            elected=OPTIONS,
            tie=(one_of("earlier stage", "lot"),),
            compared=(is_whole,),
        )
    ),
)
VERSION_FIELDS = {"type", "shares", "title", "text", "clauses", "among", "parents"}
VERSION_FIELDS |= {"answers", "lang"}
CLAUSE = {"n", "text", "amounts"}
VERSION = made_of(
    type=one_of("TextVersion"),
    shares=is_digest,
    title=is_digest,
    text=is_digest,
    clauses=CLAUSES,
    among=list_of(is_digest),
    parents=list_of(is_digest),
    answers=list_of(is_digest),
    lang=is_text,
)
OUTCOMES = ["adopted", "rejected", "no quorum", "withdrawn", "returned"]
OUTCOMES += ["in force", "not in force"]
DECISION = made_of(
    ballot=is_id,
    method=METHOD,
    present=is_whole,
    outcome=one_of("passed", "rejected", "no quorum"),
    effectiveFrom=is_time,
    on=(is_digest,),
    textCommit=(is_digest,),
    members=(
        made_of(for_=is_whole, against=is_whole, abstain=is_whole, basis=is_text),
    ),
    chosen=(is_id,),
    elected=[OPTIONS],
    counts=[map_of(is_whole)],
    stages=[list_of(map_of(is_text))],
    papers=(is_digest,),
    channels=[map_of(map_of(is_whole))],
    supersedes=(is_digest,),
)
TYPES: dict[str, Check] = {
    "Founding": made_of(
        name=is_digest,
        kind=is_text,
        key=is_key,
        nextKeyDigest=(is_digest,),
        tellers=[KEYS],
    ),
    "Rulebook": made_of(
        text=is_digest,
        tellers=KEYS,
        quorum=[is_text],
        threshold=[is_text],
        methods=[list_of(is_text)],
    ),
    "KeyEvent": made_of(
        op=one_of("add", "retire", "compromised"),
        key=is_key,
        nextKeyDigest=(is_digest,),
        decided=(is_digest,),
    ),
    "Address": made_of(address=is_id),
    "MemberCount": made_of(members=is_whole),
    "Electorate": made_of(
        session=is_id,
        present=is_whole,
        members=is_whole,
        levels=[map_of(is_whole)],
        basis=[is_text],
    ),
    "Issue": made_of(
        title=is_digest,
        what=is_digest,
        why=(is_digest,),
        theme=[is_text],
        place=(is_digest,),
        status=[is_text],
        lang=[is_text],
        scope=[is_text],
    ),
    "IssueScope": made_of(
        issue=is_digest,
        scope=one_of("local", "district", "county", "national", "international"),
    ),
    "SharedAccount": made_of(
        shares=is_digest,
        account=is_digest,
        why=(is_digest,),
        own=(is_digest,),
        withdrawn=[is_flag],
        lang=[is_text],
    ),
    "ReportBack": made_of(
        mandate=is_digest,
        state=one_of("filed", "accepted", "not accepted", "awaited"),
        text=(is_digest,),
        decision=(is_digest,),
    ),
    "Correction": made_of(
        attestation=is_digest, resultHash=is_digest, differing=[list_of(is_digest)]
    ),
    "Equivocation": made_of(of=is_digest, a=is_digest, b=is_digest),
    "Settlement": made_of(
        a=is_digest, b=is_digest, stands=is_digest, decision=is_digest
    ),
    "CommonText": lambda value: (
        made_of(
            version=VERSION,
            versionHash=is_digest,
            stand=one_of("offered", "taken in", "agreed", "withdrawn"),
            reason=(is_digest,),
        )(value)
        and set(value["version"]) == VERSION_FIELDS
        and all(set(each) == CLAUSE for each in value["version"]["clauses"])
        and digest(canonical(value["version"])) == value["versionHash"]
    ),
    "TextObjection": made_of(
        on=is_digest,
        reason=is_digest,
        state=[one_of("raised", "stands", "withdrawn")],
        first=(is_digest,),
    ),
    "ObjectionTest": made_of(
        objection=is_digest, valid=is_whole, notValid=is_whole, upheld=is_flag
    ),
    "Legitimacy": made_of(
        compact=is_digest,
        criteria=is_digest,
        sittings=list_of(
            made_of(
                session=is_id,
                held=is_time,
                electorate=(is_digest,),
                present=(is_whole,),
                residents=(is_whole,),
                basis=[is_text],
                steps=[map_of(is_flag)],
                countersigned=[is_whole],
            )
        ),
        figure=(is_whole,),
        holds=[is_flag],
    ),
    "Visit": made_of(
        compact=is_digest,
        of=is_digest,
        session=is_id,
        confirms=is_flag,
        present=(is_whole,),
        decision=is_digest,
    ),
    "Challenge": made_of(
        compact=is_digest,
        of=is_digest,
        criterion=one_of(
            "attendance", "counting", "regularity", "process", "existence"
        ),
        evidence=list_of(is_digest),
        replyBy=is_time,
        seed=is_digest,
        decision=is_digest,
    ),
    "Reply": made_of(challenge=is_digest, text=is_digest),
    "LotSeed": made_of(challenge=is_digest, seed=is_text, reply=(is_digest,)),
    "Verdict": made_of(
        challenge=is_digest, upheld=is_flag, decision=is_digest, reason=(is_digest,)
    ),
    "Ratification": made_of(
        proposal=is_digest,
        resultHash=is_digest,
        revision=is_whole,
        ratifies=is_flag,
        decision=(is_digest,),
        withdrawnBy=(is_digest,),
        head=(is_digest,),
        movedBy=(is_digest,),
    ),
    "Action": made_of(
        action=is_id,
        follows=is_digest,
        proposal=(is_digest,),
        what=is_digest,
        state=one_of("offered", "taken", "doing", "blocked", "done", "dropped"),
        due=(is_time,),
        says=(is_digest,),
        lang=[is_text],
    ),
    "Ask": made_of(
        follows=is_digest,
        proposal=(is_digest,),
        authority=is_digest,
        text=is_digest,
        answerBy=is_time,
        lang=[is_text],
    ),
    "Answer": made_of(
        ask=is_digest,
        kind=one_of("received", "holding", "full", "partly", "refused"),
        given=one_of("link", "paper", "account"),
        text=(is_digest,),
        heard=(is_digest,),
        plan=(is_digest,),
        handed=(is_digest,),
        planBy=(is_time,),
        lang=[is_text],
    ),
    "Judgement": made_of(
        ask=is_digest,
        answer=(is_digest,),
        verdict=one_of("accepted", "partly", "not accepted", "no answer"),
        stage=one_of("waiting", "implementing", "done"),
        decision=is_digest,
        reason=(is_digest,),
    ),
    "MinorityReport": made_of(
        on=is_digest,
        proposal=(is_digest,),
        parts=list_of(is_digest),
        signers=[list_of(is_digest)],
        decision=(is_digest,),
        reviewers=[list_of(is_digest)],
        lang=[is_text],
    ),
    "Withholding": made_of(
        report=is_digest, part=is_whole, reviewers=list_of(is_digest)
    ),
    "Proposal": made_of(
        compact=is_digest,
        title=is_digest,
        clauses=CLAUSES,
        options=list_of(made_of(id=is_id, label=is_digest)),
        method=METHOD,
        opens=is_time,
        closes=is_time,
        decision=is_digest,
        issue=(is_digest,),
        amends=(is_digest,),
        slot=(is_digest,),
        ratify=[is_flag],
        compactNext=(is_digest,),
        theme=[is_text],
        on=(is_digest,),
        bearers=(made_of(assemblies=list_of(is_digest), compact=(is_digest,)),),
        whyWider=(is_digest,),
        concerns=[list_of(is_digest)],
        newKey=(
            made_of(
                assembly=is_digest,
                key=is_key,
                after=is_digest,
            ),
        ),
    ),
    "Placement": made_of(
        proposal=is_digest,
        decision=is_digest,
        belongs=one_of("here", "below"),
        alone=[is_flag],
        why=(is_digest,),
    ),
    "Withdrawal": made_of(proposal=is_digest, decision=is_digest),
    "Decision": DECISION,
    "Remit": made_of(
        subAssembly=is_id,
        name=is_digest,
        theme=is_text,
        text=is_digest,
        until=is_time,
        decision=is_digest,
        stands=[is_flag],
        compact=(is_digest,),
        lang=[is_text],
    ),
    "RemitEnd": made_of(remit=is_digest, decision=is_digest),
    "RemitDecision": made_of(remit=is_digest, taken=DECISION),
    "Election": made_of(
        compact=is_digest,
        holder=is_id,
        alternate=or_null(is_id),
        decision=is_digest,
        declared=[list_of(one_of("another seat", "councillor"))],
        alternateDeclared=[list_of(one_of("another seat", "councillor"))],
    ),
    "Mandate": made_of(
        holder=is_id,
        delegateKey=is_key,
        compact=is_digest,
        decision=is_digest,
        election=is_digest,
        instructions=list_of(INSTRUCTION),
        validFrom=is_time,
        validUntil=is_time,
        reportDue=is_time,
        supersedes=(is_digest,),
        paperVote=[is_flag],
        scope=[one_of("proposals", "compact", "theme")],
        theme=[is_text],
        under=(is_digest,),
    ),
    "Recall": made_of(mandate=is_digest, decision=is_digest),
    "Membership": made_of(
        compact=is_digest, act=one_of("join", "apply", "leave"), decision=(is_digest,)
    ),
    "Filed": made_of(
        proposal=is_digest,
        revision=is_whole,
        document=(VOTE,),
        withdrawnBy=(is_digest,),
        paper=(is_digest,),
        head=(is_digest,),
        movedBy=(is_digest,),
    ),
    "PaperVote": made_of(
        proposal=is_digest,
        of=is_digest,
        mandate=is_digest,
        revision=is_whole,
        choice=OPTIONS,
        head=is_digest,
    ),
    "Countersign": made_of(proposal=is_digest, paper=is_digest),
    "Succession": made_of(
        act=one_of("split", "merge", "dissolve", "succeed"),
        decision=is_digest,
        successors=[list_of(is_digest)],
        of=(is_digest,),
    ),
    "Witness": made_of(
        proposal=is_digest,
        final=is_flag,
        seen=[list_of(row_of(is_whole, is_whole, is_digest))],
    ),
    "Attestation": made_of(
        proposal=is_digest,
        resultHash=is_digest,
        result=made_of(
            type=one_of("Result"),
            compact=is_digest,
            proposal=is_digest,
            method=is_text,
            certified=list_of(
                made_of(
                    seat=is_whole,
                    revision=is_whole,
                    digest=is_digest,
                    rule=or_null(one_of("superseded", "withdrawn", "seat emptied")),
                    choice=OPTIONS,
                )
            ),
            figures=made_of(
                seats=is_whole,
                cast=is_whole,
                quorum=is_whole,
                assemblies=map_of(is_whole),
                members=(map_of(is_whole),),
                weights=(map_of(is_text),),
            ),
            outcome=one_of(*OUTCOMES),
            ranked=(RANKED,),
        ),
    ),
}


def share(text: Any) -> Fraction | None:
    found = SHARE.fullmatch(text) if isinstance(text, str) else None
    return Fraction(int(found[1]), int(found[2] or 1)) if found else None


def amount(text: Any) -> Fraction | None:
    held = isinstance(text, str) and AMOUNT.fullmatch(text)
    return Fraction(text) if held else None


# The record of an assembly


@dataclass(frozen=True)
class Entry:
    line: int
    document: Document
    digest: str
    leaf: bytes

    @property
    def seq(self) -> int:
        return int(self.document["seq"])

    @property
    def prev(self) -> str | None:
        prev: str | None = self.document["prev"]
        return prev

    @property
    def assembly(self) -> str:
        return str(self.document.get("assembly", self.digest))

    @cached_property
    def kind(self) -> str | None:
        """Its type, or None where it is unread."""
        type = self.document["type"]
        known = self.document["v"] == 1 and type in TYPES and TYPES[type](self.document)
        if known and type in CONFIRMED:
            confirmations = self.document.get("confirmations", [])
            known = isinstance(confirmations, list) and len(confirmations) <= 8
        if known and type == "Attestation":
            result = self.document["result"]
            known = (
                digest(canonical(result)) == self.document["resultHash"]
                and set(result) in (RESULT, RESULT | {"ranked"})
                and all(set(each) == CERTIFIED for each in result["certified"])
                and set(result["figures"]) in (FIGURES, FIGURES | {"weights"})
                and result["figures"].get("weights", {}) is not None
                and ("ranked" not in result or exact(result["ranked"]))
            )
        return type if known else None

    @cached_property
    def confirmers(self) -> frozenset[str]:
        body = {
            n: v for n, v in self.document.items() if n == "type" or n not in COMMON
        }
        of = digest(canonical(body))
        return frozenset(
            key
            for each in self.document.get("confirmations", [])
            if isinstance(each, dict)
            and each.get("type") == "Confirmation"
            and each.get("of") == of
            and each.get("assembly") == self.document.get("assembly")
            and (key := signer_or_none(each))
        )

    def __getitem__(self, name: str) -> Any:
        return self.document.get(name)


RESULT = {"type", "compact", "proposal", "method", "certified", "figures", "outcome"}
CERTIFIED = {"seat", "revision", "digest", "rule", "choice"}
FIGURES = {"seats", "cast", "quorum", "assemblies", "members"}
RANKED_FIELDS = {"lot", "chosen", "wanted", "pairs", "locks", "paths", "stages"}
LOCK = {"over", "under", "votes", "against", "locked"}
STAGE = {"happened", "whose", "votes", "lost", "elected", "tie", "compared"}


def exact(ranked: Any) -> bool:
    return (
        isinstance(ranked, dict)
        and set(ranked) == RANKED_FIELDS
        and all(set(each) == LOCK for each in ranked["locks"])
        and all(set(each) == STAGE for each in ranked["stages"])
    )


@dataclass
class Record:
    """The entries of one assembly, from the founding on, and the keys over time."""

    entries: list[Entry] = field(default_factory=list)
    keys: list[tuple[str | None, str | None]] = field(default_factory=list)
    """After each entry: the key in force, and the digest committed to for the next."""
    parts: int = 0
    """Where a second record parts from the first: the place of its own first entry."""

    def add(self, entry: Entry) -> None:
        key, committed = self.keys[-1] if self.keys else (None, None)
        if entry.kind == "Founding":
            key, committed = entry["key"], entry["nextKeyDigest"]
        elif entry.kind == "KeyEvent" and entry["op"] == "add":
            named = digest(entry["key"].encode())
            told = committed in (None, named) or entry["decided"] is not None
            if told and consents(entry.document, entry["key"]):
                key, committed = entry["key"], entry["nextKeyDigest"]
        elif entry.kind == "KeyEvent" and entry["key"] == key:
            key = None
        self.entries.append(entry)
        self.keys.append((key, committed))

    def may_sign(self, key: str, entry: Entry, *, given: bool = False) -> bool:
        """Say whether a key may sign what comes at the entry's place.

        One that others may have given only where that is looked at later.
        """
        if entry.seq == 0:
            return entry.kind == "Founding" and entry["key"] == key
        now, committed = self.keys[entry.seq - 1]
        adds = entry.kind == "KeyEvent" and entry["op"] == "add"
        own = adds and entry["key"] == key
        if entry.kind == "KeyEvent" and entry["decided"] is not None:
            return given and own and consents(entry.document, key)
        announced = own and committed == digest(key.encode())
        return announced or key == now

    def upto(self, seq: int) -> "Record":
        return Record(self.entries[:seq], self.keys[:seq])

    def of(self, kind: str, after: int = -1, before: int | None = None) -> list[Entry]:
        held = self.entries[after + 1 : before]
        return [each for each in held if each.kind == kind]

    def get(self, wanted: str | None, before: int | None = None) -> Entry | None:
        for each in self.entries[:before]:
            if each.digest == wanted:
                return each
        return None

    def tellers(self, before: int) -> set[str]:
        founding = self.entries[0]
        tellers = set(founding["tellers"] or ()) if founding.kind else set()
        for each in self.of("Rulebook", before=before):
            judges = tellers or set(each["tellers"])
            if len(each.confirmers & judges) >= 2:
                tellers = set(each["tellers"])
        return tellers

    def confirmed(self, entry: Entry) -> bool:
        before = entry.seq or 1
        return len(entry.confirmers & self.tellers(before)) >= 2

    def addresses(self) -> set[str]:
        return {each["address"] for each in self.of("Address")}


def consents(document: Document, key: str) -> bool:
    consent = document.get("consent")
    return (
        isinstance(consent, dict)
        and consent.get("type") == "KeyConsent"
        and consent.get("assembly") == document.get("assembly")
        and consent.get("key") == key
        and signer_or_none(consent) == key
    )


def enter(line: int, body: bytes, document: Document) -> Entry:
    if len(body) > 2**18:
        raise Wrong("an entry is too large")
    seq, prev, rulebook = (
        document["seq"],
        document.get("prev"),
        document.get("rulebook"),
    )
    if not is_whole(seq) or seq < 0 or (prev is None) != (seq == 0):
        raise Wrong("no place in a record")
    if not (
        isinstance(document.get("type"), str)
        and is_whole(document.get("v"))
        and isinstance(document.get("attributedTo"), str)
        and is_time(document.get("published"))
        and (rulebook is None or isinstance(rulebook, str))
        and (prev is None or isinstance(prev, str))
    ):
        raise Wrong("not of the form of an entry")
    if (seq == 0) != (document["type"] == "Founding"):
        raise Wrong("a founding stands first and nowhere else")
    if ("assembly" in document) == (seq == 0):
        raise Wrong("a founding names itself, what follows names the founding")
    if seq and not is_digest(document["assembly"]):
        raise Wrong("an assembly is named by digest")
    return Entry(line, document, digest(body), sha256(b"\x00" + body))


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:]))


@dataclass(frozen=True)
class Note:
    """A checkpoint: what it says, and its signatures as (name, key hash, bytes)."""

    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]


def read_note(text: Any) -> Note:
    if not isinstance(text, str):
        raise Wrong("no signed note")
    body, separator, signed = text.partition("\n\n")
    lines, signatures = body.split("\n"), []
    if (
        len(text.encode()) > 2**16
        or any(each < " " and each != "\n" for each in text)
        or not separator
        or len(lines) != 3
        or not signed.endswith("\n")
    ):
        raise Wrong("no signed note")
    for line in signed[:-1].split("\n"):
        found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        raw = from_base64(found[2]) if found else b""
        if not found or len(raw) < 5:
            raise Wrong("no signature of a note")
        signatures.append((found[1], raw[:4], raw[4:]))
    if (
        len(signatures) > 100
        or not re.fullmatch(r"[^\s+]+", lines[0])
        or not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1])
        or len(from_base64(lines[2])) != 32
    ):
        raise Wrong("no checkpoint")
    raw_root = from_base64(lines[2])
    return Note(f"{body}\n".encode(), lines[0], int(lines[1]), raw_root, signatures)


def from_base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Wrong("no base64") from error
    if base64.b64encode(raw).decode() != text:
        raise Wrong("not written in its one form")
    return raw


def signs(note: Note, index: int, multikey: str | None, *, cosigns: bool) -> bool:
    if multikey is None:
        return False
    name, hint, signature = note.signatures[index]
    key = key_bytes(multikey)
    if sha256(f"{name}\n".encode() + bytes([4 if cosigns else 1]) + key)[:4] != hint:
        return False
    if not cosigns:
        return holds(key, signature, note.text)
    time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
    said = f"cosignature/v1\ntime {time}\n".encode() + note.text
    return time < 253_370_764_800 and holds(key, signature, said)


def origin(address: str) -> str:
    parts = urlsplit(address)
    return parts.netloc + parts.path


# The lines


class Compact:
    """A version of a compact, as its document says."""

    def __init__(self, document: Document) -> None:
        if document.get("type") != "Compact":
            raise Wrong("no compact")
        self.version = digest(canonical(document))
        rules = document.get("rules", {})
        members, away = document.get("members"), document.get("suspended", [])
        seat = made_of(
            assembly=is_digest,
            address=is_id,
            key=is_key,
            readmitted=(is_digest,),
            bears=(is_digest,),
            substitutes=[list_of(is_digest)],
            weight=[is_whole],
        )
        if (
            not list_of(seat)(members)
            or not members
            or not list_of(seat)(away)
            or not isinstance(rules, dict)
        ):
            raise Wrong("no members")
        self.members: list[Document] = members
        self.seats = {each["assembly"]: at for at, each in enumerate(members)}
        for name in ("assembly", "key"):
            if len({each[name] for each in members + away}) < len(members + away):
                raise Wrong(f"an {name} stands twice")
        bearers = [each for seat in members + away for each in bearers_of(seat)]
        if len(set(bearers)) < len(bearers):
            raise Wrong("a substitute stands twice")
        if any(s.get("substitutes") and not s.get("bears") for s in members + away):
            raise Wrong("substitutes of a seat that is held for nobody")
        themes = document.get("themes", [])
        if (
            not list_of(
                lambda t: is_text(t) and len(t) <= 80 and bool(THEME.fullmatch(t))
            )(themes)
            or len(themes) > 60
            or len(set(themes)) < len(themes)
        ):
            raise Wrong("no themes")
        first, previous = document.get("first"), document.get("previous")
        for each in (first, previous, *map(document.get, ("purpose", "criteria"))):
            if each is not None and not is_digest(each):
                raise Wrong("not a digest")
        if (first is None) != (previous is None) or (first is None and away):
            raise Wrong("a later version names the first one and the one before")
        self.identity = self.version if first is None else first
        borne = [seat["bears"] for seat in members + away if seat.get("bears")]
        if len(set(borne)) < len(borne) or self.identity in borne:
            raise Wrong("a compact holds two seats, or one in itself")
        self.previous: str | None = previous
        self.n = len(members)
        self._rules(rules)
        weighing = self._weighing(rules.get("weighing"))
        most = 3 if weighing and first is not None else 1
        if any(not 1 <= each.get("weight", 1) <= most for each in members + away):
            raise Wrong("a weight that no seat has")
        self._parts = (
            (document, COMPACT),
            (rules, RULES),
            (rules.get("ratification", {}), {"window", "enough", "binds"}),
            (weighing, {"two", "three", "cast"}),
            *((each, SEAT) for each in members + away),
        )

    def is_known(self) -> None:
        """Look for what may change the rules and is not known here."""
        for held, known in self._parts:
            if any(held[name] is not None for name in held.keys() - known):
                raise Unverifiable("The compact has rules that are not known here.")

    def _rules(self, rules: Document) -> None:
        named = rules.get("threshold")
        if named is None:
            named = "majority" if self.n < 4 else "two-thirds"
        if named == "majority":
            self.t = self.n // 2 + 1
        else:
            part = share("2/3" if named == "two-thirds" else named)
            if part is None:
                raise Wrong("no threshold")
            self.t = ceil(self.n * part)
        if not self.n < 2 * self.t <= 2 * self.n:
            raise Wrong("a threshold that settles nothing")
        self.quorum = share(rules.get("quorum", "1/2"))
        adopt = rules.get("adopt", "majority-of-assemblies")
        self.recall = rules.get("recall", "withdraws")
        self.two_tellers = rules.get("twoTellers", True)
        limit, batch = rules.get("closingLimit", 604800), rules.get("batch", 1)
        ratification = rules.get("ratification", {})
        if (
            self.quorum is None
            or self.quorum > 1
            or adopt in RANKING
            or bar({"name": adopt}) is None
            or self.recall not in ("withdraws", "stands")
            or not is_flag(self.two_tellers)
            or not is_whole(limit)
            or not is_whole(batch)
            or limit <= 0
            or batch < 0
            or not isinstance(ratification, dict)
            or not is_whole(ratification.get("window", 1))
            or ratification.get("window", 1) <= 0
            or ratification.get("binds", "all") not in ("ratifying", "all")
        ):
            raise Wrong("no rules to live by")
        part = share(ratification.get("enough", "2/3"))
        if part is None or part > 1:
            raise Wrong("no share that is enough")
        self.enough, self.binds = part, ratification.get("binds", "ratifying")

    def _weighing(self, weighing: Any) -> Document:
        """Read from which attendance on a seat weighs more, if that is agreed."""
        self.split = False
        if weighing is None:
            return {}
        known = made_of(two=is_whole, three=is_whole, cast=[one_of("bloc", "split")])
        if not known(weighing):
            raise Wrong("no way to weigh seats")
        if not 0 < weighing["two"] < weighing["three"] <= 10**6:
            raise Wrong("no numbers to weigh seats by")
        self.split = weighing.get("cast") == "split"
        found: Document = weighing
        return found


COMPACT = {"type", "members", "suspended", "rules", "purpose", "criteria", "themes"}
COMPACT |= {"first", "previous"}
SEAT = {"assembly", "address", "key", "readmitted", "bears", "substitutes", "weight"}
THEME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*")
RULES = {"threshold", "quorum", "adopt", "recall", "twoTellers", "closingLimit"}
RULES |= {"batch", "ratification", "weighing"}


def bearers_of(seat: Document) -> list[str]:
    """Give who files what a seat says: its assembly, then its substitutes."""
    return [seat["assembly"], *seat.get("substitutes", [])]


def bar(method: Document) -> Fraction | None:
    """Give the share that a method asks for; None if there is no such method."""
    name, threshold = method["name"], method.get("threshold")
    if name == "two-thirds-of-assemblies":
        return Fraction(2, 3) if threshold in (None, "2/3") else None
    part = share("1/2" if threshold is None else threshold)
    known = name in (*BY_ASSEMBLIES, *BY_PEOPLE, *RANKING, BY_WEIGHT)
    return part if known and part and Fraction(1, 2) <= part <= 1 else None


def enough(part: Fraction | int, whole: Fraction | int, threshold: Fraction) -> bool:
    if threshold == Fraction(1, 2):
        return part > whole * threshold
    return part > 0 and part >= whole * threshold


BY_ASSEMBLIES = ("majority-of-assemblies", "two-thirds-of-assemblies")
BY_PEOPLE = ("double-majority", "majority-of-members")
BY_WEIGHT = "weighted-majority"


@dataclass
class Bundle:
    """What the lines of a file say, as far as they are right."""

    compact: Compact | None = None
    versions: list[Compact] = field(default_factory=list)
    """The version in line 2, then those before it, from the newest to the first."""
    owners: dict[str, str] = field(default_factory=dict)
    """Whose records may be here, in their order, and their first keys."""
    proposal: str | None = None
    records: dict[str, Record] = field(default_factory=dict)
    branches: list[Record] = field(default_factory=list)
    further: dict[str, int] = field(default_factory=dict)
    """How many branch lines there are of an assembly."""
    contradictions: list[Document] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    below: dict[str, "Bundle"] = field(default_factory=dict)
    """The records of the compacts that have a seat here, by their identities."""

    def held(self, compact: Compact) -> list[Record]:
        """Give every record of those who have a seat in a version."""
        return [
            each
            for each in (*self.records.values(), *self.branches)
            if each.entries and each.entries[0].digest in compact.seats
        ]

    commitments: set[str] = field(default_factory=set)


def check_lines(data: bytes, given: str | None, bundle: Bundle) -> Iterator[int]:
    """Take in the lines one by one; what is wrong is wrong in the line last given."""
    yield 1
    if len(data) > 2**26:
        raise Wrong("the file is too large")
    *lines, rest = data.split(b"\n")
    yield from check_bundle(lines, rest, given, bundle, 0)


def check_bundle(
    lines: list[bytes], rest: bytes, given: str | None, bundle: Bundle, before: int
) -> Iterator[int]:
    """Take in a bundle, or what comes from below in one, after so many lines."""
    yield before + 1
    header = read(lines[0] if lines else rest)
    if header.get("format") != "folkmoot-bundle":
        raise Wrong("no bundle")
    if not is_whole(header.get("version")):
        raise Wrong("no number of a version")
    if header["version"] != 1:
        raise Unverifiable("The bundle is of another version.")
    if set(header) != {"compact", "format", "lines", "proposal", "version"} or not (
        is_digest(header["compact"])
        and is_digest(header["proposal"])
        and is_whole(header["lines"])
    ):
        raise Wrong("no header")
    bundle.proposal = header["proposal"]
    if len(lines) < 2 and before:
        return
    if len(lines) < 2:
        raise Wrong("there is no second line")
    actual = digest(lines[1])
    if actual != header["compact"] and actual == given:
        raise Wrong("the header names another compact")
    yield before + 2
    document = read(lines[1])
    if actual != header["compact"]:
        raise Wrong("this is another compact")
    compact = Compact(document)
    if given not in (None, compact.version, compact.identity):
        raise Wrong("this is not the compact that was given")
    compact.is_known()
    bundle.compact = compact
    bundle.commitments |= digests_in(document)
    add_version(compact, bundle)
    place: tuple[Any, ...] = (0, 0)
    skip = 0
    for number, line in enumerate(lines[2:], before + 3):
        if number <= skip:
            continue
        yield number
        document = read(line)
        first = bundle.versions[-1].previous is None
        if document.get("type") != "Compact" and len(bundle.versions) > 1 and not first:
            raise Wrong("the first version is not here")
        last, place = place, take(number, line, document, bundle)
        if place <= last:
            raise Wrong("out of order")
        if set(document) == {"below", "lines"}:
            skip = number + document["lines"]
            if before:
                raise Wrong("what comes from below holds nothing from further below")
            yield from check_below(document, lines[number:skip], bundle, number)
    for member in compact.members:
        if member["assembly"] not in bundle.records:
            bundle.missing.append("a record")
        if member.get("bears") not in (None, *bundle.below):
            bundle.missing.append("what was decided below")
    if len(lines) < header["lines"] or rest:
        bundle.missing.append("the end of the file")
    elif len(lines) > header["lines"]:
        yield before + 1
        raise Wrong("there are more lines than the header says")


def check_below(
    document: Document, lines: list[bytes], bundle: Bundle, number: int
) -> Iterator[int]:
    """Take in the records of a compact that has a seat here."""
    section = Bundle()
    if lines:
        yield from check_bundle(lines, b"", document["below"], section, number)
    if len(lines) < document["lines"]:
        return
    yield number + len(lines)
    if section.versions[-1].previous is not None and len(section.versions) > 1:
        raise Wrong("the first version is not here")
    if "the end of the file" in section.missing:
        raise Wrong("the lines from below are not as many as they say")
    for assembly, record in section.records.items():
        for other in (bundle, *bundle.below.values()):
            beside = other.records.get(assembly, record)
            if [e.digest for e in record.entries] != [e.digest for e in beside.entries]:
                raise Wrong("a record stands here in two ways")
    bundle.below[document["below"]] = section


def take(
    number: int, line: bytes, document: Document, bundle: Bundle
) -> tuple[Any, ...]:
    """Take in one line, and give its place among the lines."""
    compact = bundle.compact
    assert compact is not None
    if document.get("type") == "Compact" and "seq" not in document:
        earlier, newest = Compact(document), bundle.versions[-1]
        if earlier.version != newest.previous or earlier.identity != compact.identity:
            raise Wrong("this is not the version before")
        earlier.is_known()
        bundle.commitments |= digests_in(document)
        add_version(earlier, bundle)
        return 0, len(bundle.versions)
    if "seq" in document:
        entry = enter(number, line, document)
        add_entry(entry, bundle)
        return 1, list(bundle.owners).index(entry.assembly), entry.seq
    if set(document) == {"assembly", "checkpoint"}:
        check_checkpoint(document, bundle)
        return 2, compact.seats[document["assembly"]]
    if set(document) == {"commit", "salt", "text"}:
        salt, text = document["salt"], document["text"]
        if not isinstance(salt, str) or not re.fullmatch("[0-9a-f]{32}", salt):
            raise Wrong("no salt")
        if (
            not isinstance(text, str)
            or digest(bytes.fromhex(salt) + text.encode()) != document["commit"]
        ):
            raise Wrong("the text does not open its commitment")
        if document["commit"] not in bundle.commitments:
            raise Wrong("nothing here was committed to so")
        return 3, document["commit"]
    if set(document) == {"assembly", "contradiction"}:
        return 4, *check_contradiction(number, document, bundle)
    if set(document) == {"assembly", "branch"}:
        return 5, *check_branch(number, document, bundle)
    if set(document) == {"below", "lines"}:
        borne = [each.get("bears") for each in compact.members]
        if not is_digest(document["below"]) or document["below"] not in borne:
            raise Wrong("no seat is held for this compact")
        if not is_whole(document["lines"]) or document["lines"] < 2:
            raise Wrong("no number of lines")
        return 6, borne.index(document["below"])
    raise Wrong("no line of a bundle")


def add_version(compact: Compact, bundle: Bundle) -> None:
    bundle.versions.append(compact)
    for each in compact.members:
        bundle.owners.setdefault(each["assembly"], each["key"])


def check_branch(
    number: int, document: Document, bundle: Bundle
) -> tuple[int, int, str]:
    """Take in an entry that goes on from a side which is not in the record here."""
    assembly, compact = document["assembly"], bundle.compact
    assert compact is not None
    if (
        not isinstance(assembly, str)
        or assembly not in compact.seats
        or not isinstance(document["branch"], dict)
        or "seq" not in document["branch"]
    ):
        raise Wrong("no entry of a branch")
    entry = enter(number, canonical(document["branch"]), document["branch"])
    bundle.further[assembly] = bundle.further.get(assembly, 0) + 1
    whole = next(
        (
            each
            for each in bundle.branches
            if each.entries[0].digest == assembly == entry.assembly
            and (before := each.get(entry.prev)) is not None
            and before.seq + 1 == entry.seq
            and before.seq >= each.parts
        ),
        None,
    )
    if whole is None or bundle.further[assembly] > 1024:
        raise Wrong("a branch of nothing here")
    if not whole.may_sign(signer(entry.document), entry):
        raise Wrong("signed with a key that may not sign here")
    branch = whole.upto(entry.seq)
    branch.parts = whole.parts
    branch.add(entry)
    if len(whole.entries) == entry.seq:
        bundle.branches.remove(whole)
    if branch.get(entry.digest) is not entry or any(
        each.get(entry.digest) for each in bundle.branches
    ):
        raise Wrong("it stands here already")
    bundle.branches.append(branch)
    return compact.seats[assembly], entry.seq, entry.digest


def add_entry(entry: Entry, bundle: Bundle) -> None:
    if entry.assembly not in bundle.owners:
        raise Wrong("the record of nobody here")
    held = bundle.records.get(entry.assembly, Record())
    last = held.entries[-1].digest if held.entries else None
    if entry.seq != len(held.entries) or entry["prev"] != last:
        raise Wrong("it does not follow the line before")
    key = signer(entry.document)
    if not held.may_sign(key, entry, given=True) or (
        entry.seq == 0 and key != bundle.owners[entry.assembly]
    ):
        raise Wrong("signed with a key that may not sign here")
    held.add(entry)
    bundle.records[entry.assembly] = held
    bundle.commitments |= digests_in(entry.document)


def digests_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return digests_in([*value, *value.values()])
    if isinstance(value, list):
        return set().union(*map(digests_in, value))
    return {value} if is_digest(value) else set()


def check_checkpoint(document: Document, bundle: Bundle) -> None:
    compact, assembly = bundle.compact, document["assembly"]
    assert compact is not None
    held = bundle.records.get(assembly) if isinstance(assembly, str) else None
    if held is None or assembly not in compact.seats:
        raise Wrong("a checkpoint of nobody here")
    note = read_note(document["checkpoint"])
    if note.size > len(held.entries):
        bundle.missing.append("entries that a checkpoint is over")
        return
    if not is_own(note, assembly, held, bundle):
        raise Wrong("the checkpoint is not its assembly's own")
    if root([each.leaf for each in held.entries[: note.size]]) != note.root:
        raise Wrong("the checkpoint is of another record")
    done: set[str] = set()
    for index in range(1, len(note.signatures)):
        by = next(
            (
                other
                for other in compact.seats
                if other in bundle.records
                and note.signatures[index][0] in origins(other, bundle)
                and any(
                    signs(note, index, each, cosigns=True)
                    for each in {key for key, _ in bundle.records[other].keys}
                )
            ),
            None,
        )
        if by is None or by in done:
            raise Wrong("a cosignature by nobody here, or twice")
        done.add(by)


def is_own(note: Note, assembly: str, held: Record, bundle: Bundle) -> bool:
    """Say whether the first signature of a checkpoint is its assembly's own."""
    return (
        note.origin in origins(assembly, bundle)
        and note.signatures[0][0] == note.origin
        and note.size > 0
        and signs(note, 0, held.keys[note.size - 1][0], cosigns=False)
    )


def origins(assembly: str, bundle: Bundle) -> set[str]:
    assert bundle.compact is not None
    seat = bundle.compact.members[bundle.compact.seats[assembly]]
    held = bundle.records.get(assembly)
    return {
        origin(each) for each in {seat["address"], *(held.addresses() if held else ())}
    }


def check_contradiction(
    number: int, document: Document, bundle: Bundle
) -> tuple[int, list[str]]:
    assembly, sides = document["assembly"], document["contradiction"]
    compact = bundle.compact
    assert compact is not None
    held = bundle.records.get(assembly) if isinstance(assembly, str) else None
    seated = isinstance(assembly, str) and assembly in compact.seats
    if held is None or not seated or not isinstance(sides, list) or len(sides) != 2:
        raise Wrong("no two sides of an assembly here")
    entries: list[Entry] = []
    notes: list[Note] = []
    digests: list[str] = []
    for side in sides:
        if isinstance(side, dict) and set(side) == {"checkpoint"}:
            note = read_note(side["checkpoint"])
            if note.size > len(held.entries) or not is_own(
                note, assembly, held, bundle
            ):
                raise Wrong("a checkpoint that the assembly did not sign")
            notes.append(note)
            digests.append(digest(side["checkpoint"].encode()))
        elif isinstance(side, dict) and "seq" in side:
            entry = enter(number, canonical(side), side)
            if (
                entry.assembly != assembly
                or not 0 < entry.seq <= len(held.entries)
                or not held.may_sign(signer(side), entry)
            ):
                raise Wrong("an entry that the assembly did not sign")
            entries.append(entry)
            digests.append(entry.digest)
        else:
            raise Wrong("no side of a contradiction")
    if not contradict(entries, notes, held):
        raise Wrong("the two sides do not contradict each other")
    earlier = [each for each in bundle.contradictions if each["assembly"] == assembly]
    if len(earlier) >= 16:
        raise Wrong("too many contradictions")
    bundle.contradictions.append(document)
    for entry in entries:
        follows = held.entries[entry.seq - 1].digest == entry["prev"]
        here = len(held.entries) > entry.seq and held.entries[entry.seq]
        if follows and not (here and here.digest == entry.digest):
            branch = held.upto(entry.seq)
            branch.parts = entry.seq
            branch.add(entry)
            bundle.branches.append(branch)
    return compact.seats[assembly], digests


def contradict(entries: list[Entry], notes: list[Note], held: Record) -> bool:
    if len(entries) == 2:
        one, other = sorted(entries, key=lambda each: each.seq)
        if one.seq == other.seq:
            return one.digest != other.digest
        return one.seq + 1 == other.seq and other.prev != one.digest
    if len(entries) == 1:
        leaves = [each.leaf for each in held.entries[: notes[0].size]]
        return root(leaves) != notes[0].root
    return False


# The filings, each in its place


@dataclass(frozen=True)
class Matter:
    """A proposal, the version it stands under, and the text it amends, if any."""

    compact: Compact
    proposal: Entry
    amended: Entry | None
    below: dict[str, Document] = field(default_factory=dict)
    """What was decided by compacts that have a seat here, by their proposals."""
    bearers: dict[str, list[Record]] = field(default_factory=dict)
    """The records of those who may file for such a seat, by assembly."""


@dataclass(frozen=True)
class Stop:
    """Why nothing can be filed here; no rule where it only cannot be told yet."""

    rule: str | None


Line = list[tuple[Entry, bool]]
"""What was filed for a seat, from record to record, and whether it stands."""


@dataclass(frozen=True)
class Position:
    """A filing as its record shows it: void by a rule, or what it says for the seat."""

    seat: int
    revision: int
    digest: str
    rule: str | None
    says: str = ""
    choice: tuple[str, ...] = ()
    members: Document | None = None
    waits: bool = False


def filings(record: Record, matter: Matter, seat: int) -> Iterator[Position]:
    for entry, stop in examine(record, matter)[0]:
        if stop is not None and stop.rule is None:
            said = position(record, entry, seat, "unknown", matter)
            yield replace(said, rule=None, waits=True)
        else:
            rule = None if stop is None else stop.rule
            yield position(record, entry, seat, rule, matter)


def examine(
    record: Record, matter: Matter, result: str | None = None
) -> tuple[list[tuple[Entry, Stop | None]], Line | Stop]:
    """Judge what one record files, and give the line that the next filing follows.

    With ``result``, what it files in the ratification of that.
    """
    line: Line | Stop = []
    if place_among(record, matter.compact) > 0:
        line = Stop("not the bearer")
    found: list[tuple[Entry, Stop | None]] = []
    for entry in filed_in(record, matter, result):
        before = line
        if entry["head"] is not None or entry["movedBy"] is not None:
            before = taken_over(record, entry, line, matter, result)
        if isinstance(before, Stop):
            found.append((entry, before))
            if not isinstance(line, Stop):
                line = [*line, (entry, False)]
            elif before.rule is None:
                line = before
            continue
        numbers = [*(each["revision"] for each, _ in before), entry["revision"]]
        in_order = numbers == list(range(1, len(numbers) + 1))
        stop = None
        if result is None and awaits(record, entry.seq, matter):
            stop = Stop(None)
        elif not in_order:
            stop = Stop("out of order")
        elif result is not None:
            rule = judge_ratification(record, entry, matter)
            if rule is not None:
                stop = Stop(None if rule == "not decided below" else rule)
        elif entry["withdrawnBy"] is not None or not is_taken_over(entry):
            standing = [each for each, stands in before if stands]
            last = standing[-1] if standing else None
            rule = judge(record, entry, last, matter)
            stop = None if rule is None else Stop(rule)
        if stop is not None or result is not None or not is_taken_over(entry):
            found.append((entry, stop))
        line = [*before, (entry, stop is None)]
    return found, line


def filed_in(record: Record, matter: Matter, result: str | None) -> list[Entry]:
    if result is not None:
        return [e for e in record.of("Ratification") if e["resultHash"] == result]
    about = matter.proposal.digest
    return [each for each in record.of("Filed") if each["proposal"] == about]


def place_among(record: Record, compact: Compact) -> int:
    """Say how many bear a seat before this one; 0 for whoever has a seat."""
    assembly = record.entries[0].digest
    for seat in compact.members:
        if assembly in bearers_of(seat):
            return bearers_of(seat).index(assembly)
    return 0


def borne(record: Record, compact: Compact) -> Document | None:
    """Give the seat that an assembly files for, if that is held for a compact."""
    assembly = record.entries[0].digest
    for seat in compact.members:
        if seat.get("bears") and assembly in bearers_of(seat):
            return seat
    return None


def awaits(record: Record, seq: int, matter: Matter) -> bool:
    """Say whether something before is not known that the seat would be bound by."""
    compact = matter.compact
    if borne(record, compact) is None:
        return False
    given = [
        each
        for each in record.of("Mandate", before=seq)
        if each["compact"] == compact.identity
    ]
    mandates = {each.digest for each in given}
    recalls = [e for e in record.of("Recall", before=seq) if e["mandate"] in mandates]
    return any(
        each["decision"] not in matter.below and not its_own(each, record)
        for each in (*given, *recalls)
    )


def its_own(entry: Entry, record: Record) -> bool:
    """Say whether what is named as decided below is the bearer's own decision."""
    behind = record.get(entry["decision"], before=entry.seq)
    return behind is not None and behind.kind == "Decision"


def taken_over(
    record: Record,
    entry: Entry,
    line: Line | Stop,
    matter: Matter,
    result: str | None,
) -> Line | Stop:
    """Give what a substitute goes on from who begins to bear a seat."""
    if not isinstance(line, Stop):
        return Stop("not the bearer")
    seat = borne(record, matter.compact)
    if seat is None or line.rule is None:
        return line
    bearers = bearers_of(seat)
    mine = record.entries[0].digest
    for earlier in bearers[: bearers.index(mine)]:
        for other in matter.bearers.get(earlier, []):
            head = other.get(entry["head"])
            if head is None:
                continue
            upto = other.upto(head.seq + 1)
            follows = bearers.index(mine) == bearers.index(earlier) + 1
            named = entry["movedBy"]
            decided = matter.below.get(named or "")
            if named is None:
                return Stop("not the bearer")
            if decided is None and upto.get(named) is None:
                return Stop(None)
            if decided is None:
                gone = leaving(upto, seat, matter.compact)
                moved = follows and gone is not None and gone.digest == named
            else:
                moved = moves(decided, seat, matter.compact, mine)
            if not moved:
                return Stop("not the bearer")
            return examine(upto, matter, result)[1]
    return Stop(None)


def moves(decided: Document, seat: Document, compact: Compact, to: str) -> bool:
    bearers = decided["bearers"]
    return (
        decided["compact"] == seat["bears"]
        and decided["outcome"] == "adopted"
        and bearers is not None
        and bearers.get("compact") == compact.identity
        and bearers["assemblies"][:1] == [to]
    )


def leaving(record: Record, seat: Document, compact: Compact) -> Entry | None:
    """Find the entry by which a bearer left the wider compact, or the one below."""
    gone = left(record, len(record.entries), compact)
    below = None
    for each in record.of("Membership"):
        if each["compact"] == seat["bears"] and each["act"] != "apply":
            below = each if each["act"] == "leave" else None
    return gone or below


def is_taken_over(entry: Entry) -> bool:
    """Say whether a filing only takes a vote on paper as the assembly's own."""
    return entry["paper"] is not None and entry["document"] is not None


def papers(bundle: "Bundle", matter: Matter) -> Iterator[tuple[Entry, Position, bool]]:
    """Go through the votes on paper: each with whether it stands."""
    compact = matter.compact
    records = bundle.held(compact)
    done: set[str] = set()
    for record in records:
        for entry in record.of("PaperVote"):
            named = entry["of"]
            if (
                entry["proposal"] != matter.proposal.digest
                or named not in compact.seats
                or entry.digest in done
            ):
                continue
            done.add(entry.digest)
            upto = None
            for other in records:
                head = other.get(entry["head"])
                if head is not None and head.assembly == named:
                    upto = other.upto(head.seq + 1)
            rule = judge_paper(record, entry, upto, matter)
            seat = compact.seats[named]
            members = None
            if rule is None and upto is not None:
                members = people(upto, entry["mandate"], matter)
            yield (
                entry,
                Position(
                    seat,
                    entry["revision"],
                    entry.digest,
                    rule,
                    "vote",
                    tuple(entry["choice"]),
                    members,
                ),
                upto is not None and countersigned(records, entry, matter),
            )


def judge_paper(
    record: Record, entry: Entry, upto: Record | None, matter: Matter
) -> str | None:
    if entry["of"] == entry.assembly:
        return "not on paper"
    if left(record, entry.seq, matter.compact) is not None:
        return "not a member"
    if matter.compact.members[matter.compact.seats[entry["of"]]].get("bears"):
        return "not on paper"
    if upto is None:
        return None
    seq = len(upto.entries)
    rule = judge_choice(upto, seq, entry.document, matter, None)
    if rule is not None:
        return rule
    filed = [
        each["revision"]
        for each in upto.of("Filed")
        if each["proposal"] == matter.proposal.digest
    ]
    if [*filed, entry["revision"]] != list(range(1, len(filed) + 2)):
        return "out of order"
    return None


def countersigned(records: list[Record], entry: Entry, matter: Matter) -> bool:
    return any(
        each["paper"] == entry.digest
        and each["proposal"] == matter.proposal.digest
        and each.assembly not in (entry.assembly, entry["of"])
        and left(record, each.seq, matter.compact) is None
        for record in records
        for each in record.of("Countersign")
    )


def judge(
    record: Record, entry: Entry, standing: Entry | None, matter: Matter
) -> str | None:
    vote, cause = entry["document"], entry["withdrawnBy"]
    if (vote is None) == (cause is None):
        return "no mandate"
    if vote is None:
        causes = takes_back(record, entry.seq, standing, matter)
        return None if cause in causes else "no mandate"
    return judge_vote(record, entry, vote, matter)


def judge_vote(
    record: Record, entry: Entry, vote: Document, matter: Matter
) -> str | None:
    if vote["revision"] != entry["revision"]:
        return "bad signature"
    if left(record, entry.seq, matter.compact) is not None:
        return "not a member"
    if vote["assembly"] != entry.assembly or vote["proposal"] != matter.proposal.digest:
        return "bad signature"
    signed_by = signer_or_none(vote) or "nobody"
    return judge_choice(record, entry.seq, vote, matter, signed_by)


def judge_choice(
    record: Record, seq: int, vote: Document, matter: Matter, signed_by: str | None
) -> str | None:
    """Judge a vote at a place in a record; on paper nobody signs it."""
    compact = matter.compact
    if left(record, seq, compact) is not None:
        return "not a member"
    given = record.get(vote["mandate"], before=seq)
    if given is None or given.kind != "Mandate":
        return "no mandate"
    if signed_by is None and not given["paperVote"]:
        return "not on paper"
    if signed_by not in (None, given["delegateKey"]):
        return "bad signature"
    lacks = unfounded(record, given, matter)
    if lacks is not None:
        return lacks
    if given["compact"] != compact.identity:
        return "outside scope"
    recalls = [
        each
        for each in record.of("Recall", given.seq, seq)
        if each["mandate"] == given.digest and unfounded(record, each, matter) is None
    ]
    later = successors(record, given.digest, given.seq, seq, matter)
    if recalls and (not later or recalls[0].seq < later[0].seq):
        return "recalled"
    if later:
        return "no mandate"
    if given["validUntil"] < matter.proposal["closes"]:
        return "mandate expired"
    instruction = covering(given, matter)
    if instruction is None:
        return "outside scope"
    if changed_beyond(instruction, matter):
        return "text changed"
    if not allowed(instruction, vote["choice"], matter):
        return "outside instruction"
    return None


def left(record: Record, seq: int, compact: Compact) -> Entry | None:
    """Find the entry by which an assembly had ended, or else left, before a place."""
    number = compact.seats.get(record.entries[0].digest)
    seat = {} if number is None else compact.members[number]
    again = record.get(seat.get("readmitted"))
    for each in record.of("Succession", -1 if again is None else again.seq, seq):
        if ends(record, each):
            return each
    leaving = None
    for each in record.of("Membership", before=seq):
        named = each["compact"] in (compact.version, compact.identity)
        if named and each["act"] != "apply":
            leaving = each if each["act"] == "leave" else None
    return leaving


def ends(record: Record, entry: Entry) -> bool:
    successors = entry["successors"] or []
    others = [each for each in successors if each != entry.assembly]
    fits = {
        "split": len(successors) >= 2,
        "merge": len(successors) == 1 and len(others) == 1,
        "dissolve": not successors,
    }
    decision = record.get(entry["decision"], before=entry.seq)
    if not fits.get(entry["act"]) or len(set(successors)) < len(successors):
        return False
    if decision is None or decision.kind != "Decision":
        return False
    method = decision["method"]
    part = share(method.get("threshold"))
    return (
        decision["outcome"] == "passed"
        and (
            method["name"] in ("consent", "consensus")
            or (part is not None and part > Fraction(1, 2))
        )
        and record.confirmed(decision)
        and record.confirmed(entry)
    )


def unfounded(record: Record, entry: Entry, matter: Matter) -> str | None:
    """Say which rule a mandate or a recall breaks by itself; None if it is founded."""
    compact, seat = matter.compact, borne(record, matter.compact)
    behind: list[Entry] = []
    if seat is not None:
        if lacks_below(record, entry, seat, matter):
            return "no mandate"
    else:
        decision = record.get(entry["decision"], before=entry.seq)
        if decision is None or lacks_decision(entry, decision, compact):
            return "no mandate"
        behind = [entry, decision]
    if entry.kind == "Mandate":
        election = record.get(entry["election"], before=entry.seq)
        if election is None or election.kind != "Election":
            return "no mandate"
        if election["compact"] != entry["compact"]:
            return "no mandate"
        if entry["holder"] not in (election["holder"], election["alternate"]):
            return "no mandate"
        behind.append(election)
        if seat is not None and compact.two_tellers:
            chosen = record.get(election["decision"], before=entry.seq)
            if chosen is None:
                return "one signature only"
            behind.append(chosen)
    if compact.two_tellers and not all(map(record.confirmed, behind)):
        return "one signature only"
    return None


def lacks_decision(entry: Entry, decision: Entry, compact: Compact) -> bool:
    if decision.kind != "Decision":
        return True
    if too_many(decision["members"], 10**9):
        return True
    instructs = [
        each["proposal"]
        for each in entry["instructions"] or ()
        if each["proposal"] != compact.identity
    ]
    return decision["outcome"] != "passed" and not (
        decision["outcome"] == "rejected" and decision["on"] in instructs
    )


def too_many(counts: Document | None, most: int) -> bool:
    """Say whether fewer than nobody were counted somewhere, or more than can be."""
    if counts is None:
        return False
    sides = [counts.get(each, 0) for each in ("for", "against", "abstain")]
    return not all(0 <= each <= most for each in sides)


def lacks_below(record: Record, entry: Entry, seat: Document, matter: Matter) -> bool:
    """Say whether a bearer's mandate or recall is not what was decided below."""
    decided = matter.below.get(entry["decision"])
    if (
        decided is None
        or decided["compact"] != seat["bears"]
        or record.entries[0].digest not in decided["assemblies"]
    ):
        return True
    if entry.kind == "Recall":
        return bool(
            decided["outcome"] != "adopted" or decided["on"] != entry["mandate"]
        )
    for other in record.of("Mandate", before=entry.seq):
        newer = matter.below.get(other["decision"])
        if (
            newer is not None
            and other["compact"] == matter.compact.identity
            and (newer["compact"], newer["on"]) == (decided["compact"], decided["on"])
            and newer["closes"] > decided["closes"]
        ):
            return True
    choice = {"adopted": "for", "rejected": "against"}.get(decided["outcome"])
    if too_many(decided["members"], 10**12):
        return True
    if choice is None or decided["on"] is None or entry["paperVote"]:
        return True
    said = [
        {name: value for name, value in each.items() if value}
        for each in entry["instructions"]
    ]
    return said != [{"proposal": decided["on"], "must": [choice]}]


def successors(
    record: Record, given: str, since: int, seq: int, matter: Matter
) -> list[Entry]:
    return [
        each
        for each in record.of("Mandate", since, seq)
        if each["compact"] == matter.compact.identity
        and (each["supersedes"] == given or covering(each, matter) is not None)
        and unfounded(record, each, matter) is None
    ]


def covering(given: Entry, matter: Matter) -> Document | None:
    theme, about = given["theme"] or "", matter.proposal["theme"] or ""
    branch = theme and (about == theme or about.startswith(f"{theme}/"))
    whole = None
    if given["scope"] == "compact" or (given["scope"] == "theme" and branch):
        whole = matter.compact.identity
    if matter.proposal["method"]["name"] in RANKING:
        whole = None
    for wanted in (matter.proposal.digest, matter.proposal["amends"], whole):
        found = [each for each in given["instructions"] if each["proposal"] == wanted]
        if found and wanted is not None:
            return dict(found[-1])
    return None


def changed_beyond(instruction: Document, matter: Matter) -> bool:
    if instruction["proposal"] != matter.proposal["amends"]:
        return False
    old, new = matter.amended, matter.proposal
    if old is None:
        return True
    for name in ("title", "options", "method", "ratify", "compactNext"):
        if plain(old[name]) != plain(new[name]):
            return True
    before = {each["n"]: each for each in old["clauses"]}
    after = {each["n"]: each for each in new["clauses"]}
    return not all(
        clause_within(instruction, n, before.get(n), after.get(n))
        for n in before.keys() | after.keys()
    )


def plain(value: Any) -> Any:
    """Read what is missing, null or false alike, and pass over what is unknown."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        known = ("id", "label", "name", "quorum", "threshold", "seats")
        return {n: v for n, v in value.items() if n in known and v is not None}
    return value or None


def clause_within(
    instruction: Document, n: int, old: Document | None, new: Document | None
) -> bool:
    free = n in (instruction.get("mayAmend") or ())
    if (old is None or new is None or old["text"] != new["text"]) and not free:
        return False
    if new is None:
        return True
    limits = (instruction.get("amounts") or {}).get(str(n), {})
    before = (old or {}).get("amounts") or {}
    after = new.get("amounts") or {}
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name):
            continue
        if name not in limits:
            if not free:
                return False
            continue
        least, value, most = (
            amount(each) for each in (limits[name][0], after.get(name), limits[name][1])
        )
        if least is None or value is None or most is None or not least <= value <= most:
            return False
    return True


def allowed(instruction: Document, choice: list[str], matter: Matter) -> bool:
    must, may, must_not = (instruction.get(n) or () for n in ("must", "may", "mustNot"))
    options = {each["id"] for each in matter.proposal["options"]}
    if matter.proposal["method"]["name"] in RANKING:
        return (
            len(choice) >= 1
            and options >= set(choice)
            and len(set(choice)) == len(choice)
            and ("abstain" not in choice or len(choice) == 1)
            and choice[: len(must)] == list(must)
            and not set(choice) & set(must_not)
            and (not may or set(choice) <= {*must, *may})
            and bool(must or may or must_not)
        )
    return (
        len(choice) == 1
        and choice[0] in options
        and (not must or choice[0] in must)
        and choice[0] not in must_not
        and (not may or choice[0] in (*must, *may))
        and bool(must or may or must_not)
    )


def takes_back(
    record: Record, seq: int, standing: Entry | None, matter: Matter
) -> set[str]:
    """Name the entries by which what stands for the seat may be withdrawn."""
    leaving = left(record, seq, matter.compact)
    if leaving is not None:
        return {leaving.digest}
    vote = standing["document"] if standing else None
    given = record.get(vote["mandate"]) if vote else None
    if vote is None or (given is None and vote["assembly"] == record.entries[0].digest):
        return set()
    # The mandate of whoever bore the seat before stands in another record.
    since = -1 if given is None else given.seq
    causes: set[str] = set()
    if matter.compact.recall == "withdraws":
        causes |= {
            each.digest
            for each in record.of("Recall", since, seq)
            if each["mandate"] == vote["mandate"]
            and unfounded(record, each, matter) is None
        }
    later = successors(record, vote["mandate"], since, seq, matter)
    if later:
        instruction = covering(later[-1], matter)
        if (
            instruction is None
            or changed_beyond(instruction, matter)
            or not allowed(instruction, vote["choice"], matter)
        ):
            causes.add(later[-1].digest)
    return causes


def position(
    record: Record, entry: Entry, seat: int, rule: str | None, matter: Matter
) -> Position:
    vote = entry["document"]
    if vote is None:
        cause = record.get(entry["withdrawnBy"])
        gone = cause is not None and cause.kind in ("Membership", "Succession")
        says = "emptied" if gone else "withdrawn"
        return Position(seat, entry["revision"], entry.digest, rule, says)
    members = None if rule else people(record, vote["mandate"], matter)
    choice = tuple(vote["choice"])
    return Position(
        seat, entry["revision"], entry.digest, rule, "vote", choice, members
    )


def people(record: Record, mandate: str, matter: Matter) -> Document | None:
    """Give how many members said what, by the decision behind a mandate."""
    given = record.get(mandate)
    if given is not None and borne(record, matter.compact) is not None:
        below = matter.below.get(given["decision"], {}).get("members")
        sides = ("for", "against", "abstain")
        return None if below is None else {each: below.get(each, 0) for each in sides}
    instruction = covering(given, matter) if given else None
    if instruction is None:
        return None
    on = {matter.proposal.digest, instruction["proposal"]} - {matter.compact.identity}
    while given is not None:
        decided = record.get(given["decision"])
        if decided is not None and decided.kind == "Decision" and decided["on"] in on:
            members: Document | None = decided["members"]
            return members
        given = said_before(record, given, instruction, matter)
    return None


def said_before(
    record: Record, given: Entry, instruction: Document, matter: Matter
) -> Entry | None:
    """Give the mandate that this one took the place of, if it said the same here."""
    before = record.get(given["supersedes"]) if given["supersedes"] else None
    if before is None or before.kind != "Mandate":
        return None
    same = (
        before["compact"] == given["compact"]
        and said_in(covering(before, matter)) == said_in(instruction)
        and unfounded(record, before, matter) is None
    )
    return before if same else None


def said_in(instruction: Document | None) -> Document | None:
    """Give what an instruction says, where missing and empty are the same."""
    if instruction is None:
        return None
    known = ("proposal", "must", "may", "mustNot", "mayAmend", "amounts", "reason")
    return {name: instruction[name] for name in known if instruction.get(name)}


# The statements, and what follows from them

Revision = tuple[int, int, str]


@dataclass
class Heard:
    witnesses: dict[Revision, set[int]] = field(default_factory=dict)
    finals: list[tuple[int, set[Revision]]] = field(default_factory=list)
    filed: dict[Revision, Position] = field(default_factory=dict)
    unseen: set[Revision] = field(default_factory=set)
    """Votes on paper of which something must still be fetched."""
    attested: list[tuple[int, Entry]] = field(default_factory=list)


def hear(bundle: Bundle, matter: Matter, result: str | None = None) -> Heard:
    """Read what is missing, null or false alike, and pass over the unknown."""
    heard, compact = Heard(), matter.compact
    subject = matter.proposal.digest if result is None else result
    for record in bundle.held(compact):
        seat = compact.seats[record.entries[0].digest]
        own: list[tuple[int, Revision]] = []
        concluded = [
            each
            for each in record.of("Witness")
            if each["proposal"] == subject and each["final"]
        ]
        if result is None:
            positions = [
                *filings(record, matter, seat),
                *withdrawals(record, matter, seat),
                *placements(record, matter, seat),
            ]
        else:
            positions = [*ratifications(record, matter, seat, result)]
        for position in positions:
            revision = position.seat, position.revision, position.digest
            entry = record.get(position.digest)
            assert entry is not None
            heard.filed.setdefault(revision, position)
            heard.witnesses.setdefault(revision, set())
            if position.waits:
                heard.unseen.add(revision)
            if position.seat < NOBODY and any(e.seq < entry.seq for e in concluded):
                continue
            if entry.kind == "Filed" and is_taken_over(entry):
                continue
            heard.witnesses[revision].add(seat)
            own.append((entry.seq, revision))
        for entry in record.of("Filed"):
            if entry["proposal"] == subject and is_taken_over(entry):
                revision = seat, entry["revision"], entry["paper"]
                heard.witnesses.setdefault(revision, set()).add(seat)
                own.append((entry.seq, revision))
        for entry in record.of("Witness"):
            if entry["proposal"] != subject:
                continue
            seen = {
                tuple(row)
                for row in entry["seen"] or ()
                if names(row, compact) and (result is None or row[0] > NOBODY)
            }
            for each in seen:
                heard.witnesses.setdefault(each, set()).add(seat)
            if entry["final"]:
                seen |= {revision for seq, revision in own if seq < entry.seq}
                heard.finals.append((seat, seen))
        known = {entry.digest for _, entry in heard.attested}
        heard.attested += [
            (seat, entry)
            for entry in record.of("Attestation")
            if entry["proposal"] == subject and entry.digest not in known
        ]
    for seat, member in enumerate(compact.members):
        for substitute in bearers_of(member)[1:]:
            for record in matter.bearers.get(substitute, []):
                said = (
                    filings(record, matter, seat)
                    if result is None
                    else ratifications(record, matter, seat, result)
                )
                for position in said:
                    revision = position.seat, position.revision, position.digest
                    heard.filed.setdefault(revision, position)
                    heard.witnesses.setdefault(revision, set())
                    if position.waits:
                        heard.unseen.add(revision)
    if result is not None:
        return heard
    for entry, position, stands in papers(bundle, matter):
        revision = position.seat, position.revision, entry.digest
        heard.filed[revision] = position
        heard.witnesses.setdefault(revision, set())
        if position.rule is None and not stands:
            heard.unseen.add(revision)
    return heard


def names(row: list[Any], compact: Compact) -> bool:
    seat, revision, digest = row
    if seat == NOBODY:
        return bool(revision == 1)
    if seat < NOBODY:
        return 0 <= owner(seat) < compact.n and revision > 0
    if not 0 <= seat < compact.n or revision < 0:
        return False
    return revision > 0 or bool(digest == compact.members[seat]["assembly"])


def owner(number: int) -> int:
    """Give the seat under whose number its assembly says where a matter belongs."""
    return NOBODY - 1 - number


def placements(record: Record, matter: Matter, seat: int) -> Iterator[Position]:
    said = [
        each
        for each in record.of("Placement")
        if each["proposal"] == matter.proposal.digest
    ]
    for number, entry in enumerate(said, 1):
        decision = record.get(entry["decision"], before=entry.seq)
        rule = None
        if left(record, entry.seq, matter.compact) is not None:
            rule = "not a member"
        elif not decided_so(record, decision, matter):
            rule = "no mandate"
        says = entry["belongs"] + (" alone" if entry["alone"] else "")
        yield Position(owner(seat), number, entry.digest, rule, says)


def decided_so(record: Record, decision: Entry | None, matter: Matter) -> bool:
    return (
        decision is not None
        and decision.kind == "Decision"
        and decision["outcome"] == "passed"
        and (not matter.compact.two_tellers or record.confirmed(decision))
    )


def withdrawals(record: Record, matter: Matter, seat: int) -> Iterator[Position]:
    if record.entries[0].digest != matter.proposal.assembly:
        return
    found = [
        each
        for each in record.of("Withdrawal")
        if each["proposal"] == matter.proposal.digest
    ]
    for number, entry in enumerate(found):
        decision = record.get(entry["decision"], before=entry.seq)
        good = number == 0 and decided_so(record, decision, matter)
        rule = None if good else "no mandate"
        yield Position(NOBODY, 1, entry.digest, rule, "withdrawn")


@dataclass
class Outcome:
    result: Document | None
    left_out: list[Document]
    undetermined: list[str]


def weigh(heard: Heard, matter: Matter, subject: str | None = None) -> Outcome:
    compact = matter.compact
    known = set(heard.witnesses)
    for _, seen in heard.finals:
        known |= seen
    certified: list[Position] = []
    left_out: list[Document] = []
    lacks: list[str] = []
    undecided = False
    for revision in sorted(known):
        seat, number, digest = revision
        position = heard.filed.get(revision)
        if position is None and number == 0 and seat > NOBODY:
            position = Position(seat, 0, digest, None, "emptied")
        absent = {who for who, seen in heard.finals if revision not in seen}
        if position and position.rule:
            left_out.append(out(revision, position.rule, matter))
        elif len(heard.witnesses.get(revision, ())) >= compact.t:
            if position is None or revision in heard.unseen:
                lacks.append("what a certified revision rests on")
            else:
                certified.append(position)
        else:
            excluded = len(absent) >= compact.n - compact.t + 1
            undecided |= not excluded
            if excluded:
                left_out.append(out(revision, "not certified", matter))
    withdrawn = any(each.seat == NOBODY for each in certified)
    finals = {seat for seat, _ in heard.finals}
    if not withdrawn and (undecided or len(finals) < compact.n - compact.t + 1):
        lacks.append("final statements")
    missing = lacks if withdrawn else []
    lacks = [] if withdrawn else lacks
    if subject is None and not countable(matter.proposal):
        lacks.append("a way to count this proposal")
    if lacks:
        return Outcome(None, left_out, missing + lacks)
    result = count(certified, matter, subject)
    left_out += [
        out((each["seat"], each["revision"], each["digest"]), each["rule"], matter)
        for each in result["certified"]
        if each["rule"] is not None
    ]
    return Outcome(result, sorted(left_out, key=by_place), missing)


def by_place(row: Document) -> tuple[int, int, str]:
    return row["seat"], row["revision"], row["digest"]


def out(revision: Revision, rule: str, matter: Matter) -> Document:
    seat, number, digest = revision
    members = matter.compact.members
    whose = seat if seat > NOBODY else owner(seat)
    assembly = None if seat == NOBODY else members[whose]["assembly"]
    return {
        "assembly": assembly,
        "seat": seat,
        "revision": number,
        "digest": digest,
        "rule": rule,
    }


def ratifications(
    record: Record, matter: Matter, seat: int, result: str
) -> Iterator[Position]:
    for entry, stop in examine(record, matter, result)[0]:
        leaves = entry["withdrawnBy"] is not None
        yield Position(
            seat,
            entry["revision"],
            entry.digest,
            None if stop is None else stop.rule,
            "emptied" if leaves else "vote",
            () if leaves else ("ratify" if entry["ratifies"] else "refuse",),
            waits=stop is not None and stop.rule is None,
        )


def judge_ratification(record: Record, entry: Entry, matter: Matter) -> str | None:
    compact, result = matter.compact, entry["resultHash"]
    decision, cause = entry["decision"], entry["withdrawnBy"]
    gone = left(record, entry.seq, compact)
    if entry["proposal"] != matter.proposal.digest:
        return "no decision"
    if gone is not None and (cause is None or decision is not None):
        return "not a member"
    if (decision is None) == (cause is None):
        return "no decision"
    if cause is not None:
        named = gone is not None and gone.digest == cause and not entry["ratifies"]
        return None if named else "no decision"
    seat = borne(record, compact)
    if seat is not None:
        return answers_for(record, entry, seat, matter)
    answers = [
        each
        for each in record.of("Decision", before=entry.seq)
        if each["on"] == result
        and each["outcome"] != "no quorum"
        and each["chosen"] is None
        and not each["elected"]
        and (not compact.two_tellers or record.confirmed(each))
    ]
    stands = answers[-1] if answers else None
    if stands is None or stands.digest != decision:
        return "no decision"
    agrees = entry["ratifies"] == (stands["outcome"] == "passed")
    return None if agrees else "no decision"


def answers_for(
    record: Record, entry: Entry, seat: Document, matter: Matter
) -> str | None:
    """Judge what a bearer answers to a result by what was decided below on it."""
    result, mine = entry["resultHash"], record.entries[0].digest

    def binds(decided: Document) -> bool:
        return (
            decided["compact"] == seat["bears"]
            and decided["on"] == result
            and mine in decided["assemblies"]
            and decided["outcome"] in ("adopted", "rejected")
        )

    named = [
        each["decision"]
        for each in record.of("Ratification", before=entry.seq)
        if each["resultHash"] == result and each["decision"] is not None
    ]
    earlier = [matter.below.get(each) for each in named]
    below = matter.below.get(entry["decision"])
    if below is None or None in earlier:
        return "not decided below"
    newer = any(
        each is not None and binds(each) and each["closes"] > below["closes"]
        for each in earlier
    )
    agrees = entry["ratifies"] == (below["outcome"] == "adopted")
    return None if binds(below) and agrees and not newer else "no decision"


def count(
    certified: list[Position], matter: Matter, subject: str | None = None
) -> Document:
    compact, proposal = matter.compact, matter.proposal
    withdrawals = [each for each in certified if each.seat == NOBODY]
    listed: list[tuple[Position, str | None]] = []
    emptied: set[int] = set()
    for each in withdrawals or certified:
        seat = [other for other in certified if other.seat == each.seat]
        top = max(other.revision for other in seat)
        twice = [other.revision for other in seat].count(top) > 1
        if each.seat < NOBODY:
            rule = "seat emptied" if twice else None
            listed.append((each, "superseded" if each.revision < top else rule))
            continue
        empty = len({other.revision for other in seat}) < len(seat) or any(
            other.revision == 0 or (other.says == "emptied" and other.revision == top)
            for other in seat
        )
        rule = None
        if each.seat == NOBODY:
            rule = "withdrawn"
        elif 0 < each.revision < top:
            rule = "superseded"
        elif empty:
            rule = "seat emptied"
        elif each.says == "withdrawn":
            rule = "withdrawn"
        if empty and each.seat > NOBODY:
            emptied.add(each.seat)
        listed.append((each, rule))
    placed = [each for each, rule in listed if each.seat < NOBODY and rule is None]
    counting = [each for each, rule in listed if each.seat > NOBODY and rule is None]
    seats, cast = compact.n - len(emptied), len(counting)
    assert compact.quorum is not None
    quorum = ceil(seats * compact.quorum)
    options = [each["id"] for each in proposal["options"]]
    sums = dict.fromkeys(options if subject is None else ("ratify", "refuse"), 0)
    for each in counting:
        sums[each.choice[0]] += 1
    method = proposal["method"]["name"]
    threshold = bar(proposal["method"])
    assert threshold is not None
    members = ranked = weights = None
    if subject is not None:
        method = "ratification"
        half = compact.enough == Fraction(1, 2)
        quorum = max(1, seats // 2 + 1 if half else ceil(seats * compact.enough))
        passed = sums["ratify"] >= quorum
    elif method in RANKING:
        ranked = rank(counting, matter)
        passed = any(each != KEEP for each in ranked["chosen"]) and enough(
            ranked["wanted"], cast, threshold
        )
    elif method == BY_WEIGHT:
        sides = sides_of(counting, compact)
        passed = enough(sides["for"], sum(sides.values()), threshold)
        weights = {option: str(weight) for option, weight in sides.items()}
    else:
        passed = enough(sums["for"], cast, threshold)
    told = [each.members for each in counting if each.members is not None]
    if method in BY_PEOPLE and counting and len(told) == len(counting):
        members = {
            name: sum(each[name] for each in told)
            for name in ("for", "against", "abstain")
        }
        favour, both = members["for"], members["for"] + members["against"]
        if method == "double-majority":
            passed = passed and favour > members["against"]
        else:
            passed = enough(favour, both, threshold)
    outcome = "adopted" if passed else "rejected"
    if subject is not None:
        outcome = "in force" if passed else "not in force"
    elif cast < quorum:
        outcome = "no quorum"
    if is_returned(placed, matter):
        outcome = "returned"
    if withdrawals:
        outcome, ranked, weights = "withdrawn", None, None
    return {
        "type": "Result",
        "compact": compact.version,
        "proposal": subject or proposal.digest,
        "method": method,
        "certified": [
            {
                "seat": each.seat,
                "revision": each.revision,
                "digest": each.digest,
                "rule": rule,
                "choice": list(each.choice),
            }
            for each, rule in listed
        ],
        "figures": {
            "seats": seats,
            "cast": cast,
            "quorum": quorum,
            "assemblies": sums,
            "members": members,
            **({"weights": weights} if weights is not None else {}),
        },
        "outcome": outcome,
        **({"ranked": ranked} if ranked is not None else {}),
    }


def sides_of(counting: list[Position], compact: Compact) -> dict[str, Fraction]:
    """Add up what the seats weigh on each side."""
    sides = dict.fromkeys(("for", "against", "abstain"), Fraction())
    for each in counting:
        weight = Fraction(compact.members[each.seat].get("weight", 1))
        [choice], told = each.choice, each.members or {"for": 0, "against": 0}
        said = told["for"] + told["against"]
        if not compact.split or choice == "abstain" or said == 0:
            sides[choice] += weight
            continue
        for side in ("for", "against"):
            sides[side] += weight * told[side] / said
    return sides


def is_returned(placed: list[Position], matter: Matter) -> bool:
    """Say whether a matter goes back to those below."""
    members, concerns = matter.compact.members, matter.proposal["concerns"]
    below = [each for each in placed if each.says.startswith("below")]
    here = [each for each in placed if each.says.startswith("here")]
    return (bool(below) and len(here) < matter.compact.t) or any(
        each.says == "below alone"
        and concerns == [members[owner(each.seat)]["assembly"]]
        for each in below
    )


# Rankings

KEEP = "keep"


def rank(counting: list[Position], matter: Matter) -> Document:
    """Count the rankings of the seats, each as one paper."""
    method, proposal = matter.proposal["method"], matter.proposal
    papers = [each.choice for each in counting if each.choice != ("abstain",)]
    options = [o["id"] for o in proposal["options"] if o["id"] != "abstain"]
    seed = proposal.digest.removeprefix("sha256:")
    lot = sorted(options, key=lambda each: sha256(f"{seed}\n{each}".encode()))
    found: Document = {
        "lot": lot,
        "chosen": [],
        "wanted": 0,
        "pairs": {},
        "locks": [],
        "paths": {},
        "stages": [],
    }
    if method["name"] in ("ranked-pairs", "schulze"):
        pairs = found["pairs"] = compare(papers, options)
        count = rank_pairs if method["name"] == "ranked-pairs" else schulze
        if papers:
            found |= count(pairs, lot)
        elif method["name"] == "schulze":
            found["paths"] = strongest(pairs, lot)
    elif papers and method["name"] == "instant-runoff":
        found |= run_off(papers, lot)
    elif papers:
        found |= transfer(papers, lot, method.get("seats") or 1)
    found["wanted"] = sum(
        next((o for o in paper if o in (*found["chosen"], KEEP)), KEEP) != KEEP
        for paper in papers
    )
    return found


def compare(papers: list[tuple[str, ...]], options: list[str]) -> dict[str, Document]:
    def places(paper: tuple[str, ...]) -> dict[str, int]:
        last = len(paper)
        return {o: paper.index(o) if o in paper else last for o in options}

    ranks = [places(paper) for paper in papers]
    return {
        a: {b: sum(r[a] < r[b] for r in ranks) for b in options if b != a}
        for a in options
    }


def rank_pairs(pairs: dict[str, Document], lot: list[str]) -> Document:
    majorities = sorted(
        ((a, b) for a in lot for b in lot if a != b and pairs[a][b] > pairs[b][a]),
        key=lambda ab: (
            -pairs[ab[0]][ab[1]],
            pairs[ab[1]][ab[0]],
            lot.index(ab[0]),
            -lot.index(ab[1]),
        ),
    )
    below: dict[str, set[str]] = {each: set() for each in lot}
    locks: list[Document] = []
    for over, under in majorities:
        locked = over not in reached(below, under)
        if locked:
            below[over].add(under)
        votes, against = pairs[over][under], pairs[under][over]
        locks.append(
            {
                "over": over,
                "under": under,
                "votes": votes,
                "against": against,
                "locked": locked,
            }
        )
    tops = [each for each in lot if all(each not in b for b in below.values())]
    return {"locks": locks, "chosen": [KEEP if KEEP in tops else tops[0]]}


def reached(below: dict[str, set[str]], start: str) -> set[str]:
    found, left = {start}, [start]
    while left:
        fresh = below[left.pop()] - found
        found |= fresh
        left += fresh
    return found


def strongest(pairs: dict[str, Document], lot: list[str]) -> dict[str, Document]:
    paths = {
        a: {b: pairs[a][b] if pairs[a][b] > pairs[b][a] else 0 for b in lot if b != a}
        for a in lot
    }
    for via in lot:
        for a in lot:
            for b in lot:
                if len({via, a, b}) == 3:
                    through = min(paths[a][via], paths[via][b])
                    paths[a][b] = max(paths[a][b], through)
    return paths


def schulze(pairs: dict[str, Document], lot: list[str]) -> Document:
    paths = strongest(pairs, lot)
    may_win = [
        each
        for each in lot
        if each != KEEP
        and paths[each][KEEP] > paths[KEEP][each]
        and pairs[each][KEEP] > pairs[KEEP][each]
    ]
    highest = [
        each
        for each in may_win
        if all(paths[o][each] <= paths[each][o] for o in may_win if o != each)
    ]
    return {"paths": paths, "chosen": [highest[0] if highest else KEEP]}


def decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    whole, rest = divmod(value * 100_000, 100_000)
    return f"{whole}.{int(rest):05}"


def total_of(votes: dict[str, Fraction]) -> Fraction:
    return sum(votes.values(), Fraction())


@dataclass
class Tie:
    whose: str
    by: str | None
    compared: int | None


def least(among: list[str], history: list[dict[str, Fraction]], lot: list[str]) -> Tie:
    return told_apart(among, history, min, lot[::-1])


def most(among: list[str], history: list[dict[str, Fraction]], lot: list[str]) -> Tie:
    return told_apart(among, history, max, lot)


def told_apart(
    among: list[str],
    history: list[dict[str, Fraction]],
    extreme: Callable[[Iterable[Fraction]], Fraction],
    lot: list[str],
) -> Tie:
    """Find whose turn it is: the most recent stage that tells them apart says.

    If no stage does, the first of them in the order of the lot that is given.
    """
    for stage in range(len(history) - 1, -1, -1):
        utmost = extreme(history[stage][each] for each in among)
        among = [each for each in among if history[stage][each] == utmost]
        if len(among) == 1:
            earlier = stage < len(history) - 1
            by, compared = ("earlier stage", stage + 1) if earlier else (None, None)
            return Tie(among[0], by, compared)
    return Tie(min(among, key=lot.index), "lot", None)


def run_off(papers: list[tuple[str, ...]], lot: list[str]) -> Document:
    stands, history, stages = set(lot), list[dict[str, Fraction]](), list[Document]()
    dropped: Tie | None = None
    while True:
        tops = [next((o for o in paper if o in stands), None) for paper in papers]
        votes = {each: Fraction(tops.count(each)) for each in lot}
        history.append(votes)
        counting = total_of(votes)
        winner = [each for each in lot if votes[each] * 2 > counting]
        stage: Document = {
            "happened": "excluded" if dropped else "first choices",
            "whose": dropped.whose if dropped else None,
            "votes": {each: decimal(votes[each]) for each in lot},
            "lost": decimal(Fraction(len(papers)) - counting),
            "elected": winner,
            "tie": dropped.by if dropped else None,
            "compared": dropped.compared if dropped else None,
        }
        stages.append(stage)
        if winner or not counting:
            return {"stages": stages, "chosen": winner}
        dropped = least([each for each in lot if each in stands], history, lot)
        stands.remove(dropped.whose)


def transfer(papers: list[tuple[str, ...]], lot: list[str], places: int) -> Document:
    """Fill places by a single transferable vote, after the Scottish rules."""
    quota = Fraction(len(papers) // (places + 1) + 1)
    piles: dict[str, list[tuple[Fraction, tuple[str, ...]]]] = {o: [] for o in lot}
    for paper in papers:
        piles[paper[0]].append((Fraction(1), paper))
    votes = {each: Fraction(len(piles[each])) for each in lot}
    history: list[dict[str, Fraction]] = []
    stages: list[Document] = []
    elected: list[str] = []
    excluded: set[str] = set()
    happened, tie = "first choices", Tie("", None, None)
    while True:
        history.append(dict(votes))
        open_ = [each for each in lot if each not in elected and each not in excluded]
        fresh = sorted(
            (each for each in open_ if votes[each] >= quota), key=lambda o: -votes[o]
        )
        left = [each for each in open_ if each not in fresh]
        if len(left) <= places - len(elected) - len(fresh):
            fresh += sorted(left, key=lambda o: -votes[o])
        elected += fresh
        stages.append(
            {
                "happened": happened,
                "whose": tie.whose or None,
                "votes": {each: decimal(votes[each]) for each in lot},
                "lost": decimal(len(papers) - total_of(votes)),
                "elected": fresh,
                "tie": tie.by,
                "compared": tie.compared,
            }
        )
        if len(elected) >= places or not left:
            return {"stages": stages, "chosen": elected}
        over = [each for each in elected if votes[each] > quota]
        stands = [each for each in lot if each not in elected and each not in excluded]
        if over:
            happened, tie = "surplus", most(over, history, lot)
            whose, surplus, total = (
                tie.whose,
                votes[tie.whose] - quota,
                votes[tie.whose],
            )
            votes[whose] = quota
        else:
            happened, tie = "excluded", least(stands, history, lot)
            whose, surplus, total = tie.whose, Fraction(1), Fraction(1)
            excluded.add(whose)
            stands.remove(whose)
            if len(stands) <= places - len(elected):
                continue
            votes[whose] = Fraction(0)
        moving, piles[whose] = piles[whose], []
        for value, paper in moving:
            worth = surplus * value / total
            worth = Fraction(int(worth * 100_000), 100_000)
            following = next((o for o in paper if o in stands), None)
            if following is not None:
                piles[following].append((worth, paper))
                votes[following] += worth


# The verdict


def verify(data: bytes, given: str | None = None) -> Document:
    """Check a bundle; ``given`` is the digest of the compact, from elsewhere."""
    if given is not None and not given.startswith("sha256:"):
        given = f"sha256:{given}"
    line = 0
    report: Document = {
        "verdict": "incomplete",
        "exit": 3,
        "compact": None,
        "compact_given": given,
        "proposal": None,
        "outcome": None,
        "result_hash": None,
        "result": None,
        "attested_by": [],
        "left_out": [],
        "dissents": [],
        "in_force": None,
        "bound": [],
        "ratification": None,
        "missing": [],
        "difference": None,
    }
    told, bundle = dict(report), Bundle()
    try:
        for line in check_lines(data, given, bundle):  # noqa: B007
            pass
        told |= {"compact": bundle.compact and bundle.compact.version}
        told |= {"proposal": bundle.proposal, "missing": bundle.missing}
        if bundle.compact:
            decide(bundle, given, told)
        return told
    except Wrong as wrong:
        difference = {"line": wrong.line or line, "says": str(wrong)}
        return report | {"verdict": "differs", "exit": 1, "difference": difference}
    except Unverifiable as reason:
        return told | {"missing": [*bundle.missing, str(reason)]}


@dataclass
class Told:
    """What is said of one round: the vote, or the ratification of its result."""

    result: Document | None
    hash: str | None
    attested_by: list[str]
    left_out: list[Document]
    dissents: list[Document]
    missing: list[str]
    confirmed: Document | None
    settled: bool
    differs: bool


def tell(bundle: Bundle, matter: Matter, subject: str | None = None) -> Told:
    compact = matter.compact
    heard = hear(bundle, matter, subject)
    outcome = weigh(heard, matter, subject)
    mine = None if outcome.result is None else digest(canonical(outcome.result))
    by: dict[str, set[int]] = {}
    for seat, entry in heard.attested:
        by.setdefault(entry["resultHash"], set()).add(seat)
    expected = mine or (heard.attested[0][1]["resultHash"] if heard.attested else None)
    differing = [e for _, e in heard.attested if e["resultHash"] != expected]
    confirmed = [each for each, seats in by.items() if len(seats) >= compact.t]
    most = max(map(len, by.values()), default=0)
    silent = compact.n - len(set().union(*by.values()))
    disputed = len(confirmed) > 1 or (not confirmed and most + silent < compact.t)
    stands = confirmed[0] if len(confirmed) == 1 else None
    settled = mine is not None and stands == mine
    return Told(
        result=outcome.result,
        hash=mine,
        attested_by=[
            compact.members[seat]["assembly"] for seat in sorted(by.get(str(mine), ()))
        ],
        left_out=outcome.left_out,
        dissents=[place(each) for each in differing],
        missing=[
            *outcome.undetermined,
            *(() if settled else ("attestations of this result",)),
        ],
        confirmed=next(
            (dict(e["result"]) for _, e in heard.attested if e["resultHash"] == stands),
            None,
        ),
        settled=settled,
        differs=not settled
        and bool(differing)
        and (disputed or (mine is not None and stands is not None)),
    )


def decide(bundle: Bundle, given: str | None, report: Document) -> None:
    compact = bundle.compact
    assert compact is not None
    given_keys(bundle)
    matter = matter_of(bundle)
    vote = tell(bundle, matter)
    report |= {name: getattr(vote, name) for name in ("result", "attested_by")}
    report |= {name: getattr(vote, name) for name in ("left_out", "dissents")}
    report |= {"outcome": vote.result and vote.result["outcome"]}
    report |= {"result_hash": vote.hash}
    unread = any(e.kind is None for r in bundle.records.values() for e in r.entries)
    if vote.differs and not unread:
        differs(report, vote)
        return
    bundle.missing.extend(vote.missing)
    if vote.confirmed is not None:
        adopted = vote.confirmed["outcome"] == "adopted"
        if adopted and matter.proposal["ratify"]:
            again = tell(bundle, matter, digest(canonical(vote.confirmed)))
            report["ratification"] = {
                "outcome": again.result and again.result["outcome"],
                "result_hash": again.hash,
                "attested_by": again.attested_by,
                "left_out": again.left_out,
                "dissents": again.dissents,
            }
            if again.settled:
                assert again.result is not None
                report["in_force"] = again.result["outcome"] == "in force"
                if report["in_force"]:
                    report["bound"] = bound(again.result, compact, compact.binds)
            if again.differs and not unread:
                differs(report, again)
                return
            bundle.missing.extend(again.missing)
        else:
            report["in_force"] = adopted
            if adopted:
                report["bound"] = bound(vote.confirmed, compact, "all")
    if given is None:
        bundle.missing.append("not checked against anything you gave")
    elif given != compact.version and not descends(bundle):
        bundle.missing.append("that the members adopted this version")
    if not bundle.missing:
        report |= {"verdict": "verified", "exit": 0}


def differs(report: Document, told: Told) -> None:
    report |= {"verdict": "differs", "exit": 1, "difference": told.dissents[0]}


def bound(result: Document, compact: Compact, binds: str) -> list[str]:
    """Name those whom a result binds, in the order of the seats."""
    rows = result["certified"]
    emptied = {row["seat"] for row in rows if row["rule"] == "seat emptied"}
    ratified = {
        row["seat"]
        for row in rows
        if row["rule"] is None and row["choice"] == ["ratify"]
    }
    held = set(range(compact.n)) - emptied if binds == "all" else ratified
    return [compact.members[seat]["assembly"] for seat in sorted(held)]


def place(entry: Entry) -> Document:
    return {"line": entry.line, "assembly": entry.assembly, "seq": entry.seq}


def matter_of(bundle: Bundle) -> Matter:
    """Give what is decided; say what is wrong with line 1, or what is missing."""
    compact = bundle.compact
    assert compact is not None
    held = {e.digest: e for r in bundle.records.values() for e in r.entries}
    proposal = held.get(bundle.proposal or "")
    if proposal is None:
        if bundle.missing:
            raise Unverifiable("the proposal")
        raise Wrong("no record here holds the proposal", 1)
    if proposal.kind is None:
        raise Unverifiable("a proposal that can be read here")
    if proposal.kind != "Proposal":
        raise Wrong("this is no proposal", 1)
    if proposal["compact"] != compact.version:
        raise Wrong("the proposal is under another version", proposal.line)
    amended = held.get(proposal["amends"] or "")
    if proposal["amends"] is not None and amended is None:
        raise Unverifiable("the text that is amended")
    for section in bundle.below.values():
        given_keys(section)
    if amended is not None and amended.kind != "Proposal":
        amended = None
    for member in compact.members:
        record = bundle.records.get(member["assembly"], Record())
        if not record.entries:
            continue
        wanted = {("join", compact.version)}
        if compact.identity != compact.version:
            wanted |= {("join", compact.identity), ("apply", compact.identity)}
        if not any((e["act"], e["compact"]) in wanted for e in record.of("Membership")):
            bundle.missing.append("a record in which a member joins")
    decided = dict(
        each
        for identity, section in bundle.below.items()
        for each in decided_below(section, identity)
    )
    return Matter(compact, proposal, amended, decided, bearing(bundle, compact))


def bearing(bundle: Bundle, compact: Compact) -> dict[str, list[Record]]:
    """Give the records of those who may file for a seat that is held for a compact."""
    found: dict[str, list[Record]] = {}
    for seat in compact.members:
        section = bundle.below.get(seat.get("bears") or "", Bundle())
        for number, each in enumerate(bearers_of(seat) if seat.get("bears") else ()):
            here = section if number else bundle
            records = [here.records.get(each, Record()), *here.branches]
            found[each] = [
                record
                for record in records
                if record.entries and record.entries[0].digest == each
            ]
    return found


def decided_below(section: Bundle, identity: str) -> Iterator[tuple[str, Document]]:
    """Go through what enough members of a compact attest that they decided."""
    first = section.versions[-1]
    joined = all(
        any(
            each["act"] == "join" and each["compact"] == identity
            for each in section.records.get(seat["assembly"], Record()).of("Membership")
        )
        for seat in first.members
    )
    if first.version != identity or not joined:
        return
    in_force = lineage(section)
    held = [e for r in section.records.values() for e in r.entries]
    for entry in held:
        if entry.kind != "Proposal" or entry["ratify"]:
            continue
        compact = in_force.get(entry["compact"])
        about = entry["on"] is not None or entry["bearers"] is not None
        amends = entry["amends"]
        if compact is None or not about:
            continue
        if amends is not None and all(each.digest != amends for each in held):
            continue
        by: dict[str, set[str]] = {}
        results: dict[str, Document] = {}
        for record in section.held(compact):
            for each in record.of("Attestation"):
                if each["proposal"] == entry.digest:
                    by.setdefault(each["resultHash"], set()).add(each.assembly)
                    results[each["resultHash"]] = each["result"]
        confirmed = [each for each, who in by.items() if len(who) >= compact.t]
        if len(confirmed) == 1:
            result = results[confirmed[0]]
            yield (
                entry.digest,
                {
                    "compact": identity,
                    "closes": entry["closes"],
                    "on": entry["on"],
                    "bearers": entry["bearers"],
                    "outcome": result["outcome"],
                    "assemblies": set(compact.seats),
                    "members": result["figures"].get("members"),
                },
            )


def countable(proposal: Entry) -> bool:
    method = proposal["method"]
    options = sorted(each["id"] for each in proposal["options"])
    places = method.get("seats")
    if bar(method) is None:
        return False
    if method["name"] not in RANKING:
        plain = (["against", "for"], ["abstain", "against", "for"])
        return options in plain and places is None
    others = set(options) - {KEEP, "abstain"}
    return (
        KEEP in options
        and proposal["compactNext"] is None
        and len(options) <= 32
        and len(set(options)) == len(options)
        and len(others) >= 2
        and (places is None or (method["name"] == "stv" and 1 <= places <= len(others)))
    )


def given_keys(bundle: Bundle) -> None:
    """Check that each key which takes a lost one's place was given by this compact."""
    versions = {each.version: each for each in bundle.versions}
    found: set[tuple[str, str, str]] = set()
    while True:
        cut = Bundle(branches=bundle.branches)
        for assembly, record in bundle.records.items():
            stops = [e.seq for e in decided(record) if claim(e) not in found]
            cut.records[assembly] = record.upto(min([*stops, len(record.entries)]))
        fresh = {
            (text["assembly"], text["after"], text["key"])
            for record in cut.records.values()
            for entry in record.of("Proposal")
            if (text := entry["newKey"]) is not None
            and entry["compact"] in versions
            and is_whole_text(entry, bundle)
            and gives(entry, versions[entry["compact"]], cut)
        }
        if fresh <= found:
            break
        found |= fresh
    held = {e.digest: e for r in bundle.records.values() for e in r.entries}
    for record in bundle.records.values():
        for event in decided(record):
            if claim(event) in found:
                continue
            proposal = held.get(event["decided"])
            known = proposal is not None and proposal.kind == "Proposal"
            if not known or held[event["decided"]]["compact"] not in versions:
                raise Unverifiable("a decision that gave a key")
            raise Wrong("nobody gave this key", event.line)


def decided(record: Record) -> list[Entry]:
    return [each for each in record.of("KeyEvent") if each["decided"] is not None]


def claim(event: Entry) -> tuple[str, str, str]:
    return event.assembly, str(event.prev), event["key"]


def gives(proposal: Entry, compact: Compact, bundle: Bundle) -> bool:
    text = proposal["newKey"]
    return (
        proposal["slot"] == text["after"]
        and not proposal["ratify"]
        and text["assembly"] in compact.seats
        and consents(text, text["key"])
        and adopts(proposal, compact, bundle)
    )


def is_whole_text(proposal: Entry, bundle: Bundle) -> bool:
    """Say whether what a proposal amends, if anything, is here."""
    amends = proposal["amends"]
    return amends is None or any(
        record.get(amends) is not None for record in bundle.records.values()
    )


def changes_to(proposal: Entry, compact: Compact, bundle: Bundle) -> bool:
    """Say whether a change is adopted and, where it asks for that, ratified."""
    matter = Matter(compact, proposal, None)
    found = alike(hear(bundle, matter), compact, "adopted")
    if found is None or not proposal["ratify"]:
        return found is not None
    return alike(hear(bundle, matter, found), compact, "in force") is not None


def adopts(proposal: Entry, compact: Compact, bundle: Bundle) -> bool:
    """Say whether enough members attest alike that a proposal is adopted."""
    matter = Matter(compact, proposal, None)
    return alike(hear(bundle, matter), compact, "adopted") is not None


def alike(heard: Heard, compact: Compact, outcome: str) -> str | None:
    """Give the one result that enough members attest, if that is its outcome."""
    by: dict[str, set[int]] = {}
    ending: set[str] = set()
    for seat, entry in heard.attested:
        by.setdefault(entry["resultHash"], set()).add(seat)
        if entry["result"]["outcome"] == outcome:
            ending.add(entry["resultHash"])
    confirmed = [each for each, seats in by.items() if len(seats) >= compact.t]
    if len(confirmed) != 1 or confirmed[0] not in ending:
        return None
    return confirmed[0]


def descends(bundle: Bundle) -> bool:
    """Say whether members made each version from the one before, as far as is here."""
    return bundle.versions[0].version in lineage(bundle)


def lineage(bundle: Bundle) -> dict[str, Compact]:
    """Give the versions that members made from the first one, as far as is here."""
    made: dict[str, Compact] = {}
    if bundle.versions[-1].previous is not None:
        return made
    later_first = bundle.versions[::-1]
    made[later_first[0].version] = later_first[0]
    for earlier, later in pairwise(later_first):
        # What does not follow from it is no change of a version.
        others = {each.version for each in bundle.versions} - {later.version}
        changes = {
            entry["compactNext"]
            for record in bundle.records.values()
            for entry in record.of("Proposal")
            if entry["compact"] == earlier.version
            and entry["compactNext"] not in {None, *others}
            and is_whole_text(entry, bundle)
            and changes_to(entry, earlier, bundle)
        }
        if changes != {later.version}:
            break
        made[later.version] = later
    return made


def main(arguments: list[str]) -> int:
    report = verify(Path(arguments[0]).read_bytes(), *arguments[1:2])
    print(json.dumps(report, indent=2))
    return int(report["exit"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
