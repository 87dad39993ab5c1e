"""A message signature is honest but for the one thing that its test is about."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from activitypub import messages, signatures
from activitypub.errors import Malformed, NotAuthentic, ProtocolError
from activitypub.signatures import Claim, Request, Signer
from tests.activitypub.wire import (
    BOBS_KEY,
    HOST,
    NOON,
    a_message,
    ed25519_key,
    header,
    rsa_key,
    with_header,
    without_header,
)

SECOND = timedelta(seconds=1)
CREATED = int(NOON.timestamp())


def claimed(request: Request, *, host: str = HOST, now: datetime = NOON) -> Claim:
    return messages.claimed(request, scheme="https", host=host, now=now)


def believed(request: Request) -> Claim:
    claim = claimed(request)
    signatures.check(claim, rsa_key().public_key())
    return claim


def covering(
    request: Request,
    covered: str,
    *,
    parameters: str = f';created={CREATED};keyid="{BOBS_KEY}"',
    label: str = "sig1",
) -> Request:
    """The request, signed anew by bob over just these components."""
    path, _, query = request.target.partition("?")
    values = {
        "@method": request.method,
        "@target-uri": f"https://{HOST}{request.target}",
        "@authority": HOST,
        "@scheme": "https",
        "@request-target": request.target,
        "@path": path,
        "@query": f"?{query}",
        **dict(request.headers),
    }
    stated = "(" + " ".join(f'"{name}"' for name in covered.split()) + ")" + parameters
    lines = [f'"{name}": {values[name]}' for name in covered.split()]
    message = "\n".join([*lines, f'"@signature-params": {stated}'])
    made = rsa_key().sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
    value = f"{label}=:{base64.b64encode(made).decode()}:"
    return with_header(
        with_header(request, "signature-input", f"{label}={stated}"),
        "signature",
        value,
    )


def described(request: Request, value: str) -> Request:
    """The request, with another description of what is signed."""
    return with_header(request, "signature-input", value)


def test_a_signed_post_is_believed() -> None:
    claim = believed(a_message(b'{"hello": "world"}'))

    assert claim.key_id == BOBS_KEY
    assert claim.covered == {"@method", "@target-uri", "content-digest"}


def test_a_signed_get_needs_no_digest() -> None:
    claim = believed(a_message(None, target="/outbox?page=2"))

    assert claim.covered == {"@method", "@target-uri"}


def test_an_ed25519_key_signs_as_well() -> None:
    request = a_message(signer=Signer(key_id=BOBS_KEY, private_key=ed25519_key()))

    signatures.check(claimed(request), ed25519_key().public_key())
    with pytest.raises(NotAuthentic):
        signatures.check(claimed(request), rsa_key().public_key())


# RFC 9421, appendix B.2.6: its key, its request and its signature.
B_2_6_KEY = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
B_2_6 = Request(
    method="POST",
    target="/foo?param=Value&Pet=dog",
    headers=(
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
        (
            "signature-input",
            'sig-b26=("date" "@method" "@path" "@authority" "content-type" '
            '"content-length");created=1618884473;keyid="test-key-ed25519"',
        ),
        (
            "signature",
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu"
            "4A0w6vuQv5lIp5WPpBKRCw==:",
        ),
    ),
    body=b'{"hello": "world"}',
)


def test_the_example_of_the_standard_is_read_as_the_standard_reads_it() -> None:
    [stated] = messages._inputs(header(B_2_6, "signature-input"))
    components = {
        name: messages._derived(name, B_2_6, scheme="https", host="example.com")
        if name.startswith("@")
        else header(B_2_6, name)
        for name in stated.covered
    }
    key = load_der_public_key(base64.b64decode(B_2_6_KEY))
    assert isinstance(key, Ed25519PublicKey)

    signed = messages._base(components, stated.written)

    key.verify(messages._values(header(B_2_6, "signature"))["sig-b26"], signed)


def test_the_example_of_the_standard_does_not_cover_its_body_and_is_refused() -> None:
    # bovine 0.5.19 believed this one, of 2021, with any body.
    written = datetime.fromtimestamp(1618884473, UTC)

    with pytest.raises(NotAuthentic, match="cover"):
        claimed(replace(B_2_6, body=b"{}"), host="example.com", now=written)


@pytest.mark.parametrize(
    "covered",
    [
        "@target-uri content-digest",
        "@method content-digest",
        "@method @target-uri",
        "@method @authority content-digest",
        "@method @path content-digest",
        "date",
        "",
    ],
)
def test_a_post_must_sign_method_target_and_digest(covered: str) -> None:
    request = with_header(a_message(), "date", "Sun, 22 Nov 2026 12:00:00 GMT")

    with pytest.raises(NotAuthentic, match="cover"):
        claimed(covering(request, covered))


@pytest.mark.parametrize(
    ("target", "covered"),
    [
        ("/x", "@method @target-uri"),
        ("/x", "@method @authority @path"),
        ("/x?y", "@method @authority @path @query"),
        ("/x", "@method @scheme @request-target @target-uri host"),
    ],
)
def test_a_get_signs_method_and_target_whole_or_in_parts(
    target: str, covered: str
) -> None:
    believed(covering(a_message(None, target=target), covered))


@pytest.mark.parametrize(
    ("target", "covered"),
    [
        ("/x?y", "@method @authority @path"),
        ("/x", "@method @path"),
        ("/x", "@method @authority"),
        ("/x", "@target-uri"),
        ("/x", "@authority @path"),
    ],
)
def test_a_get_that_leaves_out_a_part_of_its_target_is_not_believed(
    target: str, covered: str
) -> None:
    with pytest.raises(NotAuthentic, match="cover"):
        claimed(covering(a_message(None, target=target), covered))


def test_a_signature_says_when_it_was_made() -> None:
    parameters = f';keyid="{BOBS_KEY}"'

    with pytest.raises(NotAuthentic, match="when"):
        claimed(covering(a_message(None), "@method @target-uri", parameters=parameters))


@pytest.mark.parametrize("keyid", ["", ';keyid=""', ";keyid=?1", ";keyid=abc"])
def test_a_signature_names_its_key(keyid: str) -> None:
    parameters = f";created={CREATED}{keyid}"

    with pytest.raises(NotAuthentic, match="key"):
        claimed(covering(a_message(None), "@method @target-uri", parameters=parameters))


@pytest.mark.parametrize("age", [timedelta(minutes=65), -timedelta(minutes=10)])
def test_a_signature_at_the_edge_of_its_time_is_believed(age: timedelta) -> None:
    assert claimed(a_message(), now=NOON + age).key_id == BOBS_KEY


@pytest.mark.parametrize(
    "age", [timedelta(minutes=65) + SECOND, -timedelta(minutes=10) - SECOND]
)
def test_a_signature_a_second_outside_its_time_is_not(age: timedelta) -> None:
    with pytest.raises(NotAuthentic, match="clock"):
        claimed(a_message(), now=NOON + age)


def test_an_expired_signature_is_not_believed() -> None:
    parameters = f';created={CREATED};expires={CREATED};keyid="{BOBS_KEY}"'
    request = covering(a_message(None), "@method @target-uri", parameters=parameters)

    believed(request)
    with pytest.raises(NotAuthentic, match="expired"):
        claimed(request, now=NOON + SECOND)


def test_a_swapped_body_is_noticed() -> None:
    request = replace(a_message(b'{"vote": "yes"}'), body=b'{"vote": "no"}')

    with pytest.raises(NotAuthentic, match="body"):
        claimed(request)


def digest(name: str, body: bytes) -> str:
    made = hashlib.new(name.replace("-", ""), body).digest()
    return f"{name}=:{base64.b64encode(made).decode()}:"


COVERED = "@method @target-uri content-digest"


@pytest.mark.parametrize(
    "value",
    [
        digest("sha-256", b"{}"),
        digest("sha-512", b"{}"),
        f"{digest('sha-256', b'{}')}, {digest('sha-512', b'{}')}",
        f"md5=:YWJj:, {digest('sha-256', b'{}')}",
    ],
)
def test_the_digest_may_be_of_two_kinds_and_of_both(value: str) -> None:
    request = with_header(a_message(b"{}"), "content-digest", value)

    believed(covering(request, COVERED))


@pytest.mark.parametrize(
    "value",
    [
        digest("sha-256", b"[]"),
        f"{digest('sha-256', b'{}')}, {digest('sha-512', b'[]')}",
        f"{digest('sha-256', b'{}')}, {digest('sha-256', b'{}')}",
        "sha-256=:YWJj:",
        "sha-256=YWJj",
        "SHA-256=:YWJj:",
        "md5=:YWJj:",
        "sha-256",
        "",
    ],
)
def test_every_digest_that_we_make_must_be_the_bodys(value: str) -> None:
    request = with_header(a_message(b"{}"), "content-digest", value)

    with pytest.raises(ProtocolError):
        claimed(covering(request, COVERED))


def test_a_digest_of_the_draft_does_not_stand_in_for_a_signed_one() -> None:
    forged = with_header(a_message(b"{}"), "digest", "SHA-256=YWJj")
    believed(forged)

    with pytest.raises(NotAuthentic, match="cover"):
        claimed(covering(forged, "@method @target-uri digest"))


@pytest.mark.parametrize("host", ["evil.example", "a.example:443", "a.example.", ""])
def test_a_request_signed_for_another_host_is_not_for_us(host: str) -> None:
    with pytest.raises(NotAuthentic, match="another host"):
        claimed(a_message(host=host))


def test_our_host_and_scheme_come_from_the_configuration() -> None:
    elsewhere = replace(
        a_message(host="evil.example"),
        headers=with_header(a_message(host="evil.example"), "host", HOST).headers,
    )
    with pytest.raises(NotAuthentic):
        believed(elsewhere)

    plain = messages.claimed(a_message(), scheme="http", host=HOST, now=NOON)
    with pytest.raises(NotAuthentic):
        signatures.check(plain, rsa_key().public_key())


def test_the_query_and_the_method_are_signed_as_they_were_received() -> None:
    request = a_message(None, target="/outbox?page=2&min=%7E1")
    believed(request)

    for bent in (
        replace(request, target="/outbox?page=2&min=~1"),
        replace(request, target="/outbox"),
        replace(request, method="HEAD"),
    ):
        with pytest.raises(NotAuthentic):
            believed(bent)


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
def test_a_header_that_is_there_twice_is_ambiguous(name: str) -> None:
    request = a_message()
    twice = replace(request, headers=(*request.headers, (name, header(request, name))))

    with pytest.raises(Malformed, match="twice"):
        claimed(twice)


# Several signatures


def both(first: Request, second: Request) -> Request:
    """The second request, carrying the signatures of both."""
    for name in ("signature-input", "signature"):
        joined = f"{header(first, name)}, {header(second, name)}"
        second = with_header(second, name, joined)
    return second


def test_of_several_signatures_the_first_that_covers_enough_counts() -> None:
    proxys = covering(a_message(), "host", label="proxy")

    assert believed(both(proxys, a_message())).covered >= {"content-digest"}


def test_should_the_one_that_counts_not_hold_no_other_is_tried() -> None:
    mallory = Signer(key_id=BOBS_KEY, private_key=rsa_key(name="mallory"))
    honest = covering(a_message(), COVERED, label="honest")

    with pytest.raises(NotAuthentic):
        believed(both(a_message(signer=mallory), honest))
    with pytest.raises(Malformed, match="twice"):
        believed(both(a_message(), a_message()))


def test_a_signature_that_is_described_must_be_there() -> None:
    with pytest.raises(Malformed, match="lacks"):
        claimed(with_header(a_message(), "signature", "other=:YWJj:"))
    with pytest.raises(NotAuthentic, match="not signed"):
        claimed(without_header(a_message(), "signature"))


# What is refused for how it is written


@pytest.mark.parametrize(
    "value",
    [
        "sig1",
        "sig1=1",
        'sig1="@method"',
        "sig1=()x",
        "sig1=(",
        'sig1=("@method"',
        'sig1=("@method""@target-uri")',
        'sig1=("@method" "@method")',
        'sig1=("@Method")',
        'sig1=("@method";req)',
        'sig1=("@query-param";name="x")',
        "sig1=();created=1;created=2",
        "sig1=();created=01",
        "sig1=();created=1.5",
        "sig1=();created=1234567890123456",
        "sig1=();created =1",
        'sig1=();keyid="a\nb"',
        'sig1=();keyid="a\\b"',
        "sig1=(),",
        ",sig1=()",
        "Sig1=()",
        "sig1=() sig2=()",
        'sig1=();keyid="' + "a" * 9000 + '"',
    ],
)
def test_what_is_signed_is_described_in_one_form(value: str) -> None:
    with pytest.raises(Malformed):
        claimed(described(a_message(), value))


@pytest.mark.parametrize(
    "more", [';created="1"', ";keyid=1", ";alg=1", ';expires="soon"']
)
def test_a_parameter_has_its_own_form(more: str) -> None:
    name = re.sub(r"[;=].*", "", more[1:])
    others = {"created": f";created={CREATED}", "keyid": f';keyid="{BOBS_KEY}"'}
    others.pop(name, None)
    parameters = "".join(others.values()) + more

    with pytest.raises(Malformed):
        claimed(covering(a_message(None), "@method @target-uri", parameters=parameters))


@pytest.mark.parametrize(
    "more",
    [';nonce="a\\"b"', ';tag="x"', ";x", ";x=?0", ";x=tok/en", ";x=:YWJj:", ";x=-3"],
)
def test_a_parameter_that_we_do_not_know_is_signed_and_let_be(more: str) -> None:
    parameters = f';created={CREATED};keyid="{BOBS_KEY}"{more}'

    believed(covering(a_message(None), "@method @target-uri", parameters=parameters))


def test_spaces_between_are_not_signed() -> None:
    request = a_message()
    spaced = header(request, "signature-input")
    spaced = spaced.replace('(" ', '(  "').replace(";", ";  ").replace('" "', '"   "')

    believed(described(request, spaced))


@pytest.mark.parametrize(
    "name", ["@status", "@query-params", "@signature-params", "@x"]
)
def test_a_part_that_we_do_not_read_cannot_be_checked(name: str) -> None:
    stated = header(a_message(None), "signature-input")
    stated = stated.replace('("@method"', f'("@method" "{name}"')

    with pytest.raises(NotAuthentic, match="does not read"):
        claimed(described(a_message(None), stated))


def test_a_signed_header_must_be_there() -> None:
    stated = header(a_message(), "signature-input").replace('("', '("date" "')

    with pytest.raises(Malformed, match="not there"):
        claimed(described(a_message(), stated))


@pytest.mark.parametrize("value", ['a\n"@method": GET', "a\rb", "a\0b", "caf\xe9"])
def test_no_value_may_write_further_signed_lines(value: str) -> None:
    request = with_header(a_message(), "x", value)
    stated = header(request, "signature-input").replace('("', '("x" "')

    with pytest.raises(Malformed):
        claimed(described(request, stated))


@pytest.mark.parametrize(
    "algorithm", ["hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "none", ""]
)
def test_an_algorithm_that_is_not_ours_is_refused(algorithm: str) -> None:
    parameters = f';created={CREATED};keyid="{BOBS_KEY}";alg="{algorithm}"'

    with pytest.raises(NotAuthentic, match="algorithm"):
        claimed(covering(a_message(None), "@method @target-uri", parameters=parameters))


def test_the_algorithm_follows_from_the_key_and_the_parameter_may_only_agree() -> None:
    for algorithm, agrees in (("rsa-v1_5-sha256", True), ("ed25519", False)):
        parameters = f';created={CREATED};keyid="{BOBS_KEY}";alg="{algorithm}"'
        request = covering(
            a_message(None), "@method @target-uri", parameters=parameters
        )
        if agrees:
            believed(request)
        else:
            with pytest.raises(NotAuthentic):
                believed(request)


@given(st.text(max_size=400))
def test_no_description_makes_the_reader_stumble(text: str) -> None:
    with pytest.raises(ProtocolError):
        believed(described(a_message(), text))


WORDS = (
    *("sig1", "=", "(", ")", '"@method"', '"@target-uri"', '"content-digest"', ";"),
    *(",", "created", "keyid", '"x"', "1", ":YWJj:", "?1", "*", "\\"),
)
PIECES = st.lists(st.sampled_from([*WORDS, " ", "\t"]), max_size=20).map("".join)


@given(PIECES, PIECES)
def test_no_pieces_put_together_make_the_reader_stumble(first: str, then: str) -> None:
    request = with_header(described(a_message(), first), "signature", then)

    with pytest.raises(ProtocolError):
        believed(request)


@pytest.mark.parametrize(
    "hostile",
    ['sig1=("' + '" "' * 2700, "sig1=()" + ";a=?1" * 1600, "sig1=(" + " " * 8000],
)
def test_a_long_hostile_header_is_refused_at_once(hostile: str) -> None:
    with pytest.raises(ProtocolError):
        claimed(described(a_message(), hostile))


def test_what_we_ask_for_is_what_we_sign_and_believe() -> None:
    for body, method in ((None, "GET"), (b"{}", "POST")):
        signed = messages.sign(
            Signer(key_id=BOBS_KEY, private_key=rsa_key()),
            method=method,
            scheme="https",
            host=HOST,
            target="/inbox",
            now=NOON,
            body=body,
        )

        wanted = messages.wanted(has_body=body is not None)

        covered, _, parameters = wanted.partition(";")
        assert signed["Signature-Input"].startswith(f"{covered};{parameters}=")
