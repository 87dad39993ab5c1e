"""A proof holds over exactly the document that was signed, by exactly one key."""

import copy
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given
from hypothesis import strategies as st

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed, NotAuthentic, ProtocolError
from tests.activitypub.vectors import load

W3C = load("w3c-vc-di-eddsa.json")
FEP_8B32 = load("fep-8b32.json")
FEP_C390 = load("fep-c390.json")
FEP_521A = load("fep-521a.json")
RFC_8032 = load("rfc8032.json")["cases"]

SIGNED_BY_OTHERS = pytest.mark.parametrize(
    "vector", [W3C, FEP_8B32, FEP_C390], ids=["w3c", "fep-8b32", "fep-c390"]
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = proofs.read_secret(W3C["secretKeyMultibase"])
HARBOUR = "https://a.example/g/harbour"
METHOD = HARBOUR + proofs.key_id(KEY.public_key())


def a_document(**changes: Any) -> JsonObject:
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", {"n": 1, "x": "é"}],
        "id": "https://a.example/r/7",
        "type": "MemberCount",
        "members": 158,
        "seq": 7,
        **changes,
    }


def a_signed(document: JsonObject | None = None) -> JsonObject:
    return proofs.sign(
        a_document() if document is None else document,
        KEY,
        verification_method=METHOD,
        created=NOON,
    )


def with_proof(document: JsonObject, **changes: Any) -> JsonObject:
    """Change options of the proof as somebody would who does not hold the key."""
    changed = copy.deepcopy(document)
    proof = changed["proof"]
    assert isinstance(proof, dict)
    proof.update(changes)
    return changed


def resigned(document: JsonObject, **options: Any) -> JsonObject:
    """Sign with options of our own choice, as a careless or false holder would."""
    unsigned = {name: v for name, v in document.items() if name != "proof"}
    chosen = with_proof(document, **options)["proof"]
    assert isinstance(chosen, dict)
    chosen = {name: v for name, v in chosen.items() if v is not None}
    chosen.pop("proofValue")
    signature = KEY.sign(
        hashlib.sha256(canonical.canonical(chosen)).digest()
        + hashlib.sha256(canonical.canonical(unsigned)).digest()
    )
    value = proofs.write_base58(signature)
    return {**unsigned, "proof": {**chosen, "proofValue": value}}


def verify(document: JsonObject) -> None:
    proofs.verify(document, KEY.public_key(), now=NOON)


# What the standards say


@SIGNED_BY_OTHERS
def test_what_others_have_signed_by_the_standard_verifies(vector: Any) -> None:
    key = proofs.public_key(vector["publicKeyMultibase"])

    proofs.verify(vector["signed"], key, now=NOON)
    proofs.verify_whole(vector["signed"], key)


@SIGNED_BY_OTHERS
def test_we_sign_to_the_byte_as_the_standard_does(vector: Any) -> None:
    proof = vector["signed"]["proof"]

    signed = proofs.sign(
        vector["signed"],
        proofs.read_secret(vector["secretKeyMultibase"]),
        verification_method=proof["verificationMethod"],
        created=canonical.read_time(proof["created"]),
    )

    assert signed == vector["signed"]


@pytest.mark.parametrize("vector", [W3C, FEP_8B32], ids=["w3c", "fep-8b32"])
def test_the_options_are_hashed_before_the_document(vector: Any) -> None:
    document = dict(vector["signed"])
    options = dict(document.pop("proof"))
    signature = proofs.read_base58(options.pop("proofValue"), length=64)

    digests = [canonical.digest(options), canonical.digest(document)]

    assert digests == [
        "sha256:" + vector["optionsHash"],
        "sha256:" + vector["documentHash"],
    ]
    hashes = bytes.fromhex(vector["optionsHash"] + vector["documentHash"])
    assert proofs.holds(
        proofs.public_key(vector["publicKeyMultibase"]), signature, hashes
    )


@pytest.mark.parametrize("case", RFC_8032)
def test_signatures_are_those_of_rfc_8032(case: dict[str, str]) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["secret"]))
    message = bytes.fromhex(case["message"])
    signature = bytes.fromhex(case["signature"])

    assert key.public_key().public_bytes_raw().hex() == case["public"]
    assert key.sign(message) == signature
    assert proofs.holds(key.public_key(), signature, message)
    assert not proofs.holds(key.public_key(), signature, message + b"\0")


