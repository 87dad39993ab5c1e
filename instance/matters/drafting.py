"""A text that assemblies draft together lies in their records, and nowhere else.

What our assembly says of it is an act of its own; how it stands is worked out from what
all of them said, as far as their records are held here.
"""

from collections.abc import Iterable, Sequence

from activitypub import canonical
from confederation.deciding import motion
from confederation.errors import TooEarly, Unknown
from confederation.identifiers import (
    AssemblyId,
    Commit,
    Digest,
    IssueId,
    MemberId,
    MotionId,
)
from confederation.matters import common_text, drafts, shared
from confederation.matters.drafts import Drafting, Version
from confederation.record import Clause, CommonText, Issue, TextVersion
from instance import archive, chamber, clerk, node, verification
from instance.desk import Desk
from instance.store import events, records


def known(desk: Desk, issue: Digest) -> Drafting:
    """Return the common texts about an issue, as far as records are held here."""
    return drafts.gather(issue, chamber.records_held(desk))


def version(desk: Desk, digest: str) -> tuple[Drafting, Version]:
    """Return a version by its digest, and all that was drafted about its issue.

    Raises:
        Unknown: nobody whose record is held here has offered it.
    """
    issue = issue_of(desk, digest)
    found = None if issue is None else known(desk, issue)
    one = None if found is None else found.get(Digest(digest))
    if found is None or one is None:
        raise Unknown("No such text is known here.")
    return found, one


def issue_of(desk: Desk, digest: str) -> Digest | None:
    """Return the issue that a version is about, or None where it is not known."""
    for kept in chamber.records_held(desk).values():
        for _, fact in kept.facts(CommonText):
            if fact.version_hash == digest:
                return fact.version.shares
    return None


def all_known(desk: Desk) -> tuple[Drafting, ...]:
    """Return all that is drafted about any issue, as far as records are held here."""
    held = chamber.records_held(desk)
    issues = {
        fact.version.shares: None
        for kept in held.values()
        for _, fact in kept.facts(CommonText)
    }
    return tuple(drafts.gather(issue, held) for issue in issues)


def sharing(desk: Desk, issue: Digest) -> frozenset[AssemblyId]:
    """Return the assemblies that have an issue, in their own words.

    Raises:
        Unknown: no such issue is held here.
    """
    row = records.entry(desk.connection, issue)
    entry = None if row is None else archive.read(desk, row)
    if entry is None or not isinstance(entry.fact, Issue):
        raise Unknown("No such issue is known here.")
    gathered = shared.gather(entry, chamber.records_held(desk))
    return frozenset(each.assembly for each in gathered.accounts)


def addresses(desk: Desk, issue: Digest) -> tuple[str, ...]:
    """Return where those live who have an issue, but for us.

    Raises:
        Unknown: no such issue is held here.
    """
    known = (records.assembly(desk.connection, each) for each in sharing(desk, issue))
    return tuple(sorted(each.address for each in known if each and not each.ours))


def us(desk: Desk) -> AssemblyId:
    """Return our own assembly.

    Raises:
        TooEarly: it is not founded yet.
    """
    ours = records.ours(desk.connection)
    if ours is None:
        raise TooEarly("An assembly is founded before it drafts with others.")
    return ours.id


def begin(
    desk: Desk,
    issue: Digest,
    *,
    title: str,
    clauses: Sequence[str],
    among: Iterable[AssemblyId],
    lang: str = "en",
    by: MemberId,
) -> Digest:
    """Offer a first draft to those who have the issue; return the version.

    ``lang`` is the language of the words that count, whatever they are put into.

    The same draft offered again is the one that is there.

    Raises:
        Refused: it cannot be offered; nothing was changed.
    """
    drafts = known(desk, issue).versions
    named = tuple(sorted(set(among)))
    for each in drafts:
        same = (
            not each.text.parents
            and each.text.among == named
            and each.text.lang == lang
            and events.wording(desk.connection, each.text.title) == title
            and _words(desk, each.text) == tuple(clauses)
        )
        if same:
            return each.digest
    text = TextVersion(
        shares=issue,
        title=events.keep_wording(desk.connection, title, lang=lang),
        text=events.keep_wording(desk.connection, whole(clauses), lang=lang),
        clauses=_clauses(desk, clauses, lang=lang),
        among=named,
        lang=lang,
    )
    return _offer(desk, text, reason=None, by=by)


