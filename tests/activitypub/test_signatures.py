"""Every request here is honest but for the one thing that its test is about."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bovine.crypto.http_signature import HttpSignature
from bovine.crypto.signature import Signature
from bovine.crypto.types import CryptographicIdentifier, CryptographicSecret
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from activitypub import proofs, signatures
from activitypub.errors import Malformed, NotAuthentic, ProtocolError
from activitypub.signatures import Claim, PublicKey, Request, Signer
from tests.activitypub.vectors import load
from tests.activitypub.wire import (
    BOBS_KEY,
    HOST,
    NOON,
    a_get,
    a_post,
    ed25519_key,
    header,
    rsa_key,
    with_header,
    without_header,
)

SECOND = timedelta(seconds=1)


def claimed(request: Request, *, host: str = HOST, now: datetime = NOON) -> Claim:
    return signatures.claimed(request, host=host, now=now)


def resigned(request: Request, parameters: str) -> Request:
    """The request with a Signature header that holds just these parameters."""
    return with_header(request, "signature", parameters)


def covering(request: Request, covered: str, *, more: str = "") -> Request:
    """The request, signed anew by bob over just these headers."""
    values = {
        "(request-target)": f"{request.method.lower()} {request.target}",
        "(created)": "".join(re.findall(r"created=(\d+)", more)),
        "(expires)": "".join(re.findall(r"expires=(\d+)", more)),
        **dict(request.headers),
    }
    message = "\n".join(f"{name}: {values[name]}" for name in covered.split())
    made = rsa_key().sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
    return resigned(
        request,
        f'keyId="{BOBS_KEY}",headers="{covered}",{more}'
        f'signature="{base64.b64encode(made).decode()}"',
    )


def test_a_signed_post_is_believed() -> None:
    request = a_post(b'{"hello": "world"}')

    claim = claimed(request)

    assert claim.key_id == BOBS_KEY
    assert {"(request-target)", "host", "date", "digest"} <= claim.covered
    signatures.check(claim, rsa_key().public_key())


def test_a_signed_get_needs_no_digest() -> None:
    request = a_get(target="/outbox?page=2")

    claim = claimed(request)

    assert claim.covered == {"(request-target)", "host", "date"}
    signatures.check(claim, rsa_key().public_key())


def test_an_ed25519_key_signs_as_hs2019() -> None:
    request = a_post(signer=Signer(key_id=BOBS_KEY, private_key=ed25519_key()))

    claim = claimed(request)

    assert claim.algorithm == "hs2019"
    signatures.check(claim, ed25519_key().public_key())


def test_the_example_of_the_draft_is_read_as_the_draft_reads_it() -> None:
    # draft-cavage-http-signatures-12, appendix C.3, with the key of appendix C.
    example = Request(
        method="POST",
        target="/foo?param=value&pet=dog",
        headers=(
            ("host", "example.com"),
            ("date", "Sun, 05 Jan 2014 21:31:40 GMT"),
            ("content-type", "application/json"),
            ("digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
            ("content-length", "18"),
            (
                "signature",
                'keyId="Test",algorithm="rsa-sha256",headers="(request-target) host '
                'date content-type digest content-length",signature="vSdrb+dS3EceC9b'
                "cwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBI"
                "vB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYe"
                'PbF5MOkR0Zkly4zKH7s1dE="',
            ),
        ),
        body=b'{"hello": "world"}',
    )
    key = load_pem_public_key(
        b"-----BEGIN PUBLIC KEY-----\n"
        b"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3\n"
        b"6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6\n"
        b"Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw\n"
        b"oYi+1hqp1fIekaxsyQIDAQAB\n"
        b"-----END PUBLIC KEY-----\n"
    )
    assert isinstance(key, RSAPublicKey)
    written = datetime(2014, 1, 5, 21, 31, 40, tzinfo=UTC)

    claim = claimed(example, host="example.com", now=written)

    key.verify(claim.signature, claim.message, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(NotAuthentic, match="2048"):
        signatures.check(claim, key)


SIGNED_BY_PEERS = ["(request-target)", "host", "date", "digest", "content-type"]


def peers_view(request: Request) -> HttpSignature:
    """The request's signed lines as bovine, which we did not write, puts them."""
    target = f"{request.method.lower()} {request.target}"
    view = HttpSignature()  # type: ignore[no-untyped-call]
    view.with_field("(request-target)", target)  # type: ignore[no-untyped-call]
    for name in SIGNED_BY_PEERS[1:]:
        value = header(request, name)
        view.with_field(name, value)  # type: ignore[no-untyped-call]
    return view


