"""What we send is in the form that each of the others was seen to read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import documents, reading
from activitypub.canonical import JsonObject, JsonValue, read
from activitypub.documents import AS2, PUBLIC, Audience, Gathering, Keys, Poll, Post
from tests.activitypub.wire import NOON, ed25519_key, rsa_key

HARBOUR = "https://a.example/g/harbour"
CLERK = f"{HARBOUR}/clerk"
BOB = "https://b.example/users/bob"
FOLLOWERS = f"{HARBOUR}/followers"
PIEFED_NEEDS = (
    "startTime",
    "endTime",
    "timezone",
    "maximumAttendeeCapacity",
    "participantCount",
    "onlineLink",
    "joinMode",
    "externalParticipationUrl",
    "anonymousParticipation",
    "isOnline",
    "buyTicketsLink",
    "feeCurrency",
    "feeAmount",
)
TERMS: JsonObject = {
    "tide": "https://tide.example/ns#",
    "tideHeight": "tide:height",
}


def harbour(**changes: str) -> JsonObject:
    return documents.actor(
        "Group",
        id=changes.get("id", HARBOUR),
        username="harbour",
        name="Harbour Assembly",
        summary="<p>We meet at the boat shed.</p>",
        url="https://a.example/@harbour",
        shared_inbox="https://a.example/inbox",
        keys=Keys(
            transport=rsa_key().public_key(), assertion=ed25519_key().public_key()
        ),
        published=NOON,
        software="https://a.example/actor",
        implements=({"href": "https://a.example/spec", "name": "Spec"},),
    )


def a_post(**changes: str) -> Post:
    return Post(
        id=changes.get("id", "https://a.example/n/01j9"),
        author=CLERK,
        content="<p>The sea wall will be mended.</p>",
        audience=documents.to_everyone(followers=FOLLOWERS, group=HARBOUR),
        published=NOON,
        url="https://a.example/@harbour/01j9",
        group=HARBOUR,
        thread="https://a.example/t/77",
    )


def all_types(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return [kind for item in value for kind in all_types(item)]
    if isinstance(value, dict):
        inner = [all_types(v) for term, v in value.items() if term != "@context"]
        own = [value["type"]] if "type" in value else []
        return own + [kind for kinds in inner for kind in kinds]
    return []


def test_a_group_has_all_that_others_ask_of_one() -> None:
    group = harbour()

    assert group["type"] == "Group"
    assert group["webfinger"] == "harbour@a.example"
    assert group["attributedTo"] == f"{HARBOUR}/moderators"
    assert group["postingRestrictedToMods"] is False
    assert group["endpoints"] == {"sharedInbox": "https://a.example/inbox"}
    assert group["generator"] == {
        "type": "Application",
        "id": "https://a.example/actor",
        "implements": [{"href": "https://a.example/spec", "name": "Spec"}],
    }
    assert {"name", "summary", "outbox", "followers", "featured", "published"} <= set(
        group
    )


def test_an_actor_names_its_contexts_and_defines_the_rest_inline() -> None:
    context = harbour()["@context"]

    assert isinstance(context, list)
    assert context[:4] == [
        AS2,
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v2",
        "https://w3id.org/security/multikey/v1",
    ]
    assert len(context) == 5
    assert isinstance(context[4], dict)
    assert {"webfinger", "implements", "postingRestrictedToMods"} <= set(context[4])
    # None of the four has it, and without it linked data readers find no key.
    assert "assertionMethod" in context[4]


def test_an_actor_that_we_write_is_one_that_we_can_read() -> None:
    actor = reading.actor(read(documents.encode(harbour())))

    assert (actor.id, actor.type, actor.name) == (HARBOUR, "Group", "Harbour Assembly")
    assert actor.inbox == f"{HARBOUR}/inbox"
    assert actor.shared_inbox == "https://a.example/inbox"
    assert [key.id for key in actor.keys] == [
        f"{HARBOUR}#main-key",
        f"{HARBOUR}#ed25519-key",
    ]


def test_the_nodes_own_actor_says_itself_what_the_software_can_do() -> None:
    node = documents.actor(
        "Application",
        id="https://a.example/actor",
        username="a.example",
        name="a.example",
        summary="",
        url="https://a.example/about",
        shared_inbox="https://a.example/inbox",
        keys=Keys(
            transport=rsa_key().public_key(), assertion=ed25519_key().public_key()
        ),
        published=NOON,
        updated=NOON + timedelta(days=1),
        implements=({"href": "https://a.example/spec", "name": "Spec"},),
    )

    assert node["implements"] == [{"href": "https://a.example/spec", "name": "Spec"}]
    assert "generator" not in node
    assert "attributedTo" not in node
    assert node["updated"] == "2026-11-23T12:00:00Z"


def test_the_webfinger_name_of_an_actor_carries_the_port_of_a_workshop() -> None:
    group = harbour(id="http://127.0.0.1:8001/g/harbour")

    assert group["webfinger"] == "harbour@127.0.0.1:8001"


@pytest.mark.parametrize(
    "id",
    [
        "https://a.example/N/01J9",
        "https://A.example/n/1",
        "https://a.example:443/n/1",
        "https://a.example/n/1?x=1",
        "https://a.example/n/1#x",
    ],
)
def test_an_id_that_others_would_change_is_never_written(id: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        documents.note(a_post(id=id))
    with pytest.raises(ValueError, match="plain"):
        documents.follow(BOB, id=id, who=CLERK)


def test_a_note_is_addressed_so_that_lemmy_and_mastodon_find_it() -> None:
    note = documents.note(a_post(), name="Sea wall")

    assert note["to"] == [PUBLIC, HARBOUR]
    assert note["cc"] == [FOLLOWERS]
    assert note["audience"] == HARBOUR
    assert note["context"] == "https://a.example/t/77"
    assert note["contentMap"] == {"en": note["content"]}
    assert note["published"] == "2026-11-22T12:00:00Z"
    assert note["name"] == "Sea wall"
    assert "conversation" not in note
    assert "updated" not in note


def test_a_note_never_has_a_summary() -> None:
    note = documents.note(a_post())

    assert "summary" not in note
    with pytest.raises(ValueError, match="summary"):
        documents.extend(note, {"summary": "The sea wall"}, context={})


def test_a_reply_never_has_a_name() -> None:
    reply = documents.reply(a_post(), to=f"{BOB}/statuses/1")

    assert reply["inReplyTo"] == f"{BOB}/statuses/1"
    assert "name" not in reply
    with pytest.raises(ValueError, match="name"):
        documents.extend(reply, {"name": "Yes"}, context={})


def test_what_is_for_everybody_may_be_quoted_by_everybody_and_nothing_else() -> None:
    public = documents.note(a_post())
    limited = replace(a_post(), audience=Audience(to=(FOLLOWERS,)))

    assert public["interactionPolicy"] == {"canQuote": {"automaticApproval": [PUBLIC]}}
    assert "interactionPolicy" not in documents.note(limited)


def test_mentions_are_copied_in() -> None:
    audience = documents.to_everyone(followers=FOLLOWERS, mentions=[BOB])

    assert audience == Audience(to=(PUBLIC,), cc=(FOLLOWERS, BOB))
    assert documents.mention(BOB, name="@bob@b.example")["type"] == "Mention"


def test_a_link_to_a_record_has_the_one_media_type_that_pleroma_reads() -> None:
    link = documents.object_link(
        "https://a.example/r/1", rel="https://a.example/ns#record", name="record"
    )

    media_type = link["mediaType"]
    assert media_type == f'application/ld+json; profile="{AS2}"'
    assert isinstance(media_type, str)
    assert reading.is_activity_type(media_type)


def test_an_attachment_is_a_picture_or_a_document_and_nothing_else() -> None:
    picture = documents.attachment(
        "https://a.example/m/1", media_type="image/png", name="The wall"
    )
    minutes = documents.attachment(
        "https://a.example/m/2", media_type="application/pdf", name="Minutes"
    )
    note = documents.note(replace(a_post(), attachments=(picture, minutes)))

    assert note["attachment"] == [picture, minutes]
    assert (picture["type"], minutes["type"]) == ("Image", "Document")
    with pytest.raises(ValueError, match="attachment"):
        documents.extend(note, {"attachment": [{"type": "Tide"}]}, context={})


def test_a_create_takes_its_audience_and_its_terms_from_the_post() -> None:
    note = documents.extend(documents.note(a_post()), {"tideHeight": 3}, context=TERMS)

    create = documents.create(note, id="https://a.example/n/01j9/create")
    context = documents.note(a_post())["@context"]
    assert isinstance(context, list)
    assert isinstance(context[1], dict)

    assert create["actor"] == CLERK
    assert (create["to"], create["cc"]) == (note["to"], note["cc"])
    assert create["published"] == note["published"]
    assert create["@context"] == [
        AS2,
        "https://w3id.org/security/data-integrity/v2",
        {**context[1], **TERMS},
    ]
    inner = {term: value for term, value in note.items() if term != "@context"}
    assert create["object"] == inner


def test_what_is_signed_is_embedded_to_the_letter() -> None:
    signed: JsonObject = {**documents.note(a_post()), "proof": {"type": "Proof"}}

    create = documents.create(signed, id="https://a.example/n/01j9/create")

    assert create["object"] == signed
    with pytest.raises(ValueError, match="signed"):
        documents.extend(signed, {"tideHeight": 3}, context=TERMS)


def a_poll(**changes: object) -> Poll:
    return replace(
        Poll(
            options=(("At six", 3), ("At seven", 1)),
            choose="one",
            voters=4,
            ends_at=NOON + timedelta(days=2),
        ),
        **changes,  # type: ignore[arg-type]
    )


def test_a_post_names_the_collections_of_what_people_do_with_it() -> None:
    note = documents.note(a_post())

    for name in ("replies", "likes", "shares"):
        assert note[name] == f"{note['id']}/{name}"


def test_a_poll_has_the_shape_that_mastodon_counts() -> None:
    poll = documents.question(a_post(), a_poll())

    assert poll["type"] == "Question"
    assert poll["oneOf"] == [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": count},
        }
        for name, count in (("At six", 3), ("At seven", 1))
    ]
    assert "anyOf" not in poll
    assert poll["votersCount"] == 4
    assert poll["endTime"] == "2026-11-24T12:00:00Z"
    assert not {"closed", "name", "summary"} & set(poll)


def test_a_poll_that_is_over_says_since_when() -> None:
    over = a_poll(choose="any", closed_at=NOON + timedelta(days=2))

    poll = documents.question(a_post(), over)

    assert poll["closed"] == "2026-11-24T12:00:00Z"
    assert "anyOf" in poll
    assert "oneOf" not in poll


@pytest.mark.parametrize(
    "options",
    [
        (),
        (("Only one", 0),),
        (("Twice", 0), ("Twice", 0)),
        tuple((str(number), 0) for number in range(21)),
    ],
)
def test_a_poll_that_others_would_miscount_is_never_written(
    options: tuple[tuple[str, int], ...],
) -> None:
    with pytest.raises(ValueError, match="options"):
        documents.question(a_post(), a_poll(options=options))


def test_a_meeting_has_every_key_without_which_some_reader_fails() -> None:
    gathering = Gathering(
        starts_at=NOON + timedelta(days=3),
        ends_at=None,
        place=None,
        status="CONFIRMED",
        coming=12,
    )

    event = documents.event(
        a_post(), gathering, name="Spring meeting", summary="<p>25 November</p>"
    )

    assert {*PIEFED_NEEDS, "actor", "status"} <= set(event)
    assert event["actor"] == event["attributedTo"] == CLERK
    assert event["ical:status"] == event["status"] == "CONFIRMED"
    assert event["attendees"] == {"type": "Collection", "totalItems": 12}
    assert event["endTime"] is None
    assert "location" not in event


def test_the_place_of_a_meeting_is_written_where_it_may_be_told() -> None:
    gathering = Gathering(
        starts_at=NOON, ends_at=NOON, place="Boat shed", status="CONFIRMED", coming=0
    )

    event = documents.event(a_post(), gathering, name="Spring", summary="")

    assert event["location"] == {"type": "Place", "name": "Boat shed"}


def test_a_long_text_has_an_abstract() -> None:
    minutes = documents.article(a_post(), name="Minutes", summary="<p>We met.</p>")

    assert (minutes["type"], minutes["name"]) == ("Article", "Minutes")
    assert minutes["summary"] == "<p>We met.</p>"


def test_an_answer_to_a_poll_has_a_name_and_neither_content_nor_time() -> None:
    answer = documents.vote(
        "At six",
        id="https://a.example/n/vote",
        author=CLERK,
        poll=f"{BOB}/polls/1",
        to=BOB,
    )

    assert answer["name"] == "At six"
    assert answer["to"] == [BOB]
    assert not {"content", "published", "cc"} & set(answer)


def test_what_goes_into_a_collection_names_the_collection() -> None:
    audience = a_post().audience
    ids = {"id": "https://a.example/x/1", "actor": HARBOUR}

    put = documents.add(BOB, target=f"{HARBOUR}/delegates", audience=audience, **ids)
    taken = documents.remove(
        BOB, target=f"{HARBOUR}/delegates", audience=audience, **ids
    )

    assert (put["type"], taken["type"]) == ("Add", "Remove")
    assert put["object"] == taken["object"] == BOB
    assert put["target"] == taken["target"] == f"{HARBOUR}/delegates"


def test_a_like_and_an_offer_go_to_whom_they_concern() -> None:
    like = documents.like(f"{BOB}/1", id="https://a.example/x/1", who=CLERK, to=BOB)
    offer = documents.offer(
        "https://a.example/n/1", id="https://a.example/x/2", actor=HARBOUR, to=BOB
    )

    assert like["to"] == offer["to"] == [BOB]
    assert "cc" not in like


def test_an_update_needs_a_time_of_its_own() -> None:
    later = replace(a_post(), updated=NOON + timedelta(hours=1))
    audience = later.audience

    update = documents.update(
        documents.note(later), id="https://a.example/n/01j9/update/1", audience=audience
    )

    assert update["actor"] == CLERK
    assert update["published"] == "2026-11-22T13:00:00Z"
    with pytest.raises(ValueError, match="updated"):
        documents.update(
            documents.note(a_post()), id="https://a.example/n/u", audience=audience
        )


def test_an_actor_updates_itself() -> None:
    changed: JsonObject = {**harbour(), "updated": "2026-11-22T13:00:00Z"}

    update = documents.update(
        changed, id="https://a.example/g/harbour/update/1", audience=a_post().audience
    )

    assert update["actor"] == HARBOUR


def test_a_group_hands_an_activity_on_untouched_and_a_post_by_its_id() -> None:
    received: JsonObject = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{BOB}/create/1",
        "type": "Create",
        "actor": BOB,
        "object": {"id": f"{BOB}/1", "type": "Note", "x": [1.5, None]},
    }

    whole = documents.announce(
        received,
        id="https://a.example/g/harbour/announce/1",
        actor=HARBOUR,
        audience=a_post().audience,
        published=NOON,
    )
    by_id = documents.announce(
        f"{BOB}/1",
        id="https://a.example/g/harbour/announce/2",
        actor=HARBOUR,
        audience=a_post().audience,
        published=NOON,
    )

    assert whole["object"] == received
    assert by_id["object"] == f"{BOB}/1"
    # What is inside may name a context that defines the terms of a proof once more.
    assert isinstance(whole["@context"], list)
    assert whole["@context"][0] == AS2
    assert isinstance(whole["@context"][1], dict)
    assert "proof" in whole["@context"][1]
    assert by_id["@context"] == [AS2, "https://w3id.org/security/data-integrity/v2"]


def test_a_follow_is_answered_with_the_follow_in_it() -> None:
    follow: JsonObject = {
        "@context": AS2,
        "id": f"{BOB}/follow/1",
        "type": "Follow",
        "actor": BOB,
        "object": HARBOUR,
        "signature": {"type": "RsaSignature2017"},
    }

    accept = documents.accept(follow, id="https://a.example/x/1", actor=HARBOUR)
    reject = documents.reject(follow, id="https://a.example/x/2", actor=HARBOUR)

    assert accept["object"] == {
        "id": f"{BOB}/follow/1",
        "type": "Follow",
        "actor": BOB,
        "object": HARBOUR,
    }
    assert accept["to"] == [BOB]
    assert (accept["type"], reject["type"]) == ("Accept", "Reject")


def test_an_undo_holds_what_it_takes_back() -> None:
    follow = documents.follow(BOB, id="https://a.example/x/1", who=HARBOUR)

    undo = documents.undo(follow, id="https://a.example/x/2")

    assert undo["actor"] == HARBOUR
    assert undo["to"] == [BOB]
    assert isinstance(undo["object"], dict)
    assert undo["object"]["id"] == follow["id"]


def test_what_was_deleted_leaves_a_tombstone() -> None:
    tombstone = documents.tombstone(
        "https://a.example/n/01j9", former_type="Note", deleted=NOON
    )

    delete = documents.delete(
        tombstone,
        id="https://a.example/n/01j9/delete",
        actor=CLERK,
        audience=a_post().audience,
    )

    assert tombstone["type"] == "Tombstone"
    assert tombstone["formerType"] == "Note"
    assert reading.id_of(delete["object"]) == "https://a.example/n/01j9"
    assert delete["actor"] == CLERK


def test_followers_are_counted_and_not_listed() -> None:
    followers = documents.collection(FOLLOWERS, total=12)

    assert followers["totalItems"] == 12
    assert "first" not in followers
    assert "orderedItems" not in followers


def test_an_outbox_has_pages_that_lead_on() -> None:
    outbox = documents.collection(
        f"{HARBOUR}/outbox", total=30, first=f"{HARBOUR}/outbox?page=1"
    )
    page = documents.page(
        f"{HARBOUR}/outbox?page=1",
        of=f"{HARBOUR}/outbox",
        items=["https://a.example/n/2", "https://a.example/n/1"],
        next=f"{HARBOUR}/outbox?before=1",
    )

    assert outbox["first"] == page["id"]
    assert page["partOf"] == outbox["id"]
    assert "prev" not in page


def test_everything_we_write_has_one_type_and_a_list_of_contexts() -> None:
    note = documents.note(replace(a_post(), updated=NOON))
    follow = documents.follow(BOB, id="https://a.example/x/1", who=HARBOUR)
    audience = a_post().audience
    written = [
        harbour(),
        note,
        documents.reply(a_post(), to=BOB),
        documents.create(note, id="https://a.example/x/2"),
        documents.update(note, id="https://a.example/x/3", audience=audience),
        follow,
        documents.accept(follow, id="https://a.example/x/4", actor=BOB),
        documents.undo(follow, id="https://a.example/x/5"),
        documents.tombstone(BOB, former_type="Note", deleted=NOON),
        documents.collection(FOLLOWERS, total=0),
        documents.page(f"{FOLLOWERS}?page=1", of=FOLLOWERS, items=[]),
    ]

    for document in written:
        assert all(isinstance(kind, str) for kind in all_types(document))
        assert isinstance(document["@context"], list)
        assert "signature" not in document
        assert read(documents.encode(document)) == document


def test_terms_of_another_vocabulary_are_defined_in_the_document() -> None:
    group = documents.extend(harbour(), {"tideHeight": 3}, context=TERMS)

    context = group["@context"]
    assert isinstance(context, list)
    assert isinstance(context[-1], dict)
    assert context[-1]["tideHeight"] == "tide:height"
    assert "discoverable" in context[-1]
    assert group["tideHeight"] == 3
    with pytest.raises(ValueError, match="type"):
        documents.extend(group, {"type": "Person"}, context={})


def test_a_carrier_fits_if_it_is_small_and_flat() -> None:
    note = documents.note(a_post())
    deep: JsonValue = {}
    for _ in range(6):
        deep = {"in": deep}

    assert documents.fits({**note, "tideRecord": deep})
    assert not documents.fits({**note, "tideRecord": {"in": deep}})
    assert not documents.fits({**note, "content": "x" * 64 * 1024})


@given(st.integers(0, 30))
def test_nesting_is_counted_in_lists_as_well(depth: int) -> None:
    value: JsonValue = 1
    for _ in range(depth):
        value = [value]

    assert documents.fits({"x": value}) == (depth <= 7)
