"""Who may do what: members decide, officers carry out, the host only sets things up.

This page is the whole of it. What else a command needs, such as a place on the
roll, being the author or holding a teller's key, is in the module of the command.
"""

from collections.abc import Collection, Mapping
from typing import Final, Literal

from confederation import assembly, floor, session
from confederation.assembly import office
from confederation.confederal import (
    dissent,
    election,
    legitimacy,
    mandating,
    pen,
    recall,
    report,
)
from confederation.dealings import (
    action,
    aid,
    ask,
    authority,
    bridge,
    introduction,
    kinds,
    pledge,
    practice,
    project,
    servant,
    thanks,
    wish,
)
from confederation.deciding import (
    amendment,
    ballot,
    common_ground,
    motion,
    objection,
    sub_assembly,
)
from confederation.errors import NotEntitled, OneOf, Phrase, TooEarly
from confederation.identifiers import MemberId
from confederation.matters import common_text, issue, place, story
from confederation.meeting import (
    breakout,
    circle,
    count_sheet,
    goal,
    joint,
    minutes,
    night,
    point,
    review,
    role_lot,
    run_sheet,
    theme,
)
from confederation.meeting.rotation import JobTitle
from confederation.membership import demographics, outreach, panel
from confederation.membership.member import Role

Command = (
    assembly.Command
    | session.Command
    | run_sheet.Command
    | outreach.Command
    | panel.Command
    | place.Command
    | issue.Command
    | common_text.Command
    | motion.Command
    | ballot.Command
    | election.Command
    | report.Command
    | point.Command
    | breakout.Command
    | bridge.Command
    | role_lot.Command
    | circle.Command
    | common_ground.Command
    | theme.Command
    | minutes.Command
    | action.Command
    | aid.Command
    | ask.Command
    | authority.Command
    | servant.Command
    | dissent.Command
    | pledge.Command
    | story.Command
    | project.Command
    | wish.Command
    | introduction.Command
    | sub_assembly.Command
    | thanks.Command
    | goal.Command
    | practice.Command
    | review.Command
    | demographics.Command
    | joint.Command
    | kinds.Command
    | legitimacy.Command
    | floor.Command
    | night.Command
    | pen.Command
)

Who = Literal["member", "card", "host"] | Role
"""*member* is any active member, *card* whoever came in by a card of the meeting that
it is about; *host* is the command line, or the node's clock."""

MEMBER: Final[frozenset[Who]] = frozenset({"member"})
IN_THE_ROOM: Final[frozenset[Who]] = frozenset({"member", "card"})
OFFICERS: Final[Mapping[str, Phrase]] = {
    "member": Phrase("member"),
    "clerk": Phrase("clerk"),
    "registrar": Phrase("registrar"),
    "facilitator": Phrase("facilitator"),
    "note-taker": Phrase("note-taker"),
    "convenor": Phrase("convenor"),
}
CLERK: Final[frozenset[Who]] = frozenset({"clerk", "host"})
REGISTRAR: Final[frozenset[Who]] = frozenset({"registrar", "host"})
CHAIR: Final[frozenset[Who]] = frozenset({"facilitator", "convenor", "clerk"})
NOTES: Final[frozenset[Who]] = CHAIR | {"note-taker"}

