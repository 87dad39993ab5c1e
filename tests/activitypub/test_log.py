"""A log that once showed something can never show that it did not."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from activitypub import log, proofs
from activitypub.errors import Malformed, NotAuthentic, TooLarge
from activitypub.log import (
    LATEST,
    Checkpoint,
    MemoryNodes,
    NoteSignature,
    SignedNote,
    Tree,
)
from tests.activitypub.vectors import load

RFC_9162 = load("rfc9162.json")
LEAVES = [bytes.fromhex(leaf) for leaf in RFC_9162["leaves"]]
ROOTS = [bytes.fromhex(root) for root in RFC_9162["roots"]]
C2SP = load("c2sp-signed-note.json")

MANY = 70
ENTRIES = [f"entry {number}".encode() for number in range(MANY)]

ORIGIN = "a.example/g/harbour"
WITNESS = "b.example/g/mill"
KEY = proofs.read_secret("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
OTHER_KEY = proofs.new_key()
AT = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
CHECKPOINT = Checkpoint(origin=ORIGIN, size=8, root=ROOTS[8])
BODY = log.note_body(CHECKPOINT)


def grown(entries: list[bytes]) -> Tree:
    nodes = MemoryNodes()
    tree = Tree(0, nodes)
    for entry in entries:
        tree, made = tree.append(entry)
        nodes.keep(made)
    return tree


FULL = grown(ENTRIES)
TREES = [Tree(size, FULL.nodes) for size in range(MANY + 1)]


def root_by_definition(entries: list[bytes]) -> bytes:
    """Hash a list as RFC 9162, 2.1.1, defines it, without keeping anything."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    left, right = entries[:split], entries[split:]
    return hashlib.sha256(
        b"\1" + root_by_definition(left) + root_by_definition(right)
    ).digest()


def included(index: int, size: int, proof: list[bytes], entry: bytes) -> bool:
    try:
        log.verify_inclusion(
            entry, index=index, size=size, proof=proof, root=TREES[size].root()
        )
    except NotAuthentic:
        return False
    return True


def consistent(old: int, new: int, proof: list[bytes]) -> bool:
    try:
        log.verify_consistency(
            old_size=old,
            old_root=TREES[old].root(),
            new_size=new,
            new_root=TREES[new].root(),
            proof=proof,
        )
    except NotAuthentic:
        return False
    return True


def spoiled(proof: list[bytes]) -> list[list[bytes]]:
    """Make every proof that differs from this one in one small thing."""
    other = bytes(32)
    return [
        [*proof, other],
        [other, *proof],
        proof[:-1] if proof else [other],
        proof[1:] if proof else [other],
        *([*proof[:i], other, *proof[i + 1 :]] for i in range(len(proof))),
        *(
            [*proof[:i], proof[i + 1], proof[i], *proof[i + 2 :]]
            for i in range(len(proof) - 1)
        ),
    ]


# The tree


def test_the_known_roots_come_out() -> None:
    roots = [grown(LEAVES[:size]).root() for size in range(len(LEAVES) + 1)]

    assert roots == ROOTS


def test_every_root_is_the_one_that_the_definition_gives() -> None:
    for size, tree in enumerate(TREES):
        assert tree.root() == root_by_definition(ENTRIES[:size])


def test_every_entry_of_every_tree_can_be_shown_to_be_in_it() -> None:
    for size, tree in enumerate(TREES):
        for index in range(size):
            proof = list(tree.inclusion(index))
            assert included(index, size, proof, ENTRIES[index])


def test_every_tree_can_be_shown_to_have_grown_from_every_earlier_one() -> None:
    for new, tree in enumerate(TREES):
        for old in range(new + 1):
            assert consistent(old, new, list(tree.consistency(old)))


def test_no_altered_proof_shows_that_an_entry_is_in_the_log() -> None:
    for size in range(1, 35):
        for index in range(size):
            proof = list(TREES[size].inclusion(index))
            assert not any(
                included(index, size, wrong, ENTRIES[index]) for wrong in spoiled(proof)
            )


def test_no_altered_proof_shows_that_a_log_has_only_grown() -> None:
    for new in range(1, 35):
        for old in range(new + 1):
            proof = list(TREES[new].consistency(old))
            assert not any(consistent(old, new, wrong) for wrong in spoiled(proof))


