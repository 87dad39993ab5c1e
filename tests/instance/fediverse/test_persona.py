"""A member with an actor of their own follows, reads, writes and leaves."""

from pathlib import Path
from typing import Any

import pytest

from activitypub import documents
from activitypub.canonical import JsonObject
from confederation.errors import Invalid, NotEntitled, Unknown
from instance import reception, speech
from instance.desk import Desk
from instance.fediverse import lookup, persona
from instance.store import deliveries, personas, posts, remote_posts, timeline
from instance.store.posts import Actor
from instance.store.timeline import Post
from tests.instance.elsewhere import SAM, TOM, Account
from tests.instance.house import House, a_house
from tests.instance.kept import standing_in
from tests.instance.personas import (
    announce,
    answer,
    body,
    create,
    following,
    hear,
    note,
    sent,
)

END = ("9999", "")


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


def test_nobody_has_an_actor_who_did_not_ask_for_one(harbour: House) -> None:
    with harbour.desk() as desk:
        with pytest.raises(NotEntitled):
            persona.of(desk, harbour.members[0])

        assert named(desk, "ada") is None


def test_whoever_asks_is_found_under_their_name(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)

        found = named(desk, "ada")

        assert found is not None
        document = lookup.actor(desk, ada.path)
        assert document is not None
        assert document["type"] == "Person"
        assert document["preferredUsername"] == "ada"
        assert standing_in(ada.path, "ada") == []


def test_nobody_is_searched_who_did_not_say_so_and_every_assembly_is(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)

        one = lookup.actor(desk, ada.path)
        group = lookup.actor(desk, speech.group_path(desk))

        assert one is not None
        assert group is not None
        assert one["indexable"] is False
        assert group["indexable"] is True


@pytest.mark.parametrize(
    "name",
    [
        "harbour",
        "HARBOUR",
        "harb0ur",
        "har_bour",
        "harbour_clerk",
        "harbourcierk",
        "clerk",
        "c1erk",
        "admin",
        "delegate_of_all",
        "teller",
        "ben",
        "b_en",
        "aдa",
        "ada lovelace",
        "a",
        "ada/..",
        "1ada",
        "x" * 31,
        "",
    ],
)
def test_a_name_that_could_be_taken_for_another_is_not_given(
    harbour: House, name: str
) -> None:
    with harbour.desk() as desk:
        persona.become(desk, harbour.members[1], username="ben", name="Ben")

        with pytest.raises(Invalid):
            a_persona(desk, harbour, username=name)