MAY: Mapping[type[Command], frozenset[Who]] = {
    # The assembly. What needs a decision names it; the clerk only carries it out.
    assembly.FoundAssembly: frozenset({"host"}),
    assembly.ConfirmFounding: MEMBER,
    assembly.AdoptRulebook: CLERK,
    assembly.ConfirmRulebook: MEMBER,
    assembly.AddMember: REGISTRAR,
    assembly.ChangeEvidence: REGISTRAR,
    assembly.LeaveAssembly: MEMBER,
    assembly.MergeMembers: frozenset({"registrar"}),
    assembly.RemoveMember: REGISTRAR | CLERK,
    assembly.GrantRole: CLERK,
    assembly.EndRole: CLERK,
    assembly.ChangeAddress: CLERK,
    assembly.JoinCompact: CLERK,
    assembly.ApplyToCompact: CLERK,
    assembly.LeaveCompact: CLERK,
    assembly.SettleSuccession: CLERK,
    assembly.ConfirmSuccession: MEMBER,
    # Sessions
    session.CallSession: CHAIR | {"host"},
    session.MoveSession: CHAIR | {"host"},
    session.CancelSession: CHAIR | {"host"},
    session.OpenSession: CHAIR,
    session.CheckIn: MEMBER,
    session.CheckOut: MEMBER,
    session.HandOutCards: MEMBER,
    session.TakeBackCards: MEMBER,
    session.TakePhone: frozenset({"card"}),
    session.PutPhoneAway: frozenset({"card"}),
    session.CountPresent: MEMBER,
    session.ConfirmElectorate: MEMBER,
    session.CloseSession: CHAIR,
    joint.HoldTogether: CHAIR,
    # Bridges. Who speaks for a side is in the module of the bridge.
    bridge.BeginBridge: CHAIR,
    bridge.SayReady: MEMBER,
    bridge.HearReady: CHAIR,
    bridge.LinkMeeting: CHAIR,
    bridge.PutUnder: CHAIR,
    bridge.EndBridge: CHAIR,
    # How a session is meant to go
    run_sheet.WriteRunSheet: CHAIR | {"host"},
    run_sheet.SetAim: CHAIR | {"host"},
    run_sheet.NameJob: CHAIR | {"host"},
    run_sheet.NameBuddy: CHAIR | {"host"},
    run_sheet.DeclareConflict: MEMBER,
    # Inviting: whoever goes out writes it down.
    place.SayPlace: NOTES | {"registrar"},
    place.TakeBackPlace: NOTES | {"registrar"},
    outreach.DrawStretch: NOTES | {"registrar"},
    outreach.DropStretch: NOTES | {"registrar"},
    outreach.LogEffort: MEMBER,
    outreach.StrikeEffort: MEMBER,
    # Issues: anyone raises, the assembly moves.
    issue.RaiseIssue: MEMBER | {"host"},
    issue.HearIssue: NOTES,
    issue.OpenIssue: NOTES,
    issue.SetScope: NOTES,
    issue.WithdrawIssue: MEMBER | {"host"},
    issue.ShareIssue: MEMBER,
    issue.WithdrawAccount: NOTES,
    issue.JudgeLookAlike: NOTES,
    # A text that assemblies draft together: what ours says of it, it says to all.
    common_text.OfferText: NOTES,
    common_text.TakeInText: CHAIR,
    common_text.AgreeToText: CHAIR,
    common_text.WithdrawText: CHAIR,
    common_text.ObjectToText: NOTES,
    common_text.CountTextObjection: NOTES,
    common_text.EndTextObjection: NOTES,
    # Points: a table's own, and its page knows who sits there.
    point.RecordPoint: MEMBER | {"host"},
    point.StrikePoint: MEMBER | {"host"},
    point.EndPoint: NOTES,
    point.SettlePoints: NOTES,
    # Tables, circles and what comes out of them
    breakout.DrawTables: CHAIR,
    breakout.SeatLatecomer: CHAIR,
    breakout.BeginTables: CHAIR,
    breakout.HandInReport: MEMBER | {"host"},
    breakout.UndoDraw: CHAIR,
    role_lot.DrawRole: CHAIR,
    circle.BeginRound: CHAIR,
    circle.PassThePiece: MEMBER | {"host"},
    circle.TakeThePieceBack: CHAIR,
    circle.EndRound: CHAIR,
    circle.OpenFeelings: CHAIR,
    circle.CloseFeelings: CHAIR,
    # Statements are everybody's who is there, and nobody keeps whose.
    common_ground.AskForStatements: CHAIR,
    common_ground.AddStatement: frozenset({"host"}),
    common_ground.ShowStatement: CHAIR,
    common_ground.SetAside: CHAIR,
    common_ground.DrawView: CHAIR,
    common_ground.CloseQuestion: CHAIR,
    theme.NameTheme: NOTES,
    theme.GatherPoints: NOTES,
    theme.DropTheme: NOTES,
    # Minutes: the note-taker writes them, and every member may say what is wrong.
    minutes.DraftMinutes: NOTES,
    minutes.RewriteMinutes: NOTES,
    minutes.ProposeCorrection: MEMBER,
    minutes.TakeBackCorrection: MEMBER,
    minutes.TakeInCorrection: NOTES,
    minutes.DeclineCorrection: NOTES,
    minutes.ApproveMinutes: NOTES,
    minutes.CorrectMinutes: NOTES,
    minutes.AttachPhoto: MEMBER,
    # Whoever hears a recording; its page knows whose words stand there already.
    minutes.TranscribeRecording: MEMBER,
    minutes.ShowPhoto: NOTES,
    minutes.RemovePhoto: NOTES,
    # Actions are nobody's until they say yes.
    action.OfferAction: MEMBER,
    action.TakeAction: MEMBER,
    action.HearYes: NOTES | {"host"},
    action.SayNo: MEMBER,
    action.JoinIn: MEMBER,
    action.HandBack: MEMBER,
    action.StartAction: MEMBER,
    action.BlockAction: MEMBER,
    action.FinishAction: MEMBER,
    action.DropAction: MEMBER,
    # A project is its people's: its module knows who they are.
    project.AgreeToAddress: MEMBER,
    project.OpenProject: MEMBER,
    project.WindUpProject: MEMBER,
    # Help between assemblies. What others say of it is the host's to take in.
    aid.PostAid: MEMBER,
    aid.TakeOffer: MEMBER | {"host"},
    aid.AcceptOffer: MEMBER,
    aid.DeclineOffer: MEMBER,
    aid.NoteDelivery: MEMBER | {"host"},
    aid.ThankFor: MEMBER,
    aid.CloseAid: MEMBER,
    pledge.MakePledge: MEMBER,
    pledge.HearAnswer: frozenset({"host"}),
    pledge.NoteProgress: MEMBER | {"host"},
    pledge.ThankThem: MEMBER,
    # Asks carry out what was decided. An answer over the link is the host's to take in.
    ask.PutAsk: CLERK,
    ask.MakeLink: CLERK,
    ask.RevokeLink: CLERK,
    ask.NoteSent: CLERK,
    ask.TakeAnswer: CLERK,
    ask.Contribute: frozenset({"host"}),
    ask.NoteLate: frozenset({"host"}),
    ask.JudgeAsk: CLERK,
    authority.NameAuthority: CLERK,
    authority.SettleRelation: CLERK,
    authority.NameOffice: CLERK,
    authority.LeaveOffice: CLERK,
    authority.Instruct: CLERK,
    authority.NoteVote: CLERK,
    servant.WelcomeServant: frozenset({"clerk"}),
    servant.EndAccount: frozenset({"clerk"}),
    # A minority's words are nobody else's: no officer has a part in them.
    dissent.BeginDissent: MEMBER,
    dissent.SignDissent: MEMBER,
    dissent.TakeBack: MEMBER,
    dissent.FileDissent: MEMBER,
    dissent.WithholdPart: MEMBER,
    story.TellStory: MEMBER,
    story.PutBesideIssue: MEMBER,
    story.TakeBackStory: MEMBER,
    # Introductions. For an assembly its clerk asks to be met, and answers.
    wish.MakeWish: MEMBER,
    wish.WithdrawWish: MEMBER,
    wish.AgreeToMeet: MEMBER,
    wish.DeclineToMeet: MEMBER,
    wish.TakeIntroduction: frozenset({"host"}),
    wish.HearMatch: frozenset({"host"}),
    wish.HearWords: frozenset({"host"}),
    wish.HearEnd: frozenset({"host"}),
    wish.ForgetWords: frozenset({"host"}),
    introduction.Introduce: CLERK,
    introduction.HearSide: frozenset({"host"}),
    introduction.TakeBackIntroduction: CLERK,
    thanks.ShareDeed: MEMBER,
    thanks.GiveThanks: MEMBER,
    thanks.AgreeToThanks: MEMBER,
    thanks.TakeBackThanks: MEMBER,
    goal.SetGoal: NOTES,
    goal.ChooseStep: NOTES,
    goal.LeaveStep: MEMBER,
    practice.WritePractice: MEMBER,
    practice.RewritePractice: MEMBER,
    practice.NoteTrial: MEMBER,
    practice.TakeBackPractice: MEMBER,
    # Looking back, and who came. The assembly decides what of it others are told.
    review.ChooseQuestions: NOTES,
    review.OpenReview: NOTES,
    review.PublishReview: CLERK,
    demographics.AskWhoCame: NOTES,
    demographics.PublishCounts: CLERK,
    kinds.NameKind: NOTES,
    kinds.DropKind: NOTES,
    # The claim is worked out; these are the notes that it is worked out from.
    legitimacy.AdoptCriteria: CLERK,
    legitimacy.CountResidents: NOTES | {"registrar"},
    legitimacy.NoteStep: NOTES,
    legitimacy.Countersign: MEMBER,
    # A panel that is drawn by lot: the clerk carries out, and chooses nobody.
    panel.BeginPanel: CLERK,
    panel.CommitSeed: CLERK,
    panel.OpenPool: CLERK,
    panel.FreezePool: CLERK,
    panel.SetQuotas: CLERK,
    panel.MakeList: CLERK,
    panel.TellSeed: CLERK,
    panel.SetSeedsAside: CLERK,
    panel.EnterBalls: MEMBER,
    panel.DrawPanel: MEMBER | {"host"},
    panel.PassOnPlace: CLERK,
    panel.SeatPanel: CLERK,
    panel.ReportPanel: CLERK,
    panel.AttachMinority: CLERK,
    panel.AnswerPanel: CLERK,
    panel.ForgetPool: CLERK,
    # Motions: the proposer's until tabled, then the assembly's.
    motion.DraftMotion: MEMBER,
    motion.ReviseDraft: MEMBER,
    motion.TableMotion: MEMBER,
    motion.AmendMotion: NOTES,
    motion.FreezeMotion: CHAIR,
    motion.PutMotion: CHAIR,
    motion.SettleMotion: CHAIR | {"host"},
    motion.SendBackMotion: CHAIR | {"host"},
    motion.WithdrawMotion: MEMBER,
    amendment.OfferAmendment: MEMBER,
    amendment.AcceptAmendment: MEMBER,
    amendment.ContestAmendment: MEMBER,
    amendment.CountAmendmentRound: NOTES,
    amendment.WithdrawAmendment: MEMBER,
    objection.RaiseObjection: MEMBER,
    objection.JudgeObjection: MEMBER,
    objection.CountObjectionRound: NOTES,
    objection.LetObjectionStand: NOTES,
    objection.AnswerObjection: NOTES,
    objection.WithdrawObjection: MEMBER,
    # Ballots. The clock closes one whose hour has come.
    ballot.OpenBallot: CHAIR,
    ballot.CastVote: IN_THE_ROOM,
    ballot.VoidVote: frozenset({"registrar"}),
    ballot.CloseBallot: CHAIR | {"host"},
    ballot.EndBallot: frozenset({"host"}),
    ballot.ConfirmDecision: MEMBER,
    count_sheet.EnterCount: MEMBER,
    count_sheet.EnterUpheld: MEMBER,
    # Sub-assemblies: the clerk carries out what the whole assembly decided of them.
    sub_assembly.ProposeRemit: MEMBER,
    sub_assembly.GrantRemit: CLERK,
    sub_assembly.JoinSubAssembly: MEMBER,
    sub_assembly.LeaveSubAssembly: MEMBER,
    sub_assembly.PutToWhole: MEMBER,
    sub_assembly.EndRemit: CLERK,
    # The seat in a compact
    election.NominateDelegate: MEMBER,
    election.AcceptNomination: MEMBER,
    election.PutElection: CHAIR,
    election.ElectDelegate: CLERK,
    election.ConfirmElection: MEMBER,
    election.ResignSeat: MEMBER,
    election.SeatAlternate: CLERK,
    mandating.GiveMandate: CLERK,
    # What stands on paper is copied by two, and given once they agree.
    mandating.CopyMandate: NOTES | {"registrar"},
    mandating.ConfirmMandate: MEMBER,
    recall.MoveRecall: MEMBER,
    recall.AnswerRecall: MEMBER,
    recall.SettleRecall: CLERK,
    recall.ConfirmRecall: MEMBER,
    report.FileReport: MEMBER,
    report.AskForReport: CHAIR,
    report.PauseReport: MEMBER,
    report.QuestionReport: MEMBER,
    report.AnswerQuestion: MEMBER,
    report.JudgeReport: CLERK,
    # The floor. Who keeps it tonight is in its own module.
    floor.OpenFloor: MEMBER,
    floor.TakeFloor: MEMBER,
    floor.HandOver: IN_THE_ROOM,
    floor.GoOn: IN_THE_ROOM,
    floor.GoBack: IN_THE_ROOM,
    floor.SkipPhase: IN_THE_ROOM,
    floor.ExtendPhase: IN_THE_ROOM,
    floor.Pause: IN_THE_ROOM,
    floor.Resume: IN_THE_ROOM,
    floor.RaiseHand: IN_THE_ROOM,
    floor.LowerHand: IN_THE_ROOM,
    floor.KnowByCard: MEMBER,
    floor.SeeOff: MEMBER,
    floor.CallNext: IN_THE_ROOM,
    floor.EndTurn: IN_THE_ROOM,
    floor.MoveTurn: IN_THE_ROOM,
    floor.ChooseOrder: IN_THE_ROOM,
    floor.NoteGlad: IN_THE_ROOM,
    floor.WelcomeGuest: IN_THE_ROOM,
    floor.AskGuest: IN_THE_ROOM,
    floor.GiveSignal: IN_THE_ROOM,
    floor.EndSignal: IN_THE_ROOM,
    floor.CountSignal: IN_THE_ROOM,
    floor.ClearSignals: IN_THE_ROOM,
    floor.OpenTemperature: IN_THE_ROOM,
    floor.SayTemperature: IN_THE_ROOM,
    floor.CountTemperature: IN_THE_ROOM,
    floor.CloseTemperature: IN_THE_ROOM,
    floor.UndoStep: IN_THE_ROOM,
    night.KeepNight: CHAIR,
    # The pen, on an evening without a network. The host is the machine in the hall.
    pen.LendPen: CLERK,
    pen.ReturnPen: frozenset({"host"}),
    pen.TakePenBack: MEMBER,
    pen.LeavePenOut: MEMBER,
}