# What a proof covers


def test_our_own_proofs_verify() -> None:
    signed = a_signed()

    verify(signed)
    proofs.verify_whole(signed, KEY.public_key())


def test_somebody_else_s_key_proves_nothing() -> None:
    signed = a_signed()
    mallory = proofs.new_key().public_key()

    with pytest.raises(NotAuthentic, match="does not hold"):
        proofs.verify(signed, mallory, now=NOON)
    with pytest.raises(NotAuthentic, match="does not hold"):
        proofs.verify_whole(signed, mallory)


@given(st.data())
def test_not_a_byte_of_a_signed_document_can_be_altered(data: st.DataObject) -> None:
    signed = bytearray(canonical.canonical(a_signed()))
    place = data.draw(st.integers(0, len(signed) - 1))
    signed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(ProtocolError):
        verify(canonical.read(bytes(signed)))


def test_each_single_byte_of_a_signed_document_counts() -> None:
    signed = canonical.canonical(a_signed())

    for place in range(len(signed)):
        altered = bytes([*signed[:place], signed[place] ^ 1, *signed[place + 1 :]])
        with pytest.raises(ProtocolError):
            verify(canonical.read(altered))


@given(st.data())
def test_nothing_can_be_put_into_a_signed_document(data: st.DataObject) -> None:
    signed = canonical.canonical(a_signed())
    place = data.draw(st.integers(1, len(signed) - 1))
    extra = data.draw(
        st.sampled_from(
            [b',"x"', b'"x":1,', b',"@context":[]', b"0", b"-", b"\\", b"9"]
        )
    )

    with pytest.raises(ProtocolError):
        proofs.verify_whole(
            canonical.read_canonical(signed[:place] + extra + signed[place:]),
            KEY.public_key(),
        )


@given(st.sampled_from(["signature", "members", "x", "object", "@id"]), st.integers(0))
def test_a_member_that_was_not_signed_breaks_the_whole(name: str, value: int) -> None:
    signed = a_signed()

    with pytest.raises(NotAuthentic):
        proofs.verify_whole({**signed, name: value + 200}, KEY.public_key())


def test_a_context_may_grow_after_signing_but_not_in_a_record() -> None:
    signed = a_signed()
    context = signed["@context"]
    assert isinstance(context, list)

    grown = {**signed, "@context": [*context, "https://w3id.org/security/v1"]}

    verify(grown)
    with pytest.raises(NotAuthentic, match="whole context"):
        proofs.verify_whole(grown, KEY.public_key())


@pytest.mark.parametrize(
    "context",
    [
        [],
        ["https://www.w3.org/ns/activitystreams"],
        [{"n": 1, "x": "é"}, "https://www.w3.org/ns/activitystreams"],
        ["https://evil.example", "https://www.w3.org/ns/activitystreams", {"n": 1}],
        "https://www.w3.org/ns/activitystreams",
        None,
    ],
)
def test_a_context_cannot_be_exchanged(context: Any) -> None:
    changed = {**a_signed(), "@context": context}

    with pytest.raises(NotAuthentic, match="context"):
        verify(changed)
    with pytest.raises(NotAuthentic, match="context"):
        proofs.verify_whole(changed, KEY.public_key())


def test_a_context_cannot_be_left_out() -> None:
    changed = a_signed()
    del changed["@context"]

    with pytest.raises(NotAuthentic, match="context"):
        verify(changed)
    with pytest.raises(NotAuthentic, match="context"):
        proofs.verify_whole(changed, KEY.public_key())


def test_true_in_a_context_is_not_taken_for_one() -> None:
    alike: JsonObject = {
        **a_signed(),
        "@context": ["https://www.w3.org/ns/activitystreams", {"n": True, "x": "é"}],
    }

    with pytest.raises(NotAuthentic):
        proofs.verify_whole(alike, KEY.public_key())


def test_a_string_for_a_context_is_signed_as_a_list() -> None:
    signed = a_signed(
        a_document(**{"@context": "https://www.w3.org/ns/activitystreams"})
    )

    assert signed["@context"] == ["https://www.w3.org/ns/activitystreams"]
    verify(signed)
    proofs.verify_whole(signed, KEY.public_key())