def test_an_entry_is_shown_at_its_own_place_only() -> None:
    for size in range(2, 35):
        for index in range(size):
            proof = list(TREES[size].inclusion(index))
            assert not any(
                included(other, size, proof, ENTRIES[index])
                for other in range(-1, size + 1)
                if other != index
            )


def test_another_entry_is_not_shown_by_it() -> None:
    for size in range(1, 35):
        for index in range(size):
            proof = list(TREES[size].inclusion(index))
            assert not included(index, size, proof, ENTRIES[index] + b"!")


def test_an_inner_node_is_not_taken_for_an_entry() -> None:
    left, right = (hashlib.sha256(b"\0" + entry).digest() for entry in ENTRIES[:2])

    assert not included(0, 1, [], left + right)
    with pytest.raises(NotAuthentic):
        log.verify_inclusion(
            left + right, index=0, size=1, proof=[], root=TREES[2].root()
        )


def test_a_log_that_was_rewritten_has_no_proof_of_having_grown() -> None:
    for old in range(1, 12):
        for place in range(old):
            other = grown([*ENTRIES[:place], b"another", *ENTRIES[place + 1 : 12]])
            for proof in (other.consistency(old), TREES[12].consistency(old)):
                with pytest.raises(NotAuthentic, match="root"):
                    log.verify_consistency(
                        old_size=old,
                        old_root=TREES[old].root(),
                        new_size=12,
                        new_root=other.root(),
                        proof=proof,
                    )


@pytest.mark.parametrize(
    ("old_size", "old_root", "new_size", "new_root", "why"),
    [
        (3, ROOTS[3], 3, ROOTS[4], "two roots"),
        (0, ROOTS[1], 3, ROOTS[3], "two roots"),
        (0, ROOTS[0], 0, ROOTS[1], "empty log"),
        (4, ROOTS[4], 3, ROOTS[3], "shorter"),
        (-1, ROOTS[0], 3, ROOTS[3], "shorter"),
        (3, ROOTS[3], 4, ROOTS[4], "too short"),
        (4, ROOTS[4], 8, ROOTS[8], "too short"),
    ],
)
def test_two_checkpoints_of_one_log_must_fit_together(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, why: str
) -> None:
    with pytest.raises(NotAuthentic, match=why):
        log.verify_consistency(
            old_size=old_size,
            old_root=old_root,
            new_size=new_size,
            new_root=new_root,
            proof=[],
        )


def test_proofs_have_the_shape_of_the_example_in_rfc_9162() -> None:
    leaf = [hashlib.sha256(b"\0" + entry).digest() for entry in ENTRIES[:7]]
    a, b, c, d, e, f, j = leaf
    g, h, i = log.node_hash(a, b), log.node_hash(c, d), log.node_hash(e, f)
    k, m = log.node_hash(g, h), log.node_hash(i, j)

    assert TREES[7].root() == log.node_hash(k, m)
    assert TREES[7].inclusion(0) == (b, h, m)
    assert TREES[7].inclusion(3) == (c, g, m)
    assert TREES[7].inclusion(4) == (f, j, k)
    assert TREES[7].inclusion(6) == (i, k)
    assert TREES[7].consistency(3) == (c, d, g, m)
    assert TREES[7].consistency(4) == (m,)
    assert TREES[7].consistency(6) == (i, j, k)


def test_an_append_makes_each_complete_subtree_once() -> None:
    made = []
    nodes = MemoryNodes()
    tree = Tree(0, nodes)
    for entry in ENTRIES:
        tree, new = tree.append(entry)
        nodes.keep(new)
        made += [(node.level, node.index) for node in new]

    complete = {(level, i) for level in range(7) for i in range(MANY >> level)}
    assert len(made) == len(complete)
    assert set(made) == complete


