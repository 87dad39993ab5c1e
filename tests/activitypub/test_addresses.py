"""One address, one reading; and no way from outside to a machine inside."""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import addresses
from activitypub.addresses import Guard
from activitypub.errors import Malformed, NotAllowed, ProtocolError

OPEN_WEB = Guard(own="a.example")
WORKSHOP = Guard(own="127.0.0.1:8001", networks=addresses.LOOPBACK)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("a.example", "a.example"),
        ("A.Example", "a.example"),
        ("a.example.", "a.example"),
        ("A.EXAMPLE.", "a.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("a--b.example", "a--b.example"),
        ("1a.example", "1a.example"),
        ("4.example", "4.example"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[2001:DB8::A]", "[2001:db8::a]"),
        ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    ],
)
def test_a_host_has_one_normal_form(written: str, normal: str) -> None:
    assert addresses.read_host(written) == normal
    assert addresses.read_host(normal) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "a..example",
        ".a.example",
        "a.example..",
        "-a.example",
        "a-.example",
        "a_b.example",
        "a b.example",
        "a\t.example",
        "a\n.example",
        "a.example\n",
        "a.example\0",
        "user@a.example",
        "a.example\\b.example",
        "a.example%2eevil.example",
        "%61.example",
        "a.example%00",
        "ａ.example",
        "a．example",
        "a。example",
        "a｡example",
        "a℀b.example",
        "①.example",
        "١٢٧.0.0.1",
        "１２７.0.0.1",
        "a.example１",
        "१२७.example",
        "a۱.example",
        "xn--.example",
        "xn--a.example",
        "xn--bcher-kva\u00fc.example",
        "ab--cd.example",
        "a\u00adb.example",
        "a\u200bb.example",
        "\u202ea.example",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "127.0.0.1.1",
        "127.0.0.0x1",
        "256.0.0.1",
        "a.example.1",
        "a.0x",
        "::1",
        "[::1",
        "[::1]x",
        "[fe80::1%eth0]",
        "[127.0.0.1]",
        "[a.example]",
        "[]",
    ],
)
def test_a_host_that_could_be_read_in_two_ways_is_none(written: str) -> None:
    with pytest.raises(Malformed):
        addresses.read_host(written)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://a.example/users/a", "https://a.example/users/a"),
        ("HTTPS://A.Example/Users/A", "https://a.example/Users/A"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example?x=1", "https://a.example/?x=1"),
        ("https://a.example:443/a", "https://a.example/a"),
        ("http://a.example:80/a", "http://a.example/a"),
        ("https://a.example./a", "https://a.example/a"),
        ("https://a.example/a#main-key", "https://a.example/a#main-key"),
        ("https://a.example/a?page=2&q=%7E", "https://a.example/a?page=2&q=%7E"),
        ("https://a.example/@user@other.example", None),
        ("http://127.0.0.1:8001/g/harbour", None),
        ("http://[::1]:8001/g/harbour", None),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
def test_an_address_has_one_normal_form(written: str, normal: str | None) -> None:
    assert str(addresses.parse(written)) == (normal or written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a.example/a",
        "//a.example/a",
        "https:a.example",
        "https:/a.example",
        "https:///a",
        "https://",
        "https://:443/a",
        "ftp://a.example/a",
        "file:///etc/passwd",
        "data:text/plain,a",
        "gopher://a.example/a",
        "javascript://a.example/a",
        "https://user@a.example/a",
        "https://user:secret@a.example/a",
        "https://a.example@evil.example/a",
        "https://a.example\\@evil.example/a",
        "https://a.example:/a",
        "https://a.example:0/a",
        "https://a.example:0443/a",
        "https://a.example:99999/a",
        "https://a.example:x/a",
        "https://a.example:٤٤٣/a",
        "https://a.example:443:443/a",
        "https://a.example[/a",
        " https://a.example/a",
        "https://a.example/a ",
        "https://a.example/a b",
        "https://a.example/a\n",
        "https://a.example/\ta",
        "https://a.example/ä",
        'https://a.example/"',
        "https://a.example/<a>",
        "https://a.example/a\\b",
        "https://a.example/a#b#c",
        "https://a.example/" + "a" * 2048,
    ],
)
def test_an_address_that_could_be_read_in_two_ways_is_none(written: str) -> None:
    with pytest.raises(Malformed):
        addresses.parse(written)


def test_an_address_knows_what_a_get_asks_for() -> None:
    key = addresses.parse("https://a.example:8443/users/a?x=1#main-key")

    assert key.document == "https://a.example:8443/users/a?x=1"
    assert key.target == "/users/a?x=1"
    assert key.authority == "a.example:8443"
    assert key.origin == "https://a.example:8443"


