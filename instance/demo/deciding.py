"""Step 3: a text is mended and frozen, and each assembly decides in its own way."""

import asyncio
from collections import deque
from collections.abc import Iterable

from instance.demo import electing, forging, proposing
from instance.demo.assembly import Assembly
from instance.demo.expecting import expect
from instance.demo.person import Person
from instance.demo.stage import AGAINST, FOR, Stage
from instance.demo.story import Count, Third


async def play(stage: Stage) -> None:
    """Draft, mend and freeze a text, put it to all, decide on it, send delegates."""
    story, tell = stage.story, stage.tell
    tell.step(3, f"A text is frozen, and each assembly decides: {story.motion.title}")
    motion = await proposing.draft_and_mend(stage)
    await proposing.put_to_all(stage, motion)
    await asyncio.gather(*(decide_and_send(stage, each) for each in stage.assemblies))
    for each in stage.assemblies:
        await each.sees(
            f"/proposals/{stage.proposal}",
            *(other.story.reason for other in stage.assemblies),
        )
    tell.seen("Every node shows what each assembly told its delegate, and why.")
    await forging.forge(stage)


async def decide_and_send(stage: Stage, assembly: Assembly) -> None:
    """Have one assembly decide on the frozen text, elect a delegate, and bind them."""
    if assembly is stage.a:
        ballot = await _decide_by_consent(stage)
    elif assembly is stage.b:
        ballot = await _decide_by_hands(stage)
    else:
        ballot = await _decide_in_secret(stage)
    stage.ballots[assembly.id] = ballot
    own_key = assembly is stage.b
    if own_key:
        assembly.give_key(assembly.delegate, stage.keys)
    await electing.elect(assembly, compact=stage.compact, own_key=own_key)
    must = instruction(stage, assembly)
    await give_mandate(stage, assembly, assembly.delegate, must)
    keeps = " The delegate keeps their own key." if own_key else ""
    stage.tell.say(
        f"{assembly.name} elects {assembly.delegate.name}, with",
        f"{assembly.alternate.name} as alternate, and instructs them: “{must}”.{keeps}",
    )


async def give_mandate(
    stage: Stage, assembly: Assembly, holder: Person, must: str
) -> None:
    """Bind a delegate to what the assembly decided on the frozen text."""
    await electing.mandate(
        assembly,
        holder,
        compact=stage.compact,
        proposal=stage.proposal,
        ballot=stage.ballots[assembly.id],
        must=must,
    )


def instruction(stage: Stage, assembly: Assembly) -> str:
    """Return what an assembly's decision on the frozen text comes to."""
    story = stage.story
    if assembly is stage.a:
        return FOR
    if assembly is stage.b:
        hands = story.second.hands
        passed = 3 * hands.for_ >= 2 * (hands.for_ + hands.against) > 0
    else:
        papers, online = story.third.vote.papers, story.third.vote.online
        passed = papers.for_ + online.for_ > papers.against + online.against
    return FOR if passed else AGAINST


async def _decide_by_consent(stage: Stage) -> str:
    a = stage.a
    ballot = await a.put(
        about="proposal",
        id=stage.proposal,
        question="Do we consent to this text?",
        method="consent",
        channels=["paper"],
    )
    await proposing.consent(stage, ballot)
    papers = stage.story.first.papers
    stage.tell.say(
        f"{a.name} decides by consent, on paper: {papers.consent} consent,",
        f"{papers.stand_aside} stand aside, nobody objects.",
    )
    return ballot


async def _decide_by_hands(stage: Stage) -> str:
    b, hands = stage.b, stage.story.second.hands
    await b.meet("What the others ask us")
    ballot = await b.put(
        about="proposal",
        id=stage.proposal,
        question="Do we say yes to this text?",
        method="qualified",
        channels=["hands"],
    )
    one, two = b.tellers
    right = _counts(hands)
    wrong = {**right, FOR: abs(hands.for_ - 1)}
    await b.enter(one, ballot, "hands", right)
    page = await b.enter(two, ballot, "hands", wrong)
    expect(
        f"{b.name} sees that two tellers counted differently.",
        holds="not the same" in page.text,
        found=page.text,
    )
    await b.count(ballot, "hands", right)
    await b.close(ballot, outcome=_outcome(instruction(stage, b)))
    stage.tell.say(
        f"{b.name} decides by two thirds, by hands. {one.name} counts {right[FOR]}",
        f"for, {two.name} counts {wrong[FOR]}, so both count again: {right[FOR]} for,",
        f"{hands.against} against, {hands.abstain} abstaining, and a quorum of half.",
    )
    return ballot


async def _decide_in_secret(stage: Stage) -> str:
    """Rank three stances, on paper and online; then vote on the text in secret."""
    c, story = stage.c, stage.story.third
    await c.meet("Where we stand", online=c.people)
    chosen = await _rank(c, story)
    stage.tell.say(f"{c.name} ranks three stances first. The one that wins: {chosen}.")
    ballot = await c.put(
        about="proposal",
        id=stage.proposal,
        question="Yes or no to this text?",
        method="majority",
        channels=["paper", "online"],
        secret="yes",
    )
    votes = [
        option
        for option, number in _counts(story.vote.online).items()
        for _ in range(number)
    ]
    await asyncio.gather(
        *(
            person.browser.send(ballot, f"{ballot}/vote", {"choice": choice})
            for person, choice in zip(c.people, votes, strict=False)
        )
    )
    papers = story.vote.papers
    await c.count(ballot, "paper", _counts(papers))
    await c.close(ballot, outcome=_outcome(instruction(stage, c)))
    online = story.vote.online
    stage.tell.say(
        f"{c.name} then votes in secret, on paper and online:",
        f"{papers.for_ + online.for_} for, {papers.against + online.against} against,",
        f"{papers.abstain + online.abstain} abstaining.",
    )
    return ballot


async def _rank(c: Assembly, story: Third) -> str:
    words = {stance.id: stance.says for stance in story.stances}
    ballot = await c.put(
        about="text",
        text="Where we stand on what the other assemblies ask.",
        question="Where do we stand?",
        method="ranked",
        channels=["paper", "online"],
        options=[*words.values()],
        keep=story.stances[-1].says,
    )
    shown = await c.clerk.browser.open(ballot)
    [voting] = shown.forms_to(f"{ballot}/vote")
    fields = [name for name in voting.fields if name.startswith("rank_")]
    names = dict(zip(words, fields, strict=True))
    online = deque(
        ranking.order for ranking in story.rankings for _ in range(ranking.online)
    )
    await asyncio.gather(
        *(
            person.browser.send(ballot, f"{ballot}/vote", _places(names, order))
            for person, order in zip(c.people, online, strict=False)
        )
    )
    ids = {stance: name.removeprefix("rank_") for stance, name in names.items()}
    await c.count_rankings(
        ballot,
        (
            f"{' > '.join(ids[stance] for stance in ranking.order)}: {ranking.papers}"
            for ranking in story.rankings
            if ranking.papers
        ),
    )
    page = await c.close(ballot)
    chosen = next(
        (says for says in words.values() if f"Chosen: {says}" in page.text), ""
    )
    expect(f"{c.name} has chosen a stance.", holds=bool(chosen), found=page.text)
    return chosen


def _places(names: dict[str, str], order: Iterable[str]) -> dict[str, str]:
    return {names[stance]: str(place) for place, stance in enumerate(order, 1)}


def _counts(count: Count) -> dict[str, int]:
    return {FOR: count.for_, AGAINST: count.against, "abstain": count.abstain}


def _outcome(must: str) -> str:
    return "Passed" if must == FOR else "Not passed"
