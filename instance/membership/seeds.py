"""Assemblies give each other seeds for their draws, and sign what they say of them.

A seed is asked for, committed to, called for once the list is fixed, and told. Each of
these is a document that bears the record key of the assembly whose word it is, and is
believed for that, whoever brings it. Whoever tells a seed names the list that was made
before it. See decision 0147.
"""

from typing import Final

from activitypub import addresses, canonical, proofs, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed, NotAuthentic
from confederation.counting import lot
from confederation.errors import Invalid, Refused, TooEarly, TooLate, Unknown
from confederation.identifiers import AssemblyId, Digest
from confederation.membership import panel
from instance import clerk, speech, vocabulary
from instance.desk import Desk
from instance.membership import panels
from instance.store import events, pools, records
from instance.store import seeds as store
from instance.store.records import Known
from instance.store.seeds import Asked, Wanted
from instance.upkeep import keys

REQUEST: Final = "SeedRequest"
GIVEN: Final = "SeedGiven"
CALL: Final = "SeedCall"
TOLD: Final = "SeedTold"
KINDS: Final = frozenset({REQUEST, GIVEN, CALL, TOLD})
TERMS: Final[JsonObject] = {
    "asm": "https://w3id.org/folkmoot/v1#",
    **{each: f"asm:{each}" for each in sorted(KINDS)},
    "panel": {"@id": "asm:panel", "@type": "@id"},
    "question": "asm:question",
    "request": "asm:request",
    "commitment": "asm:commitment",
    "fixed": "asm:fixed",
    "seeds": "asm:seeds",
}
MOST_IN_QUESTION: Final = 300
MOST_IN_ADDRESS: Final = 500


def ask(desk: Desk, id: str, assembly: AssemblyId, *, name: str) -> None:
    """Ask an assembly for a seed for a draw of ours; again, if it did not answer.

    ``name`` is what it is called here.

    Raises:
        TooLate: nobody commits to a seed any more.
        Unknown: no record of that assembly is kept here.
    """
    state, known = panels.load(desk, id), records.assembly(desk.connection, assembly)
    if known is None or known.ours:
        raise Unknown("No record of that assembly is kept here.")
    if not state.can_commit():
        raise TooLate("Whoever gives a seed commits to it before the pool is frozen.")
    there = next(
        (e for e in asked_now(desk, id, state) if e.assembly == known.id), None
    )
    if there is not None:
        speech.tell_fellows(desk, _today(desk, there.asked), only=known.id)
        return
    assert state.begun is not None
    question = events.wording(desk.connection, state.begun.question) or ""
    document = _signed(
        desk,
        REQUEST,
        {"panel": _address(desk, id), "to": known.id, "question": question},
    )
    store.ask(
        desk.connection,
        Digest(canonical.digest(document)),
        panel=id,
        assembly=known.id,
        name=name,
        since=_since(state),
        document=document,
    )
    speech.tell_fellows(desk, document, only=known.id)


def give(desk: Desk, request: Digest) -> None:
    """Commit to a seed for whoever asks for it, and tell them what commits to it.

    It is told by itself once they call for it, which they do when their list is made.

    Raises:
        Unknown: no assembly asks for it.
    """
    wanted = store.wanted(desk.connection, request)
    if wanted is None:
        raise Unknown("No assembly asks for this seed.")
    if wanted.given is not None:
        return
    commitment = panels.new_seed(desk, panel=None, what=wanted.question)
    document = _signed(
        desk,
        GIVEN,
        {"panel": wanted.panel, "request": request, "commitment": commitment},
    )
    store.give(desk.connection, request, commitment=commitment, document=document)
    speech.tell_fellows(desk, document, only=wanted.assembly)


def call(desk: Desk, id: str) -> None:
    """Ask those who committed to tell their seeds, now that the list is made.

    They are told which list it is, and all that was committed to for this draw.

    Raises:
        TooEarly: there is no list yet.
    """
    state = panels.load(desk, id)
    if state.made is None:
        raise TooEarly("The lot is drawn once the list of panels is made.")
    untold = {each.commitment for each in state.untold}
    waited = [e for e in asked_now(desk, id, state) if e.commitment in untold]
    if not waited:
        return
    document = _signed(
        desk,
        CALL,
        {
            "panel": _address(desk, id),
            "fixed": state.made.fixed,
            "seeds": [*sorted(each.commitment for each in state.seeds)],
        },
    )
    for each in waited:
        speech.tell_fellows(desk, document, only=each.assembly)


