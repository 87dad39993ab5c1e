"""What people elsewhere do with our posts is counted once, and decides nothing."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, documents, proofs
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, NotAuthentic
from confederation.identifiers import MemberId
from instance import reception, speech
from instance.desk import Desk
from instance.fediverse import moderation, persona
from instance.fediverse.judgement import Severity
from instance.node import Node
from instance.store import inbound, people, personas, polls, posts
from instance.store.database import Database
from instance.web.fediverse import posts as web_posts
from tests.instance.elsewhere import SAM, TOM, Account
from tests.instance.heard import HOUR, Heard
from tests.instance.house import NOON, House, a_house

OPTIONS = ("Yes", "No", "Later")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("hearing"))


@pytest.fixture
def harbour(house: House, tmp_path: Path) -> Iterator[Heard]:
    copied = tmp_path / "harbour"
    shutil.copytree(house.config.directory, copied)
    moved = replace(house, config=replace(house.config, directory=copied))
    with moved.desk() as desk:
        for account in (SAM, TOM):
            inbound.keep_remote_actor(
                desk.connection,
                account.id,
                document=account.document,
                learned_at=desk.seconds,
                asked_at=desk.seconds,
            )
        yield Heard(desk=desk)


def test_a_like_counts_once_however_often_it_comes(harbour: Heard) -> None:
    post = a_post(harbour)

    said = [harbour.hear(SAM, "Like", post) for _ in range(2)]
    harbour.hear(TOM, "Like", {"id": post, "type": "Note"})

    assert said == ["like kept", "ignored: that like is known"]
    assert harbour.get(f"{post}/likes")["totalItems"] == 2


def test_a_like_can_be_taken_back_by_its_author_and_nobody_else(harbour: Heard) -> None:
    post = a_post(harbour)
    harbour.hear(SAM, "Like", post)
    like: JsonObject = {"id": harbour.said[-1], "type": "Like", "object": post}

    for undone in (like, harbour.said[-1]):
        harbour.hear(TOM, "Undo", undone)
    assert harbour.get(f"{post}/likes")["totalItems"] == 1

    assert harbour.hear(SAM, "Undo", like) == "taken back"
    assert harbour.get(f"{post}/likes")["totalItems"] == 0


def test_a_like_is_undone_by_its_id_alone_or_by_what_it_was(harbour: Heard) -> None:
    post = a_post(harbour)

    harbour.hear(SAM, "Like", post)
    assert harbour.hear(SAM, "Undo", harbour.said[-1]) == "taken back"
    harbour.hear(SAM, "Announce", post)
    other: JsonObject = {"id": SAM.new_id(), "type": "Announce", "object": post}
    assert harbour.hear(SAM, "Undo", other) == "taken back"

    assert harbour.count("reaction") == 0


def test_whoever_shares_a_post_is_in_its_collection_of_shares(harbour: Heard) -> None:
    post = a_post(harbour)

    harbour.hear(SAM, "Announce", post)

    shares = harbour.get(f"{post}/shares")
    assert (shares["totalItems"], shares["orderedItems"]) == (1, harbour.said)


def test_a_picture_that_somebody_answers_with_is_no_like(harbour: Heard) -> None:
    post = a_post(harbour)

    said = [
        harbour.hear(SAM, "EmojiReact", post, content=content)
        for content in ("🎉", "🎉", "🌊")
    ]

    assert said == ["sign kept", "ignored: that sign is known", "sign kept"]
    assert harbour.get(f"{post}/likes")["totalItems"] == 0


def test_what_is_not_ours_is_neither_liked_nor_shared_here(harbour: Heard) -> None:
    base = harbour.desk.config.base
    whats: tuple[JsonValue, ...]
    whats = (f"{base}/n/none", "https://c.example/1", None, [], 1)

    for kind in ("Like", "Announce", "EmojiReact", "Join"):
        for what in whats:
            assert harbour.hear(SAM, kind, what).startswith("ignored")

    assert harbour.count("reaction") == harbour.count("attendance") == 0


def test_a_post_has_no_collection_that_it_does_not_name(harbour: Heard) -> None:
    post = a_post(harbour)

    assert harbour.get(f"{post}/secrets") is None


def test_each_counts_once_where_one_answer_may_be_given(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")

    vote(harbour, SAM, poll, "Yes")
    vote(harbour, SAM, poll, "Yes")
    vote(harbour, SAM, poll, "No")
    vote(harbour, TOM, poll, "No")

    assert results(harbour, poll) == {"Yes": 1, "No": 1, "Later": 0}
    assert harbour.get(poll)["votersCount"] == 2


def test_the_database_itself_holds_no_second_answer(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")
    vote(harbour, SAM, poll, "Yes")

    with pytest.raises(sqlite3.IntegrityError):
        harbour.desk.connection.execute(
            """
            insert into poll_vote (poll, actor, option, alone, vote, at)
            values (:poll, :actor, 1, 1, 'https://b.example/1', 0)
            """,
            {"poll": poll, "actor": SAM.id},
        )


async def test_of_fifty_answers_at_once_one_counts(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")
    votes = [answer(SAM, poll, OPTIONS[n % 3]) for n in range(50)]
    harbour.desk.connection.commit()

    async with Database(harbour.desk.config.database) as database:
        node = Node(harbour.desk.config, database, clock=lambda: NOON)

        async def arrive(note: JsonObject) -> None:
            activity: JsonObject = {
                "id": f"{note['id']}/create",
                "type": "Create",
                "actor": SAM.id,
                "object": note,
            }
            await node.work(lambda desk: reception.deal_with(desk, SAM.id, activity))

        await asyncio.gather(*map(arrive, votes))

    harbour.desk.connection.execute("begin")
    assert sum(results(harbour, poll).values()) == 1


def test_each_option_counts_once_where_many_may_be_chosen(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="any")

    for option in ("Yes", "Yes", "Later"):
        vote(harbour, SAM, poll, option)

    assert results(harbour, poll) == {"Yes": 1, "No": 0, "Later": 1}
    assert harbour.get(poll)["votersCount"] == 1


def test_all_that_one_list_answers_counts_as_if_each_came_alone(
    harbour: Heard,
) -> None:
    poll = a_poll(harbour, choose="any")

    says = harbour.hear(
        SAM, "Create", [answer(SAM, poll, option) for option in ("Yes", "No", "Yes")]
    )

    assert says == "2 of 3 answers to a poll counted"
    assert results(harbour, poll) == {"Yes": 1, "No": 1, "Later": 0}


def test_a_list_counts_one_answer_where_one_may_be_given(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")

    harbour.hear(SAM, "Create", [answer(SAM, poll, name) for name in ("Yes", "No")])

    assert results(harbour, poll) == {"Yes": 1, "No": 0, "Later": 0}


def test_an_answer_after_the_end_does_not_count(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")
    late = Heard(desk=replace(harbour.desk, now=NOON + HOUR))

    vote(late, SAM, poll, "Yes")

    assert results(harbour, poll) == {"Yes": 0, "No": 0, "Later": 0}


def test_an_answer_after_a_poll_was_closed_does_not_count(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")
    polls.close(harbour.desk.connection, poll, at=harbour.desk.seconds)

    vote(harbour, SAM, poll, "Yes")

    assert results(harbour, poll)["Yes"] == 0
    assert harbour.get(poll)["closed"] == canonical.write_time(NOON)


def test_an_answer_that_is_none_of_the_options_does_not_count(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="any")

    for option in ("Perhaps", "Yes and no", "0", "'; drop table poll; --"):
        vote(harbour, SAM, poll, option)

    assert harbour.count("poll_vote") == 0


def test_nobody_answers_a_poll_in_anothers_name(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")

    with pytest.raises(NotAuthentic):
        harbour.hear(TOM, "Create", [answer(TOM, poll, "No"), answer(SAM, poll, "Yes")])

    elsewhere = {**answer(SAM, poll, "Yes"), "id": f"{TOM.base}/a/1"}
    with pytest.raises(Malformed):
        harbour.hear(SAM, "Create", elsewhere)
    assert harbour.count("poll_vote") == 0


def test_an_answer_with_a_text_is_a_reply(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")
    reply = {**answer(SAM, poll, "Yes"), "content": "<p>Yes, but…</p>"}

    says = harbour.hear(SAM, "Create", {**reply, "to": documents.PUBLIC})

    assert says == "reply kept"
    assert results(harbour, poll)["Yes"] == 0


def test_options_that_look_the_same_are_one(harbour: Heard) -> None:
    poll = a_poll(harbour, choose="one")

    vote(harbour, SAM, poll, "ＹＥＳ")

    assert results(harbour, poll)["Yes"] == 1


def test_an_answer_is_no_ballot(harbour: Heard) -> None:
    before = harbour.count("event")
    poll = a_poll(harbour, choose="one")

    vote(harbour, SAM, poll, "Yes")

    assert results(harbour, poll)["Yes"] == 1
    assert harbour.count("event") == before


def test_a_guest_is_accepted_with_the_id_of_their_own_request(harbour: Heard) -> None:
    meeting = a_meeting(harbour)

    assert harbour.hear(SAM, "Join", meeting) == "guest accepted"

    [accept] = harbour.sent()
    assert (accept["type"], accept["object"]["id"]) == ("Accept", harbour.said[-1])
    assert harbour.get(meeting)["participantCount"] == 1


def test_a_guest_comes_once_and_may_stay_away_after_all(harbour: Heard) -> None:
    meeting = a_meeting(harbour)

    for _ in range(2):
        harbour.hear(SAM, "Join", meeting)
    harbour.hear(TOM, "Join", meeting)
    assert harbour.get(meeting)["participantCount"] == 2

    harbour.hear(SAM, "Leave", meeting)
    assert harbour.hear(TOM, "Undo", harbour.said[2]) == "guest gone"
    assert harbour.get(meeting)["participantCount"] == 0


def test_nobody_sends_another_guest_away(harbour: Heard) -> None:
    meeting = a_meeting(harbour)
    harbour.hear(SAM, "Join", meeting)
    join: JsonObject = {"id": harbour.said[-1], "type": "Join", "object": meeting}

    for kind, object in (("Undo", join), ("Undo", join["id"]), ("Leave", meeting)):
        harbour.hear(TOM, kind, object)

    assert harbour.get(meeting)["participantCount"] == 1


def test_nobody_joins_a_meeting_that_is_over(harbour: Heard) -> None:
    meeting = a_meeting(harbour)
    late = Heard(desk=replace(harbour.desk, now=NOON + 3 * HOUR))

    assert late.hear(SAM, "Join", meeting) == "guest refused: it is over"

    assert [each["type"] for each in harbour.sent()] == ["Reject"]
    assert harbour.get(meeting)["participantCount"] == 0


def test_who_answers_a_poll_that_they_come_is_a_guest(harbour: Heard) -> None:
    meeting = a_meeting(harbour)
    poll = a_poll(harbour, choose="one", event=meeting)
    harbour.hear(TOM, "Join", meeting)

    vote(harbour, SAM, poll, "Yes")
    vote(harbour, TOM, poll, "No")

    assert harbour.get(meeting)["participantCount"] == 1


def test_who_comes_is_told_to_nobody(harbour: Heard) -> None:
    meeting = a_meeting(harbour)
    harbour.hear(SAM, "Join", meeting)

    assert SAM.id not in str(harbour.get(meeting))


def test_all_that_somebody_did_goes_with_them(harbour: Heard) -> None:
    post, poll = a_post(harbour), a_poll(harbour, choose="one")
    meeting = a_meeting(harbour)
    harbour.hear(SAM, "Like", post)
    harbour.hear(SAM, "Join", meeting)
    vote(harbour, SAM, poll, "Yes")
    reply(harbour, SAM, to=post)
    is_followed(harbour, SAM)
    harbour.hear(SAM, "Announce", "https://b.example/1")

    harbour.hear(SAM, "Delete", SAM.id)

    for table in ("reaction", "attendance", "poll_vote", "following", "boost"):
        assert harbour.count(table) == 0
    assert shown(harbour, post) == ()


def test_answers_to_answers_belong_to_what_the_first_one_answered(
    harbour: Heard,
) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)
    second = reply(harbour, TOM, to=first)
    third = reply(harbour, SAM, to=second)

    listed = harbour.get(f"{post}/replies")["orderedItems"]
    assert sorted(listed) == sorted([first, second, third])
    assert [each.depth for each in shown(harbour, post)] == [0, 1, 2]


def test_a_reply_that_is_taken_back_leaves_its_place_to_what_answers_it(
    harbour: Heard,
) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)
    reply(harbour, TOM, to=first)

    harbour.hear(SAM, "Delete", {"id": first, "type": "Tombstone"})

    empty, answer = shown(harbour, post)
    assert (empty.deleted, empty.author, empty.html) == (True, "", "")
    assert not answer.deleted


def test_a_reply_that_is_taken_back_and_that_nothing_answers_is_gone(
    harbour: Heard,
) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)

    harbour.hear(SAM, "Delete", first)

    assert shown(harbour, post) == ()
    assert harbour.get(f"{post}/replies")["orderedItems"] == []


def test_what_was_taken_back_does_not_come_again(harbour: Heard) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)
    harbour.hear(SAM, "Delete", first)

    again = harbour.hear(SAM, "Create", a_note(SAM, id=first, to=post))
    changed = harbour.hear(SAM, "Update", a_note(SAM, id=first, to=post))

    assert again == "ignored: that reply is known"
    assert changed.startswith("ignored")
    assert shown(harbour, post) == ()


def test_nobody_changes_or_takes_back_the_reply_of_another(harbour: Heard) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)
    mallory = neighbour_of(SAM)

    harbour.hear(mallory, "Delete", first)
    for note in (a_note(SAM, id=first), a_note(mallory, id=first)):
        with pytest.raises(NotAuthentic):
            harbour.hear(mallory, "Update", note)

    [kept] = shown(harbour, post)
    assert kept.html == "<p>Here too.</p>"


def test_nobody_changes_a_post_of_their_own_into_one_of_another(harbour: Heard) -> None:
    post, mallory = a_post(harbour), neighbour_of(SAM)
    own = reply(harbour, mallory, to=post)

    with pytest.raises(NotAuthentic, match="Only its author"):
        harbour.hear(mallory, "Update", a_note(mallory, id=own, attributedTo=SAM.id))


def test_nobody_says_anything_in_the_name_of_a_neighbour(harbour: Heard) -> None:
    post = a_post(harbour)
    mallory = neighbour_of(SAM)

    harbour.hear(mallory, "Create", a_note(mallory, to=post, attributedTo=SAM.id))

    assert shown(harbour, post) == ()
    assert harbour.count("remote_post") == 0


def test_an_id_that_is_taken_is_not_given_to_another_author(harbour: Heard) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)
    mallory = neighbour_of(SAM)

    with pytest.raises(NotAuthentic):
        harbour.hear(mallory, "Create", a_note(mallory, id=first, to=post))

    [kept] = shown(harbour, post)
    assert "sam" in kept.author


def test_an_older_form_of_a_reply_does_not_come_back(harbour: Heard) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)

    for hour, text in ((2, "new"), (1, "old")):
        updated = canonical.write_time(NOON + hour * HOUR)
        changed = a_note(SAM, id=first, to=post, content=text, updated=updated)
        harbour.hear(SAM, "Update", changed)

    assert [each.html for each in shown(harbour, post)] == ["new"]


@pytest.mark.parametrize("audience", [[], [f"{SAM.id}/followers"], [SAM.id]])
def test_a_reply_that_is_not_for_everyone_is_shown_to_nobody(
    harbour: Heard, audience: list[JsonValue]
) -> None:
    post = a_post(harbour)
    clerk = speech.address(harbour.desk, speech.clerk_path(harbour.desk))

    harbour.hear(SAM, "Create", a_note(SAM, to=post, audience=[clerk, *audience]))

    assert shown(harbour, post) == ()
    assert harbour.get(f"{post}/replies")["orderedItems"] == []


def test_what_answers_a_private_post_is_not_shown_either(harbour: Heard) -> None:
    post = a_post(harbour)
    private = a_note(SAM, to=post, audience=[TOM.id])
    harbour.hear(SAM, "Create", private)

    reply(harbour, TOM, to=str(private["id"]))

    assert shown(harbour, post) == ()


def test_what_answers_a_post_that_became_private_is_not_shown(
    harbour: Heard,
) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)
    narrowed = a_note(SAM, id=first, to=post, audience=[f"{SAM.id}/followers"])
    harbour.hear(SAM, "Update", narrowed)

    reply(harbour, TOM, to=first)

    assert shown(harbour, post) == ()
    assert harbour.get(f"{post}/replies")["orderedItems"] == []


def test_an_audience_is_never_widened(harbour: Heard) -> None:
    post = a_post(harbour)
    first = reply(harbour, SAM, to=post)

    for audience in ([f"{SAM.id}/followers"], [documents.PUBLIC]):
        harbour.hear(SAM, "Update", a_note(SAM, id=first, to=post, audience=audience))

    assert shown(harbour, post) == ()


def test_nobody_lets_themselves_in_by_sending_a_private_post_again(
    harbour: Heard,
) -> None:
    desk, mallory = harbour.desk, neighbour_of(SAM)
    for member, name in zip(members(desk), ("ada", "ben"), strict=False):
        persona.become(desk, member, username=name, name=name.title())
    ada, ben = (named(desk, name) for name in ("ada", "ben"))
    private = a_note(SAM, audience=[ada])
    harbour.hear(SAM, "Create", private)

    again = a_note(SAM, id=private["id"], audience=[ada, ben])
    assert harbour.hear(SAM, "Create", again) == "ignored: that post is known"
    stolen = a_note(mallory, id=private["id"], audience=[ben])
    with pytest.raises(NotAuthentic):
        harbour.hear(mallory, "Create", stolen)

    [row] = desk.connection.execute("select actor from addressed").fetchall()
    assert speech.address(desk, row["actor"]) == ada


def test_what_is_folded_elsewhere_is_folded_here(harbour: Heard) -> None:
    post = a_post(harbour)

    harbour.hear(SAM, "Create", a_note(SAM, to=post, summary="Mould"))

    [kept] = shown(harbour, post)
    assert kept.folded == "Mould"


def test_what_is_not_here_is_not_fetched_because_it_is_gone(harbour: Heard) -> None:
    gone = f"{SAM.base}/notes/9"

    for kind in ("Delete", "Remove"):
        harbour.hear(SAM, kind, gone)
    like: JsonObject = {"id": gone, "type": "Like", "object": gone}
    whats: tuple[JsonValue, ...] = (gone, like)
    for inner in whats:
        harbour.hear(SAM, "Undo", inner)

    assert harbour.count("errand") == 0


def test_what_a_follower_writes_here_is_handed_on_to_groups(harbour: Heard) -> None:
    harbour.hear(TOM, "Follow", harbour.desk.config.group)
    post = a_post(harbour)
    first = reply(harbour, TOM, to=post)
    reply(harbour, SAM, to=post)
    harbour.hear(TOM, "Update", a_note(TOM, id=first, to=post, content="Changed"))
    harbour.hear(TOM, "Delete", first)

    rows = harbour.desk.connection.execute("select actor from handed_on")

    assert [row["actor"] for row in rows] == [TOM.id] * 3


def test_a_follower_begins_a_thread_in_our_group(harbour: Heard) -> None:
    group = harbour.desk.config.group
    harbour.hear(SAM, "Follow", group)
    page = a_note(SAM, audience=[documents.PUBLIC, group], type="Page", name="Ramp")

    assert harbour.hear(SAM, "Create", page) == "thread kept"
    reply(harbour, TOM, to=str(page["id"]))

    threads = web_posts.begun_elsewhere(harbour.desk).replies
    assert [(each.title, each.depth) for each in threads] == [("Ramp", 0), (None, 1)]
    kept = harbour.desk.connection.execute("select activity from handed_on")
    assert [row["activity"] for row in kept] == [harbour.said[1]]


def test_only_who_follows_and_is_not_kept_away_begins_a_thread(harbour: Heard) -> None:
    group = harbour.desk.config.group
    harbour.hear(TOM, "Follow", group)
    moderation.decide(harbour.desk, TOM.id, Severity.SILENCE, by=None)

    for account, audience in (
        (SAM, [documents.PUBLIC, group]),
        (TOM, [documents.PUBLIC, group]),
        (TOM, [group]),
        (TOM, [documents.PUBLIC]),
    ):
        harbour.hear(account, "Create", a_note(account, audience=audience))

    assert web_posts.begun_elsewhere(harbour.desk).replies == ()
    assert harbour.count("handed_on") == 0


def test_what_a_group_passes_on_counts_if_its_author_vouches_for_it(
    harbour: Heard,
) -> None:
    post, lou = a_post(harbour), an_author(harbour)
    note = a_note(lou.account, to=post)

    says = harbour.hear(TOM, "Announce", lou.vouch("Create", note))

    assert says == "reply kept"
    assert [each.html for each in shown(harbour, post)] == ["<p>Here too.</p>"]
    assert harbour.count("errand") == 0


def test_what_a_group_forges_counts_for_nobody(harbour: Heard) -> None:
    post, lou = a_post(harbour), an_author(harbour)
    forged = lou.vouch("Create", a_note(lou.account, to=post))
    forged["object"] = a_note(lou.account, to=post, content="<p>We are all for it.</p>")

    says = harbour.hear(TOM, "Announce", forged)

    assert says == "asked where it was written"
    assert shown(harbour, post) == ()


def test_what_nobody_vouches_for_is_asked_where_it_was_written(harbour: Heard) -> None:
    post = a_post(harbour)
    note = a_note(SAM, to=post)
    create: JsonObject = {"id": SAM.new_id(), "type": "Create", "actor": SAM.id}

    harbour.hear(TOM, "Announce", {**create, "object": note})

    rows = harbour.desk.connection.execute("select kind, url from errand").fetchall()
    assert [tuple(row) for row in rows] == [("post", note["id"])]
    assert shown(harbour, post) == ()


def test_a_group_takes_nothing_of_others_back(harbour: Heard) -> None:
    post, lou = a_post(harbour), an_author(harbour)
    note = a_note(lou.account, to=post)
    harbour.hear(lou.account, "Create", note)
    delete: JsonObject = {"id": TOM.new_id(), "type": "Delete", "actor": lou.account.id}

    says = harbour.hear(TOM, "Announce", {**delete, "object": note["id"]})
    assert says == "ignored: nobody vouches for it"
    assert len(shown(harbour, post)) == 1

    harbour.hear(TOM, "Announce", lou.vouch("Delete", note["id"]))
    assert shown(harbour, post) == ()


def test_what_is_passed_on_and_concerns_nobody_here_is_not_kept(
    harbour: Heard,
) -> None:
    lou = an_author(harbour)

    says = harbour.hear(TOM, "Announce", lou.vouch("Create", a_note(lou.account)))

    assert says == "ignored: it concerns nobody here"
    assert harbour.count("remote_post") == harbour.count("errand") == 0


def test_an_answer_to_a_poll_that_is_passed_on_does_not_count(harbour: Heard) -> None:
    poll, lou = a_poll(harbour, choose="one"), an_author(harbour)

    vote = lou.vouch("Create", answer(lou.account, poll, "Yes"))
    harbour.hear(TOM, "Announce", vote)

    assert harbour.count("poll_vote") == 0


def test_a_like_that_a_group_passes_on_counts_once_whichever_way_it_comes(
    harbour: Heard,
) -> None:
    post, lou = a_post(harbour), an_author(harbour)

    harbour.hear(lou.account, "Like", post)
    harbour.hear(TOM, "Announce", lou.vouch("Like", post))
    harbour.hear(TOM, "Announce", lou.vouch("Like", post))
    assert harbour.count("reaction") == 1

    taken_back: JsonObject = {"type": "Like", "actor": lou.account.id, "object": post}
    harbour.hear(TOM, "Announce", lou.vouch("Undo", taken_back))
    assert harbour.count("reaction") == 0


def test_a_group_passes_likes_on_of_its_own_server_without_a_proof(
    harbour: Heard,
) -> None:
    post, eve = a_post(harbour), f"{TOM.base}/users/eve"
    like: JsonObject = {"id": TOM.new_id(), "type": "Like", "actor": eve}

    assert harbour.hear(TOM, "Announce", {**like, "object": post}) == "like kept"

    undo: JsonObject = {"id": TOM.new_id(), "type": "Undo", "actor": eve}
    gone = harbour.hear(TOM, "Announce", {**undo, "object": {**like, "object": post}})
    assert gone == "taken back"
    assert harbour.count("reaction") == 0


@pytest.mark.parametrize("forged", ["of another server", "under another's id", "ours"])
def test_a_group_likes_nothing_for_anybody_else(harbour: Heard, forged: str) -> None:
    post, lou = a_post(harbour), an_author(harbour)
    like: JsonObject = {"id": TOM.new_id(), "type": "Like", "object": post}
    match forged:
        case "of another server":
            like |= {"id": lou.account.new_id(), "actor": lou.account.id}
        case "under another's id":
            like |= {"id": lou.account.new_id(), "actor": f"{TOM.base}/users/eve"}
        case _:
            like |= {"actor": harbour.desk.config.group}

    said = harbour.hear(TOM, "Announce", like)

    assert said.startswith("ignored")
    assert harbour.count("reaction") == 0


def test_a_group_takes_no_like_of_others_back(harbour: Heard) -> None:
    post, lou = a_post(harbour), an_author(harbour)
    harbour.hear(lou.account, "Like", post)
    like: JsonObject = {"type": "Like", "actor": lou.account.id, "object": post}
    undo: JsonObject = {"id": lou.account.new_id(), "type": "Undo", "object": like}

    harbour.hear(TOM, "Announce", {**undo, "actor": lou.account.id})
    harbour.hear(TOM, "Announce", {**undo, "id": TOM.new_id(), "actor": TOM.id})

    assert harbour.count("reaction") == 1


def test_nothing_but_posts_and_likes_is_taken_from_inside_what_is_passed_on(
    harbour: Heard,
) -> None:
    post, lou = a_post(harbour), an_author(harbour)

    for kind, what in (
        ("Follow", harbour.desk.config.group),
        ("Undo", post),
        ("Announce", post),
    ):
        harbour.hear(TOM, "Announce", lou.vouch(kind, what))

    assert harbour.count("reaction") == harbour.count("follower") == 0


def test_nothing_is_learned_of_others_from_what_is_embedded(harbour: Heard) -> None:
    post = a_post(harbour)
    mine = proofs.new_key()
    forged = documents.actor(
        "Person",
        id=TOM.id,
        username="tom",
        name="Tom",
        summary="",
        url=TOM.id,
        shared_inbox=f"{TOM.base}/inbox",
        keys=documents.Keys(
            transport=SAM.key.public_key(), assertion=mine.public_key()
        ),
        published=NOON,
    )
    before = known_of(harbour, TOM)

    with pytest.raises(Malformed):
        harbour.hear(SAM, "Create", a_note(SAM, to=post, attributedTo=forged))
    with pytest.raises(Malformed):
        harbour.hear(SAM, "Update", forged)
    harbour.hear(SAM, "Like", post, attributedTo=forged, actor_document=forged)
    harbour.hear(SAM, "Announce", {"type": "Update", "actor": forged, "object": forged})

    assert known_of(harbour, TOM) == before


def test_a_record_without_a_proof_inside_a_post_is_not_filed(harbour: Heard) -> None:
    post = a_post(harbour)
    record: JsonObject = {"type": "Decision", "assembly": "sha256:00", "seq": 1}

    harbour.hear(SAM, "Create", a_note(SAM, to=post, assemblyRecord=record))

    assert harbour.count("entry") == 0


def test_whoever_blocks_us_follows_us_no_more(harbour: Heard) -> None:
    harbour.hear(SAM, "Follow", harbour.desk.config.group)

    harbour.hear(TOM, "Block", harbour.desk.config.group)
    assert harbour.count("follower") == 1

    harbour.hear(SAM, "Block", harbour.desk.config.group)
    assert harbour.count("follower") == 0


def test_nobody_adds_to_our_collections_or_answers_what_was_not_asked(
    harbour: Heard,
) -> None:
    post, group = a_post(harbour), harbour.desk.config.group
    follow: JsonObject = {
        "id": f"{group}#1",
        "type": "Follow",
        "actor": group,
        "object": SAM.id,
    }

    said = [
        harbour.hear(SAM, "Add", post, target=f"{group}/featured"),
        harbour.hear(SAM, "Remove", post, target=f"{group}/moderators"),
        harbour.hear(SAM, "Accept", follow),
        harbour.hear(SAM, "Reject", follow["id"]),
    ]

    assert all(says.startswith("ignored") for says in said)
    assert harbour.get(f"{group}/featured")["orderedItems"] == []
    assert harbour.count("following") == 0


def test_nobody_moves_another(harbour: Heard) -> None:
    with pytest.raises(NotAuthentic):
        harbour.hear(SAM, "Move", TOM.id, target=f"{SAM.base}/users/sam2")


def test_a_move_is_asked_about_once_in_a_week_and_at_both_ends(harbour: Heard) -> None:
    is_followed(harbour, SAM)
    target = "https://new.example/users/sam"

    said = [
        Heard(desk=replace(harbour.desk, now=NOON + days * timedelta(days=1))).hear(
            SAM, "Move", SAM.id, target=target
        )
        for days in (0, 1, 8)
    ]

    again = "ignored: they moved a few days ago"
    assert said == ["asked at both ends", again, "asked at both ends"]
    rows = harbour.desk.connection.execute("select url, because from errand")
    assert [tuple(row) for row in rows] == [(target, SAM.id)]


def test_whoever_nobody_here_follows_moves_without_us(harbour: Heard) -> None:
    harbour.hear(SAM, "Move", SAM.id, target="https://new.example/users/sam")

    assert harbour.count("errand") == 0


def test_nobody_moves_to_where_we_do_not_look(harbour: Heard) -> None:
    is_followed(harbour, SAM)
    moderation.decide(harbour.desk, "new.example", Severity.SUSPEND, by=None)

    harbour.hear(SAM, "Move", SAM.id, target="https://new.example/users/sam")

    assert harbour.count("errand") == 0


def members(desk: Desk) -> list[MemberId]:
    return [MemberId(id) for id in people.names(desk.connection)]


def named(desk: Desk, username: str) -> str:
    actor = posts.actor_named(desk.connection, username)
    assert actor is not None
    return speech.address(desk, actor.path)


def known_of(harbour: Heard, account: Account) -> str:
    row = inbound.remote_actor(harbour.desk.connection, account.id)
    assert row is not None
    return str(row["body"])


def is_followed(harbour: Heard, account: Account) -> None:
    """Let a member of ours follow somebody elsewhere."""
    personas.follow(
        harbour.desk.connection,
        actor="u/ada",
        followed=account.id,
        follow="https://ours.example/a/1",
        inbox=f"{account.id}/inbox",
        at=canonical.write_time(NOON),
    )
    personas.answered(
        harbour.desk.connection,
        followed=account.id,
        follow=None,
        actor="u/ada",
        accepted=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Somebody whose server signs what they write, for whoever passes it on."""

    account: Account
    key: Ed25519PrivateKey

    def vouch(self, kind: str, what: JsonValue) -> JsonObject:
        activity: JsonObject = {
            "@context": [documents.AS2, "https://w3id.org/security/data-integrity/v2"],
            "id": self.account.new_id(),
            "type": kind,
            "actor": self.account.id,
            "object": what,
        }
        return proofs.sign(
            activity,
            self.key,
            verification_method=documents.assertion_key(self.account.id),
            created=NOON,
        )