@given(st.integers(1, 10**6), st.data())
def test_in_a_long_log_a_proof_takes_a_handful_of_reads(
    size: int, data: st.DataObject
) -> None:
    reads = []

    def nodes(level: int, index: int) -> bytes:
        assert (index + 1) << level <= size
        reads.append((level, index))
        return hashlib.sha256(f"{level}/{index}".encode()).digest()

    tree = Tree(size, nodes)
    tree.inclusion(data.draw(st.integers(0, size - 1)))
    in_inclusion = len(reads)
    tree.consistency(data.draw(st.integers(0, size)))
    in_consistency = len(reads) - in_inclusion
    tree.root()

    assert in_inclusion <= 40
    assert in_consistency <= 41
    assert len(reads) - in_inclusion - in_consistency <= 20


def test_nothing_is_proved_about_what_is_not_in_the_tree() -> None:
    for index in (-1, 5, 6):
        with pytest.raises(IndexError):
            TREES[5].inclusion(index)
    for old_size in (-1, 6):
        with pytest.raises(IndexError):
            TREES[5].consistency(old_size)


# Checkpoints and notes


def test_a_checkpoint_is_three_lines() -> None:
    root = base64.b64encode(ROOTS[8]).decode()

    assert f"{ORIGIN}\n8\n{root}\n".encode() == BODY
    assert log.read_checkpoint(BODY) == CHECKPOINT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        BODY[:-1],
        BODY + b"\n",
        BODY + b"extension\n",
        BODY.replace(b"\n8\n", b"\n08\n"),
        BODY.replace(b"\n8\n", b"\n+8\n"),
        BODY.replace(b"\n8\n", b"\n-8\n"),
        BODY.replace(b"\n8\n", b"\n8 \n"),
        BODY.replace(b"\n8\n", "\n٨\n".encode()),
        BODY.replace(b"\n8\n", b"\n\n"),
        BODY.replace(b"\n8\n", b"\n" + b"9" * 17 + b"\n"),
        BODY.replace(b"\n", b"\r\n"),
        BODY.replace(b"a.example/g/harbour", b""),
        BODY.replace(b"harbour", b"har bour"),
        BODY.replace(b"harbour", "har\u00a0bour".encode()),
        BODY.replace(b"harbour", b"har+bour"),
        BODY.replace(b"harbour", b"har\xffbour"),
        BODY.replace(b"=", b""),
        BODY.replace(b"=", b"=="),
        # The same bytes, but with a bit set that nobody reads.
        BODY.replace(b"yg=", b"yh="),
        f"{ORIGIN}\n8\n{base64.b64encode(bytes(31)).decode()}\n".encode(),
        f"{ORIGIN}\n8\n{ROOTS[8].hex()}\n".encode(),
    ],
)
def test_a_checkpoint_is_written_in_one_form(body: bytes) -> None:
    assert body != BODY

    with pytest.raises(Malformed):
        log.read_checkpoint(body)


def test_the_example_note_of_the_standard_verifies() -> None:
    name, key_id, encoded = C2SP["verifierKey"].split("+", 2)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])

    note = log.read_note(C2SP["note"].encode())

    log.verify_note(note, name, key)
    assert note.body == b"This is an example message.\n"
    assert [line.key.hex() for line in note.signatures] == [key_id]
    assert log.write_note(note) == C2SP["note"].encode()


def test_a_signed_checkpoint_verifies() -> None:
    note = log.read_note(log.write_note(log.sign_note(BODY, ORIGIN, KEY)))

    log.verify_note(note, ORIGIN, KEY.public_key())
    assert log.read_checkpoint(note.body) == CHECKPOINT


def test_a_key_that_belongs_to_someone_else_signs_no_checkpoint() -> None:
    note = log.sign_note(BODY, ORIGIN, OTHER_KEY)

    with pytest.raises(NotAuthentic):
        log.verify_note(note, ORIGIN, KEY.public_key())


def test_a_forged_key_id_makes_no_signature() -> None:
    [honest] = log.sign_note(BODY, ORIGIN, KEY).signatures
    [forged] = log.sign_note(BODY, ORIGIN, OTHER_KEY).signatures
    line = NoteSignature(name=ORIGIN, key=honest.key, value=forged.value)
    note = SignedNote(body=BODY, signatures=(line,))

    with pytest.raises(NotAuthentic):
        log.verify_note(note, ORIGIN, KEY.public_key())