def test_one_origin_is_scheme_host_and_port() -> None:
    here = "https://a.example/users/a"

    assert addresses.same_origin(here, "https://A.example:443/users/b#key")
    for elsewhere in (
        "http://a.example/users/a",
        "https://a.example:8443/users/a",
        "https://b.a.example/users/a",
        "https://a.example.evil.example/users/a",
    ):
        assert not addresses.same_origin(here, elsewhere)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("A.Example", "a.example"),
        ("a.example:8443", "a.example:8443"),
        ("127.0.0.1:8001", "127.0.0.1:8001"),
        ("[::1]:8001", "[::1]:8001"),
        ("[::1]", "[::1]"),
    ],
)
def test_an_authority_is_a_host_and_perhaps_a_port(written: str, normal: str) -> None:
    assert addresses.read_authority(written) == normal


@pytest.mark.parametrize("written", ["", ":8001", "a.example:", "a.example/a", "::1"])
def test_what_is_no_host_is_no_authority(written: str) -> None:
    with pytest.raises(Malformed):
        addresses.read_authority(written)


def test_a_domain_holds_what_lies_below_it_and_nothing_that_only_looks_so() -> None:
    assert addresses.within("bad.example", "bad.example")
    assert addresses.within("a.b.bad.example", "bad.example")
    assert not addresses.within("notbad.example", "bad.example")
    assert not addresses.within("bad.example.org", "bad.example")


@pytest.mark.parametrize(
    "text", ["https://b.example/users/b", "https://b.example:443/", "https://b.example"]
)
def test_a_public_server_is_asked(text: str) -> None:
    assert OPEN_WEB.read(text).host == "b.example"


@pytest.mark.parametrize(
    "text",
    [
        "http://b.example/",
        "https://b.example:8443/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://intranet/",
        "https://printer.local/",
        "https://vault.internal/",
        "https://abc.onion/",
        "https://a.localhost/",
        "https://router.home.arpa/",
    ],
)
def test_anything_but_a_public_name_over_https_is_not_asked(text: str) -> None:
    with pytest.raises(NotAllowed):
        OPEN_WEB.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/users/a",
        "https://a.example:443/users/a",
        "https://a.example./users/a",
        "HTTPS://A.EXAMPLE/users/a",
    ],
)
def test_a_node_does_not_ask_itself_over_the_network(text: str) -> None:
    with pytest.raises(NotAllowed, match="itself"):
        OPEN_WEB.read(text)


def test_in_the_workshop_the_neighbour_at_another_port_is_asked() -> None:
    assert WORKSHOP.read("http://127.0.0.1:8002/inbox").port == 8002
    assert WORKSHOP.read("http://neighbour:8002/inbox").host == "neighbour"
    with pytest.raises(NotAllowed, match="itself"):
        WORKSHOP.read("http://127.0.0.1:8001/inbox")


@pytest.mark.parametrize(
    "text", ["http://10.0.0.1/", "https://93.184.216.34/", "http://[::1]:8002/"]
)
def test_in_the_workshop_no_other_network_is_reached(text: str) -> None:
    with pytest.raises(NotAllowed):
        WORKSHOP.read(text)


DENIED_BY_RULE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::93.184.216.34",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d822",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", DENIED_BY_RULE)
def test_an_address_that_is_not_on_the_open_web_is_not_reached(text: str) -> None:
    with pytest.raises(NotAllowed):
        OPEN_WEB.require(ip_address(text))


@pytest.mark.parametrize(
    "text", ["93.184.216.34", "1.1.1.1", "172.32.0.1", "2606:2800:220:1::1", "2a00::1"]
)
def test_an_address_on_the_open_web_is_reached(text: str) -> None:
    OPEN_WEB.require(ip_address(text))


def test_the_networks_of_the_workshop_replace_the_open_web() -> None:
    guard = Guard(networks=(IPv4Network("10.5.0.0/16"), IPv6Network("fd00::/8")))

    guard.require(ip_address("10.5.1.1"))
    guard.require(ip_address("fd00::1"))
    for elsewhere in ("10.6.0.1", "127.0.0.1", "93.184.216.34", "::ffff:10.5.1.1"):
        with pytest.raises(NotAllowed):
            guard.require(ip_address(elsewhere))


def test_a_workshop_without_networks_reaches_nothing() -> None:
    with pytest.raises(NotAllowed):
        Guard(networks=()).require(IPv4Address("127.0.0.1"))


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    for written in (text, f"https://{text}", f"https://a.example{text}"):
        try:
            url = addresses.parse(written)
        except ProtocolError:
            continue
        assert addresses.parse(str(url)) == url


HOSTILE = st.text(alphabet=st.sampled_from("a1.-:@[]/%\\#?xn。．０ü\n\t "), max_size=20)


@given(HOSTILE)
def test_what_is_read_twice_reads_the_same(text: str) -> None:
    try:
        host = addresses.read_host(text)
    except ProtocolError:
        return

    assert addresses.read_host(host) == host
    assert host.isascii()
    assert not set(host) & set("@/\\%#? \t\n")