def test_who_takes_their_actor_back_is_gone_and_the_name_with_them(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        followed_by(desk, ada, SAM)
        id = persona.write(desk, ada, "Hello")
        persona.leave(desk, ada)

        tombstone = lookup.actor(desk, ada.path)
        assert tombstone is not None
        assert tombstone["type"] == "Tombstone"
        assert named(desk, "ada") is None
        assert body_of(desk, id)["type"] == "Tombstone"
        assert [each["object"] for each in sent(desk, SAM, "Delete")] == [
            speech.address(desk, ada.path)
        ]
        with pytest.raises(Invalid):
            persona.become(desk, harbour.members[1], username="ada", name="Ada")
        row = desk.connection.execute("select * from persona").fetchone()
        assert row["member"] is None


def test_a_follow_is_pending_until_it_is_accepted(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        persona.follow(desk, ada, SAM.id, inbox=f"{SAM.id}/inbox")
        [follow] = sent(desk, SAM, "Follow")
        assert state(desk, ada, SAM) == "asked"

        hear(desk, SAM, answer("Accept", follow))

        assert state(desk, ada, SAM) == "accepted"


def test_an_answer_to_what_was_not_asked_changes_nothing(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        never = documents.follow(
            SAM.id,
            id=speech.address(desk, "a/none"),
            who=speech.address(desk, ada.path),
        )

        says = hear(desk, SAM, answer("Accept", never))

        assert says == "ignored: nothing of ours waits for this"
        assert personas.following(desk.connection, ada.path, SAM.id) is None


def test_nobody_answers_for_somebody_else(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        persona.follow(desk, ada, SAM.id, inbox=f"{SAM.id}/inbox")
        [follow] = sent(desk, SAM, "Follow")

        hear(desk, TOM, answer("Accept", follow, by=TOM))

        assert state(desk, ada, SAM) == "asked"


def test_a_refusal_ends_what_was_accepted_and_an_acceptance_does_not_return(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        follow = following(desk, ada, SAM)

        hear(desk, SAM, answer("Reject", follow))
        hear(desk, SAM, answer("Accept", follow))

        assert state(desk, ada, SAM) == "refused"


def test_who_unfollows_says_so_and_sees_no_more(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        hear(desk, SAM, create(note(SAM, 1)))
        assert len(home(desk, ada)) == 1

        persona.unfollow(desk, ada, SAM.id)

        assert home(desk, ada) == []
        [undo] = sent(desk, SAM, "Undo")
        assert undo["object"]["type"] == "Follow"


def test_posts_of_those_whom_nobody_follows_are_not_kept(harbour: House) -> None:
    with harbour.desk() as desk:
        a_persona(desk, harbour)

        says = hear(desk, SAM, create(note(SAM, 1)))

        assert says == "ignored: nobody here follows its author"
        assert remote_posts.reply(desk.connection, f"{SAM.base}/n/1") is None


def test_what_is_for_followers_is_read_by_those_who_follow_alone(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        ben = a_persona(desk, harbour, who=1, username="bendix")
        following(desk, ada, SAM)
        private = note(SAM, 1, to=[f"{SAM.id}/followers"])

        hear(desk, SAM, create(private))

        assert [post.id for post in home(desk, ada)] == [private["id"]]
        assert home(desk, ben) == []
        assert seen(desk, ben, private["id"]) is None


def test_what_is_for_one_is_read_by_that_one_alone(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        ben = a_persona(desk, harbour, who=1, username="bendix")
        following(desk, ben, SAM)
        direct = note(SAM, 1, to=[speech.address(desk, ada.path)])

        hear(desk, SAM, create(direct))

        assert [post.id for post in home(desk, ada)] == [direct["id"]]
        assert home(desk, ben) == []
        assert seen(desk, ben, direct["id"]) is None


def test_what_is_handed_on_by_somebody_followed_is_shown_once(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        following(desk, ada, TOM)
        hear(desk, TOM, create(note(TOM, 1)))

        hear(desk, SAM, announce(SAM, 2, f"{TOM.base}/n/1"))

        [post] = home(desk, ada)
        assert post.by in {SAM.id, None}
        assert post.author == TOM.id


def test_page_after_page_shows_each_post_once(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        for number in range(25):
            at = f"2026-11-20T12:00:{number:02}Z"
            hear(desk, SAM, create(note(SAM, number, published=at)))
        for_others = note(SAM, 99, to=[f"{TOM.id}"])
        hear(desk, SAM, create(for_others))

        seen_ids: list[str] = []
        before = END
        for size in (10, 10, 5):
            page = timeline.home(
                desk.connection,
                me=ada.path,
                address=speech.address(desk, ada.path),
                before=before,
                most=10,
            )
            assert len(page) == size
            seen_ids += [post.id for post in page]
            before = page[-1].at, page[-1].id

        assert seen_ids == [f"{SAM.base}/n/{n}" for n in reversed(range(25))]


def test_who_takes_back_a_handing_on_takes_back_their_own_alone(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        boost = announce(SAM, 2, f"{TOM.base}/n/1")
        hear(desk, SAM, boost)

        hear(desk, TOM, {**undo(boost), "actor": TOM.id})
        assert boosts(desk) == [boost["id"]]
        hear(desk, SAM, undo(boost))

        assert boosts(desk) == []


def test_a_post_goes_to_followers_and_a_direct_one_does_not(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        followed_by(desk, ada, SAM)

        persona.write(desk, ada, "For all <b>")
        persona.write(desk, ada, "For followers", visibility="followers")

        public, private = sent(desk, SAM, "Create")
        assert public["object"]["content"] == "<p>For all &lt;b&gt;</p>"
        assert documents.PUBLIC in public["to"]
        assert private["to"] == [f"{speech.address(desk, ada.path)}/followers"]
        assert documents.PUBLIC not in [*private["to"], *private["cc"]]


def test_a_reply_to_what_is_not_for_everybody_goes_to_its_author_alone(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        followed_by(desk, ada, TOM)
        hear(desk, SAM, create(note(SAM, 1, to=[f"{SAM.id}/followers"])))
        post = seen(desk, ada, f"{SAM.base}/n/1")
        assert post is not None

        answered = persona.Answered(
            post=post, inbox=f"{SAM.id}/inbox", name="@sam@127.0.0.2:8100"
        )
        persona.write(desk, ada, "Me too", answering=answered)

        assert sent(desk, TOM, "Create") == []
        [reply] = sent(desk, SAM, "Create")
        assert reply["to"] == [SAM.id]
        assert reply["cc"] == []
        persona.erase(desk, ada, reply["object"]["id"])
        assert sent(desk, TOM, "Delete") == []
        assert len(sent(desk, SAM, "Delete")) == 1
        [tag] = reply["object"]["tag"]
        assert tag == documents.mention(SAM.id, name="@sam@127.0.0.2:8100")


def test_what_is_written_for_members_is_no_part_of_the_assembly(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        group = speech.group_path(desk)
        follow = documents.follow(
            speech.address(desk, group), id=SAM.new_id(), who=SAM.id
        )
        hear(desk, SAM, follow)
        hear(desk, SAM, create(note(SAM, 1)))
        mine = persona.write(desk, ada, "Hello")
        hear(desk, SAM, create(note(SAM, 2, inReplyTo=mine)))
        changed = note(SAM, 1, content="<p>x</p>", updated="2026-11-21T12:00:00Z")

        hear(desk, SAM, {**create(changed), "id": f"{SAM.base}/u", "type": "Update"})

        announced = desk.connection.execute("select count(*) from handed_on")
        assert announced.fetchone()[0] == 0
        assert {post.content for post in home(desk, ada)} >= {"<p>x</p>"}


def test_what_is_not_for_everybody_is_not_handed_on(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        hear(desk, SAM, create(note(SAM, 1, to=[f"{SAM.id}/followers"])))
        post = seen(desk, ada, f"{SAM.base}/n/1")
        assert post is not None

        with pytest.raises(Invalid):
            persona.do(desk, ada, "Announce", post, inbox=f"{SAM.id}/inbox")


def test_a_like_is_sent_once_and_can_be_taken_back(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        hear(desk, SAM, create(note(SAM, 1)))
        post = seen(desk, ada, f"{SAM.base}/n/1")
        assert post is not None

        for _ in range(2):
            persona.do(desk, ada, "Like", post, inbox=f"{SAM.id}/inbox")
        persona.undo(desk, ada, "Like", post.id)

        [like] = sent(desk, SAM, "Like")
        [undone] = sent(desk, SAM, "Undo")
        assert undone["object"]["id"] == like["id"]
        assert personas.deeds(desk.connection, actor=ada.path, post=post.id) == {}


def test_nobody_deletes_what_another_wrote(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        ben = a_persona(desk, harbour, who=1, username="bendix")
        id = persona.write(desk, ada, "Mine")

        with pytest.raises(Unknown):
            persona.erase(desk, ben, id)
        assert body_of(desk, id)["type"] == "Note"


def test_a_deleted_post_leaves_a_tombstone_and_everybody_is_told(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        followed_by(desk, ada, SAM)
        id = persona.write(desk, ada, "Never mind")

        persona.erase(desk, ada, id)

        assert body_of(desk, id)["type"] == "Tombstone"
        [gone] = sent(desk, SAM, "Delete")
        assert gone["object"]["id"] == id


def test_members_of_one_node_follow_and_read_each_other_without_the_network(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        ben = a_persona(desk, harbour, who=1, username="bendix")
        address = speech.address(desk, ben.path)
        persona.follow(desk, ada, address, inbox=f"{address}/inbox")

        for _ in range(3):
            deliveries.bring_home(desk.connection, desk.config.base, at=desk.seconds)
            reception.deal_with_arrivals(desk)
        id = persona.write(desk, ben, "For followers", visibility="followers")

        deliveries.bring_home(desk.connection, desk.config.base, at=desk.seconds)
        assert [post.id for post in home(desk, ada)] == [id]
        assert not deliveries.any_due(desk.connection, now=desk.seconds)


def test_posts_from_elsewhere_go_in_time_unless_somebody_cared(harbour: House) -> None:
    with harbour.desk() as desk:
        ada = a_persona(desk, harbour)
        following(desk, ada, SAM)
        for number in (1, 2):
            hear(desk, SAM, create(note(SAM, number)))
        liked = seen(desk, ada, f"{SAM.base}/n/2")
        assert liked is not None
        persona.do(desk, ada, "Like", liked, inbox=f"{SAM.id}/inbox")

        timeline.forget_old(desk.connection, before="9999")

        assert [post.id for post in home(desk, ada)] == [liked.id]


def a_persona(
    desk: Desk, house: House, *, who: int = 0, username: str = "ada"
) -> Actor:
    return persona.become(
        desk, house.members[who], username=username, name=username.title()
    )


def named(desk: Desk, name: str) -> JsonObject | None:
    return lookup.webfinger(desk, f"acct:{name}@{desk.config.host}")


def state(desk: Desk, me: Actor, who: Account) -> str | None:
    found = personas.following(desk.connection, me.path, who.id)
    return None if found is None else found.state


def followed_by(desk: Desk, me: Actor, who: Account) -> None:
    hear(
        desk,
        who,
        documents.follow(speech.address(desk, me.path), id=who.new_id(), who=who.id),
    )


def body_of(desk: Desk, id: str) -> Any:
    row = posts.object_of(desk.connection, id)
    assert row is not None
    return body(row["body"])


def home(desk: Desk, me: Actor) -> list[Post]:
    return timeline.home(
        desk.connection,
        me=me.path,
        address=speech.address(desk, me.path),
        before=END,
        most=50,
    )


def seen(desk: Desk, me: Actor, id: Any) -> Post | None:
    return timeline.post(desk.connection, me=me.path, id=id)


def boosts(desk: Desk) -> list[str]:
    return [row["id"] for row in desk.connection.execute("select id from boost")]


def undo(activity: JsonObject) -> JsonObject:
    return {
        "id": f"{activity['id']}/undo",
        "type": "Undo",
        "actor": activity["actor"],
        "object": activity,
    }
