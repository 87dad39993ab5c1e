"""Minutes are put together from the night, open to correction, then approved.

For seven days whoever was there can say what is wrong. What is taken in stands beside
the text and is not hidden in it; a correction after the approval is a new version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from confederation.errors import (
    Invalid,
    NotEntitled,
    Phrase,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    Commit,
    CorrectionId,
    MemberId,
    PhotoId,
    SessionId,
)
from confederation.meeting.point import Place
from confederation.session import Told

OPEN_FOR = timedelta(days=7)

Status = Literal["none", "draft", "approved", "corrected"]
Answer = Literal["waiting", "taken in", "declined", "taken back"]
ANSWERED: Final[Mapping[Answer, Phrase]] = {
    "taken in": Phrase("This correction was taken in already."),
    "declined": Phrase("This correction was declined already."),
    "taken back": Phrase("This correction was taken back already."),
}
Seen = Literal["room", "members", "everyone"]
"""Who sees a photo: who took part that night, the members, or everybody."""
Kind = Literal["photo", "drawing", "recording"]
"""In what something came out of a meeting where that is no text. Pictures were first,
and all three are called photos below."""
Beside = Place | int | None
"""What it belongs to: a point, a theme by its number, or the minutes as a whole."""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMinutes:
    """Open the minutes to correction. ``closed_at`` is when the meeting closed.

    ``words`` are the note-taker's own, beside what the evening itself tells.
    """

    session: SessionId
    closed_at: datetime | None
    words: Commit | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteMinutes:
    """Give the draft other words of the note-taker's."""

    words: Commit | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeCorrection:
    correction: CorrectionId
    says: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackCorrection:
    correction: CorrectionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInCorrection:
    correction: CorrectionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineCorrection:
    """Leave a correction out, and say why; both are kept."""

    correction: CorrectionId
    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveMinutes:
    """Approve the minutes in these words, and say who may read them."""

    text: Commit
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectMinutes:
    """Publish a new version of approved minutes, with what was taken in since."""

    text: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachPhoto:
    """Attach a photo, a drawing or a recording.

    ``says`` tells what is to be seen or heard, for those who do not see or hear it;
    None says that a recording needs no words. ``transcript`` is all that is said in
    it, where somebody wrote that down already. ``agreed`` says that those who made it,
    and who are seen or heard in it, want everybody to have it.
    """

    session: SessionId
    photo: PhotoId
    says: Commit | None
    transcript: Commit | None = None
    seen: Seen = "room"
    kind: Kind = "photo"
    beside: Beside = None
    agreed: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscribeRecording:
    """Write down all that is said in a recording, in place of what stood there."""

    photo: PhotoId
    transcript: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPhoto:
    """Let others see a photo, or fewer; ``agreed`` as when one is attached."""

    photo: PhotoId
    seen: Seen
    agreed: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePhoto:
    photo: PhotoId
    by: MemberId
    at: datetime


