"""Somebody on a Fedify server follows, reads and answers; each checks the other."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from activitypub import documents, reading
from instance.fediverse import persona
from instance.store import timeline
from instance.store.posts import Actor
from tests.instance.serving import until
from tests.peers.home import Home, a_home, get, page
from tests.peers.peer import Peer, a_robin

pytestmark = pytest.mark.needs_fedify


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with a_home(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def robin(home: Home) -> Iterator[Peer]:
    """Robin, who follows the assembly."""
    with a_robin() as person:
        person.does("follow", to=home.group)
        until(lambda: person.received("Accept"))
        yield person


def test_fedify_reads_the_actors_of_a_node(home: Home, robin: Peer) -> None:
    assembly = robin.does("name", at=home.group)
    clerk = robin.does("name", at=home.clerk)
    itself = robin.does("name", at=f"{home.base}/actor")

    assert assembly == {"type": "Group", "name": "Harbour"}
    assert clerk["type"] == "Service"
    assert itself["type"] == "Application"


def test_fedify_reads_what_software_runs_here(home: Home, robin: Peer) -> None:
    links = get(f"{home.base}/.well-known/nodeinfo")["links"]
    [link] = [each["href"] for each in links if each["rel"].endswith("/2.1")]

    assert robin.does("nodeinfo", document=get(link)) == "folkmoot"


def test_a_follow_by_fedify_is_accepted_and_fedify_believes_it(
    home: Home, robin: Peer
) -> None:
    [accept] = robin.received("Accept")

    assert accept["actor"] == home.group
    assert accept["object"]["actor"] == robin.id
    assert robin.does("refused") == []


def test_all_the_keys_of_fedify_are_read(robin: Peer) -> None:
    keys = reading.keys_of(get(robin.id))

    [signing, *asserted] = keys
    rsa, ed25519 = (each.key for each in asserted)
    # The RSA key stands there as PEM, and again as a Multikey.
    assert rsa == signing.key
    assert isinstance(ed25519, Ed25519PublicKey)


def test_fedify_gets_a_post_and_reads_it(home: Home, robin: Peer) -> None:
    post = home.says("The ferry leaves at six")

    until(lambda: any(each["object"] == post for each in robin.received("Announce")))

    assert robin.does("name", at=post) == {"type": "Note", "name": None}


def test_fedify_finds_our_proofs_to_be_by_their_actors(home: Home, robin: Peer) -> None:
    post = home.says("Signed and sealed")
    until(lambda: any(each["object"] == post for each in robin.received("Announce")))

    for activity in robin.does("received"):
        found = robin.does("proof", document=activity)
        changed = robin.does("proof", document={**activity, "summary": "forged"})

        assert found["actor"] == activity["actor"]
        assert changed["actor"] is None


def test_a_reply_by_fedify_is_listed_until_it_is_deleted(
    home: Home, robin: Peer
) -> None:
    post = home.says("Who brings bread?")

    reply = robin.does("create", to=home.clerk, content="<p>I</p>", inReplyTo=post)

    replies = f"{post}/replies"
    until(lambda: get(replies)["totalItems"] == 1)
    assert robin.does("list", at=replies) == {"total": 1, "items": [reply["object"]]}
    robin.does("delete", to=home.clerk, id=reply["object"])
    until(lambda: get(replies)["totalItems"] == 0)


def test_fedify_reads_our_outbox(home: Home, robin: Peer) -> None:
    home.says("For the outbox")

    outbox = robin.does("list", at=f"{home.group}/outbox")

    assert outbox["total"] >= 1
    assert all(item.startswith(f"{home.group}/announce/") for item in outbox["items"])


@pytest.mark.parametrize("spec", ["draft-cavage-http-signatures-12", "rfc9421"])
def test_what_fedify_signed_is_believed_and_nothing_else(
    home: Home, robin: Peer, spec: str
) -> None:
    inbox = f"{home.base}/inbox"
    body = documents.encode(
        {
            "@context": documents.AS2,
            "id": f"{robin.id}/likes/{spec}",
            "type": "Like",
            "actor": robin.id,
            "object": home.group,
        }
    ).decode()
    headers = robin.does("sign", spec=spec, target=inbox, body=body)

    swapped = httpx.post(inbox, headers=headers, content=body.replace("Like", "Lick"))
    signed = httpx.post(inbox, headers=headers, content=body)
    elsewhere = httpx.post(f"{home.group}/inbox", headers=headers, content=body)

    assert swapped.status_code == 401
    assert signed.status_code == 202
    assert elsewhere.status_code == 401


def test_a_first_knock_by_rfc_9421_is_enough(home: Home, robin: Peer) -> None:
    before = len(robin.does("sent"))

    robin.does("like", to=home.clerk, object=home.says("Liked by a new signature"))

    assert robin.does("sent")[before:] == [{"signature": "rfc9421", "status": 202}]


def test_a_first_knock_by_the_draft_is_enough_as_well(home: Home) -> None:
    with a_robin("draft-cavage-http-signatures-12") as other:
        other.does("like", to=home.clerk, object=home.says("Liked by an old one"))

        assert other.does("sent") == [{"signature": "cavage", "status": 202}]


def test_a_like_and_a_share_by_fedify_are_counted_until_they_are_taken_back(
    home: Home, robin: Peer
) -> None:
    post = home.says("Soup at six")

    like = robin.does("like", to=home.clerk, object=post)
    share = robin.does("announce", to=home.clerk, object=post)

    until(lambda: counts(post) == (1, 1))
    robin.does("unlike", to=home.clerk, like=like["id"], object=post)
    robin.does("unannounce", to=home.clerk, announce=share["id"], object=post)
    until(lambda: counts(post) == (0, 0))


def test_a_reply_by_fedify_is_shown_as_it_is_after_a_change(
    home: Home, robin: Peer
) -> None:
    post = home.says("Who brings salt?")
    reply = robin.does("create", to=home.clerk, content="<p>I</p>", inReplyTo=post)
    until(lambda: get(f"{post}/replies")["totalItems"] == 1)

    robin.does(
        "update",
        to=home.clerk,
        content="<p>I and <b>Sam</b></p>",
        inReplyTo=post,
        id=reply["object"],
    )

    until(lambda: "I and <b>Sam</b>" in page(post))
    assert "Robin" in page(post)


def test_fedify_reads_a_poll_and_votes_in_it_once(home: Home, robin: Peer) -> None:
    poll = home.asks("At six", "At seven")
    until(lambda: any(each["object"] == poll for each in robin.received("Announce")))
    asked = robin.does("poll", at=poll)

    for choice in ("At seven", "At six"):
        robin.does("create", to=home.clerk, name=choice, inReplyTo=poll)

    until(lambda: get(poll)["votersCount"] == 1)
    assert asked["type"] == "Question"
    assert [each["name"] for each in asked["options"]] == ["At six", "At seven"]
    assert votes(get(poll)) == {"At six": 0, "At seven": 1}
    assert get(f"{poll}/replies")["totalItems"] == 0


def test_fedify_joins_a_meeting_and_is_answered(home: Home, robin: Peer) -> None:
    event = home.calls_a_meeting("spring")
    until(lambda: any(each["object"] == event for each in robin.received("Announce")))
    assert robin.does("name", at=event) == {"type": "Event", "name": "Spring meeting"}

    join = robin.does("join", to=home.clerk, object=event)

    until(lambda: get(event)["participantCount"] == 1)
    until(lambda: join["id"] in answered(robin))


def test_fedify_learns_that_a_post_has_changed(home: Home, robin: Peer) -> None:
    post = home.says("Soup at sicks")
    until(lambda: any(each["object"] == post for each in robin.received("Announce")))

    home.changes(post, "<p>Soup at six</p>")

    until(lambda: post in str(robin.received("Update")))
    assert "Soup at six" in str(robin.received("Update"))


def test_a_member_and_fedify_follow_and_answer_each_other(
    home: Home, robin: Peer
) -> None:
    me = home.member("ada")
    address = f"{home.base}/{me.path}"
    inbox = f"{robin.id}/inbox"

    robin.does("follow", to=address)
    with home.desk() as desk:
        persona.follow(desk, me, robin.id, inbox=inbox)
    until(lambda: robin.does("followers") == [address])
    until(lambda: states(home, me.path) == ["accepted"])
    until(lambda: address in str(robin.received("Accept")))
    with home.desk() as desk:
        mine = persona.write(desk, me, "Hello from the harbour")
    until(lambda: mine in str(robin.received("Create")))
    reply = robin.does("create", to=address, content="<p>Hello!</p>", inReplyTo=mine)
    theirs = robin.does("create", to=address, content="<p>News</p>")
    until(lambda: {reply["object"], theirs["object"]} <= kept(home))
    with home.desk() as desk:
        post = timeline.post(desk.connection, me=me.path, id=theirs["object"])
        assert post is not None
        persona.do(desk, me, "Like", post, inbox=inbox)
        persona.do(desk, me, "Announce", post, inbox=inbox)
    until(lambda: theirs["object"] in str(robin.received("Like")))
    until(lambda: theirs["object"] in str(robin.received("Announce")))
    with home.desk() as desk:
        persona.undo(desk, me, "Like", post.id)
        persona.erase(desk, me, mine)
        persona.unfollow(desk, me, robin.id)
    until(lambda: len(robin.received("Undo")) == 2)
    until(lambda: mine in str(robin.received("Delete")))
    assert (
        httpx.get(mine, headers={"accept": documents.ACTIVITY_JSON}).status_code == 410
    )


def test_both_sides_agree_on_who_follows_once_fedify_says_so(home: Home) -> None:
    ben, cleo = home.member("ben"), home.member("cleo")
    with a_robin("draft-cavage-http-signatures-12") as robin:
        begin_to_follow(home, ben, robin)
        begin_to_follow(home, cleo, robin)
        assert len(robin.does("followers")) == 2
        robin.does("whisper", content="<p>To both of you</p>")
        until(lambda: "To both of you" in said_here(home))
        assert not compared(robin)

        # What got lost there, as if an Undo of Cleo's had gone astray.
        robin.does("forget", follower=f"{home.base}/{cleo.path}")
        robin.does("whisper", content="<p>To Ben alone</p>")

        until(lambda: followers_here(home, robin) == {ben.path})
        [asked] = compared(robin)
        assert asked.endswith(f"base-url={quote(home.base + '/', safe='')}")


def test_a_comparison_that_nobody_signed_is_let_be(home: Home) -> None:
    # By RFC 9421 Fedify leaves the header out of what it signs.
    dora, elio = home.member("dora"), home.member("elio")
    with a_robin("rfc9421") as robin:
        begin_to_follow(home, dora, robin)
        begin_to_follow(home, elio, robin)
        robin.does("forget", follower=f"{home.base}/{elio.path}")

        robin.does("whisper", content="<p>To Dora alone</p>")

        until(lambda: "To Dora alone" in said_here(home))
        assert not compared(robin)
        assert followers_here(home, robin) == {dora.path, elio.path}


def test_fedify_refused_nothing_of_all_that(home: Home, robin: Peer) -> None:
    arrived = robin.does("arrived")
    for activity in (each["activity"] for each in arrived):
        assert robin.does("proof", document=activity)["actor"] == activity["actor"]

    assert robin.does("refused") == []
    assert {each["signature"] for each in arrived} == {"cavage"}


def begin_to_follow(home: Home, me: Actor, robin: Peer) -> None:
    before = len(robin.does("followers"))
    with home.desk() as desk:
        persona.follow(desk, me, robin.id, inbox=f"{robin.id}/inbox")
    until(lambda: len(robin.does("followers")) > before)
    until(lambda: me.path in followers_here(home, robin))


def followers_here(home: Home, robin: Peer) -> set[str]:
    """List who here follows Robin, as far as this node knows."""
    query = "select actor from following where followed = :robin and state = 'accepted'"
    return {path for (path,) in home.rows(query, robin=robin.id)}


def said_here(home: Home) -> str:
    return str(home.rows("select content from remote_post"))


def compared(robin: Peer) -> list[str]:
    """List the questions that Robin got about followers on this node."""
    return [url for url in robin.does("asked") if "/followers?base-url=" in url]


def counts(post: str) -> tuple[int, int]:
    return get(f"{post}/likes")["totalItems"], get(f"{post}/shares")["totalItems"]


def votes(poll: Any) -> dict[str, int]:
    return {each["name"]: each["replies"]["totalItems"] for each in poll["oneOf"]}


def answered(robin: Peer) -> set[str]:
    return {each["object"]["id"] for each in robin.received("Accept")}


def states(home: Home, actor: str) -> list[str]:
    found = home.rows("select state from following where actor = :actor", actor=actor)
    return [state for (state,) in found]


def kept(home: Home) -> set[str]:
    return {id for (id,) in home.rows("select id from remote_post")}
