"""A name is believed when its server and its actor say the same."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import addresses, discovery, documents
from activitypub.canonical import JsonObject, JsonValue
from activitypub.discovery import Account, Ask, Found, Software
from activitypub.errors import Malformed, NotAuthentic, ProtocolError
from activitypub.inbox import Fetch
from tests.activitypub.wire import BOB

HARBOUR = "https://a.example/g/harbour"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acct:harbour@a.example", Account("harbour", "a.example")),
        ("harbour@a.example", Account("harbour", "a.example")),
        ("@harbour@a.example", Account("harbour", "a.example")),
        ("acct:Harbour@A.Example", Account("Harbour", "a.example")),
        ("acct:harbour@127.0.0.1:8001", Account("harbour", "127.0.0.1:8001")),
        ("acct:har.bour-1@a.example.", Account("har.bour-1", "a.example")),
        ("acct:x@bücher.example", Account("x", "xn--bcher-kva.example")),
    ],
)
def test_a_name_is_read_in_each_of_its_forms(text: str, name: Account) -> None:
    assert discovery.account(text) == name
    assert discovery.resource(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "harbour",
        "acct:",
        "acct:@a.example",
        "acct:harbour@",
        "acct:harbour@a.example@evil.example",
        "acct:harbour@evil.example/a.example",
        "acct:har bour@a.example",
        "acct:har/bour@a.example",
        "acct:hár@a.example",
        "acct:harbour.@a.example",
        "acct:" + "x" * 129 + "@a.example",
        "mailto:harbour@a.example",
        "@@a.example",
        "acct:harbour@a.example\n",
    ],
)
def test_what_is_no_name_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        discovery.account(text)


def test_an_address_can_be_asked_about_as_well() -> None:
    assert discovery.resource(HARBOUR) == addresses.parse(HARBOUR)
    assert discovery.resource("HTTPS://A.example") == addresses.parse(
        "https://a.example/"
    )
    with pytest.raises(Malformed):
        discovery.resource("https://a.example@evil.example/")


def test_our_answer_names_the_actor_and_the_page() -> None:
    answer = discovery.jrd(
        Account("harbour", "a.example"),
        actor=HARBOUR,
        page="https://a.example/@harbour",
        intents={"Follow": "https://a.example/follow?who={object}"},
    )

    assert answer["subject"] == "acct:harbour@a.example"
    assert answer["links"] == [
        {"rel": "self", "type": "application/activity+json", "href": HARBOUR},
        {
            "rel": "http://webfinger.net/rel/profile-page",
            "type": "text/html",
            "href": "https://a.example/@harbour",
        },
        {
            "rel": "https://w3id.org/fep/3b86/Follow",
            "template": "https://a.example/follow?who={object}",
        },
    ]
    assert discovery.read_jrd(answer) == (Account("harbour", "a.example"), HARBOUR)


def test_the_node_itself_is_found_by_its_origin_and_by_nodeinfo() -> None:
    actor = "https://a.example/actor"

    by_origin = discovery.origin_jrd("https://a.example", actor=actor)
    by_nodeinfo = discovery.nodeinfo_links("https://a.example", actor=actor)

    assert by_origin["subject"] == "https://a.example/"
    assert by_origin["links"] == [
        {
            "rel": "https://www.w3.org/ns/activitystreams#Service",
            "type": "application/activity+json",
            "href": actor,
        },
        {"rel": "self", "type": "application/activity+json", "href": actor},
    ]
    assert by_nodeinfo["links"] == [
        *(
            {
                "rel": f"http://nodeinfo.diaspora.software/ns/schema/{version}",
                "href": f"https://a.example/nodeinfo/{version}",
            }
            for version in ("2.0", "2.1")
        ),
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": actor},
    ]


def test_host_meta_is_xml_whatever_the_origin_holds() -> None:
    for origin in ("https://a.example", 'https://a.example/"><x a="&'):
        xrd = ET.fromstring(discovery.host_meta(origin))

        [link] = xrd
        assert link.get("template") == (
            f"{origin}/.well-known/webfinger?resource={{uri}}"
        )


def test_nodeinfo_says_what_runs_here_and_counts_no_people() -> None:
    nodeinfo = discovery.nodeinfo(
        Software(name="tide", version="1", repository="https://tide.example/"),
        name="Harbour",
        users=3,
        posts=12,
        metadata={"federation": True},
    )

    assert nodeinfo["version"] == "2.1"
    assert nodeinfo["protocols"] == ["activitypub"]
    assert nodeinfo["usage"] == {"users": {"total": 3}, "localPosts": 12}
    assert nodeinfo["metadata"] == {"nodeName": "Harbour", "federation": True}
    assert discovery.software_of(nodeinfo) == "tide"


def test_the_older_nodeinfo_knows_no_repository() -> None:
    nodeinfo = discovery.nodeinfo(
        Software(name="tide", version="1", repository="https://tide.example/"),
        name="Harbour",
        users=3,
        posts=12,
        version="2.0",
    )

    assert nodeinfo["version"] == "2.0"
    assert nodeinfo["software"] == {"name": "tide", "version": "1"}


def test_another_servers_nodeinfo_is_on_that_server() -> None:
    def links(href: JsonValue) -> JsonObject:
        return {
            "links": [
                {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": href}
            ]
        }

    here = "https://b.example/nodeinfo/2.0"
    assert discovery.nodeinfo_of(links(here), origin="https://b.example") == here
    for elsewhere in (
        "https://evil.example/nodeinfo/2.0",
        "http://b.example/nodeinfo/2.0",
        "http://169.254.169.254/",
        "/nodeinfo/2.0",
        "file:///etc/passwd",
        1,
    ):
        found = discovery.nodeinfo_of(links(elsewhere), origin="https://b.example")
        assert found is None


@pytest.mark.parametrize(
    ("software", "name"),
    [
        ({"name": "Mastodon"}, "mastodon"),
        ({"name": "glitch-soc"}, "glitch-soc"),
        ({"name": "<b>"}, None),
        ({"name": ""}, None),
        ({"name": 1}, None),
        ("mastodon", None),
        (None, None),
    ],
)
def test_the_name_of_a_software_is_a_plain_word(
    software: JsonValue, name: str | None
) -> None:
    assert discovery.software_of({"software": software}) == name


# Finding others


def says(name: str, actor: str) -> JsonObject:
    return {
        "subject": f"acct:{name}",
        "links": [
            {"rel": "self", "type": documents.ACTIVITY_JSON, "href": actor},
        ],
    }


def an_actor(id: str, username: str | None, **terms: JsonValue) -> JsonObject:
    return {
        "id": id,
        "type": "Person",
        "preferredUsername": username,
        "inbox": f"{id}/inbox",
        **terms,
    }


@dataclass
class Net:
    """What each name's server answers, and the actors' documents."""

    names: dict[str, JsonObject] = field(default_factory=dict)
    actors: dict[str, JsonObject] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def find(self, name: str) -> Found:
        steps = discovery.find(discovery.account(name))
        try:
            wish = next(steps)
            while True:
                self.asked.append(wish.url)
                answer = self.answer(wish)
                if answer is None:
                    wish = steps.throw(Malformed("There is nothing."))
                else:
                    wish = steps.send(answer)
        except StopIteration as end:
            found: Found = end.value
            return found

    def answer(self, wish: Ask | Fetch) -> JsonObject | None:
        if isinstance(wish, Fetch):
            return self.actors.get(wish.url)
        [uri] = parse_qs(urlsplit(wish.url).query)["resource"]
        assert uri.endswith(f"@{urlsplit(wish.url).netloc}")
        return self.names.get(uri.removeprefix("acct:"))


def test_a_name_and_its_actor_that_agree_are_found() -> None:
    net = Net(
        names={"bob@b.example": says("bob@b.example", BOB)},
        actors={BOB: an_actor(BOB, "bob")},
    )

    found = net.find("@bob@b.example")

    assert (found.account, found.actor.id) == (Account("bob", "b.example"), BOB)
    assert net.asked == [
        "https://b.example/.well-known/webfinger?resource=acct%3Abob%40b.example",
        BOB,
    ]


def test_capitals_make_no_other_name() -> None:
    net = Net(
        names={"BOB@b.example": says("bob@b.example", BOB)},
        actors={BOB: an_actor(BOB, "Bob")},
    )

    assert str(net.find("BOB@B.example").account) == "bob@b.example"


def test_in_the_workshop_a_name_has_a_port() -> None:
    steps = discovery.find(discovery.account("bob@127.0.0.1:8002"), scheme="http")

    ask = next(steps)

    assert ask.url.startswith("http://127.0.0.1:8002/.well-known/webfinger?")


SOCIAL = "https://social.example.com/users/bob"


def a_split_domain() -> Net:
    """The name is at example.com, and the server at social.example.com."""
    name = says("bob@example.com", SOCIAL)
    return Net(
        names={"bob@example.com": name, "bob@social.example.com": name},
        actors={SOCIAL: an_actor(SOCIAL, "bob")},
    )


@pytest.mark.parametrize("typed", ["bob@example.com", "bob@social.example.com"])
def test_a_name_may_be_at_another_host_if_both_hosts_say_so(typed: str) -> None:
    net = a_split_domain()

    found = net.find(typed)

    assert str(found.account) == "bob@example.com"
    assert found.actor.id == SOCIAL
    assert len(net.asked) <= 4


def test_an_actor_may_say_itself_that_its_name_is_at_another_host() -> None:
    net = a_split_domain()
    del net.names["bob@social.example.com"]
    net.actors[SOCIAL] = an_actor(SOCIAL, "robert", webfinger="bob@example.com")

    assert str(net.find("bob@example.com").account) == "bob@example.com"


EVIL = "https://evil.example/users/eve"


def test_nobody_can_call_themselves_by_anothers_name() -> None:
    net = Net(
        names={"eve@evil.example": says("bob@b.example", EVIL)},
        actors={EVIL: an_actor(EVIL, "bob", webfinger="bob@b.example")},
    )

    with pytest.raises(NotAuthentic, match="another server"):
        net.find("eve@evil.example")
    assert len(net.asked) == 1


def test_a_subdomain_cannot_speak_for_its_domain_alone() -> None:
    net = a_split_domain()
    eve = "https://users.example.com/eve"
    net.names["eve@users.example.com"] = says("bob@example.com", eve)
    net.actors[eve] = an_actor(eve, "bob")

    with pytest.raises(NotAuthentic, match="agree"):
        net.find("eve@users.example.com")


def test_a_name_cannot_claim_an_actor_who_does_not_go_by_it() -> None:
    net = Net(
        names={
            "eve@evil.example": says("eve@evil.example", BOB),
            "bob@b.example": says("bob@b.example", BOB),
        },
        actors={BOB: an_actor(BOB, "bob")},
    )

    with pytest.raises(NotAuthentic, match="another"):
        net.find("eve@evil.example")


def test_an_actor_who_goes_by_another_name_is_taken_at_their_word() -> None:
    net = a_split_domain()
    net.actors[SOCIAL] = an_actor(SOCIAL, "bob", webfinger="rob@example.com")

    with pytest.raises(NotAuthentic, match="another"):
        net.find("bob@example.com")


def test_the_link_must_be_the_actors_own_address() -> None:
    net = Net(
        names={"bob@b.example": says("bob@b.example", f"{BOB}?x=1")},
        actors={f"{BOB}?x=1": an_actor(BOB, "bob")},
    )

    with pytest.raises(NotAuthentic, match="another address"):
        net.find("bob@b.example")


def test_an_actor_without_a_name_answers_to_none() -> None:
    net = Net(
        names={"bob@b.example": says("bob@b.example", BOB)},
        actors={BOB: an_actor(BOB, None)},
    )

    with pytest.raises(NotAuthentic):
        net.find("bob@b.example")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"subject": "acct:bob@b.example"},
        {"subject": "acct:bob@b.example", "aliases": [BOB], "links": []},
        {"subject": BOB, "links": says("bob@b.example", BOB)["links"]},
        {"subject": "acct:bob", "links": says("bob@b.example", BOB)["links"]},
        {
            "subject": "acct:bob@b.example",
            "links": [{"rel": "self", "type": "text/html", "href": BOB}],
        },
        {
            "subject": "acct:bob@b.example",
            "links": [{"rel": "self", "href": BOB}],
        },
        {
            "subject": "acct:bob@b.example",
            "links": [
                {
                    "rel": "self",
                    "type": documents.ACTIVITY_JSON,
                    "href": "javascript:alert(1)",
                }
            ],
        },
        {"subject": "acct:bob@b.example", "links": {"rel": "self"}},
    ],
)
def test_an_answer_without_name_and_actor_is_malformed(answer: JsonObject) -> None:
    with pytest.raises(Malformed):
        discovery.read_jrd(answer)


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["acct:bob@b.example", BOB, "self", documents.ACTIVITY_JSON]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rel", "type", "href", "subject", "links", "software"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["subject", "links", "software"]), JSON))
def test_no_answer_makes_the_reader_stumble(answer: JsonObject) -> None:
    discovery.nodeinfo_of(answer, origin="https://b.example")
    discovery.software_of(answer)
    try:
        name, actor = discovery.read_jrd(answer)
    except ProtocolError:
        return
    assert (str(name), actor) == ("bob@b.example", BOB)


@given(st.text(max_size=30))
def test_no_resource_makes_the_reader_stumble(text: str) -> None:
    try:
        asked = discovery.resource(text)
    except ProtocolError:
        return
    if isinstance(asked, Account):
        assert discovery.account(asked.uri) == asked