def an_author(harbour: Heard) -> Author:
    lou = Author(account=Account("http://127.0.0.4:8100"), key=proofs.new_key())
    id = lou.account.id
    known = documents.actor(
        "Person",
        id=id,
        username="lou",
        name="Lou",
        summary="",
        url=id,
        shared_inbox=f"{lou.account.base}/inbox",
        keys=documents.Keys(
            transport=lou.account.key.public_key(), assertion=lou.key.public_key()
        ),
        published=NOON,
    )
    inbound.keep_remote_actor(
        harbour.desk.connection,
        id,
        document=known,
        learned_at=harbour.desk.seconds,
        asked_at=harbour.desk.seconds,
    )
    return lou


def a_post(harbour: Heard) -> str:
    return speech.say(harbour.desk, html="<p>Soup at six</p>", title="Soup")


def a_poll(harbour: Heard, *, choose: polls.Choose, event: str | None = None) -> str:
    """Ask a question with three options that closes in an hour."""
    desk, names = harbour.desk, OPTIONS
    asked = documents.question(
        speech.a_post(desk, html="<p>Shall we mend the wall?</p>"),
        documents.Poll(
            options=tuple((name, 0) for name in names),
            choose=choose,
            voters=0,
            ends_at=NOON + HOUR,
        ),
    )
    poll = speech.publish(desk, asked, by=speech.clerk_path(desk))
    polls.begin(
        desk.connection,
        object=poll,
        options=names,
        choose=choose,
        ends_at=int((NOON + HOUR).timestamp()),
        event=event,
    )
    return poll