def test_a_signature_under_another_name_does_not_count() -> None:
    note = log.sign_note(BODY, WITNESS, KEY)

    with pytest.raises(NotAuthentic):
        log.verify_note(note, ORIGIN, KEY.public_key())


def test_a_signature_over_another_text_does_not_count() -> None:
    signatures = log.sign_note(BODY, ORIGIN, KEY).signatures
    note = SignedNote(body=BODY.replace(b"\n8\n", b"\n9\n"), signatures=signatures)

    with pytest.raises(NotAuthentic):
        log.verify_note(note, ORIGIN, KEY.public_key())


def test_a_false_line_does_not_spoil_a_true_one() -> None:
    honest = log.sign_note(BODY, ORIGIN, KEY)
    [line] = honest.signatures
    false = NoteSignature(name=ORIGIN, key=line.key, value=bytes(64))
    note = SignedNote(body=BODY, signatures=(false, line))

    log.verify_note(note, ORIGIN, KEY.public_key())


def test_a_witness_signs_the_time_and_the_checkpoint() -> None:
    note = log.sign_note(BODY, ORIGIN, KEY)

    cosigned = note.with_signature(log.cosign(BODY, WITNESS, OTHER_KEY, at=AT))

    read = log.read_note(log.write_note(cosigned))
    assert log.cosigned_at(read, WITNESS, OTHER_KEY.public_key()) == AT
    log.verify_note(read, ORIGIN, KEY.public_key())


def test_a_cosignature_is_made_as_the_standard_says() -> None:
    public = OTHER_KEY.public_key().public_bytes_raw()

    line = log.cosign(BODY, WITNESS, OTHER_KEY, at=AT)

    key_id = hashlib.sha256(WITNESS.encode() + b"\n\x04" + public).digest()[:4]
    assert line.name == WITNESS
    assert line.key == key_id
    assert line.value[:8] == AT.to_bytes(8, "big")
    OTHER_KEY.public_key().verify(
        line.value[8:], f"cosignature/v1\ntime {AT}\n".encode() + BODY
    )


def test_a_witness_has_cosigned_at_the_latest_time_that_it_signed() -> None:
    note = log.sign_note(BODY, ORIGIN, KEY)
    for at in (AT, AT + 60, AT - 60):
        note = note.with_signature(log.cosign(BODY, WITNESS, OTHER_KEY, at=at))

    assert log.cosigned_at(note, WITNESS, OTHER_KEY.public_key()) == AT + 60


@pytest.mark.parametrize("at", [LATEST + 1, 2**63, 2**64 - 1])
def test_a_time_beyond_every_calendar_is_no_time(at: int) -> None:
    note = log.sign_note(BODY, ORIGIN, KEY)
    for time in (at, AT):
        note = note.with_signature(log.cosign(BODY, WITNESS, OTHER_KEY, at=time))

    assert log.cosigned_at(note, WITNESS, OTHER_KEY.public_key()) == AT


def test_of_several_cosignatures_the_latest_that_holds_is_given() -> None:
    note = log.sign_note(BODY, WITNESS, OTHER_KEY)
    lines = [log.cosign(BODY, WITNESS, OTHER_KEY, at=AT + step) for step in (0, 60)]
    false = NoteSignature(
        name=WITNESS,
        key=lines[0].key,
        value=(AT + 90).to_bytes(8) + lines[0].value[8:],
    )
    for line in (false, *lines):
        note = note.with_signature(line)

    found = log.cosignature(note, WITNESS, OTHER_KEY.public_key())

    assert found == (AT + 60, lines[1])


def test_a_later_time_cannot_be_put_into_a_cosignature() -> None:
    line = log.cosign(BODY, WITNESS, OTHER_KEY, at=AT)
    later = NoteSignature(
        name=WITNESS, key=line.key, value=(AT + 1).to_bytes(8) + line.value[8:]
    )
    note = SignedNote(body=BODY, signatures=(later,))

    assert log.cosigned_at(note, WITNESS, OTHER_KEY.public_key()) is None


def test_a_log_s_own_signature_is_no_cosignature_and_the_other_way_round() -> None:
    signed = log.sign_note(BODY, ORIGIN, KEY)
    cosigned = SignedNote(body=BODY, signatures=(log.cosign(BODY, ORIGIN, KEY, at=AT),))

    assert log.cosigned_at(signed, ORIGIN, KEY.public_key()) is None
    with pytest.raises(NotAuthentic):
        log.verify_note(cosigned, ORIGIN, KEY.public_key())


