"""What the assembly says is a post for people, and carries its entry if it has one.

Only the entry counts; the post may be reworded.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from markupsafe import Markup

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation import record
from confederation.record import Entry
from instance import archive, carriers, languages, vocabulary
from instance.carriers import Carrier
from instance.desk import Desk
from instance.matters import openings
from instance.speech import offices
from instance.speech.actors import DECISIONS, DELEGATES, address, clerk_path, group_path
from instance.speech.sending import (
    GROUP_AWARE,
    OURS,
    announce,
    keep,
    sign_and_keep,
    tell_of,
    to_everyone,
    with_proof,
)
from instance.store import posts, records
from instance.verification import Verified

Mentions = Iterable[tuple[str, str]]
"""Actors that a post speaks of, each with the name to call it by."""


def say(
    desk: Desk,
    *,
    html: str,
    title: str | None = None,
    page: str | None = None,
    kind: str | None = None,
    entry: Verified | None = None,
    about: str | None = None,
    mentions: Mentions = (),
    lang: str | None = None,
) -> str:
    """Publish a note by the clerk, announced by the assembly; return its id.

    ``lang`` is the BCP 47 tag of the language that it is in, if that is not ours.
    """
    post = a_post(desk, html=html, page=page, entry=entry, mentions=mentions)
    post = replace(post, language=lang or post.language)
    note = documents.note(post, name=title)
    if entry is not None or kind is not None:
        carried, terms = _carried(desk, kind, entry), vocabulary.CARRIER_TERMS
        if entry is not None and isinstance(entry.entry.fact, record.Issue):
            # Who has it too: so that others find the collection without guessing.
            carried = {**carried, "adoptions": f"{post.id}/adoptions"}
            terms = {**terms, "adoptions": {"@id": "asm:adoptions", "@type": "@id"}}
        note = documents.extend(note, carried, context=terms)
        for part in ("assemblyTexts", "assemblyRecord"):
            if part in note and not documents.fits(note):
                del note[part]
    kind = kind or (None if entry is None else str(entry.document["type"]))
    return publish(
        desk,
        note,
        by=clerk_path(desk),
        kind=kind,
        entry=None if entry is None else entry.entry.digest,
        about=about,
    )


def a_post(
    desk: Desk,
    *,
    html: str,
    page: str | None = None,
    entry: Verified | None = None,
    by: str | None = None,
    mentions: Mentions = (),
) -> documents.Post:
    """Return what a builder of `documents` asks for, for a post that begins a thread.

    It is for everyone and appears in our group. ``by`` is the path of its author, the
    clerk unless another is named; ``page`` is where people read it.
    """
    author, name = by or clerk_path(desk), desk.new_id()
    id = address(desk, f"n/{name}")
    return documents.Post(
        id=id,
        author=address(desk, author),
        content=html,
        audience=to_everyone(desk, author, mentions=[who for who, _ in mentions]),
        published=desk.now,
        language=desk.config.language,
        url=address(desk, page.lstrip("/")) if page else id,
        group=address(desk, group_path(desk)),
        thread=address(desk, f"t/{name}"),
        tags=(
            *(documents.mention(who, name=name) for who, name in mentions),
            *(() if entry is None else (_link_to(entry),)),
        ),
        # What the assembly says may be found; people say so for themselves.
        searchable_by=() if by else (documents.PUBLIC,),
    )


def publish(
    desk: Desk,
    document: JsonObject,
    *,
    by: str,
    kind: str | None = None,
    entry: str | None = None,
    about: str | None = None,
    groups: Collection[str] = GROUP_AWARE,
) -> str:
    """Publish what one of our actors wrote for everyone; return its id.

    It goes to the author's own followers. The assembly hands it on to its followers if
    it appears in our group and answers nothing.

    Args:
        desk: with the transaction.
        document: what a builder of `documents` wrote.
        by: the path of the author.
        kind: what it is to our members.
        entry: the digest of the entry that it carries.
        about: what it is about, where that is no entry.
        groups: the group-aware software that can read it.
    """
    id = str(document["id"])
    activity = _begin(desk, document, by=by, kind=kind, entry=entry, about=about)
    posts.deliver_to_followers(
        desk.connection, of=by, by=by, activity=str(activity["id"]), at=desk.seconds
    )
    if document.get("audience") == address(desk, group_path(desk)):
        top = None if "inReplyTo" in document else id
        announce(desk, activity, top=top, groups=groups)
    return id


def publish_for(
    desk: Desk, document: JsonObject, *, by: str, groups: Collection[str]
) -> str:
    """Publish what is for some group-aware software alone; return its id.

    What such software cannot read is told to it in another way.
    """
    activity = _begin(desk, document, by=by, kind=posts.IN_OTHER_WORDS)
    announce(desk, activity, top=None, groups=groups)
    return str(document["id"])


def _begin(
    desk: Desk,
    document: JsonObject,
    *,
    by: str,
    kind: str | None = None,
    entry: str | None = None,
    about: str | None = None,
) -> JsonObject:
    """Keep a post and the activity that publishes it; return the activity."""
    id, thread = str(document["id"]), document.get("context")
    posts.keep_object(
        desk.connection,
        id=id,
        path=id.removeprefix(f"{desk.config.base}/"),
        actor=by,
        kind=kind,
        entry=entry,
        thread=str(thread) if thread else None,
        document=document,
        about=about,
    )
    activity = with_proof(desk, by, documents.create(document, id=f"{id}/create"))
    keep(desk, by, activity)
    return activity


def say_entry(desk: Desk, verified: Verified) -> None:
    """Publish the post that carries an entry, and mend the posts that it overtakes."""
    post = carriers.carrier(desk, verified.entry)
    if post is None:
        return
    id = say_carrier(desk, post, entry=verified)
    _tell_of_collections(desk, verified.entry, carrier=id)
    match verified.entry.fact:
        case record.Mandate(supersedes=earlier):
            if earlier is not None:
                offices.take_back(desk, earlier)
            offices.offer(desk, verified.entry, verified.document)
        case record.Recall(mandate=mandate):
            offices.take_back(desk, mandate)
        case record.Ratification() as answered:
            offices.tell_ratification(desk, answered)
        case _:
            pass
    for before in carriers.outdated(desk, verified.entry):
        row = posts.carrier_of(desk.connection, before.entry)
        if row is not None:
            add_to(
                desk,
                row["id"],
                Markup('<p><strong>{}</strong> <a href="{}">{}</a></p>').format(
                    before.says,
                    address(desk, post.page.lstrip("/")),
                    languages.phrased("See there"),
                ),
            )


def _tell_of_collections(desk: Desk, entry: Entry, *, carrier: str) -> None:
    """Tell assemblies that follow us what our open collections gained or lost.

    Other software takes whatever is added to a group for a moderator or a pinned post.
    """
    group = address(desk, group_path(desk))
    match entry.fact:
        case record.Decision():
            write, what, name = documents.add, carrier, DECISIONS
        case record.Mandate(holder=holder):
            write, what, name = documents.add, str(holder), DELEGATES
        case record.Recall(mandate=mandate):
            row = records.entry(desk.connection, mandate)
            ended = None if row is None else archive.read(desk, row).fact
            if not isinstance(ended, record.Mandate):
                return
            write, what, name = documents.remove, str(ended.holder), DELEGATES
        case record.Succession():
            # Its profile says where it goes on, or came from.
            tell_of(desk, group_path(desk))
            return
        case _:
            return
    activity = sign_and_keep(
        desk,
        group_path(desk),
        write(
            what,
            id=address(desk, f"a/{desk.new_id()}"),
            actor=group,
            target=f"{group}/{name}",
            audience=to_everyone(desk, group_path(desk)),
        ),
    )
    posts.deliver_to_followers(
        desk.connection,
        of=group_path(desk),
        by=group_path(desk),
        activity=activity,
        at=desk.seconds,
        only=OURS,
    )
    if isinstance(entry.fact, record.Recall):
        offices.deliver_to_fellows(desk, activity, by=group_path(desk))


def say_carrier(
    desk: Desk,
    post: Carrier,
    *,
    entry: Verified | None = None,
    kind: str | None = None,
    about: str | None = None,
) -> str:
    """Publish what people read about something, with a link to its page."""
    return say(
        desk,
        html=str(body_of(desk, post)),
        title=post.title,
        page=post.page,
        kind=kind,
        entry=entry,
        about=about,
        mentions=post.mentions,
        lang=post.lang,
    )


def body_of(desk: Desk, post: Carrier) -> Markup:
    """Write the text of a post that carries an entry, with the way to its page."""
    link = Markup('<p><a href="{}">{}</a></p>').format(
        address(desk, post.page.lstrip("/")),
        languages.phrased("Read the whole, with the signed record"),
    )
    return carriers.headed(post.title) + post.html + link


def reworded(note: JsonObject, content: str) -> JsonObject:
    """Give a post other words in the language that it is in."""
    said = note.get("contentMap")
    lang = next(iter(said), "und") if isinstance(said, dict) else "und"
    return {**note, "content": content, "contentMap": {lang: content}}


def add_to(desk: Desk, id: str, html: Markup) -> None:
    """Add a paragraph to a post of ours and tell all who may have it.

    The entry that it carries stays what it is.
    """
    row = posts.object_of(desk.connection, id)
    assert row is not None
    note = canonical.read(row["body"].encode())
    content = f"{note['content']}{html}"
    revise(desk, reworded(note, content))


def revise(
    desk: Desk, document: JsonObject, *, groups: Collection[str] = GROUP_AWARE
) -> str:
    """Keep a post of ours in its changed form, and tell all who may have it.

    Returns the id of the activity that tells it. Servers take no change whose time is
    not later than the last one's, to the second.
    """
    id = str(document["id"])
    row = posts.object_of(desk.connection, id)
    assert row is not None
    by, group = row["actor"], group_path(desk)
    changed = {**document, "updated": canonical.write_time(_later(desk, document))}
    posts.revise_object(desk.connection, id, document=changed)
    update = documents.update(
        changed, id=address(desk, f"a/{desk.new_id()}"), audience=to_everyone(desk, by)
    )
    signed = with_proof(desk, by, update)
    keep(desk, by, signed)
    activity = str(signed["id"])
    posts.deliver_to_followers(
        desk.connection, of=by, by=by, activity=activity, at=desk.seconds
    )
    if document.get("audience") == address(desk, group):
        posts.deliver_to_followers(
            desk.connection,
            of=group,
            by=by,
            activity=activity,
            at=desk.seconds,
            but=GROUP_AWARE,
        )
        announce(desk, signed, top=None, groups=groups)
    return activity


def _later(desk: Desk, document: JsonObject) -> datetime:
    """Return now, or the second after a document changed last if that was just now."""
    last = document.get("updated") or document["published"]
    return max(desk.now, canonical.read_time(str(last)) + timedelta(seconds=1))


def _link_to(entry: Verified) -> JsonObject:
    return documents.object_link(
        str(entry.document["id"]), rel=f"{vocabulary.NS}record", name="record"
    )


def _carried(desk: Desk, kind: str | None, entry: Verified | None) -> JsonObject:
    if entry is None:
        return {"assemblyKind": kind}
    return {
        "assemblyKind": kind or str(entry.document["type"]),
        "assemblyRecord": entry.document,
        "assemblyTexts": [*openings.documents(desk, entry.document)],
    }