Command = (
    DraftMinutes
    | RewriteMinutes
    | ProposeCorrection
    | TakeBackCorrection
    | TakeInCorrection
    | DeclineCorrection
    | ApproveMinutes
    | CorrectMinutes
    | AttachPhoto
    | TranscribeRecording
    | ShowPhoto
    | RemovePhoto
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesDrafted:
    session: SessionId
    words: Commit | None
    open_until: datetime
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesRewritten:
    session: SessionId
    words: Commit | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionProposed:
    session: SessionId
    correction: CorrectionId
    says: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionTakenBack:
    session: SessionId
    correction: CorrectionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionTakenIn:
    session: SessionId
    correction: CorrectionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionDeclined:
    session: SessionId
    correction: CorrectionId
    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesApproved:
    session: SessionId
    text: Commit
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesCorrected:
    session: SessionId
    version: int
    text: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoAttached:
    session: SessionId
    photo: PhotoId
    says: Commit | None
    transcript: Commit | None = None
    seen: Seen
    kind: Kind = "photo"
    beside: Beside = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTranscribed:
    session: SessionId
    photo: PhotoId
    transcript: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoShown:
    session: SessionId
    photo: PhotoId
    seen: Seen
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRemoved:
    session: SessionId
    photo: PhotoId
    by: MemberId
    at: datetime


Event = (
    MinutesDrafted
    | MinutesRewritten
    | CorrectionProposed
    | CorrectionTakenBack
    | CorrectionTakenIn
    | CorrectionDeclined
    | MinutesApproved
    | MinutesCorrected
    | PhotoAttached
    | RecordingTranscribed
    | PhotoShown
    | PhotoRemoved
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What somebody says is wrong. ``reason`` is why it was declined."""

    says: Commit
    by: MemberId
    at: datetime
    answer: Answer = "waiting"
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo, drawing or recording. ``says`` is None where it needs no words.

    ``transcript`` is None where nobody has written down yet what is said in it, and
    ``written_by`` whoever did so last.
    """

    says: Commit | None
    transcript: Commit | None
    written_by: MemberId | None
    seen: Seen
    kind: Kind
    beside: Beside
    by: MemberId

    @property
    def lacks_words(self) -> bool:
        """Whether something is said in it that nobody has written down."""
        return (
            self.kind == "recording"
            and self.says is not None
            and self.transcript is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The minutes of one meeting. ``versions`` are the approved texts, oldest first.

    ``fresh`` says whether a correction was taken in that the newest version lacks.
    """

    session: SessionId | None = None
    drafted: MinutesDrafted | None = None
    words: Commit | None = None
    corrections: Mapping[CorrectionId, Correction] = field(default_factory=dict)
    approved: MinutesApproved | None = None
    versions: tuple[Commit, ...] = ()
    fresh: bool = False
    photos: Mapping[PhotoId, Photo] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        if self.approved is not None:
            return "approved" if len(self.versions) == 1 else "corrected"
        return "none" if self.drafted is None else "draft"

    @property
    def public(self) -> bool:
        """Whether everybody may read the approved minutes."""
        return self.approved is not None and self.approved.told == "everyone"

    @property
    def waiting(self) -> int:
        """How many corrections have no answer yet."""
        return sum(each.answer == "waiting" for each in self.corrections.values())


NOTHING = State()


def decide(minutes: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in minutes. A redelivered one changes nothing.

    Raises:
        Invalid: a picture comes without words, or with a transcript.
        NotEntitled: somebody else proposed the correction, or those who made
            something have not agreed that everybody has it.
        TooEarly: the meeting is not over, the minutes are not drafted, are still open
            to correction, or a correction has no answer.
        TooLate: they are approved already, or the correction has its answer.
        Unknown: there is no such correction or photo.
    """
    match command:
        case DraftMinutes(session=session, words=words, by=by, at=at):
            if minutes.drafted is not None:
                return ()
            if command.closed_at is None:
                raise TooEarly("The minutes are written when the meeting is over.")
            return (
                MinutesDrafted(
                    session=session,
                    words=words,
                    open_until=at + OPEN_FOR,
                    by=by,
                    at=at,
                ),
            )
        case RewriteMinutes(words=words, by=by, at=at):
            drafted = _drafted(minutes)
            if words == minutes.words:
                return ()
            if minutes.approved is not None:
                raise TooLate(
                    "These minutes are approved. What is wrong in them is corrected, "
                    "and the correction stands beside them."
                )
            return (
                MinutesRewritten(session=drafted.session, words=words, by=by, at=at),
            )
        case ApproveMinutes():
            return _approve(minutes, command)
        case CorrectMinutes(text=text, by=by, at=at):
            if minutes.approved is None:
                raise TooEarly("These minutes are not approved yet.")
            if not minutes.fresh:
                return ()
            return (
                MinutesCorrected(
                    session=_drafted(minutes).session,
                    version=len(minutes.versions) + 1,
                    text=text,
                    by=by,
                    at=at,
                ),
            )
        case AttachPhoto(session=session, photo=photo, by=by, at=at):
            if photo in minutes.photos:
                return ()
            if command.says is None and command.kind != "recording":
                raise Invalid("Please say what is to be seen, for who cannot see it.")
            if command.kind != "recording" and command.transcript is not None:
                raise Invalid("Only what is heard is written down word for word.")
            _agreed(command)
            return (
                PhotoAttached(
                    session=session,
                    photo=photo,
                    says=command.says,
                    transcript=command.transcript,
                    seen=command.seen,
                    kind=command.kind,
                    beside=command.beside,
                    by=by,
                    at=at,
                ),
            )
        case TranscribeRecording(photo=photo, transcript=transcript, by=by, at=at):
            if _photo(minutes, photo).kind != "recording":
                raise Invalid("Only what is heard is written down word for word.")
            assert minutes.session is not None
            return (
                RecordingTranscribed(
                    session=minutes.session,
                    photo=photo,
                    transcript=transcript,
                    by=by,
                    at=at,
                ),
            )
        case ShowPhoto(photo=photo, seen=seen, by=by, at=at):
            if _photo(minutes, photo).seen == seen:
                return ()
            assert minutes.session is not None
            _agreed(command)
            return (
                PhotoShown(
                    session=minutes.session, photo=photo, seen=seen, by=by, at=at
                ),
            )
        case RemovePhoto(photo=photo, by=by, at=at):
            if photo not in minutes.photos or minutes.session is None:
                return ()
            return (PhotoRemoved(session=minutes.session, photo=photo, by=by, at=at),)
        case _:
            return _decide_correction(minutes, command)


def evolve(minutes: State, event: Event) -> State:
    """Give minutes as they are after an event."""
    match event:
        case MinutesDrafted(session=session, words=words):
            return replace(minutes, session=session, drafted=event, words=words)
        case MinutesRewritten(words=words):
            return replace(minutes, words=words)
        case CorrectionProposed(correction=id, says=says, by=by, at=at):
            return _with(minutes, id, Correction(says=says, by=by, at=at))
        case CorrectionTakenBack(correction=id):
            return _answered(minutes, id, answer="taken back")
        case CorrectionTakenIn(correction=id):
            return replace(_answered(minutes, id, answer="taken in"), fresh=True)
        case CorrectionDeclined(correction=id, reason=reason):
            return _answered(minutes, id, answer="declined", reason=reason)
        case MinutesApproved(text=text):
            return replace(minutes, approved=event, versions=(text,), fresh=False)
        case MinutesCorrected(text=text):
            return replace(minutes, versions=(*minutes.versions, text), fresh=False)
        case PhotoAttached(session=session, photo=photo, says=says, seen=seen, by=by):
            attached = Photo(
                says=says,
                transcript=event.transcript,
                written_by=None if event.transcript is None else by,
                seen=seen,
                kind=event.kind,
                beside=event.beside,
                by=by,
            )
            return replace(
                minutes, session=session, photos={**minutes.photos, photo: attached}
            )
        case RecordingTranscribed(photo=photo, transcript=transcript, by=by):
            heard = replace(minutes.photos[photo], transcript=transcript, written_by=by)
            return replace(minutes, photos={**minutes.photos, photo: heard})
        case PhotoShown(photo=photo, seen=seen):
            shown = replace(minutes.photos[photo], seen=seen)
            return replace(minutes, photos={**minutes.photos, photo: shown})
        case PhotoRemoved(photo=photo):
            rest = {id: each for id, each in minutes.photos.items() if id != photo}
            return replace(minutes, photos=rest)


def _decide_correction(
    minutes: State,
    command: ProposeCorrection
    | TakeBackCorrection
    | TakeInCorrection
    | DeclineCorrection,
) -> tuple[Event, ...]:
    session = _drafted(minutes).session
    id, by, at = command.correction, command.by, command.at
    if isinstance(command, ProposeCorrection):
        if id in minutes.corrections:
            return ()
        return (
            CorrectionProposed(
                session=session, correction=id, says=command.says, by=by, at=at
            ),
        )
    known = minutes.corrections.get(id)
    if known is None:
        raise Unknown("Nobody proposed such a correction.")
    match command:
        case TakeBackCorrection():
            if known.by != by:
                raise NotEntitled("Whoever proposed a correction takes it back.")
            if known.answer == "taken back":
                return ()
            _still_waits(known)
            return (CorrectionTakenBack(session=session, correction=id, at=at),)
        case TakeInCorrection():
            if known.answer == "taken in":
                return ()
            _still_waits(known)
            return (CorrectionTakenIn(session=session, correction=id, by=by, at=at),)
        case DeclineCorrection(reason=reason):
            if known.answer == "declined":
                return ()
            _still_waits(known)
            return (
                CorrectionDeclined(
                    session=session, correction=id, reason=reason, by=by, at=at
                ),
            )


def _approve(minutes: State, command: ApproveMinutes) -> tuple[Event, ...]:
    drafted = _drafted(minutes)
    if minutes.approved is not None:
        return ()
    if command.at < drafted.open_until:
        raise TooEarly(
            "These minutes are open to correction until {at}. Then they can be "
            "approved.",
            at=drafted.open_until,
        )
    if minutes.waiting:
        raise TooEarly(
            "A correction has no answer yet. Take it in, or say why it is left out."
        )
    return (
        MinutesApproved(
            session=drafted.session,
            text=command.text,
            told=command.told,
            by=command.by,
            at=command.at,
        ),
    )


def _drafted(minutes: State) -> MinutesDrafted:
    if minutes.drafted is None:
        raise TooEarly("The minutes of this meeting have not been drafted yet.")
    return minutes.drafted


def _photo(minutes: State, photo: PhotoId) -> Photo:
    if photo not in minutes.photos:
        raise Unknown("There is no such photo.")
    return minutes.photos[photo]


def _agreed(command: AttachPhoto | ShowPhoto) -> None:
    if command.seen == "everyone" and not command.agreed:
        raise NotEntitled(
            "Ask those who made it, and who are seen or heard in it, before everyone "
            "has it; then tick that they agree."
        )


def _still_waits(correction: Correction) -> None:
    if correction.answer != "waiting":
        raise TooLate(ANSWERED[correction.answer])


def _with(minutes: State, id: CorrectionId, correction: Correction) -> State:
    return replace(minutes, corrections={**minutes.corrections, id: correction})


def _answered(
    minutes: State, id: CorrectionId, *, answer: Answer, reason: Commit | None = None
) -> State:
    known = minutes.corrections[id]
    return _with(minutes, id, replace(known, answer=answer, reason=reason))
