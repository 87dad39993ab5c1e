"""What we write is written strictly, in the form that all the others read.

Each object has one type, as a plain string; each list is a list, even of one; ids are
lower case and plain (W1). Some readers hide a note that has a summary, others take a
reply with a name for a vote: what a builder here has no argument for must not be there.
Terms of other vocabularies come in by `extend` and are defined inline, for a remote
context is fetched by some readers, and its outage would be ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from activitypub import addresses, proofs, signatures
from activitypub.canonical import JsonObject, JsonValue, write_time

AS2: Final = "https://www.w3.org/ns/activitystreams"
PUBLIC: Final = f"{AS2}#Public"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
ACTIVITY_JSON: Final = "application/activity+json"
LINKED_JSON: Final = f'application/ld+json; profile="{AS2}"'
ACCEPT: Final = f"{LINKED_JSON}, {ACTIVITY_JSON}"

MOST_CARRIER_BYTES: Final = 64 * 1024
MOST_CARRIER_DEPTH: Final = 8
MOST_OPTIONS: Final = 20
ActorType = Literal["Group", "Service", "Application", "Person"]
EventStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]

_ACTOR_TERMS: Final[JsonObject] = {
    # No context that is named beside this one has the term, and Fedify, which reads an
    # actor as linked data, finds no key without it.
    "assertionMethod": {
        "@id": "https://w3id.org/security#assertionMethod",
        "@type": "@id",
        "@container": "@set",
    },
    "toot": "http://joinmastodon.org/ns#",
    "lemmy": "https://join-lemmy.org/ns#",
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id"},
}
# What DATA_INTEGRITY says of a proof, in terms that an activity within may define for
# itself: where one is handed on whole that names another version of that context, a
# reader of linked data finds a protected term defined twice, and reads none of it.
_PROOF_TERMS: Final[JsonObject] = {
    "DataIntegrityProof": "https://w3id.org/security#DataIntegrityProof",
    "assertionMethod": "https://w3id.org/security#assertionMethod",
    "created": {
        "@id": "http://purl.org/dc/terms/created",
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
    },
    "cryptosuite": {
        "@id": "https://w3id.org/security#cryptosuite",
        "@type": "https://w3id.org/security#cryptosuiteString",
    },
    "proof": {
        "@id": "https://w3id.org/security#proof",
        "@type": "@id",
        "@container": "@graph",
    },
    "proofPurpose": {
        "@id": "https://w3id.org/security#proofPurpose",
        "@type": "@vocab",
    },
    "proofValue": {
        "@id": "https://w3id.org/security#proofValue",
        "@type": "https://w3id.org/security#multibase",
    },
    "verificationMethod": {
        "@id": "https://w3id.org/security#verificationMethod",
        "@type": "@id",
    },
}
_COLLECTIONS: Final = ("inbox", "outbox", "followers", "following", "featured")
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
# A name makes a reply a vote, a summary makes a note a warning, and after a linked-data
# signature some readers rewrite the object (W9, W10, W23).
_LEFT_OUT: Final = frozenset({"name", "summary", "signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom something is for: addresses of actors and collections, or `PUBLIC`."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()


def to_everyone(
    *, followers: str, group: str | None = None, mentions: Iterable[str] = ()
) -> Audience:
    """Address a public carrier so that Mastodon and Lemmy both find it (W8)."""
    return Audience(
        to=(PUBLIC,) if group is None else (PUBLIC, group), cc=(followers, *mentions)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The public keys of an actor: one for requests, one for proofs."""

    transport: RSAPublicKey
    assertion: Ed25519PublicKey


def main_key(actor: str) -> str:
    """Name the key with which an actor signs requests (W1)."""
    return f"{actor}#main-key"


def assertion_key(actor: str) -> str:
    """Name the key with which an actor signs documents (W1)."""
    return f"{actor}#ed25519-key"