DECIDING: Final[frozenset[type[Command]]] = frozenset(
    {
        motion.AmendMotion,
        motion.FreezeMotion,
        motion.PutMotion,
        motion.SettleMotion,
        motion.SendBackMotion,
        amendment.CountAmendmentRound,
        objection.CountObjectionRound,
        objection.LetObjectionStand,
        objection.AnswerObjection,
        ballot.OpenBallot,
        ballot.CloseBallot,
        election.PutElection,
    }
)
"""What leads a text through its rounds to a vote, and the vote to its end."""

ENDING_POINTS: Final[frozenset[type[Command]]] = frozenset(
    {
        theme.NameTheme,
        theme.GatherPoints,
        theme.DropTheme,
        point.EndPoint,
        action.HearYes,
    }
)
"""What gathers the points of a meeting, and says where each of them went."""

WRITING_MINUTES: Final[frozenset[type[Command]]] = frozenset(
    {
        minutes.DraftMinutes,
        minutes.RewriteMinutes,
        minutes.TakeInCorrection,
        minutes.DeclineCorrection,
        minutes.ApproveMinutes,
        minutes.CorrectMinutes,
        minutes.ShowPhoto,
        minutes.RemovePhoto,
    }
)

CARETAKING: Final[frozenset[type[Command]]] = frozenset(
    {
        session.CallSession,
        session.MoveSession,
        session.CancelSession,
        session.OpenSession,
        session.CloseSession,
        run_sheet.WriteRunSheet,
        run_sheet.SetAim,
        run_sheet.NameJob,
        run_sheet.NameBuddy,
        breakout.DrawTables,
        breakout.SeatLatecomer,
        breakout.BeginTables,
        breakout.UndoDraw,
        circle.BeginRound,
        circle.TakeThePieceBack,
        circle.EndRound,
        circle.OpenFeelings,
        circle.CloseFeelings,
        point.EndPoint,
        point.SettlePoints,
        theme.NameTheme,
        theme.GatherPoints,
        theme.DropTheme,
        common_ground.AskForStatements,
        common_ground.ShowStatement,
        common_ground.SetAside,
        common_ground.DrawView,
        common_ground.CloseQuestion,
        *WRITING_MINUTES,
        *DECIDING,
        recall.SettleRecall,
        sub_assembly.EndRemit,
        night.KeepNight,
        pen.LendPen,
        assembly.AdoptRulebook,
        assembly.GrantRole,
        assembly.EndRole,
    }
)
"""What whoever held an office still does when their term is over: what a meeting needs
at which the assembly chooses again, and a recall or the end of a remit that it decided.
"""