def test_a_cosignature_of_another_witness_or_checkpoint_does_not_count() -> None:
    line = log.cosign(BODY, WITNESS, OTHER_KEY, at=AT)
    note = SignedNote(body=BODY, signatures=(line,))
    other = SignedNote(body=BODY.replace(b"\n8\n", b"\n9\n"), signatures=(line,))

    assert log.cosigned_at(note, WITNESS, KEY.public_key()) is None
    assert log.cosigned_at(note, ORIGIN, OTHER_KEY.public_key()) is None
    assert log.cosigned_at(other, WITNESS, OTHER_KEY.public_key()) is None


@pytest.mark.parametrize("length", [5, 8, 64, 71, 73])
def test_a_cosignature_of_another_length_does_not_count(length: int) -> None:
    key_id = log.cosign(BODY, WITNESS, OTHER_KEY, at=AT).key
    line = NoteSignature(name=WITNESS, key=key_id, value=bytes(length))
    note = SignedNote(body=BODY, signatures=(line,))

    assert log.cosigned_at(note, WITNESS, OTHER_KEY.public_key()) is None


def test_a_signature_is_added_once() -> None:
    line = log.cosign(BODY, WITNESS, OTHER_KEY, at=AT)
    note = log.sign_note(BODY, ORIGIN, KEY).with_signature(line)

    assert note.with_signature(line) == note


def test_signatures_of_kinds_that_we_do_not_know_are_kept() -> None:
    line = "— c.example/ü AAAAAQI=\n"
    data = log.write_note(log.sign_note(BODY, ORIGIN, KEY)) + line.encode()

    note = log.read_note(data)

    log.verify_note(note, ORIGIN, KEY.public_key())
    assert note.signatures[1].name == "c.example/ü"
    assert log.write_note(note) == data


NOTE = log.write_note(log.sign_note(BODY, ORIGIN, KEY))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        BODY,
        BODY + b"\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace(b"\n", b"\r\n"),
        b"\n\n" + NOTE.partition(b"\n\n")[2],
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace("— ".encode(), "—".encode()),
        NOTE.replace("— ".encode(), "—  ".encode()),
        NOTE.replace("— a".encode(), "— +a".encode()),
        NOTE[:-1] + b" \n",
        NOTE[:-1] + b" x\n",
        NOTE[:-1] + b"=\n",
        NOTE[:-2] + b"\n",
        NOTE + "— c.example AAAAAA==\n".encode(),
        NOTE + b"\x00\n",
        NOTE + b"\xff\n",
        NOTE + "— c.example AAAAAQI=\n".encode() * 100,
    ],
)
def test_a_note_is_written_in_one_form(data: bytes) -> None:
    assert data != NOTE

    with pytest.raises(Malformed):
        log.read_note(data)


def test_a_note_of_any_size_is_not_read() -> None:
    with pytest.raises(TooLarge):
        log.read_note(NOTE + b"x" * 64 * 1024)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_not_a_byte_of_a_signed_note_can_be_altered(place: int, change: int) -> None:
    altered = bytearray(NOTE)
    altered[place] ^= change

    with pytest.raises((Malformed, NotAuthentic)):
        log.verify_note(log.read_note(bytes(altered)), ORIGIN, KEY.public_key())


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\n", "\u2003", "a\u2028b"])
def test_nothing_is_signed_under_a_name_that_nobody_could_read(name: str) -> None:
    with pytest.raises(Malformed):
        log.sign_note(BODY, name, KEY)
    with pytest.raises(Malformed):
        log.cosign(BODY, name, KEY, at=AT)
    with pytest.raises(Malformed):
        log.note_body(Checkpoint(origin=name, size=0, root=ROOTS[0]))


@pytest.mark.parametrize("body", [b"", b"no line break", b"tab\there\n", b"\xff\n"])
def test_nothing_is_signed_that_is_no_note(body: bytes) -> None:
    with pytest.raises(Malformed):
        log.sign_note(body, ORIGIN, KEY)
