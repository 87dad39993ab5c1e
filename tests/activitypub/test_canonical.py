"""JSON that two readers could understand differently is not read at all."""

import hashlib
import json
import struct
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from time import process_time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, TooLarge
from tests.activitypub.vectors import load

RFC8785 = load("rfc8785.json")

# Characters around which encoders disagree: controls, quotes, the last of the BMP,
# and what lies beyond it.
awkward = st.sampled_from('\x00\x1f\x7f"\\/é\u2028\ue000\ufb33\uffff\U00010000😀')
texts = st.text(awkward, max_size=4) | st.text(max_size=8)
exact_numbers = st.integers(-(2**53) + 1, 2**53 - 1)
any_numbers = exact_numbers | st.floats(allow_nan=False, allow_infinity=False)


def documents(numbers: st.SearchStrategy[int | float]) -> st.SearchStrategy[JsonObject]:
    values: st.SearchStrategy[JsonValue] = st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
        ),
        max_leaves=12,
    )
    return st.dictionaries(texts, values, max_size=4)


def nested(depth: int) -> bytes:
    """An object that holds lists within lists, `depth` containers in all."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@given(documents(exact_numbers | st.floats(-1e15, 1e15)))
def test_what_is_written_canonically_is_read_back_the_same(
    document: JsonObject,
) -> None:
    read = canonical.read(canonical.canonical(document))

    assert read == document


@given(documents(exact_numbers))
def test_the_fast_writer_gives_the_bytes_of_the_standard(document: JsonObject) -> None:
    assert canonical.canonical(document) == rfc8785.dumps(document)


@given(documents(any_numbers))
def test_floats_are_written_as_the_standard_says(document: JsonObject) -> None:
    assert canonical.canonical(document) == rfc8785.dumps(document)


@pytest.mark.parametrize(("bits", "text"), RFC8785["numbers"])
def test_numbers_are_written_as_in_rfc_8785_appendix_b(bits: str, text: str) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical.canonical({"n": number}) == f'{{"n":{text}}}'.encode()


@pytest.mark.parametrize("bits", RFC8785["refused"])
def test_numbers_that_json_does_not_have_are_not_written(bits: str) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))

    with pytest.raises(Malformed):
        canonical.canonical({"n": number})


def test_the_example_of_rfc_8785_is_written_as_it_says() -> None:
    example = RFC8785["documents"][0]

    written = canonical.canonical(canonical.read(example["input"].encode()))

    assert written.hex() == example["canonicalHex"]


def test_keys_are_sorted_by_their_utf_16_units() -> None:
    example = RFC8785["documents"][1]

    written = canonical.canonical(canonical.read(example["input"].encode()))

    assert list(json.loads(written).values()) == example["order"]


def test_a_number_that_would_be_rounded_has_no_canonical_form() -> None:
    with pytest.raises(Malformed, match="no canonical form"):
        canonical.canonical({"n": 2**53})


def test_half_a_surrogate_pair_has_no_canonical_form() -> None:
    with pytest.raises(Malformed, match="no canonical form"):
        canonical.canonical({"text": "\ud800"})


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a":1,"\\u0061":2}', "twice"),
        (b'{"a":{"b":1,"b":2}}', "twice"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a":"\xc0\xaf"}', "not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\uDC00\\uD800"}', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b'{"a":NaN}', "not a number"),
        (b'{"a":Infinity}', "not a number"),
        (b'{"a":-Infinity}', "not a number"),
        (b'{"a":1e400}', "too large"),
        (b'{"a":-1e400}', "too large"),
        (b'{"a":1' + b"0" * 20 + b"}", "20 digits"),
        (b'{"a":-1' + b"0" * 20 + b"}", "20 digits"),
        (b'{"a":0.' + b"1" * 63 + b"}", "64 characters"),
        (b"[]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"", "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":+1}', "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":1}{"b":2}', "not JSON"),
        (b'{"a":1} // why not', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b'{"a":"\\x41"}', "not JSON"),
        (b'{"a":"unclosed', "not JSON"),
        (b'{"a":[1}', "not JSON"),
    ],
)
def test_json_that_readers_understand_differently_is_refused(
    data: bytes, why: str
) -> None:
    with pytest.raises(Malformed, match=why):
        canonical.read(data)


def test_what_every_reader_understands_alike_is_read() -> None:
    data = b' {"a": [1, -2.5e3, "\\ud83d\\ude00", null], "b": {"a": true}}\r\n'

    document = canonical.read(data)

    assert document == {"a": [1, -2500.0, "😀", None], "b": {"a": True}}


def test_brackets_are_counted_to_32_deep() -> None:
    canonical.read(nested(32))

    with pytest.raises(Malformed, match="deeper than 32"):
        canonical.read(nested(33))


def test_brackets_in_a_string_are_no_depth() -> None:
    text = '[{"' * 100

    document = canonical.read(json.dumps({"a": text}).encode())

    assert document == {"a": text}


def test_brackets_behind_an_escaped_quote_are_no_way_around_the_bound() -> None:
    hidden = b'{"a\\\\":' + nested(33) + b"}"

    with pytest.raises(Malformed, match="deeper than 32"):
        canonical.read(hidden)


def test_twenty_thousand_values_are_read_and_no_more() -> None:
    # The object itself is one of them, the list another.
    canonical.read(json.dumps({"a": [1] * 19_998}).encode())

    with pytest.raises(Malformed, match="20000 values"):
        canonical.read(json.dumps({"a": [1] * 19_999}).encode())


def test_commas_in_a_string_are_no_values() -> None:
    document = canonical.read(json.dumps({"a": "," * 30_000}).encode())

    assert document == {"a": "," * 30_000}


def test_a_string_of_256_kib_is_read_and_no_longer_one() -> None:
    canonical.read(b'{"a":"%s"}' % (b"x" * 256 * 1024))

    with pytest.raises(Malformed, match="longer than 262144 bytes"):
        canonical.read(b'{"a":"%sx"}' % (b"x" * 256 * 1024))


def test_a_long_key_is_a_long_string() -> None:
    with pytest.raises(Malformed, match="longer than 262144 bytes"):
        canonical.read(b'{"%sx":1}' % (b"x" * 256 * 1024))


def test_more_than_a_mebibyte_is_not_looked_at() -> None:
    with pytest.raises(TooLarge):
        canonical.read(b" " * (1024 * 1024 + 1))


def test_the_caller_may_set_a_narrower_bound() -> None:
    with pytest.raises(TooLarge):
        canonical.read(b'{"a":1}', most_bytes=6)


@pytest.mark.parametrize(
    "hostile",
    [
        b'{"a":"' + b'\\"' * 520_000,
        b'{"a":[' + b"[]," * 340_000,
        b"[" * 1_000_000,
        b'{"a":[' + b'"",' * 300_000,
        b'{"a":' * 200_000,
        b'"\\' * 500_000,
        b"1" * 1_000_000,
    ],
)
def test_hostile_input_costs_little(hostile: bytes) -> None:
    began = process_time()

    with pytest.raises(Malformed):
        canonical.read(hostile)

    assert process_time() - began < 1


@given(st.binary(max_size=64) | st.text('{}[]":,\\u0aD8', max_size=24).map(str.encode))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        document = canonical.read(data)
    except Malformed:
        return

    assert document == json.loads(data)


@given(documents(exact_numbers))
def test_a_canonical_document_has_the_digest_of_its_bytes(document: JsonObject) -> None:
    try:
        canonical.check_exact(document)
    except Malformed:
        return
    data = canonical.canonical(document)

    assert canonical.read_canonical(data) == document
    assert canonical.digest(document) == canonical.digest_of(data)


@given(documents(any_numbers | st.integers(-(2**60), 2**60)))
def test_what_is_read_as_canonical_is_exact(document: JsonObject) -> None:
    data = json.dumps(
        document, separators=(",", ":"), sort_keys=True, ensure_ascii=False
    )
    try:
        read = canonical.read_canonical(data.encode())
    except Malformed:
        return

    canonical.check_exact(read)
    assert canonical.digest(read) == canonical.digest_of(data.encode())


@pytest.mark.parametrize("number", ["1.0", "1e2", "-1E2", "0.5", "9007199254740992"])
@pytest.mark.parametrize("place", ['{"a":%s}', '{"a":[%s]}', '{"a":[0,%s]}'])
def test_an_inexact_number_is_named_wherever_it_stands(place: str, number: str) -> None:
    with pytest.raises(Malformed, match="At /a"):
        canonical.read_canonical((place % number).encode())


def test_a_long_integer_after_a_space_has_no_canonical_form() -> None:
    with pytest.raises(Malformed, match="no canonical form"):
        canonical.read_canonical(b'{"a": 9007199254740992, "b": "\\ud83d\\ude00"}')


@pytest.mark.parametrize(
    "data",
    [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1}\n', b'{"a":"\\u0041"}', b'{"a":-0}'],
)
def test_a_document_written_in_another_form_is_no_entry(data: bytes) -> None:
    canonical.check_exact(canonical.read(data))

    with pytest.raises(Malformed, match="canonical form"):
        canonical.read_canonical(data)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"a": 1.5}, "At /a, a number is not an integer."),
        ({"a": 1.0}, "At /a, a number is not an integer."),
        ({"a": [0, {"b": 2**53}]}, "At /a/1/b, an integer is beyond 2^53 - 1."),
        ({"a": -(2**53)}, "At /a, an integer is beyond 2^53 - 1."),
        ({"a/b": {"~": ["e\u0301"]}}, "At /a~1b/~0/0, a text is not in"),
        ({"e\u0301": None}, "At /e\u0301, a text is not in"),
    ],
)
def test_what_is_inexact_is_refused_and_its_place_named(
    document: JsonObject, sentence: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        canonical.check_exact(document)

    assert str(refusal.value).startswith(sentence)


def test_an_exact_document_passes() -> None:
    canonical.check_exact(
        {"é": ["3/5", 2**53 - 1, -(2**53) + 1, True, None, {"": []}, "😀"]}
    )


@pytest.mark.parametrize("keyword", ["@graph", "@included", "@reverse", "@id", "@type"])
def test_a_document_that_says_more_as_linked_data_is_refused(keyword: str) -> None:
    with pytest.raises(Malformed, match=keyword):
        canonical.check_no_linked_data({"object": [{"a": {keyword: "x"}}]})


@pytest.mark.parametrize(
    "key",
    [
        "@graph",
        "@id",
        "@included",
        "@reverse",
        "@type",
        "\\u0040id",
        "\\u0040\\u0069\\u0064",
        "@\\u0074ype",
        "@typ\\u0065",
    ],
)
def test_the_words_of_linked_data_are_refused_however_they_are_written(
    key: str,
) -> None:
    data = f'{{"object":{{"a":[{{"{key}" :"x"}}]}}}}'.encode()

    with pytest.raises(Malformed, match="has no place"):
        canonical.check_no_linked_data(canonical.read(data), read_from=data)


def test_what_only_sounds_like_linked_data_may_be_said() -> None:
    data = b'{"@context":{"a":{"@id":"b"}},"name":"@id","content":"say \\"@type\\""}'

    canonical.check_no_linked_data(canonical.read(data), read_from=data)


def test_a_context_may_use_the_words_of_linked_data() -> None:
    canonical.check_no_linked_data(
        {"@context": ["x", {"a": {"@id": "b", "@type": "@json"}}], "type": "Note"}
    )


def test_a_digest_is_the_hash_of_the_canonical_form() -> None:
    digest = canonical.digest({"b": 1, "a": "é"})

    expected = hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()
    assert digest == f"sha256:{expected}"
    assert canonical.is_digest(digest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 64 + "\n",
        "sha512:" + "a" * 64,
        "a" * 64,
        "sha256:" + "١" * 64,
    ],
)
def test_what_only_looks_like_a_digest_is_none(text: str) -> None:
    assert not canonical.is_digest(text)


@given(st.binary(min_size=16, max_size=16), texts)
def test_a_commitment_does_not_depend_on_how_accents_are_typed(
    salt: bytes, text: str
) -> None:
    typed = unicodedata.normalize("NFD", text)
    written = canonical.normal(typed)

    commit = canonical.commit(salt, written)

    assert written == canonical.normal(text)
    assert commit == (
        "sha256:" + hashlib.sha256(salt + written.encode("utf-8")).hexdigest()
    )


@pytest.mark.parametrize("mark", ["\u1dc0", "\U0001e08f", "\U0010ffff"])
def test_no_newer_table_makes_anything_of_a_text_that_an_older_one_does_not(
    mark: str,
) -> None:
    # Marks of 2005 and of 2022, and what is no character. Tables that know a mark put
    # the lower one before it, and compose what stands beside each other then.
    text = f"e{mark}\u0323\u0301"

    canonical.check_exact({"a": text})

    assert canonical.commit(bytes(16), text) == (
        "sha256:" + hashlib.sha256(bytes(16) + text.encode("utf-8")).hexdigest()
    )


@given(texts)
def test_what_is_written_in_normal_form_is_so_for_every_reader(text: str) -> None:
    canonical.check_exact({"a": canonical.normal(text)})


def test_one_text_has_another_commitment_under_another_salt() -> None:
    assert canonical.commit(bytes(16), "Ada") != canonical.commit(b"1" * 16, "Ada")


def test_a_commitment_is_never_made_with_a_short_salt() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        canonical.commit(b"salt", "Ada")


@given(
    st.datetimes(
        min_value=datetime(2, 1, 1),  # noqa: DTZ001
        max_value=datetime(9998, 12, 31, 23, 59, 59),  # noqa: DTZ001
        timezones=st.just(UTC),
    )
)
def test_a_time_is_read_back_to_the_second(at: datetime) -> None:
    assert canonical.read_time(canonical.write_time(at)) == at.replace(microsecond=0)


def test_a_time_elsewhere_is_written_in_utc() -> None:
    noon_in_lisbon = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=1)))

    assert canonical.write_time(noon_in_lisbon) == "2026-06-01T11:00:00Z"


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        canonical.write_time(datetime(2026, 6, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T11:00:00",
        "2026-06-01T11:00:00z",
        "2026-06-01 11:00:00Z",
        "2026-06-01T11:00:00.0Z",
        "2026-06-01T11:00:00+00:00",
        "2026-06-01T11:00Z",
        "2026-06-01",
        "2026-02-29T11:00:00Z",
        "2026-06-01T24:00:00Z",
        "2026-06-01T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "2026-06-01T11:00:00Z\n",
        "٢٠٢٦-06-01T11:00:00Z",
    ],
)
def test_a_time_has_one_form(text: str) -> None:
    with pytest.raises(Malformed):
        canonical.read_time(text)
