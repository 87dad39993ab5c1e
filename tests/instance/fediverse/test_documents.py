"""What servers read here: who lives here, what they said, and how it is described."""

import dataclasses
import hashlib
import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from activitypub import addresses, documents, reading
from confederation import record
from instance import vocabulary
from instance.fediverse import answers, lookup
from tests.instance.house import a_house, found
from tests.instance.serving import Serving, a_node, folkmoot, free_port, until

ROOT = Path(__file__).parents[3]
ACTIVITY = {"accept": documents.ACCEPT}
AT_HOME = ("/actor", "/g/harbour", "/g/harbour/clerk")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("documents")) as serving:
        yield serving


def ask(node: Serving, path: str, *, method: str = "GET", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(
        method, f"{node.base}{path}", headers={**ACTIVITY, **named}, timeout=60
    )


def finger(node: Serving, resource: str) -> httpx.Response:
    url = f"{node.base}/.well-known/webfinger"
    return httpx.get(url, params={"resource": resource}, timeout=60)


def say(node: Serving, text: str) -> str:
    said = folkmoot("post", str(node.directory), "--as", "harbour", text)
    return said.stdout.strip().removeprefix(node.base)


@pytest.mark.parametrize("path", AT_HOME)
def test_an_actor_says_all_that_others_look_for(node: Serving, path: str) -> None:
    actor = ask(node, path).json()

    wanted = {
        *("id", "type", "preferredUsername", "webfinger", "name", "summary", "url"),
        *("inbox", "outbox", "followers", "following", "featured", "endpoints"),
        *("publicKey", "assertionMethod", "published", "discoverable", "indexable"),
        "manuallyApprovesFollowers",
    }
    assert wanted <= actor.keys()
    assert all(isinstance(each, str | dict) for each in actor["@context"])
    assert actor["webfinger"] == f"{actor['preferredUsername']}@127.0.0.1:{node.port}"
    assert actor["publicKey"]["id"] == f"{actor['id']}#main-key"
    assert actor["assertionMethod"][0]["id"] == f"{actor['id']}#ed25519-key"
    assert reading.actor(actor).id == f"{node.base}{path}"


def test_an_assembly_is_a_group_with_moderators_that_anybody_may_write_in(
    node: Serving,
) -> None:
    group = ask(node, "/g/harbour").json()

    assert group["type"] == "Group"
    assert group["postingRestrictedToMods"] is False
    moderators = ask(node, group["attributedTo"].removeprefix(node.base)).json()
    assert moderators["orderedItems"] == [f"{node.base}/g/harbour/clerk"]
    links = [each["href"] for each in group["generator"]["implements"]]
    assert vocabulary.SPECIFICATION in links
    assert "https://datatracker.ietf.org/doc/html/rfc9421" in links


def test_the_profile_of_an_assembly_leads_to_what_it_decided(node: Serving) -> None:
    for kind, term in (("PropertyValue", "value"), ("Note", "content")):
        shown = {
            fact["name"]: fact[term]
            for fact in ask(node, "/g/harbour").json()["attachment"]
            if fact["type"] == kind
        }
        assert shown.keys() == {"Decisions", "Public record"}
        for html in shown.values():
            [link] = re.findall(r'href="([^"]+)"', html)
            page = ask(node, link.removeprefix(node.base), accept="text/html")
            assert page.status_code == 200
    assert "attachment" not in ask(node, "/actor").json()


def test_every_id_is_plain_and_says_where_it_is(node: Serving) -> None:
    path = say(node, "Where is the key of the shed?")
    note = ask(node, path).json()
    create = ask(node, f"{path}/create").json()
    ids = [note["id"], create["id"], note["context"], note["replies"]]

    for id in (*ids, *(f"{node.base}{path}" for path in AT_HOME)):
        url = addresses.parse(id)
        assert str(url) == id == id.lower()
        assert id.isascii()
        assert "?" not in id
        assert "#" not in id
        assert ask(node, id.removeprefix(node.base)).json()["id"] == id


def test_the_node_itself_is_found_in_every_way_that_others_look(node: Serving) -> None:
    actor = f"{node.base}/actor"
    links = ask(node, "/.well-known/nodeinfo").json()["links"]
    found = {link["rel"]: link["href"] for link in links}

    assert found[f"{documents.AS2}#Application"] == actor
    jrd = finger(node, f"{node.base}/").json()
    assert {link["href"] for link in jrd["links"]} == {actor}
    assert ask(node, "/").json()["id"] == actor
    assert ask(node, "/", accept="*/*").headers["content-type"].startswith("text/html")
    assert ask(node, "/actor").json()["type"] == "Application"


def test_nodeinfo_names_the_software_and_counts_no_people(node: Serving) -> None:
    folkmoot("member", "add", str(node.directory), "Mallory Quince")
    links = ask(node, "/.well-known/nodeinfo").json()["links"]

    for link in links:
        if not link["rel"].startswith("http://nodeinfo"):
            continue
        answer = httpx.get(link["href"])
        info = answer.json()
        assert info["software"]["name"] == "folkmoot"
        assert info["protocols"] == ["activitypub"]
        assert info["usage"]["users"] == {"total": 3}
        assert f"schema/{info['version']}#" in answer.headers["content-type"]
        assert re.fullmatch("[a-z0-9-]+", info["software"]["name"])


def test_a_name_is_answered_exactly_and_only_if_it_is_known(node: Serving) -> None:
    name = f"acct:harbour@127.0.0.1:{node.port}"

    answer = finger(node, name)

    assert answer.headers["content-type"] == "application/jrd+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    jrd = answer.json()
    assert jrd["subject"] == name
    [link] = [link for link in jrd["links"] if link["rel"] == "self"]
    assert link == {
        "rel": "self",
        "type": documents.ACTIVITY_JSON,
        "href": f"{node.base}/g/harbour",
    }
    assert finger(node, f"{node.base}/g/harbour").json() == jrd
    assert finger(node, f"acct:nobody@127.0.0.1:{node.port}").status_code == 404
    assert finger(node, "acct:harbour@elsewhere.example").status_code == 404
    assert finger(node, "https://elsewhere.example/g/harbour").status_code == 404
    assert finger(node, "what is this").status_code == 400
    assert httpx.get(f"{node.base}/.well-known/webfinger").status_code == 400


def test_a_name_says_where_our_members_act_on_it(node: Serving) -> None:
    jrd = finger(node, f"acct:harbour@127.0.0.1:{node.port}").json()

    templates = {
        link["rel"]: link["template"] for link in jrd["links"] if "template" in link
    }
    for kind in ("Follow", "Object"):
        template = templates[f"https://w3id.org/fep/3b86/{kind}"]
        assert template.startswith(f"{node.base}/intents/")
        assert template.count("{object}") == 1


def test_an_address_of_a_post_is_found_as_well(node: Serving) -> None:
    path = say(node, "Found by its address")

    jrd = finger(node, f"{node.base}{path}").json()

    assert jrd["subject"] == f"{node.base}{path}"
    assert jrd["links"][0]["href"] == f"{node.base}{path}"


def test_host_meta_leads_to_our_webfinger_in_xml_and_in_json(node: Serving) -> None:
    template = f"{node.base}/.well-known/webfinger?resource={{uri}}"

    xml = ask(node, "/.well-known/host-meta")
    plain = ask(node, "/.well-known/host-meta.json")

    assert xml.headers["content-type"] == "application/xrd+xml"
    assert f'template="{template}"' in xml.text
    assert plain.json()["links"][0]["template"] == template


def test_a_document_comes_in_its_type_and_differs_by_who_asks(node: Serving) -> None:
    for path in (*AT_HOME, say(node, "For whom?")):
        for accept in (documents.ACCEPT, documents.LINKED_JSON, "*/*", ""):
            answer = ask(node, path, accept=accept)

            assert answer.headers["content-type"] == documents.ACTIVITY_JSON
            assert answer.headers["vary"] == "Accept, Signature"


def test_whoever_has_it_already_is_told_so_in_a_few_bytes(node: Serving) -> None:
    path = say(node, "Nothing new")
    tag = ask(node, path).headers["etag"]

    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ask(node, path, if_none_match=known)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    assert ask(node, path, if_none_match='"other"').status_code == 200


def test_asking_for_the_head_alone_gives_the_same_without_the_body(
    node: Serving,
) -> None:
    for path in (*AT_HOME, "/.well-known/nodeinfo", "/nodeinfo/2.1"):
        whole, head = ask(node, path), ask(node, path, method="HEAD")

        assert head.status_code == 200
        assert head.content == b""
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert head.headers[name] == whole.headers[name]


def test_what_changes_from_the_command_line_is_seen_at_once(node: Serving) -> None:
    for number in range(5):
        before = ask(node, "/g/harbour/outbox").json()["totalItems"]
        path = say(node, f"The next one: {number}")
        assert ask(node, "/g/harbour/outbox").json()["totalItems"] == before + 1
        assert ask(node, path).status_code == 200


def test_a_checkpoint_is_signed_anew_whenever_it_is_asked_for(tmp_path: Path) -> None:
    house = a_house(tmp_path, port=free_port())
    with house.desk() as desk:
        found(house, desk)
    node = Serving(house.config.directory, int(house.config.host.rpartition(":")[2]))
    node.start()
    try:
        checkpoint, head = log_part(node, "checkpoint"), log_part(node, "head")
        until(lambda: log_part(node, "checkpoint") != checkpoint)
        until(lambda: log_part(node, "head") != head)
        first, again = (ask(node, "/g/harbour/log/entries") for _ in range(2))
    finally:
        node.stop()

    assert first.content == again.content
    assert first.headers["cache-control"] == "no-cache"


def log_part(node: Serving, part: str) -> bytes:
    answer = ask(node, f"/g/harbour/log/{part}")
    assert answer.headers["cache-control"] == "no-store"
    content: bytes = answer.content
    return content


def test_a_script_on_another_page_may_read_what_everybody_may(node: Serving) -> None:
    asked = ask(
        node,
        "/g/harbour",
        method="OPTIONS",
        origin="https://elsewhere.example",
        access_control_request_method="GET",
    )

    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "access-control-allow-credentials" not in asked.headers


@pytest.mark.parametrize(
    ("method", "path", "accept", "status"),
    [
        ("GET", "/n/nothing", documents.ACCEPT, 404),
        ("GET", "/nodeinfo/9.9", "*/*", 404),
        ("GET", "/inbox", documents.ACCEPT, 405),
        ("GET", "/g/harbour/inbox", documents.ACCEPT, 405),
        ("POST", "/g/harbour", documents.ACCEPT, 405),
        ("GET", "/g/harbour", "image/png", 406),
        ("POST", "/inbox", documents.ACCEPT, 415),
    ],
)
def test_a_program_is_told_in_its_own_way_what_was_wrong(
    node: Serving, method: str, path: str, accept: str, status: int
) -> None:
    answer = ask(node, path, method=method, accept=accept)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["title"].endswith(".")


def test_a_document_larger_than_we_read_is_too_large(node: Serving) -> None:
    answer = httpx.post(
        f"{node.base}/inbox",
        content=b"{" + b" " * (1024 * 1024 + 1),
        headers={"content-type": documents.ACTIVITY_JSON},
        timeout=60,
    )

    assert answer.status_code == 413


def test_our_context_is_served_as_it_will_be_for_ever(node: Serving) -> None:
    answer = ask(node, "/ns/v1", accept="application/ld+json")

    assert answer.headers["content-type"] == "application/ld+json"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == lookup.context()
    digest = hashlib.sha256(answer.content).hexdigest()
    published = (ROOT / "docs/reference/vocabulary.md").read_text(encoding="utf-8")
    assert digest in published


def test_our_context_has_every_word_of_the_record() -> None:
    terms = json.loads(lookup.context())["@context"]
    kinds = [*vocabulary.FACTS.values(), record.Vote, record.Result]

    for kind in kinds:
        assert terms[kind.__name__] == f"fm:{kind.__name__}"
        for field in dataclasses.fields(typing.cast(Any, kind)):
            name = "".join(
                part.capitalize() if at else part
                for at, part in enumerate(field.name.rstrip("_").split("_"))
            )
            assert name in terms or field.name in vocabulary._PROVED, name
    for term, meaning in vocabulary.CARRIER_TERMS.items():
        if term != "asm":
            assert expanded(terms, terms[term]) == expanded(
                {"asm": vocabulary.NS}, meaning
            )


def expanded(terms: dict[str, Any], meaning: Any) -> Any:
    if isinstance(meaning, dict):
        return {**meaning, "@id": expanded(terms, meaning["@id"])}
    prefix, _, name = meaning.partition(":")
    return f"{terms[prefix]}{name}"


def test_what_is_kept_in_memory_has_a_bound(tmp_path: Path) -> None:
    with a_node(tmp_path) as node:
        kept = answers.Answers(node.directory / "node.sqlite")
        with kept:
            filled = answers.answer(b"x" * 200_000, kind="text/plain")
            for number in range(400):
                kept._keep(
                    f"/{number}".encode(),
                    answers._Kept(filled, kept._mark(), float("inf")),
                )

            assert kept._bytes <= answers.MOST_BYTES
            assert len(kept._kept) < 200