def test_a_peer_that_we_did_not_write_believes_our_signature() -> None:
    request = a_post(b'{"hello": "world"}', target="/inbox?x=1")
    bobs = CryptographicIdentifier(controller="bob", public_key=rsa_key().public_key())

    read = Signature.from_signature_header(  # type: ignore[no-untyped-call]
        header(request, "signature")
    )

    assert read.fields == SIGNED_BY_PEERS
    assert read.key_id == BOBS_KEY
    assert peers_view(request).verify_with_identity(bobs, read.signature) == "bob"


def test_we_believe_the_signature_of_a_peer_that_we_did_not_write() -> None:
    request = a_post(b'{"hello": "world"}')
    secret = CryptographicSecret(key_id=BOBS_KEY, private_key=rsa_key())

    signature = peers_view(request).sign_for_http_draft(secret)

    claim = claimed(resigned(request, signature))
    signatures.check(claim, rsa_key().public_key())


@pytest.mark.parametrize("value", ["", "Bearer abc", "sig1=:YWJj:", "Signature"])
def test_a_request_without_a_signature_is_not_believed(value: str) -> None:
    unsigned = without_header(a_post(), "signature")

    with pytest.raises(NotAuthentic):
        claimed(unsigned)
    with pytest.raises(NotAuthentic):
        claimed(with_header(unsigned, "signature", value))


def test_a_signature_by_another_key_proves_nothing() -> None:
    mallory = Signer(key_id=BOBS_KEY, private_key=rsa_key(name="mallory"))

    claim = claimed(a_post(signer=mallory))

    with pytest.raises(NotAuthentic):
        signatures.check(claim, rsa_key().public_key())


@pytest.mark.parametrize(
    "covered",
    [
        "host date digest",
        "(request-target) date digest",
        "(request-target) host digest",
        "(request-target) host date",
        "date",
        "",
    ],
)
def test_a_post_must_sign_target_host_time_and_digest(covered: str) -> None:
    with pytest.raises(NotAuthentic, match="cover"):
        claimed(covering(a_post(), covered))


@pytest.mark.parametrize(
    "covered", ["host date", "(request-target) date", "(request-target) host"]
)
def test_a_get_must_sign_target_host_and_time(covered: str) -> None:
    with pytest.raises(NotAuthentic, match="cover"):
        claimed(covering(a_get(), covered))


def test_a_signature_that_names_no_headers_covers_nothing() -> None:
    request = resigned(a_post(), f'keyId="{BOBS_KEY}",signature="YWJj"')

    with pytest.raises(NotAuthentic, match="cover"):
        claimed(request)


def test_a_signed_content_digest_does_not_stand_in_for_the_digest() -> None:
    request = with_header(a_post(), "content-digest", "sha-256=:YWJj:")

    with pytest.raises(NotAuthentic, match="digest"):
        claimed(covering(request, "(request-target) host date content-digest"))


def test_a_swapped_body_is_noticed() -> None:
    request = replace(a_post(b'{"vote": "yes"}'), body=b'{"vote": "no"}')

    with pytest.raises(NotAuthentic, match="body"):
        claimed(request)


def digest(name: str, body: bytes) -> str:
    return f"{name}={base64.b64encode(hashlib.sha256(body).digest()).decode()}"


