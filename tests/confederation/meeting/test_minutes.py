"""Minutes are put together from the night, open to correction, then approved."""

from dataclasses import replace

import pytest

from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import CorrectionId, MemberId, PhotoId, SessionId
from confederation.meeting import minutes
from confederation.meeting.minutes import (
    OPEN_FOR,
    ApproveMinutes,
    AttachPhoto,
    CorrectMinutes,
    DeclineCorrection,
    DraftMinutes,
    ProposeCorrection,
    RemovePhoto,
    RewriteMinutes,
    ShowPhoto,
    TakeBackCorrection,
    TakeInCorrection,
    TranscribeRecording,
)
from tests.confederation.builders import (
    CLERK,
    DAY,
    MAY,
    MEMBER,
    MINUTE,
    a_commit,
    carry_out,
)

EVENING = SessionId("evening")
WRONG = CorrectionId("wrong")
FLIPCHART = PhotoId("flipchart")
DRAFT = DraftMinutes(
    session=EVENING, closed_at=MAY, words=a_commit("we met"), by=CLERK, at=MAY
)
PROPOSE = ProposeCorrection(
    correction=WRONG, says=a_commit("it was Tuesday"), by=MEMBER, at=MAY
)
TAKE_IN = TakeInCorrection(correction=WRONG, by=CLERK, at=MAY)
DECLINE = DeclineCorrection(
    correction=WRONG, reason=a_commit("it was not"), by=CLERK, at=MAY
)
TAKE_BACK = TakeBackCorrection(correction=WRONG, by=MEMBER, at=MAY)
APPROVE = ApproveMinutes(
    text=a_commit("the text"), told="everyone", by=CLERK, at=MAY + OPEN_FOR
)
CORRECT = CorrectMinutes(text=a_commit("mended"), by=CLERK, at=MAY + 9 * DAY)
ATTACH = AttachPhoto(
    session=EVENING, photo=FLIPCHART, says=a_commit("a list"), by=MEMBER, at=MAY
)


def after(*commands: minutes.Command) -> minutes.State:
    return carry_out(minutes.decide, minutes.evolve, minutes.NOTHING, commands)


def test_minutes_are_written_when_the_meeting_is_over() -> None:
    with pytest.raises(TooEarly, match="when the meeting is over"):
        minutes.decide(minutes.NOTHING, replace(DRAFT, closed_at=None))

    assert after(DRAFT).status == "draft"
    assert minutes.decide(after(DRAFT), DRAFT) == ()


def test_minutes_are_open_to_correction_for_seven_days() -> None:
    drafted = after(DRAFT)

    assert drafted.drafted is not None
    assert drafted.drafted.open_until == MAY + 7 * DAY
    with pytest.raises(TooEarly, match="open to correction until 11 May 2026"):
        minutes.decide(drafted, replace(APPROVE, at=MAY + OPEN_FOR - MINUTE))

    assert after(DRAFT, APPROVE).status == "approved"


def test_no_correction_is_passed_over_in_silence() -> None:
    waiting = after(DRAFT, PROPOSE)

    with pytest.raises(TooEarly, match="has no answer yet"):
        minutes.decide(waiting, APPROVE)

    for answer in (TAKE_IN, DECLINE, TAKE_BACK):
        assert after(DRAFT, PROPOSE, answer, APPROVE).status == "approved"


def test_a_correction_that_is_left_out_has_a_reason() -> None:
    declined = after(DRAFT, PROPOSE, DECLINE).corrections[WRONG]

    assert (declined.answer, declined.reason) == ("declined", DECLINE.reason)


@pytest.mark.parametrize("answer", [TAKE_IN, DECLINE, TAKE_BACK])
def test_a_correction_is_answered_once(answer: minutes.Command) -> None:
    answered = after(DRAFT, PROPOSE, answer)

    assert minutes.decide(answered, answer) == ()
    for other in (TAKE_IN, DECLINE, TAKE_BACK):
        if other is not answer:
            with pytest.raises(TooLate, match="already"):
                minutes.decide(answered, other)


def test_nobody_takes_back_what_another_proposed() -> None:
    with pytest.raises(NotEntitled):
        minutes.decide(
            after(DRAFT, PROPOSE), replace(TAKE_BACK, by=MemberId("m-other"))
        )


def test_an_answer_needs_a_correction() -> None:
    with pytest.raises(Unknown):
        minutes.decide(after(DRAFT), TAKE_IN)