def a_meeting(harbour: Heard) -> str:
    """Call a meeting that begins in an hour and lasts for one."""
    desk = harbour.desk
    called = documents.event(
        speech.a_post(desk, html="<p>We talk about the wall.</p>"),
        documents.Gathering(
            starts_at=NOON + HOUR,
            ends_at=NOON + 2 * HOUR,
            place=None,
            status="CONFIRMED",
            coming=0,
        ),
        name="The wall",
        summary="<p>In an hour</p>",
    )
    return speech.publish(desk, called, by=speech.clerk_path(desk))


def answer(account: Account, poll: str, option: str) -> JsonObject:
    return {
        "id": account.new_id(),
        "type": "Note",
        "attributedTo": account.id,
        "inReplyTo": poll,
        "name": option,
    }


def vote(harbour: Heard, account: Account, poll: str, option: str) -> str:
    return harbour.hear(account, "Create", answer(account, poll, option))


def results(harbour: Heard, poll: str) -> dict[str, int]:
    asked = harbour.get(poll)
    return {
        option["name"]: option["replies"]["totalItems"]
        for option in asked.get("oneOf") or asked["anyOf"]
    }


def a_note(
    account: Account,
    *,
    to: str | None = None,
    audience: Sequence[JsonValue] = (documents.PUBLIC,),
    **more: JsonValue,
) -> JsonObject:
    """Write what somebody elsewhere says, in answer to a post or to none."""
    return {
        "id": account.new_id(),
        "type": "Note",
        "attributedTo": account.id,
        "content": "<p>Here too.</p>",
        "inReplyTo": to,
        "to": [*audience],
        **more,
    }


def reply(harbour: Heard, account: Account, *, to: str) -> str:
    note = a_note(account, to=to)
    harbour.hear(account, "Create", note)
    return str(note["id"])


def neighbour_of(account: Account) -> Account:
    """Return somebody else who lives on the same server."""
    return Neighbour(account.base, key=account.key, counter=1000)


class Neighbour(Account):
    @property
    def id(self) -> str:
        return f"{self.base}/users/mallory"


def shown(harbour: Heard, post: str) -> tuple[web_posts.Reply, ...]:
    row = posts.object_of(harbour.desk.connection, post)
    return web_posts.elsewhere(harbour.desk, row).replies