def asked_now(desk: Desk, id: str, state: panel.State) -> list[Asked]:
    """Return whom we asked for the draw that goes on now."""
    since = _since(state)
    asked = store.asked_for(desk.connection, id)
    return [each for each in asked if each.since == since]


def is_one(document: JsonObject) -> bool:
    """Whether somebody says something here of a seed."""
    return reading.type_of(document) in KINDS and "proof" in document


def hear(desk: Desk, document: JsonObject) -> str:
    """Deal with what an assembly signed about a seed; say what it came to.

    Raises:
        ProtocolError: it is not theirs, or cannot be what it says.
        Refused: it cannot be so here, or not any more.
    """
    canonical.check_exact(document)
    author = _author(desk, document)
    match reading.type_of(document):
        case "SeedRequest":
            return _asked(desk, author, document)
        case "SeedGiven":
            return _given(desk, author, document)
        case "SeedCall":
            return _called(desk, author, document)
        case _:
            return _told(desk, author, document)


def _asked(desk: Desk, author: Known, document: JsonObject) -> str:
    ours, question = records.ours(desk.connection), document.get("question")
    if ours is None or document.get("to") != ours.id or not isinstance(question, str):
        raise Malformed("A seed is asked for of us, with the question of the panel.")
    request = Digest(canonical.digest(document))
    if "request" in document:
        request = _digest(document, "request")
    wanted = store.wanted(desk.connection, request)
    if wanted is not None and wanted.assembly != author.id:
        raise Forbidden("Another assembly asked for this seed.")
    if wanted is not None:
        if wanted.given is not None:
            speech.tell_fellows(desk, _today(desk, wanted.given), only=author.id)
        return "a seed is asked for again"
    kept = store.want(
        desk.connection,
        request,
        assembly=author.id,
        panel=_panel(author, document),
        question=reading.one_line(question)[:MOST_IN_QUESTION],
        at=desk.now,
    )
    return "a seed is asked for" if kept else "ignored: too many are asked for"


def _given(desk: Desk, author: Known, document: JsonObject) -> str:
    asked, commitment = _ours(desk, author, document), _digest(document, "commitment")
    if asked.given is not None:
        if asked.commitment == commitment:
            return "committed to again"
        raise Forbidden("It committed to another seed for this draw before.")
    state = panels.load(desk, asked.panel)
    if asked.since != _since(state):
        raise TooLate("This seed was for a draw that came to nothing.")
    # Whoever repeats what another committed to would repeat their seed as well.
    if commitment in {each.commitment for each in (*state.seeds, *state.aside)}:
        raise Forbidden("Somebody else committed to this seed.")
    party = events.keep_wording(desk.connection, asked.name)
    panels.commit(desk, asked.panel, party=party, commitment=commitment, by=None)
    store.keep_given(
        desk.connection, asked.request, commitment=commitment, document=document
    )
    return "committed to"


def _called(desk: Desk, author: Known, document: JsonObject) -> str:
    fixed, named = _digest(document, "fixed"), document.get("seeds")
    if not isinstance(named, list):
        raise Malformed("It does not say what was committed to.")
    ours = [
        each
        for each in store.wanted_by(
            desk.connection, author.id, panel=_panel(author, document)
        )
        if each.commitment in named
    ]
    if not ours:
        return "ignored: it calls for no seed of ours"
    for each in ours:
        if each.fixed not in {None, fixed}:
            raise Forbidden("The list was another one when our seed was told.")
        _tell(desk, each, fixed)
    return "our seed is told"


def _tell(desk: Desk, wanted: Wanted, fixed: Digest) -> None:
    document, commitment = wanted.told, wanted.commitment
    if document is None:
        assert commitment is not None
        seed = pools.told_seed(desk.connection, commitment)
        document = _signed(
            desk,
            TOLD,
            {
                "panel": wanted.panel,
                "request": wanted.request,
                "commitment": commitment,
                "fixed": fixed,
                "seed": seed or panels.open_seed(desk, commitment),
            },
        )
        store.tell(desk.connection, wanted.request, fixed=fixed, document=document)
    speech.tell_fellows(desk, _today(desk, document), only=wanted.assembly)