def test_a_string_for_a_context_is_not_verified() -> None:
    string = "https://www.w3.org/ns/activitystreams"
    signed = resigned(a_signed(a_document(**{"@context": string})))

    odd = resigned({**signed, "@context": string}, **{"@context": string})

    with pytest.raises(NotAuthentic, match="context"):
        verify(odd)
    with pytest.raises(NotAuthentic, match="context"):
        proofs.verify_whole(odd, KEY.public_key())


def test_a_proof_without_a_context_covers_the_document_s_own() -> None:
    signed = resigned(a_signed(), **{"@context": None})

    verify(signed)
    with pytest.raises(NotAuthentic, match="does not hold"):
        verify({**signed, "@context": []})


def test_a_linked_data_signature_is_ignored_but_not_in_a_record() -> None:
    signed: JsonObject = {**a_signed(), "signature": {"type": "RsaSignature2017"}}

    verify(signed)
    with pytest.raises(NotAuthentic, match="outside its proof"):
        proofs.verify_whole(signed, KEY.public_key())


def test_a_document_is_signed_anew_without_its_earlier_signatures() -> None:
    again = a_signed({**a_signed(), "signature": {"type": "RsaSignature2017"}})

    assert again == a_signed()


def test_signing_leaves_the_document_at_hand_alone() -> None:
    document = a_document(**{"@context": "https://www.w3.org/ns/activitystreams"})
    before = copy.deepcopy(document)

    a_signed(document)

    assert document == before


def test_a_signed_document_within_another_is_signed_with_its_proof() -> None:
    inner = a_signed()
    outer = a_signed({"id": "https://a.example/r/8", "document": inner})

    verify(outer)
    with pytest.raises(NotAuthentic):
        verify({**outer, "document": with_proof(inner, created="2026-11-22T12:00:01Z")})


# What a proof must be


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"type": "Ed25519Signature2020"}, "DataIntegrityProof"),
        ({"type": ["DataIntegrityProof"]}, "DataIntegrityProof"),
        ({"cryptosuite": "eddsa-rdfc-2022"}, "cryptosuite"),
        ({"cryptosuite": "EDDSA-JCS-2022"}, "cryptosuite"),
        ({"cryptosuite": ["eddsa-jcs-2022"]}, "cryptosuite"),
        ({"proofPurpose": "authentication"}, "assert"),
        ({"proofPurpose": ["assertionMethod"]}, "assert"),
        ({"proofPurpose": None}, "assert"),
        ({"verificationMethod": {"id": METHOD}}, "name its key"),
        ({"verificationMethod": None}, "name its key"),
        ({"proofValue": None}, "no signature"),
        ({"proofValue": ""}, "malformed"),
        ({"proofValue": "z"}, "malformed"),
        ({"proofValue": "f" + "00" * 64}, "malformed"),
        ({"proofValue": "z" + "1" * 65}, "malformed"),
        ({"proofValue": "z" + "1" * 63}, "malformed"),
        ({"proofValue": "z0OIl"}, "malformed"),
        ({"proofValue": "z" + "9" * 1_000_000}, "malformed"),
        ({"expires": 1}, "not a time"),
        ({"expires": "soon"}, "not a time"),
        ({"expires": "2030-01-01T00:00:00"}, "not a time"),
        ({"expires": None}, "not a time"),
    ],
)
def test_a_proof_of_another_kind_proves_nothing(
    changes: dict[str, Any], why: str
) -> None:
    changed = with_proof(a_signed(), **changes)

    with pytest.raises(NotAuthentic, match=why):
        verify(changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"created": "2026-11-22T12:00:01Z"},
        {"verificationMethod": METHOD + "x"},
        {"challenge": "x"},
        {"expires": "2030-01-01T00:00:00Z"},
    ],
)
def test_no_option_of_a_proof_can_be_altered(changes: dict[str, Any]) -> None:
    changed = with_proof(a_signed(), **changes)

    with pytest.raises(NotAuthentic, match="does not hold"):
        verify(changed)