LEADING: Final[frozenset[type[Command]]] = frozenset(
    {
        session.CallSession,
        session.OpenSession,
        session.CloseSession,
        breakout.DrawTables,
        breakout.SeatLatecomer,
        breakout.BeginTables,
        breakout.UndoDraw,
        role_lot.DrawRole,
        circle.BeginRound,
        circle.TakeThePieceBack,
        circle.EndRound,
        circle.OpenFeelings,
        circle.CloseFeelings,
        common_ground.AskForStatements,
        common_ground.ShowStatement,
        common_ground.SetAside,
        common_ground.DrawView,
        common_ground.CloseQuestion,
        *ENDING_POINTS,
        *DECIDING,
        night.KeepNight,
    }
)

NOTING: Final[frozenset[type[Command]]] = frozenset(
    {
        *ENDING_POINTS,
        point.SettlePoints,
        *WRITING_MINUTES,
    }
)

NAMED: Final[Mapping[JobTitle, frozenset[type[Command]]]] = {
    "facilitator": LEADING,
    "note-taker": NOTING,
}
"""What whoever is named for a role of a meeting does there, without holding an office:
such roles go round."""

BY_TELLERS: Final[frozenset[type[Command]]] = frozenset(
    {
        assembly.JoinCompact,
        assembly.ApplyToCompact,
        assembly.LeaveCompact,
        assembly.SettleSuccession,
        election.ElectDelegate,
        mandating.GiveMandate,
        sub_assembly.GrantRemit,
    }
)
"""What is carried out only while tellers are in office who answer for its count."""