def test_before_the_draft_there_is_nothing_to_correct() -> None:
    for command in (PROPOSE, APPROVE, RewriteMinutes(words=None, by=CLERK, at=MAY)):
        with pytest.raises(TooEarly, match="not been drafted"):
            minutes.decide(minutes.NOTHING, command)


def test_approved_minutes_are_not_rewritten_but_corrected() -> None:
    approved = after(DRAFT, APPROVE)

    with pytest.raises(TooLate, match="are approved"):
        minutes.decide(
            approved, RewriteMinutes(words=a_commit("other"), by=CLERK, at=MAY)
        )
    assert minutes.decide(approved, CORRECT) == ()

    corrected = after(DRAFT, APPROVE, PROPOSE, TAKE_IN, CORRECT)
    assert corrected.status == "corrected"
    assert corrected.versions == (APPROVE.text, CORRECT.text)
    assert minutes.decide(corrected, CORRECT) == ()


def test_a_draft_has_no_corrected_version() -> None:
    with pytest.raises(TooEarly, match="not approved yet"):
        minutes.decide(after(DRAFT, PROPOSE, TAKE_IN), CORRECT)


def test_minutes_are_for_everybody_only_once_they_are_approved_for_everybody() -> None:
    assert not after(DRAFT).public
    assert not after(DRAFT, replace(APPROVE, told="members")).public
    assert after(DRAFT, APPROVE).public


def test_a_photo_is_for_those_in_the_room_until_somebody_says_otherwise() -> None:
    attached = after(ATTACH)

    assert attached.photos[FLIPCHART].seen == "room"
    shown = ShowPhoto(photo=FLIPCHART, seen="members", by=CLERK, at=MAY)
    assert after(ATTACH, shown).photos[FLIPCHART].seen == "members"
    assert minutes.decide(after(ATTACH, shown), shown) == ()
    assert minutes.decide(attached, ATTACH) == ()


def test_what_people_made_is_for_everyone_once_they_agree() -> None:
    attached = after(ATTACH)
    show = ShowPhoto(photo=FLIPCHART, seen="everyone", by=CLERK, at=MAY)

    with pytest.raises(NotEntitled, match="Ask those who made it"):
        minutes.decide(attached, show)
    with pytest.raises(NotEntitled, match="Ask those who made it"):
        minutes.decide(minutes.NOTHING, replace(ATTACH, seen="everyone"))
    assert after(ATTACH, replace(show, agreed=True)).photos[FLIPCHART].seen == (
        "everyone"
    )


def test_only_a_sound_needs_no_words() -> None:
    with pytest.raises(Invalid):
        minutes.decide(minutes.NOTHING, replace(ATTACH, says=None, kind="drawing"))

    song = after(replace(ATTACH, says=None, kind="recording", beside=3))
    assert song.photos[FLIPCHART].beside == 3


def test_what_is_said_in_a_recording_is_lacking_until_somebody_writes_it_down() -> None:
    heard, written = replace(ATTACH, kind="recording"), a_commit("word for word")
    write = TranscribeRecording(photo=FLIPCHART, transcript=written, by=CLERK, at=MAY)

    assert after(heard).photos[FLIPCHART].lacks_words
    assert not after(replace(heard, says=None)).photos[FLIPCHART].lacks_words
    assert not after(replace(heard, transcript=written)).photos[FLIPCHART].lacks_words
    assert not after(ATTACH).photos[FLIPCHART].lacks_words
    later = after(heard, write).photos[FLIPCHART]
    assert (later.transcript, later.written_by) == (written, CLERK)
    assert not later.lacks_words


def test_what_is_seen_is_not_written_down_word_for_word() -> None:
    written = a_commit("word for word")
    write = TranscribeRecording(photo=FLIPCHART, transcript=written, by=CLERK, at=MAY)

    with pytest.raises(Invalid, match="what is heard"):
        minutes.decide(after(ATTACH), write)
    with pytest.raises(Invalid, match="what is heard"):
        minutes.decide(minutes.NOTHING, replace(ATTACH, transcript=written))


def test_a_photo_that_was_removed_is_gone() -> None:
    remove = RemovePhoto(photo=FLIPCHART, by=CLERK, at=MAY)

    assert after(ATTACH, remove).photos == {}
    assert minutes.decide(after(ATTACH, remove), remove) == ()
    with pytest.raises(Unknown):
        minutes.decide(
            after(ATTACH, remove),
            ShowPhoto(photo=FLIPCHART, seen="members", by=CLERK, at=MAY),
        )


def test_a_photo_taken_on_the_night_stays_when_the_minutes_are_drafted() -> None:
    assert FLIPCHART in after(ATTACH, DRAFT).photos