def test_a_list_of_proofs_proves_nothing() -> None:
    signed = a_signed()

    with pytest.raises(NotAuthentic, match="exactly one proof"):
        verify({**signed, "proof": [signed["proof"]]})


def test_an_unsigned_document_proves_nothing() -> None:
    with pytest.raises(NotAuthentic, match="exactly one proof"):
        verify(a_document())
    with pytest.raises(NotAuthentic, match="exactly one proof"):
        proofs.verification_method(a_document())


@pytest.mark.parametrize(
    "expires",
    ["2026-11-22T12:00:00Z", "2026-11-22T11:59:59.9Z", "2026-11-22T12:30:00+01:00"],
)
def test_an_expired_proof_proves_nothing_any_more(expires: str) -> None:
    signed = resigned(a_signed(), expires=expires)

    proofs.verify(signed, KEY.public_key(), now=NOON - timedelta(days=1))
    with pytest.raises(NotAuthentic, match="expired"):
        verify(signed)


def test_a_proof_that_is_still_to_expire_holds_but_not_in_a_record() -> None:
    signed = resigned(a_signed(), expires="2026-11-22T12:00:01Z")

    verify(signed)
    with pytest.raises(NotAuthentic, match="does not expire"):
        proofs.verify_whole(signed, KEY.public_key())


def test_a_number_that_would_be_rounded_cannot_have_been_signed() -> None:
    with pytest.raises(Malformed, match="no canonical form"):
        a_signed(a_document(members=2**60))
    with pytest.raises(NotAuthentic, match="no canonical form"):
        verify({**a_signed(), "members": 2**60})


def test_a_document_says_which_key_it_is_signed_with() -> None:
    assert proofs.verification_method(a_signed()) == METHOD
    assert proofs.key_named_by(METHOD) == KEY.public_key()


def test_a_record_key_that_signed_is_named_by_its_own_id() -> None:
    named = proofs.key_id(KEY.public_key())
    signed = proofs.sign(a_document(), KEY, verification_method=named, created=NOON)

    assert proofs.verify_named(signed) == proofs.multikey(KEY.public_key())
    with pytest.raises(NotAuthentic):
        proofs.verify_named({**signed, "members": 5000})
    with pytest.raises(NotAuthentic):
        proofs.verify_named({**signed, "note": "added"})


@pytest.mark.parametrize("method", [METHOD, "", "#", "#main-key", METHOD.split("#")[1]])
def test_a_proof_whose_key_is_named_otherwise_names_no_record_key(method: str) -> None:
    signed = proofs.sign(a_document(), KEY, verification_method=method, created=NOON)

    with pytest.raises(Malformed):
        proofs.verify_named(signed)


@pytest.mark.parametrize(
    "method",
    [
        HARBOUR,
        HARBOUR + "#",
        HARBOUR + "#main-key",
        METHOD + "#main-key",
        METHOD[METHOD.index("#") + 1 :],
        "",
    ],
)
def test_a_key_with_another_name_is_no_record_key(method: str) -> None:
    with pytest.raises(NotAuthentic, match="record key"):
        proofs.key_named_by(method)


# Keys


def test_keys_are_written_as_the_standards_write_them() -> None:
    assert proofs.multikey(KEY.public_key()) == W3C["publicKeyMultibase"]
    assert proofs.write_secret(KEY) == W3C["secretKeyMultibase"]
    assert KEY.public_key().public_bytes_raw().hex() == W3C["publicKeyHex"]
    assert KEY.private_bytes_raw().hex() == W3C["secretKeyHex"]


def test_a_multikey_is_read_as_fep_521a_says() -> None:
    key = proofs.public_key(FEP_521A["publicKeyMultibase"])

    assert key.public_bytes_raw().hex() == FEP_521A["publicKeyHex"]


