"""A post has the one shape in which every reader takes it for what it is.

A name makes a reply a vote, and a summary makes a note a warning, so neither stands
where it is not meant (W9, W10).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from activitypub.canonical import JsonObject, write_time
from activitypub.documents.envelope import (
    AS2,
    LINKED_JSON,
    PUBLIC,
    Audience,
    addressed,
    given,
    join_contexts,
    require_plain,
)

MOST_OPTIONS: Final = 20
EventStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
_ABOUT_POSTS: Final = ("replies", "likes", "shares")
_POST_TERMS: Final[JsonObject] = {
    "Hashtag": "as:Hashtag",
    "gts": "https://gotosocial.org/ns#",
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "fedibird": "http://fedibird.com/ns#",
    "searchableBy": {"@id": "fedibird:searchableBy", "@type": "@id"},
}
_QUOTE_TERMS: Final[JsonObject] = {
    "gts": "https://gotosocial.org/ns#",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
}
_POLL_TERMS: Final[JsonObject] = {
    "toot": "http://joinmastodon.org/ns#",
    "votersCount": "toot:votersCount",
}
_EVENT_TERMS: Final[JsonObject] = {
    "mz": "https://joinmobilizon.org/ns#",
    "pt": "https://joinpeertube.org/ns#",
    "sc": "http://schema.org#",
    "ical": "http://www.w3.org/2002/12/cal/ical#",
    "fep8a8e": "https://w3id.org/fep/8a8e#",
    "PostalAddress": "sc:PostalAddress",
    "address": "sc:address",
    "timezone": "mz:timezone",
    "joinMode": "mz:joinMode",
    "status": "ical:status",
    "eventStatus": "fep8a8e:eventStatus",
    "participantCount": "mz:participantCount",
    "maximumAttendeeCapacity": "sc:maximumAttendeeCapacity",
    "isOnline": "mz:isOnline",
    "onlineLink": "mz:onlineLink",
    "externalParticipationUrl": "mz:externalParticipationUrl",
    "anonymousParticipation": "mz:anonymousParticipation",
    "anonymousParticipationEnabled": "mz:anonymousParticipationEnabled",
    "buyTicketsLink": "mz:buyTicketsLink",
    "feeCurrency": "mz:feeCurrency",
    "feeAmount": "mz:feeAmount",
    "repliesModerationOption": "mz:repliesModerationOption",
    "commentsEnabled": "pt:commentsEnabled",
    "inLanguage": "sc:inLanguage",
    "organizers": "fep8a8e:organizers",
    "attendees": "fep8a8e:attendees",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something that is published to be read. Its collections lie below its id.

    Args:
        id: where it lives for ever.
        author: the actor who wrote it; never a Group, which Lemmy does not take.
        content: HTML within the set of W21.
        audience: see `to_everyone`.
        published: when it was first published.
        url: its page.
        language: of the content.
        updated: when it changed last.
        group: the Group in which it appears.
        thread: the collection of the thread.
        tags: made with `mention`, `hashtag` and `object_link`.
        attachments: made with `attachment`.
        searchable_by: who may find it by searching; the author's own consent goes
            where nothing is said.
    """

    id: str
    author: str
    content: str
    audience: Audience
    published: datetime
    url: str
    language: str = "en"
    updated: datetime | None = None
    group: str | None = None
    thread: str | None = None
    tags: tuple[JsonObject, ...] = ()
    attachments: tuple[JsonObject, ...] = ()
    searchable_by: tuple[str, ...] = ()


def note(post: Post, *, name: str | None = None) -> JsonObject:
    """Write a post that begins a thread.

    Args:
        post: what it says, and to whom.
        name: a title, which Lemmy shows and Mastodon does not.

    See federation.md W8, W9 and W11.
    """
    document = _post(post)
    if name is not None:
        document["name"] = name
    return document