@pytest.mark.parametrize("name", ["SHA-256", "sha-256", "Sha-256"])
def test_the_name_of_the_digest_may_be_in_any_case(name: str) -> None:
    request = with_header(a_post(b"{}"), "digest", digest(name, b"{}"))

    claim = claimed(covering(request, "(request-target) host date digest"))

    signatures.check(claim, rsa_key().public_key())


@pytest.mark.parametrize(
    "value",
    [
        f"{digest('SHA-256', b'{}')},{digest('SHA-256', b'[]')}",
        f"{digest('SHA-256', b'{}')},SHA-512=YWJj",
        "SHA-256=YWJj",
        "SHA-256=%%%",
        "SHA-512=YWJj",
        "SHA-256",
        "",
    ],
)
def test_the_digest_is_one_sha_256_of_the_right_length(value: str) -> None:
    with pytest.raises(Malformed):
        claimed(with_header(a_post(b"{}"), "digest", value))


@pytest.mark.parametrize(
    "host", ["evil.example", "a.example:8443", "a.example:443", "a.example.", ""]
)
def test_a_request_signed_for_another_host_is_not_for_us(host: str) -> None:
    request = a_post(host=host)

    with pytest.raises(NotAuthentic, match="another host"):
        claimed(request)


def test_our_host_comes_from_the_configuration_with_its_port() -> None:
    request = a_post(host="127.0.0.1:8001")

    assert claimed(request, host="127.0.0.1:8001").key_id == BOBS_KEY
    with pytest.raises(NotAuthentic):
        claimed(request, host="127.0.0.1:8002")


def test_a_host_header_may_be_written_in_capitals() -> None:
    request = a_post(host="A.Example")

    claim = claimed(request)

    signatures.check(claim, rsa_key().public_key())


@pytest.mark.parametrize("age", [timedelta(minutes=65), -timedelta(minutes=10)])
def test_a_signature_at_the_edge_of_its_time_is_believed(age: timedelta) -> None:
    request = a_post()

    assert claimed(request, now=NOON + age).key_id == BOBS_KEY


@pytest.mark.parametrize(
    "age", [timedelta(minutes=65) + SECOND, -timedelta(minutes=10) - SECOND]
)
def test_a_signature_a_second_outside_its_time_is_not(age: timedelta) -> None:
    request = a_post()

    with pytest.raises(NotAuthentic, match="clock"):
        claimed(request, now=NOON + age)


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "2026-11-22T12:00:00Z",
        "Sunday, 22-Nov-26 12:00:00 GMT",
        "Sun, 22 Nov 2026 12:00:00 +0000",
        "Sun, 31 Feb 2026 12:00:00 GMT",
        "Sun, 22 Nov 2026 24:00:00 GMT",
        "",
    ],
)
def test_a_date_that_cannot_be_read_is_malformed(date: str) -> None:
    with pytest.raises(Malformed):
        claimed(with_header(a_post(), "date", date))


CREATED = "(request-target) host (created) digest"


def test_a_created_time_may_stand_for_the_date() -> None:
    created = int(NOON.timestamp())
    request = without_header(a_post(), "date")
    request = covering(request, CREATED, more=f'algorithm="hs2019",created={created},')

    claim = claimed(request)

    signatures.check(claim, rsa_key().public_key())
    with pytest.raises(NotAuthentic, match="clock"):
        claimed(request, now=NOON + timedelta(hours=2))


def test_a_created_time_may_stand_in_quotes_as_bovine_writes_it() -> None:
    created = int(NOON.timestamp())
    request = covering(a_post(), CREATED, more=f'algorithm="hs2019",created={created},')
    quoted = header(request, "signature").replace(str(created), f'"{created}"')

    claim = claimed(resigned(request, quoted))

    signatures.check(claim, rsa_key().public_key())


@pytest.mark.parametrize("algorithm", ['algorithm="rsa-sha256",', ""])
def test_a_created_time_belongs_to_hs2019_alone(algorithm: str) -> None:
    more = f"{algorithm}created={int(NOON.timestamp())},"

    with pytest.raises(NotAuthentic, match="hs2019"):
        claimed(covering(a_post(), CREATED, more=more))