def test_new_keys_differ_and_are_read_back() -> None:
    one, other = proofs.new_key(), proofs.new_key()

    assert one.private_bytes_raw() != other.private_bytes_raw()
    assert proofs.read_secret(proofs.write_secret(one)).public_key() == one.public_key()
    assert proofs.public_key(proofs.multikey(one.public_key())) == one.public_key()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        W3C["secretKeyMultibase"],
        W3C["publicKeyMultibase"][1:],
        W3C["publicKeyMultibase"][:-1],
        W3C["publicKeyMultibase"] + "1",
        W3C["publicKeyMultibase"].replace("z6", "z16"),
        W3C["publicKeyMultibase"].lower(),
        " " + W3C["publicKeyMultibase"],
        W3C["publicKeyMultibase"] + "\n",
        "did:key:" + W3C["publicKeyMultibase"],
        # An X25519 key, and a point that is not written in its one form.
        proofs.write_base58(b"\xec\x01" + bytes.fromhex(W3C["publicKeyHex"])),
        proofs.write_base58(b"\xed\x01" + (2**255 - 19 + 3).to_bytes(32, "little")),
    ],
)
def test_what_only_looks_like_a_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        proofs.public_key(text)


def test_a_public_key_is_not_taken_for_a_secret_one() -> None:
    with pytest.raises(Malformed) as refusal:
        proofs.read_secret(W3C["publicKeyMultibase"])

    assert W3C["publicKeyMultibase"] not in str(refusal.value)


def points_of_small_order() -> set[tuple[int, int]]:
    """Find the curve's eight points of small order by RFC 8032's own arithmetic."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    order = 2**252 + 27742317777372353535851937790883648493

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        k = d * a[0] * b[0] * a[1] * b[1] % p
        x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, p) % p
        return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, p) % p

    def times(n: int, point: tuple[int, int]) -> tuple[int, int]:
        total = (0, 1)
        for bit in f"{n:b}":
            total = add(total, total)
            total = add(total, point) if bit == "1" else total
        return total

    found: set[tuple[int, int]] = set()
    y = 2
    while len(found) < 8:
        xx = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(xx, (p + 3) // 8, p)
        if (x * x - xx) % p:
            x = x * pow(2, (p - 1) // 4, p) % p
        if (x * x - xx) % p == 0:
            found.add(times(order, (x, y)))
        y += 1
    return found


def test_no_point_of_small_order_is_a_key() -> None:
    p = 2**255 - 19
    ys = {y for _, y in points_of_small_order()}
    written = {
        (form | sign << 255).to_bytes(32, "little")
        for y in ys
        for form in (y, y + p)
        for sign in (0, 1)
        if form < 2**255
    }

    assert len(ys) == 5
    for raw in written:
        assert not proofs.is_sound(raw)
        with pytest.raises(Malformed, match="anybody could sign"):
            proofs.public_key(proofs.write_base58(b"\xed\x01" + raw))


def test_a_key_with_which_anybody_can_sign_proves_nothing() -> None:
    nobody = Ed25519PublicKey.from_public_bytes(b"\x01" + bytes(31))
    signature = b"\x01" + bytes(63)
    forged = with_proof(a_signed(), proofValue=proofs.write_base58(signature))
    # The library itself takes this for a signature over anything at all.
    nobody.verify(signature, b"anything")

    with pytest.raises(NotAuthentic):
        proofs.verify(forged, nobody, now=NOON)
    with pytest.raises(NotAuthentic):
        proofs.verify_whole(forged, nobody)


def test_a_signature_cannot_be_rewritten_into_another_valid_one() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signed = a_signed()
    proof = signed["proof"]
    assert isinstance(proof, dict)
    signature = proofs.read_base58(str(proof["proofValue"]), length=64)
    s = int.from_bytes(signature[32:], "little")

    twin = signature[:32] + (s + order).to_bytes(32, "little")

    with pytest.raises(NotAuthentic, match="does not hold"):
        verify(with_proof(signed, proofValue=proofs.write_base58(twin)))


@pytest.mark.parametrize("length", [0, 1, 63, 65])
def test_a_signature_of_another_length_does_not_hold(length: int) -> None:
    assert not proofs.holds(KEY.public_key(), bytes(length), b"")


@given(st.binary(max_size=80))
def test_base58_is_read_back(data: bytes) -> None:
    text = proofs.write_base58(data)

    assert proofs.read_base58(text, length=len(data)) == data


@given(st.text("z123456789ABCabc", max_size=12), st.integers(0, 9))
def test_base58_has_one_form_for_each_value(text: str, length: int) -> None:
    try:
        data = proofs.read_base58(text, length=length)
    except Malformed:
        return

    assert len(data) == length
    assert proofs.write_base58(data) == text
