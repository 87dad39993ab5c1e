"""Delegates vote by the form, hand in what they signed elsewhere, or go past both."""

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from instance.demo.assembly import Assembly
from instance.demo.person import Person
from instance.demo.stage import Stage


async def votes(assembly: Assembly, choice: str, stage: Stage) -> None:
    """Vote by the form; who keeps their own key signs the vote and hands it in."""
    person = assembly.delegate
    if person.key is None:
        await posts_vote(person, choice, stage)
        return
    form = f"/proposals/{stage.proposal}/vote"
    signed = await _in_hand(person, choice, stage)
    await person.browser.send(form, _hand_in(stage), signed)


async def posts_vote(person: Person, choice: str, stage: Stage) -> None:
    form = f"/proposals/{stage.proposal}/vote"
    await person.browser.send(form, form, {"choice": choice})


async def refused_vote(assembly: Assembly, choice: str, stage: Stage) -> str:
    """Hand in a signed vote that must be refused; return the sentence that says why."""
    person, form = assembly.delegate, f"/proposals/{stage.proposal}/vote"
    return await person.browser.refused(
        form, _hand_in(stage), await _in_hand(person, choice, stage)
    )


async def goes_past_the_form(stage: Stage, assembly: Assembly, choice: str) -> None:
    """Send a signed vote straight to all three nodes."""
    person = assembly.delegate
    vote = await _signed(person, choice, stage)
    actor = str((await assembly.newest_in_record("Mandate"))["holder"])
    assert person.key is not None
    signer = Signer(key_id=documents.assertion_key(actor), private_key=person.key)
    for each in stage.assemblies:
        activity: JsonObject = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{actor}/own/{each.story.slug}-{choice}",
            "type": "Create",
            "actor": actor,
            "to": [each.group],
            "object": vote,
        }
        answer = await stage.client.post(
            f"{each.group}/inbox", documents.encode(activity), signer
        )
        assert answer.status == 202, answer.body


def _hand_in(stage: Stage) -> str:
    return f"/proposals/{stage.proposal}/hand-in"


async def _in_hand(person: Person, choice: str, stage: Stage) -> dict[str, str]:
    vote = await _signed(person, choice, stage)
    return {"signed": canonical.canonical(vote).decode()}


async def _signed(person: Person, choice: str, stage: Stage) -> JsonObject:
    unsigned = await person.browser.download(
        f"/proposals/{stage.proposal}/vote-document?choice={choice}"
    )
    return person.sign(canonical.read(unsigned))
