"""Keys pressed before a page, by somebody who has no mouse."""

from playwright.async_api import Page

FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : at.innerText;
  return (label || at.getAttribute('aria-label') || '').trim();
}"""


SEEN = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const found = document.elementFromPoint(
    box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  const mine = found !== null && (at.contains(found) || found.contains(at)
    || [...(at.labels ?? [])].some(each => each.contains(found)));
  // Of a date the browser shows which part of it has the focus.
  const style = getComputedStyle(at);
  return mine && (at.type?.startsWith('date') || style.outlineStyle !== 'none');
}"""


async def tab_to(page: Page, says: str, *, most: int = 80) -> None:
    """Press Tab until something that begins with these words has the focus.

    It must be seen that it has, and nothing may lie over it.
    """
    for _ in range(most):
        await page.keyboard.press("Tab")
        if (await page.evaluate(FOCUSED)).startswith(says):
            assert await page.evaluate(SEEN), f"Nobody sees that {says} has the focus."
            return
    raise AssertionError(f"No key leads to {says!r}.")


async def press(page: Page, name: str, key: str = "Enter") -> None:
    """Go to a button by the keyboard alone, and press it."""
    for _ in range(60):
        if await page.evaluate("document.activeElement.getAttribute('aria-label')") == (
            name
        ):
            await page.keyboard.press(key)
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard never came to {name!r}.")


async def focused(page: Page) -> str:
    said: str = await page.evaluate("document.activeElement.getAttribute('aria-label')")
    return said