def article(post: Post, *, name: str, summary: str) -> JsonObject:
    """Write a long text, such as minutes.

    Args:
        post: the whole text with its title above it, and whom it is for. Akkoma and
            Misskey show no name.
        name: its title.
        summary: HTML; all that Mastodon shows of it beside the title and a link (W9).
    """
    return {
        **_post(post),
        "type": "Article",
        "name": name,
        "summary": summary,
        # Mobilizon takes no article without it.
        "actor": post.author,
    }


def reply(post: Post, *, to: str) -> JsonObject:
    """Write a post that answers another. With a name it would be a vote (W10).

    Args:
        post: what it says, and to whom.
        to: the id of the post that it answers.
    """
    return {**_post(post), "inReplyTo": to}


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What a Question asks and how it stands. It is sentiment, and nobody's ballot.

    Args:
        options: each with how many chose it, in an order that never changes. Changing
            a name would reset the votes at Mastodon.
        choose: one of them, or any number.
        voters: how many people answered.
        ends_at: until when it may be answered; one without is endless at GoToSocial.
        closed_at: when it was closed; None while it is open.
    """

    options: tuple[tuple[str, int], ...]
    choose: Literal["one", "any"]
    voters: int
    ends_at: datetime
    closed_at: datetime | None = None


def question(post: Post, poll: Poll) -> JsonObject:
    """Write a poll in the shape that Mastodon gave it (FEP-9967).

    It has no name: readers that show one would show it in place of the question.
    """
    document = _post(post)
    return {
        **document,
        "@context": join_contexts(document["@context"], [_POLL_TERMS]),
        "type": "Question",
        **poll_terms(poll),
    }


def poll_terms(poll: Poll) -> JsonObject:
    """Write how a poll stands, for its document, where all else stays as it is."""
    names = [name for name, _ in poll.options]
    if not 2 <= len(names) <= MOST_OPTIONS or len(set(names)) < len(names):
        raise ValueError(f"A poll has 2 to {MOST_OPTIONS} options, each once.")
    closed = None if poll.closed_at is None else write_time(poll.closed_at)
    return {
        "oneOf" if poll.choose == "one" else "anyOf": [
            {
                "type": "Note",
                "name": name,
                "replies": {"type": "Collection", "totalItems": count},
            }
            for name, count in poll.options
        ],
        "votersCount": poll.voters,
        "endTime": write_time(poll.ends_at),
        **given(closed=closed),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """When and where people meet, and how many said that they come.

    Args:
        starts_at: the beginning.
        ends_at: None where nobody can tell.
        place: as people call it; None where it is not told to everyone.
        status: as iCalendar writes it.
        coming: how many; never who.
        timezone: in which people there read the clock.
    """

    starts_at: datetime
    ends_at: datetime | None
    place: str | None
    status: EventStatus
    coming: int
    timezone: str = "Etc/UTC"


def event(post: Post, gathering: Gathering, *, name: str, summary: str) -> JsonObject:
    """Write a meeting that people elsewhere can say they come to (FEP-8a8e).

    PieFed fails on each key that is missing, so those that say nothing are null.
    Whoever wants to come sends a Join, which is answered.

    Args:
        post: what it is about, and whom it is for.
        gathering: when, where, how many.
        name: its title.
        summary: HTML of when and where; all that Mastodon shows (W9).
    """
    document = _post(post)
    written: JsonObject = {
        **document,
        "@context": join_contexts(document["@context"], [_EVENT_TERMS]),
        "type": "Event",
        "name": name,
        "summary": summary,
        "actor": post.author,
        **gathering_terms(gathering),
        "joinMode": "free",
        "organizers": None,
        "maximumAttendeeCapacity": 0,
        "isOnline": False,
        "onlineLink": None,
        "externalParticipationUrl": None,
        "anonymousParticipation": False,
        "anonymousParticipationEnabled": False,
        "buyTicketsLink": None,
        "feeCurrency": None,
        "feeAmount": None,
        "repliesModerationOption": "allow_all",
        "commentsEnabled": True,
        "inLanguage": post.language,
    }
    return written


def gathering_terms(gathering: Gathering) -> JsonObject:
    """Write how a meeting stands, for its document, where all else stays as it is.

    There is a ``location`` only where it is told to everyone.
    """
    ends_at, place = gathering.ends_at, gathering.place
    where: JsonObject = (
        {} if place is None else {"location": {"type": "Place", "name": place}}
    )
    return {
        **where,
        "startTime": write_time(gathering.starts_at),
        "endTime": None if ends_at is None else write_time(ends_at),
        "timezone": gathering.timezone,
        "status": gathering.status,
        "ical:status": gathering.status,
        "eventStatus": gathering.status.lower(),
        "attendees": {"type": "Collection", "totalItems": gathering.coming},
        "participantCount": gathering.coming,
    }


def vote(option: str, *, id: str, author: str, poll: str, to: str) -> JsonObject:
    """Write the answer to a poll elsewhere: a name, no content, no time (W10).

    Args:
        option: the name of the option, exactly as the poll has it.
        id: of the answer.
        author: who answers.
        poll: the id of the Question.
        to: who asked, and nobody else.
    """
    require_plain(id)
    return {
        "@context": [AS2],
        "id": id,
        "type": "Note",
        "attributedTo": author,
        "to": [to],
        "name": option,
        "inReplyTo": poll,
    }


def _post(post: Post) -> JsonObject:
    require_plain(post.id)
    updated = None if post.updated is None else write_time(post.updated)
    return {
        "@context": [AS2, dict(_POST_TERMS)],
        "id": post.id,
        "type": "Note",
        "attributedTo": post.author,
        **addressed(post.audience),
        **_quotable(post.audience),
        "content": post.content,
        "contentMap": {post.language: post.content},
        "url": post.url,
        "published": write_time(post.published),
        "tag": list(post.tags),
        "attachment": list(post.attachments),
        **{term: f"{post.id}/{term}" for term in _ABOUT_POSTS},
        **({"searchableBy": [*post.searchable_by]} if post.searchable_by else {}),
        **given(updated=updated, audience=post.group, context=post.thread),
    }


def _quotable(audience: Audience) -> JsonObject:
    """Allow everybody to quote what is for everybody, and nobody the rest (044f)."""
    if PUBLIC not in (*audience.to, *audience.cc):
        return {}
    return {"interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}}}


def quote_authorization(*, id: str, author: str, quote: str, of: str) -> JsonObject:
    """Write the stamp by which an author lets somebody quote a post (FEP-044f).

    Args:
        id: where it is read by whoever shows the quote.
        author: of the post that is quoted.
        quote: the id of the post that quotes.
        of: the id of the post that is quoted.
    """
    require_plain(id)
    return {
        "@context": [AS2, dict(_QUOTE_TERMS)],
        "id": id,
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": quote,
        "interactionTarget": of,
    }


def mention(actor: str, *, name: str) -> JsonObject:
    """Write the tag that notifies an actor; the name is ``@user@host``."""
    return {"type": "Mention", "href": actor, "name": name}


def hashtag(page: str, *, name: str) -> JsonObject:
    """Write the tag for a theme; the name begins with ``#``."""
    return {"type": "Hashtag", "href": page, "name": name}


def object_link(id: str, *, rel: str, name: str) -> JsonObject:
    """Link to another object, in the only media type that Pleroma lets stand (W11)."""
    return {
        "type": "Link",
        "mediaType": LINKED_JSON,
        "href": id,
        "rel": rel,
        "name": name,
    }


def attachment(url: str, *, media_type: str, name: str) -> JsonObject:
    """Attach a picture or a file; the name says what is to be seen (W11)."""
    kind = "Image" if media_type.startswith("image/") else "Document"
    return {"type": kind, "url": url, "mediaType": media_type, "name": name}


def tombstone(id: str, *, former_type: str, deleted: datetime) -> JsonObject:
    """Write what is answered, with a 410, where a deleted object was (W16)."""
    return {
        "@context": [AS2],
        "id": id,
        "type": "Tombstone",
        "formerType": former_type,
        "deleted": write_time(deleted),
    }