def check(
    here: assembly.State,
    command: Command,
    meetings: assembly.Meetings = (),
    *,
    jobs: Collection[JobTitle] = (),
) -> None:
    """Check that whoever gives a command may give it in this assembly, now.

    ``meetings`` are those of the whole assembly so far, by which terms are measured.
    ``jobs`` are those that they are named for at the meeting that it is about.

    Raises:
        NotEntitled: they are not a member, it is for others to do, or the term of
            their office, or of the tellers, is over.
        TooEarly: nobody is a member yet, since the assembly is not founded.
    """
    if type(command) in BY_TELLERS and office.tellers_ended(
        here, meetings, at=command.at
    ):
        raise NotEntitled(
            "The tellers' term is over. New rules name tellers at a meeting; this is "
            "carried out after that."
        )
    may = MAY[type(command)]
    if command.by is None:
        if "host" not in may:
            raise NotEntitled("People do this, not whoever runs the machine.")
        return
    # A card is a number, and whoever let its holder in looked at it.
    if isinstance(command.by, int):
        if "card" not in may:
            raise NotEntitled("This is for members of this assembly.")
        return
    member = here.members.get(command.by)
    if member is None and here.founded is None:
        raise TooEarly(
            "The assembly is not founded yet. Once it is, everybody invited is a "
            "member and can do this."
        )
    if member is None:
        raise NotEntitled("This is for members of this assembly.")
    ended = office.ended(here, command.by, meetings, at=command.at)
    if "member" in may or (member.roles - ended) & may:
        return
    if is_named(type(command), jobs):
        return
    if member.roles & may:
        _caretake(command, meetings)
        return
    raise for_others(may)


def is_named(command: type[Command], jobs: Collection[JobTitle]) -> bool:
    """Whether one of these roles of a meeting is enough for a command about it."""
    return any(command in NAMED.get(job, ()) for job in jobs)


def somebody_else(here: assembly.State, command: type[Command], by: MemberId) -> bool:
    """Say whether another member holds an office in which they may do something."""
    return any(
        other != by and member.roles & MAY[command]
        for other, member in here.members.items()
    )


def for_others(may: Collection[str]) -> NotEntitled:
    """Return the refusal that says whose it is to do something."""
    officers = sorted({*may} - {"host", "card"})
    return NotEntitled(
        "This is for the {officers} to do.",
        officers=OneOf(OFFICERS.get(each, each) for each in officers),
    )


def _caretake(command: Command, meetings: assembly.Meetings) -> None:
    """Check what somebody does whose term is over."""
    if type(command) not in CARETAKING:
        raise NotEntitled(
            "The term of your office is over. Until the assembly chooses again, you "
            "do only what its next meeting needs."
        )
    if isinstance(command, assembly.GrantRole) and not office.meets(
        meetings, at=command.at
    ):
        raise NotEntitled(
            "The term of your office is over. Who serves from now on is chosen at a "
            "meeting: open one first."
        )
