"""A position counts as the revision under which the assembly itself filed it."""

from dataclasses import dataclass

from confederation.identifiers import AssemblyId, Digest, Multikey, OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A delegate's signed vote. ``signed_by`` is the key whose proof held, or None."""

    proposal: Digest
    assembly: AssemblyId
    mandate: Digest
    revision: int
    choice: tuple[OptionId, ...]
    signed_by: Multikey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A seat's position in a proposal is filed as its next revision.

    Exactly one of ``document`` (a vote) and ``withdrawn_by`` (the digest of the
    recall, mandate or leaving that ends the position) is given. With ``paper``, the
    digest of a PaperVote, the assembly takes that vote as its own: ``document`` then
    says the same, and nobody signed it.

    A substitute who begins to bear a seat in this matter gives ``head``, the last entry
    that it goes on from of the record of whoever bore it before, and ``moved_by``: the
    proposal by which the compact below moved the seat, or the leaving of the other.
    """

    proposal: Digest
    revision: int
    document: Vote | None = None
    withdrawn_by: Digest | None = None
    paper: Digest | None = None
    head: Digest | None = None
    moved_by: Digest | None = None

    @property
    def taken(self) -> Digest | None:
        """The vote on paper that this takes as the assembly's own, if it takes one."""
        return None if self.document is None else self.paper


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperVote:
    """A fellow member files what the delegate of a dark seat voted on paper.

    ``of`` is the assembly whose seat it is, and ``head`` the newest entry of its
    record that the fellow member holds: the vote is judged as if it were filed right
    after that.
    """

    proposal: Digest
    of: AssemblyId
    mandate: Digest
    revision: int
    choice: tuple[OptionId, ...]
    head: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """Another fellow member saw the same paper. ``paper`` is the PaperVote."""

    proposal: Digest
    paper: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratification:
    """An assembly's own decision on a confirmed result is filed as its next revision.

    Exactly one of ``decision`` (which was passed: it ratifies; or rejected: it does
    not) and ``withdrawn_by`` (the leaving that empties the seat) is given. ``head`` and
    ``moved_by`` are those of a substitute who begins to bear a seat, as in a ``Filed``.
    """

    proposal: Digest
    result_hash: Digest
    revision: int
    ratifies: bool
    decision: Digest | None = None
    withdrawn_by: Digest | None = None
    head: Digest | None = None
    moved_by: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An assembly states which revisions it received: (seat, revision, filing entry).

    A statement with nothing in ``seen`` witnesses the proposal itself. The ``final``
    one repeats all that was ever witnessed and says that no more will follow. In a
    ratification ``proposal`` is the digest of the result that is ratified.
    """

    proposal: Digest
    final: bool
    seen: tuple[tuple[int, int, Digest], ...] = ()
