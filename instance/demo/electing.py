"""An assembly elects its delegate in the room, and two tellers confirm the mandate."""

from instance.demo.assembly import Assembly, id_of
from instance.demo.expecting import expect
from instance.demo.page import Page
from instance.demo.person import Person


async def elect(assembly: Assembly, *, compact: str, own_key: bool = False) -> None:
    """Elect the delegate, with the alternate, for the seat in a compact.

    Args:
        own_key: the delegate keeps a key of their own, which no node holds.
    """
    seat, clerk = f"/seats/{compact}", assembly.clerk.browser
    delegate, alternate = assembly.delegate, assembly.alternate
    for each in (delegate, alternate):
        await clerk.send(seat, f"{seat}/nominate", {"member": each.name})
    key = delegate.public_key if own_key else ""
    await delegate.browser.send(seat, f"{seat}/accept", {"key": key})
    await alternate.browser.send(seat, f"{seat}/accept")
    slate = {"delegate": delegate.name, "alternate": alternate.name}
    await clerk.send(seat, f"{seat}/put", slate)
    ballot = await assembly.agree(
        about="election",
        id=compact,
        question="Do we elect these two, as delegate and as alternate?",
    )
    await clerk.send(seat, f"{seat}/elect", {"ballot": id_of(ballot)})
    await assembly.confirm()


async def mandate(
    assembly: Assembly,
    holder: Person,
    *,
    compact: str,
    proposal: str,
    ballot: str,
    must: str,
) -> str:
    """Bind a delegate by what was decided; return the page of the mandate.

    Two tellers confirm it; from then on everybody can read it.
    """
    seat = f"/seats/{compact}"
    await assembly.clerk.browser.send(
        seat,
        f"{seat}/mandate",
        {
            "proposal": proposal,
            "ballot": id_of(ballot),
            "must": [must],
            "reason": assembly.story.reason,
        },
    )
    await assembly.confirm()
    page: Page = await assembly.clerk.browser.open(seat)
    given = page.link("/mandates/")
    expect(
        f"{assembly.name} has given {holder.name} a mandate, and published it.",
        holds=given is not None and holder.name in page.text,
        found=page.text,
    )
    return str(given)
