"""What was decided is carried out, or asked of others, and judged by what came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.identifiers import ActionId, Commit, Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something is done to carry out a decision, and how far it is.

    ``follows`` is the digest of our own Decision entry, or of the confirmed result of
    ``proposal``. Each step is an entry of its own with the same ``action``; the newest
    one in the record says how it stands.
    """

    action: ActionId
    follows: Digest
    what: Commit
    state: Literal["offered", "taken", "doing", "blocked", "done", "dropped"]
    proposal: Digest | None = None
    due: datetime | None = None
    says: Commit | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What was decided is put to somebody outside who can do it, by a day.

    ``follows`` is as in `Action`. ``authority`` is what they are called; how they are
    reached stands in no entry. ``answer_by`` is a request, and no legal deadline.
    """

    follows: Digest
    authority: Commit
    text: Commit
    answer_by: datetime
    proposal: Digest | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back to an ask of the same record, in the words of whoever answered.

    ``given`` is how it came: over the link that was sent, on paper, copied by us, or
    from the account of a public servant. None of them proves who wrote it.
    """

    ask: Digest
    kind: Literal["received", "holding", "full", "partly", "refused"]
    given: Literal["link", "paper", "account"]
    text: Commit | None = None
    heard: Commit | None = None
    plan: Commit | None = None
    handed: Commit | None = None
    plan_by: datetime | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An assembly judges what came back to an ask, or that nothing did.

    ``answer`` is None for *no answer*; ``decision`` is its own decision behind this.
    The newest judgement in the record of an assembly is the one that stands.
    """

    ask: Digest
    verdict: Literal["accepted", "partly", "not accepted", "no answer"]
    stage: Literal["waiting", "implementing", "done"]
    decision: Digest
    answer: Digest | None = None
    reason: Commit | None = None