def _told(desk: Desk, author: Known, document: JsonObject) -> str:
    asked, seed = _ours(desk, author, document), document.get("seed")
    state = panels.load(desk, asked.panel)
    if asked.commitment is None or not isinstance(seed, str):
        raise Malformed("There is no seed in it that was committed to.")
    if state.made is None:
        raise TooEarly("The lot is drawn once the list of panels is made.")
    if (
        document.get("commitment") != asked.commitment
        or document.get("fixed") != state.made.fixed
        or not _opens(seed, asked.commitment)
    ):
        store.keep_wrong(desk.connection, asked.request, document)
        return "refused: it tells something else than it committed to"
    if asked.commitment not in {each.commitment for each in state.untold}:
        return "ignored: it is told, or came too late"
    panels.tell(desk, asked.panel, asked.commitment, seed, by=None)
    store.keep_told(desk.connection, asked.request, document)
    return "told"


def _opens(seed: str, commitment: Digest) -> bool:
    try:
        return lot.commitment(seed) == commitment
    except Invalid:
        return False


def _ours(desk: Desk, author: Known, document: JsonObject) -> Asked:
    """Return what we asked of an assembly, which it answers."""
    asked = store.asked(desk.connection, _digest(document, "request"))
    if asked is None or asked.assembly != author.id:
        raise Forbidden("We asked this assembly for no such seed.")
    return asked


def _author(desk: Desk, document: JsonObject) -> Known:
    """Return the assembly that signed a document with its record key.

    Raises:
        Forbidden: no record of it is kept here, or this node does not deal with it.
        NotAuthentic: it did not sign it.
    """
    id = document.get("assembly")
    known = records.assembly(desk.connection, id) if isinstance(id, str) else None
    if known is None or known.ours or desk.judgement.bars(known.address):
        raise Forbidden("No record of that assembly is kept here.")
    if proofs.verify_named(document) != known.key:
        raise NotAuthentic("It is not signed with its assembly's record key.")
    return known


def _panel(author: Known, document: JsonObject) -> str:
    address = document.get("panel")
    if (
        not isinstance(address, str)
        or len(address) > MOST_IN_ADDRESS
        or not addresses.same_origin(address, author.address)
    ):
        raise Malformed("A panel has an address with its assembly.")
    return address


def _digest(document: JsonObject, name: str) -> Digest:
    value = document.get(name)
    if not isinstance(value, str) or not canonical.is_digest(value):
        raise Malformed(f"It has no {name}.")
    return Digest(value)


def _today(desk: Desk, document: JsonObject) -> JsonObject:
    """Sign what we said before with the key of today, which alone is believed."""
    ours = records.ours(desk.connection)
    if ours is None or proofs.verify_named(document) == ours.key:
        return document
    anew = {"@context", "type", "assembly", "published", "proof"}
    body = {name: each for name, each in document.items() if name not in anew}
    if document["type"] == REQUEST:
        # All that answers a request names it by its digest, so it says which it was.
        body["request"] = canonical.digest(document)
    return _signed(desk, str(document["type"]), body)


def _signed(desk: Desk, kind: str, body: JsonObject) -> JsonObject:
    """Sign what we say of a seed with our record key.

    Raises:
        Refused: nothing can be signed here just now, or before the founding.
    """
    ours = records.ours(desk.connection)
    key = keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    why_not = clerk.why_not(desk)
    if why_not is not None:
        raise Refused(why_not)
    if ours is None or key is None or not clerk.holds_key(desk):
        raise Refused("This node cannot sign for the assembly.")
    document: JsonObject = {
        "@context": [*vocabulary.RECORD_CONTEXT, dict(TERMS)],
        "type": kind,
        "assembly": ours.id,
        "published": canonical.write_time(desk.now),
        **body,
    }
    return proofs.sign(
        document,
        key,
        verification_method=proofs.key_id(key.public_key()),
        created=desk.now,
    )


def _address(desk: Desk, id: str) -> str:
    return speech.address(desk, f"panels/{id}")


def _since(state: panel.State) -> str:
    assert state.begun is not None
    return canonical.write_time(state.set_aside_at or state.begun.at)