def test_a_created_time_that_is_signed_must_be_stated() -> None:
    with pytest.raises(Malformed):
        claimed(covering(a_post(), CREATED, more='algorithm="hs2019",'))


def test_an_expired_signature_is_not_believed() -> None:
    expires = int(NOON.timestamp())
    request = covering(
        a_post(),
        "(request-target) host date digest (expires)",
        more=f'algorithm="hs2019",expires={expires},',
    )

    claim = claimed(request)

    signatures.check(claim, rsa_key().public_key())
    with pytest.raises(NotAuthentic, match="expired"):
        claimed(request, now=NOON + SECOND)


def test_two_signature_headers_are_one_too_many() -> None:
    request = a_post()
    twice = replace(
        request,
        headers=(*request.headers, ("signature", header(request, "signature"))),
    )

    with pytest.raises(Malformed):
        claimed(twice)


@pytest.mark.parametrize("name", ["host", "date", "digest", "content-type"])
def test_a_signed_header_that_is_there_twice_is_ambiguous(name: str) -> None:
    request = a_post()
    twice = replace(request, headers=(*request.headers, (name, header(request, name))))

    with pytest.raises(Malformed, match="twice"):
        claimed(twice)


@pytest.mark.parametrize(
    "parameters",
    [
        'keyId="a",keyId="b",headers="host",signature="YWJj"',
        'keyId="a",headers="host",signature="YWJj",signature="YWJj"',
        'keyId="a",headers="(request-target) host date digest host",signature="YWJj"',
        'keyId=a,headers="host",signature="YWJj"',
        'keyId="a" headers="host",signature="YWJj"',
        'keyId="a",headers="host",signature="YWJj",',
        'keyId="a\\"b",headers="host",signature="YWJj"',
        'keyId="a",created="soon",signature="YWJj"',
        'keyId="a",expires="",signature="YWJj"',
        'keyId="a",created="1234567890123456",signature="YWJj"',
        'keyId="a",created=1.5,signature="YWJj"',
        'keyId=1,signature="YWJj"',
        'keyId="",signature="YWJj"',
        'keyId="a",headers="host"',
        'keyId="a",signature=""',
        'keyId="' + "a" * 9000 + '",signature="YWJj"',
    ],
)
def test_a_signature_header_is_a_plain_list_of_parameters(parameters: str) -> None:
    with pytest.raises(Malformed):
        claimed(resigned(a_post(), parameters))


def test_a_parameter_that_we_do_not_know_is_let_be() -> None:
    request = a_post()
    signature = f'opaque="x", weight=3 ,{header(request, "signature")}'

    claim = claimed(resigned(request, signature))

    signatures.check(claim, rsa_key().public_key())


def test_a_signed_header_must_be_there() -> None:
    request = without_header(a_post(), "content-type")

    with pytest.raises(Malformed, match="not there"):
        claimed(request)


@pytest.mark.parametrize("value", ["a\ndate: x", "a\rb", "a\0b", "caf\xe9", "☃"])
def test_no_value_may_write_further_signed_lines(value: str) -> None:
    request = with_header(a_post(), "content-type", value)

    with pytest.raises(Malformed):
        claimed(request)


def test_the_query_is_signed_as_it_was_received() -> None:
    request = a_get(target="/outbox?page=2&min=%7E1")
    moved = replace(request, target="/outbox?page=2&min=~1")

    signatures.check(claimed(request), rsa_key().public_key())
    with pytest.raises(NotAuthentic):
        signatures.check(claimed(moved), rsa_key().public_key())


def test_a_signature_for_one_inbox_is_worth_nothing_at_another() -> None:
    request = replace(a_post(target="/g/harbour/inbox"), target="/g/hill/inbox")

    with pytest.raises(NotAuthentic):
        signatures.check(claimed(request), rsa_key().public_key())