def actor(
    kind: ActorType,
    *,
    id: str,
    username: str,
    name: str,
    summary: str,
    url: str,
    shared_inbox: str,
    keys: Keys,
    published: datetime,
    updated: datetime | None = None,
    approves_followers: bool = False,
    indexable: bool = True,
    implements: Iterable[JsonObject] = (),
    software: str | None = None,
    also_known_as: Iterable[str] = (),
    moved_to: str | None = None,
    facts: Iterable[tuple[str, str]] = (),
) -> JsonObject:
    """Write an actor's document. Its collections lie below its id.

    Args:
        kind: Group for an assembly, Service for its clerk, Application for the node.
        id: where it lives; its authority is also that of its WebFinger name.
        username: without the ``@``.
        name: as people see it.
        summary: HTML.
        url: its page.
        shared_inbox: the node's.
        keys: the public halves.
        published: since when it has been there.
        updated: when this document changed last.
        approves_followers: a request to follow waits for a person.
        indexable: consent to being listed, and found by searching what it wrote.
        implements: what the software can do, as FEP-844e writes it.
        software: the actor of the node; None for the node itself.
        also_known_as: the ids that it had before.
        moved_to: the id that it has now, if this is a former one.
        facts: what its profile shows as a table, names and HTML (FEP-fb2a).

    See federation.md W2, W3 and 1.4.
    """
    _require_plain(id)
    host = addresses.parse(id).authority
    generator: JsonObject = {"implements": list(implements)}
    document: JsonObject = {
        "@context": [
            AS2,
            "https://w3id.org/security/v1",
            DATA_INTEGRITY,
            "https://w3id.org/security/multikey/v1",
            _ACTOR_TERMS,
        ],
        "id": id,
        "type": kind,
        "preferredUsername": username,
        "webfinger": f"{username}@{host}",
        "name": name,
        "summary": summary,
        "url": url,
        **{term: f"{id}/{term}" for term in _COLLECTIONS},
        "endpoints": {"sharedInbox": shared_inbox},
        "manuallyApprovesFollowers": approves_followers,
        "discoverable": indexable,
        "indexable": indexable,
        "published": write_time(published),
        "publicKey": {
            "id": main_key(id),
            "owner": id,
            "publicKeyPem": signatures.write_key(keys.transport),
        },
        "assertionMethod": [
            {
                "id": assertion_key(id),
                "type": "Multikey",
                "controller": id,
                "publicKeyMultibase": proofs.multikey(keys.assertion),
            }
        ],
    }
    if updated is not None:
        document["updated"] = write_time(updated)
    if also_known_as:
        document["alsoKnownAs"] = list(also_known_as)
    if moved_to is not None:
        document["movedTo"] = moved_to
    if facts := tuple(facts):
        # Mastodon and Misskey read the one form, FEP-fb2a asks for the other.
        document["attachment"] = [
            {"type": form, "name": name, term: html}
            for form, term in (("PropertyValue", "value"), ("Note", "content"))
            for name, html in facts
        ]
    if kind == "Group":
        document["attributedTo"] = f"{id}/moderators"
        document["postingRestrictedToMods"] = False
    if software is None:
        document |= generator
    else:
        document["generator"] = {"type": "Application", "id": software, **generator}
    return document


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
        "@context": _joined(document["@context"], [_POLL_TERMS]),
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
        **_given(closed=closed),
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
        "@context": _joined(document["@context"], [_EVENT_TERMS]),
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
    _require_plain(id)
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
    _require_plain(post.id)
    updated = None if post.updated is None else write_time(post.updated)
    return {
        "@context": [AS2, dict(_POST_TERMS)],
        "id": post.id,
        "type": "Note",
        "attributedTo": post.author,
        **_addressed(post.audience),
        **_quotable(post.audience),
        "content": post.content,
        "contentMap": {post.language: post.content},
        "url": post.url,
        "published": write_time(post.published),
        "tag": list(post.tags),
        "attachment": list(post.attachments),
        **{term: f"{post.id}/{term}" for term in _ABOUT_POSTS},
        **({"searchableBy": [*post.searchable_by]} if post.searchable_by else {}),
        **_given(updated=updated, audience=post.group, context=post.thread),
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
    _require_plain(id)
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


def create(post: JsonObject, *, id: str) -> JsonObject:
    """Write the activity that publishes a post, to the post's own audience."""
    return {
        **_activity("Create", id=id, actor=post["attributedTo"], of=post),
        "to": post["to"],
        "cc": post["cc"],
        "published": post["published"],
    }


def update(document: JsonObject, *, id: str, audience: Audience) -> JsonObject:
    """Write the activity that tells of a changed post or actor.

    The document is whole, and its ``updated`` later than ever before: Mastodon takes
    no change without it (W15).
    """
    if "updated" not in document:
        raise ValueError("An Update without a later `updated` is ignored by others.")
    actor = document.get("attributedTo") if "to" in document else document["id"]
    return {
        **_activity("Update", id=id, actor=actor, of=document),
        **_addressed(audience),
        "published": document["updated"],
    }


def announce(
    what: str | JsonObject,
    *,
    id: str,
    actor: str,
    audience: Audience,
    published: datetime,
) -> JsonObject:
    """Write the activity with which a Group hands something on.

    Args:
        what: for group-aware software the activity that was received, which goes on
            untouched; for all others the id of a post that begins a thread.
        id: of the Announce; each of the two forms needs its own.
        actor: the Group.
        audience: see `to_everyone`.
        published: when it is handed on.

    See federation.md W12.
    """
    document = {
        **_activity("Announce", id=id, actor=actor, of=None),
        "object": what,
        **_addressed(audience),
        "published": write_time(published),
    }
    if isinstance(what, dict):
        document["@context"] = [AS2, dict(_PROOF_TERMS)]
    return document


def like(what: str, *, id: str, who: str, to: str) -> JsonObject:
    """Write that ``who`` likes a post, for its author ``to``."""
    return {**_activity("Like", id=id, actor=who, of=what), "to": [to]}


def add(
    what: str, *, id: str, actor: str, target: str, audience: Audience
) -> JsonObject:
    """Write that an actor puts something into a collection of its own."""
    return _moved("Add", what, id=id, actor=actor, target=target, audience=audience)


def remove(
    what: str, *, id: str, actor: str, target: str, audience: Audience
) -> JsonObject:
    """Write that an actor takes something out of a collection of its own."""
    return _moved("Remove", what, id=id, actor=actor, target=target, audience=audience)


def _moved(
    kind: str, what: str, *, id: str, actor: str, target: str, audience: Audience
) -> JsonObject:
    return {
        **_activity(kind, id=id, actor=actor, of=what),
        "target": target,
        **_addressed(audience),
    }


def offer(what: JsonObject | str, *, id: str, actor: str, to: str) -> JsonObject:
    """Write that an actor offers somebody something: they accept it or do not."""
    return {**_activity("Offer", id=id, actor=actor, of=what), "to": [to]}


def follow(actor: str, *, id: str, who: str) -> JsonObject:
    """Write the request of ``who`` to follow an actor."""
    return {**_activity("Follow", id=id, actor=who, of=actor), "to": [actor]}


def flag(
    who: str, *, posts: Iterable[str], says: str, id: str, actor: str
) -> JsonObject:
    """Write a report about an actor and what they wrote, for their own server (W17)."""
    return {
        **_activity("Flag", id=id, actor=actor, of=[who, *posts]),
        "content": says,
        "to": [who],
    }


def move(actor: str, *, id: str, target: str) -> JsonObject:
    """Write the activity with which an actor tells its followers where it is now (W18).

    Both ends must say so: the target by ``alsoKnownAs``, the actor by ``movedTo``.
    """
    return {
        **_activity("Move", id=id, actor=actor, of=actor),
        "target": target,
        "to": [f"{actor}/followers"],
    }


def accept(
    request: JsonObject, *, id: str, actor: str, result: str | None = None
) -> JsonObject:
    """Write the consent to a Follow, Join or Offer. Repeating it does no harm (W14).

    ``result`` is the address of what came of it, if anything did.
    """
    answer = _answer("Accept", request, id=id, actor=actor)
    return {**answer, **_given(result=result)}


def reject(request: JsonObject, *, id: str, actor: str) -> JsonObject:
    """Write the refusal of a request, or the end of one that was accepted (W14)."""
    return _answer("Reject", request, id=id, actor=actor)


def _answer(kind: str, request: JsonObject, *, id: str, actor: str) -> JsonObject:
    asked: JsonObject = {
        term: request[term]
        for term in ("id", "type", "actor", "object", "instrument")
        if term in request
    }
    answer = _activity(kind, id=id, actor=actor, of=asked)
    return {**answer, "to": [request["actor"]]}


def undo(activity: JsonObject, *, id: str) -> JsonObject:
    """Write the activity that takes back one of the same actor's."""
    return {
        **_activity("Undo", id=id, actor=activity["actor"], of=activity),
        "to": activity.get("to", []),
        "cc": activity.get("cc", []),
    }


def delete(of: JsonObject, *, id: str, actor: str, audience: Audience) -> JsonObject:
    """Write the activity that tells of a deletion; ``of`` is the tombstone (W16)."""
    return {
        **_activity("Delete", id=id, actor=actor, of=of),
        **_addressed(audience),
    }


def collection(
    id: str, *, total: int, first: str | None = None, last: str | None = None
) -> JsonObject:
    """Write a collection by its size and, if it may be read, its pages.

    ``followers`` has no pages: who follows is nobody else's business (W13).
    """
    return {
        "@context": [AS2],
        "id": id,
        "type": "OrderedCollection",
        "totalItems": total,
        **_given(first=first, last=last),
    }


def page(
    id: str,
    *,
    of: str,
    items: Iterable[JsonValue],
    next: str | None = None,
    previous: str | None = None,
) -> JsonObject:
    """Write one page of a collection, newest first; ``next`` leads to older ones."""
    return {
        "@context": [AS2],
        "id": id,
        "type": "OrderedCollectionPage",
        "partOf": of,
        "orderedItems": list(items),
        **_given(next=next, prev=previous),
    }


def extend(
    document: JsonObject,
    properties: Mapping[str, JsonValue],
    *,
    context: Mapping[str, JsonValue],
) -> JsonObject:
    """Add properties of another vocabulary, each defined in the document itself.

    Args:
        document: what one of the builders here wrote, before it is signed.
        properties: none that the document has already, and none of AS2 that the
            builder left out for a reason.
        context: the terms, for the inline part of ``@context``.
    """
    taken = properties.keys() & (document.keys() | _LEFT_OUT)
    if taken:
        raise ValueError(f"These cannot be added to what is written: {sorted(taken)}")
    if "proof" in document:
        raise ValueError("What is signed cannot be added to.")
    joined = _joined(document["@context"], [dict(context)])
    return {**document, "@context": joined, **properties}


def fits(carrier: JsonObject) -> bool:
    """Tell whether a carrier is small and flat enough for every reader.

    What makes it too large is linked then, not embedded (W22).
    """
    flat = _depth(carrier) <= MOST_CARRIER_DEPTH
    return flat and len(encode(carrier)) <= MOST_CARRIER_BYTES


def encode(document: JsonObject) -> bytes:
    """Write the bytes that are sent."""
    return msgspec.json.encode(document)


def _activity(kind: str, *, id: str, actor: JsonValue, of: JsonValue) -> JsonObject:
    _require_plain(id)
    context: JsonValue = [AS2, DATA_INTEGRITY]
    if isinstance(of, dict) and "proof" not in of:
        # Readers look for the terms at the top; what is signed stays as it is.
        context = _joined(context, of.get("@context", []))
        of = {term: value for term, value in of.items() if term != "@context"}
    return {"@context": context, "id": id, "type": kind, "actor": actor, "object": of}


def _joined(first: JsonValue, second: JsonValue) -> list[JsonValue]:
    """Join two contexts: the addresses of both, then all inline terms in one object."""
    remote: dict[str, None] = {}
    terms: JsonObject = {}
    for context in (first, second):
        for entry in context if isinstance(context, list) else [context]:
            if isinstance(entry, dict):
                terms |= entry
            elif isinstance(entry, str):
                remote[entry] = None
    return [*remote, terms] if terms else [*remote]


def _given(**terms: str | None) -> JsonObject:
    return {term: value for term, value in terms.items() if value is not None}


def _addressed(audience: Audience) -> JsonObject:
    return {"to": list(audience.to), "cc": list(audience.cc)}


def _depth(value: JsonValue) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _require_plain(id: str) -> None:
    url = addresses.parse(id)
    if str(url) != id or id != id.lower() or url.fragment or "?" in id:
        raise ValueError(f"An id must be plain, lower case and without a query: {id}")
