"""Whoever wants to quote a public post of ours may, and gets a stamp for it (044f)."""

from activitypub import addresses, canonical, documents, reading
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from instance import speech
from instance.desk import Desk
from instance.fediverse.judgement import Severity
from instance.reception.effect import Effect
from instance.reception.reactions import post_of_ours
from instance.reception.senders import known
from instance.store import posts


def ask(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Let somebody quote a post of ours with one of theirs, unless they are limited.

    Raises:
        NotAuthentic: the post that quotes is not on their server.
    """
    object, quote = post_of_ours(desk, activity.get("object")), _quote(activity)
    row = None if object is None else posts.object_of(desk.connection, object)
    who = known(desk, actor)
    if row is None or quote is None or who is None:
        return Effect("ignored: it asks to quote no public post of ours")
    if addresses.parse(quote).origin != addresses.parse(actor).origin:
        raise NotAuthentic("Whoever asks to quote does so with a post of their own.")
    author = speech.address(desk, row["actor"])
    id = speech.address(desk, f"a/{desk.new_id()}")
    request = {**activity, "object": row["id"], "instrument": quote}
    if desk.judgement.of(actor) is not Severity.NONE:
        refusal = documents.reject(request, id=id, actor=author)
        speech.answer(desk, row["actor"], refusal, inbox=who.inbox)
        return Effect("refused to be quoted")
    stamp = documents.quote_authorization(
        id=speech.address(desk, f"a/{desk.new_id()}"),
        author=author,
        quote=quote,
        of=row["id"],
    )
    posts.keep_activity(
        desk.connection,
        path=str(stamp["id"]).removeprefix(f"{desk.config.base}/"),
        actor=row["actor"],
        document=stamp,
        published=canonical.write_time(desk.now),
        public=True,
        listed=False,
    )
    consent = documents.accept(request, id=id, actor=author, result=str(stamp["id"]))
    speech.answer(desk, row["actor"], consent, inbox=who.inbox)
    return Effect("may quote")


def _quote(activity: JsonObject) -> str | None:
    return reading.id_of(activity.get("instrument"))