def test_a_replayed_signature_has_the_same_fingerprint() -> None:
    first, again = a_post(b"{}"), a_post(b"{}")
    other = a_post(b"[]")

    assert claimed(first).fingerprint == claimed(again).fingerprint
    assert claimed(first).fingerprint != claimed(other).fingerprint


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "rsa-sha1", "RSA-SHA256"])
def test_an_algorithm_that_is_not_ours_is_refused(algorithm: str) -> None:
    signature = header(a_post(), "signature").replace("rsa-sha256", algorithm)

    with pytest.raises(NotAuthentic, match="algorithm"):
        claimed(resigned(a_post(), signature))


def test_the_algorithm_follows_from_the_key_and_the_header_may_only_agree() -> None:
    by_rsa = claimed(a_post())
    by_ed25519 = claimed(
        a_post(signer=Signer(key_id=BOBS_KEY, private_key=ed25519_key()))
    )

    for name in (None, "rsa-sha256", "hs2019"):
        signatures.check(replace(by_rsa, algorithm=name), rsa_key().public_key())
    for name in (None, "ed25519", "hs2019"):
        signatures.check(
            replace(by_ed25519, algorithm=name), ed25519_key().public_key()
        )
    with pytest.raises(NotAuthentic):
        signatures.check(replace(by_rsa, algorithm="ed25519"), rsa_key().public_key())
    with pytest.raises(NotAuthentic):
        signatures.check(
            replace(by_ed25519, algorithm="rsa-sha256"), ed25519_key().public_key()
        )


def test_a_short_rsa_key_proves_nothing() -> None:
    short = Signer(key_id=BOBS_KEY, private_key=rsa_key(1024))

    claim = claimed(a_post(signer=short))

    with pytest.raises(NotAuthentic, match="2048"):
        signatures.check(claim, rsa_key(1024).public_key())


def test_a_key_with_which_anybody_could_sign_proves_nothing() -> None:
    neutral = Ed25519PublicKey.from_public_bytes(bytes([1]) + bytes(31))
    forged = replace(
        claimed(a_post()), algorithm="hs2019", signature=bytes([1]) + bytes(63)
    )

    neutral.verify(forged.signature, forged.message)
    with pytest.raises(NotAuthentic):
        signatures.check(forged, neutral)


def test_an_ed25519_signature_has_one_form_only() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    claim = claimed(a_post(signer=Signer(key_id=BOBS_KEY, private_key=ed25519_key())))
    s = int.from_bytes(claim.signature[32:], "little") + order
    again = claim.signature[:32] + s.to_bytes(32, "little")

    with pytest.raises(NotAuthentic):
        signatures.check(replace(claim, signature=again), ed25519_key().public_key())


@pytest.mark.parametrize("kind", ["ed25519", "rsa-2048-sha256"])
def test_no_signature_of_those_who_look_for_holes_gets_through(kind: str) -> None:
    astray = []
    honest = claimed(a_post())

    for group in load(f"wycheproof-{kind}.json")["groups"]:
        key = signatures.read_key(group["key"])
        for each in group["tests"]:
            claim = replace(
                honest,
                algorithm=None,
                message=bytes.fromhex(each["message"]),
                signature=bytes.fromhex(each["signature"]),
            )
            try:
                signatures.check(claim, key)
                found = "valid"
            except NotAuthentic:
                found = "invalid"
            # One is "acceptable": a reader may take it or leave it.
            if found != each["result"] and each["result"] != "acceptable":
                astray.append((each["id"], each["comment"], each["result"]))

    assert astray == []


@pytest.mark.parametrize("bits", [1024, 2047, 8193])
def test_an_rsa_key_is_neither_short_nor_so_long_that_it_costs_us(bits: int) -> None:
    numbers = RSAPublicNumbers(65537, (1 << (bits - 1)) + 1)
    claim = claimed(a_post())

    with pytest.raises(NotAuthentic, match="2048 to 8192"):
        signatures.check(claim, numbers.public_key())


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 9000 + "\n-----END PUBLIC KEY-----\n",
        signatures.write_key(rsa_key().public_key()).replace("MII", "MIJ", 1),
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    ],
)
def test_what_is_no_key_of_ours_is_malformed(pem: str) -> None:
    with pytest.raises(Malformed):
        signatures.read_key(pem)