def amend(
    desk: Desk,
    digest: str,
    *,
    clauses: Sequence[str],
    among: Iterable[AssemblyId],
    answers: Iterable[Digest] = (),
    why: str,
    by: MemberId,
) -> Digest:
    """Offer an amended text and why; return the version, the same if sent twice.

    A clause that is not changed keeps its commitment, and so does the whole.

    Raises:
        Refused: it cannot be offered; nothing was changed.
    """
    drafting, before = version(desk, digest)
    named, answered = tuple(sorted(set(among))), tuple(sorted(set(answers)))
    for each in drafting.versions:
        same = (
            each.text.parents == (before.digest,)
            and each.by == us(desk)
            and each.text.among == named
            and each.text.answers == answered
            and _words(desk, each.text) == tuple(clauses)
        )
        if same:
            return each.digest
    unchanged = _words(desk, before.text) == tuple(clauses)
    text = TextVersion(
        shares=drafting.issue,
        title=before.text.title,
        text=before.text.text
        if unchanged
        else events.keep_wording(
            desk.connection, whole(clauses), lang=before.text.lang
        ),
        clauses=before.text.clauses
        if unchanged
        else _clauses(desk, clauses, lang=before.text.lang, like=before.text),
        among=named,
        parents=(before.digest,),
        answers=answered,
        lang=before.text.lang,
    )
    return _offer(desk, text, reason=events.keep_wording(desk.connection, why), by=by)


def perform(desk: Desk, issue: Digest, command: common_text.Command) -> None:
    """Say what our assembly says of a common text, and publish it.

    Raises:
        Refused: the rules do not allow it; nothing was changed.
    """
    node.perform(desk, f"common_text:{_hex(issue)}", command)
    clerk.publish_ready(desk)


def bring(desk: Desk, digest: str, *, by: MemberId) -> MotionId:
    """Make a motion of a frozen text, to the byte; return it, the same if sent twice.

    Raises:
        TooEarly: the text is not frozen.
        Unknown: it is not known here.
    """
    drafting, one = version(desk, digest)
    if one.status != "frozen":
        raise TooEarly("A text is frozen before an assembly decides on it.")
    already = motion_of(desk, one)
    if already is not None:
        return already
    id, issue = MotionId(desk.new_id()), _hex(drafting.issue)
    command = motion.DraftMotion(
        motion=id,
        title=one.text.title,
        text=common_text.as_text(one.text),
        issue=IssueId(issue) if node.exists(desk, f"issue:{issue}") else None,
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"motion:{id}", command)
    return id


def motion_of(desk: Desk, one: Version) -> MotionId | None:
    """Return our motion that has this very text, or None while there is none."""
    for id, state in node.load_all(desk, "motion").items():
        if state.status in ("withdrawn", "sent back") or not state.versions:
            continue
        if state.versions[-1].text == one.text.text:
            return MotionId(id)
    return None


def whole(clauses: Sequence[str]) -> str:
    """Write a text whole, as it is read and decided on."""
    return "\n\n".join(f"{n}. {each}" for n, each in enumerate(clauses, start=1))


def _offer(
    desk: Desk, text: TextVersion, *, reason: Commit | None, by: MemberId
) -> Digest:
    digest = Digest(canonical.digest(verification.version_document(text)))
    command = common_text.OfferText(
        version=text,
        digest=digest,
        reason=reason,
        known=known(desk, text.shares),
        sharing=sharing(desk, text.shares),
        us=us(desk),
        by=by,
        at=desk.now,
    )
    perform(desk, text.shares, command)
    return digest


def _clauses(
    desk: Desk, clauses: Sequence[str], *, lang: str, like: TextVersion | None = None
) -> tuple[Clause, ...]:
    """Commit to clauses; one that stands in the text before keeps its commitment."""
    before = {
        events.wording(desk.connection, each.text): each
        for each in (() if like is None else like.clauses)
    }
    found = []
    for n, text in enumerate(clauses, start=1):
        kept = before.get(text)
        if kept is None:
            commitment = events.keep_wording(desk.connection, text, lang=lang)
            found.append(Clause(n=n, text=commitment))
        else:
            found.append(Clause(n=n, text=kept.text, amounts=kept.amounts))
    return tuple(found)


def _words(desk: Desk, text: TextVersion) -> tuple[str | None, ...]:
    return tuple(events.wording(desk.connection, each.text) for each in text.clauses)


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