def test_a_signature_by_the_other_kind_of_key_proves_nothing() -> None:
    by_rsa = replace(claimed(a_post()), algorithm="hs2019")

    with pytest.raises(NotAuthentic):
        signatures.check(by_rsa, ed25519_key().public_key())


def test_a_signer_does_not_show_its_key() -> None:
    assert "private" not in repr(Signer(key_id=BOBS_KEY, private_key=rsa_key()))


@given(st.text(max_size=400))
def test_no_signature_header_makes_the_reader_stumble(text: str) -> None:
    with pytest.raises(ProtocolError):
        claimed(resigned(a_post(), text))


NAMES = st.sampled_from(["keyId", "algorithm", "headers", "signature", "created", "x"])
VALUES = st.one_of(
    st.text(max_size=12).map('"{}"'.format),
    st.integers().map(str),
    st.sampled_from(['"(request-target) host date digest"', '"hs2019"', '"YWJj"']),
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=7))
def test_no_list_of_parameters_makes_the_reader_stumble(
    parameters: list[tuple[str, str]],
) -> None:
    header = ",".join(f"{name}={value}" for name, value in parameters)

    try:
        claim = claimed(resigned(a_post(), header))
        signatures.check(claim, rsa_key().public_key())
    except ProtocolError:
        return
    raise AssertionError("nobody signed this")


HEADERS = st.tuples(
    st.sampled_from(["host", "date", "digest", "signature", "signature-input", "x"]),
    st.text(max_size=30),
)


@given(st.lists(HEADERS, max_size=6), st.binary(max_size=20))
def test_no_headers_make_the_reader_stumble(
    headers: list[tuple[str, str]], body: bytes
) -> None:
    request = a_post(body)
    bent = replace(request, headers=(*headers, *request.headers))

    try:
        claim = claimed(bent)
    except ProtocolError:
        return
    signatures.check(claim, rsa_key().public_key())


def test_a_long_hostile_header_is_refused_at_once() -> None:
    hostile = 'keyId="' + ('a="b",' * 1300)

    with pytest.raises(ProtocolError):
        claimed(resigned(a_post(), hostile))


DID_KEY_RSA = (
    "z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq"
    "8HCuW1w24nhBFGkRE4cd2Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1"
    "jmN6GBj22SjVsr6dxezRVQc7aj9TxE7JLbMH1wh5X3kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJ"
    "AdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcmvynADfNZ5MBvcCS7m3XkFCMNUYBS9NQ3fze6vMSU"
    "PsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i"
)
"""The 2048-bit example of did:key, with a good prefix and a PKCS#1 key behind it."""


def multikey(key: PublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return proofs.write_base58(b"\x85\x24" + der)


def test_an_rsa_key_is_read_from_a_multikey() -> None:
    found = signatures.read_multikey(DID_KEY_RSA)

    assert isinstance(found, RSAPublicKey)
    assert found.key_size == 2048
    assert multikey(found) == DID_KEY_RSA
    ours = rsa_key().public_key()
    assert signatures.read_multikey(multikey(ours)) == ours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        DID_KEY_RSA[1:],
        DID_KEY_RSA[:-1],
        "z" + "1" * 300,
        "z" + "6" * 9000,
        proofs.write_base58(b"\x85\x24"),
        proofs.write_base58(
            b"\x85\x24" + ed25519_key().public_key().public_bytes_raw()
        ),
        proofs.write_base58(
            b"\x85\x24"
            + ed25519_key()
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ),
        proofs.write_base58(b"\xed\x01" + (1).to_bytes(32, "little")),
    ],
)
def test_what_is_no_multikey_of_ours_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        signatures.read_multikey(text)
