"""What a machine can see of a page for people who do not use a mouse, or a screen.

By WCAG 2.2 AA. What axe leaves out by default, the size of targets, is asked for; what
it does not see is tried: whether a keyboard comes everywhere and is seen to, whether
large letters fit, and whether a form that is refused keeps what was typed.
"""

import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Error, Page, ViewportSize

ID: Final = re.compile(r"[0-9a-f]{28,64}")
NUMBER: Final = re.compile(r"/\d+(?=/|$)")
NO_PAGE: Final = re.compile(
    r"\.(csv|ics|json|svg|pdf|zip|txt)$|^/(language|static|log)/"
)
LINKS: Final = "[...document.querySelectorAll('a[href]')].map(each => each.href)"
MOST: Final = 160
MOST_STOPS: Final = 250
PARTS: Final = 8
"""How often a keyboard stops within a date and a time at most."""
TAB: Final = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
AXE: Final = Axe().axe_script
LOOK: Final = """async () => {
  // Whether a text stands out follows from how it is set and from what lies behind it.
  // To work that out takes longer than all else, so each such pair is looked at once.
  const known = new Map();
  const behind = each => {
    if (each === null) return '';
    if (!known.has(each)) {
      const {backgroundColor, backgroundImage, opacity, filter, position}
        = getComputedStyle(each);
      const own = [backgroundColor, backgroundImage, opacity, filter].join(' ');
      const plain = own === 'rgba(0, 0, 0, 0) none 1 none';
      const before = behind(each.parentElement);
      const apart = before === null || !['static', 'relative'].includes(position);
      known.set(each, apart ? null : plain ? before : `${before} / ${own}`);
    }
    return known.get(each);
  };
  const set = each => {
    const {color, fontSize, fontWeight, textShadow} = getComputedStyle(each);
    const back = behind(each);
    return back === null ? null
      : [color, fontSize, fontWeight, textShadow, back].join(' ');
  };
  const says = each => [...each.childNodes].filter(node => node.nodeType === 3)
    .map(node => node.data).join('');
  const texts = [...document.querySelectorAll('body *')]
    .filter(each => says(each).trim() && each.checkVisibility());
  const kept = location.protocol.startsWith('http') && sessionStorage.getItem('told');
  const told = new Set(JSON.parse(kept || '[]'));
  const others = document.querySelectorAll('input, select, textarea');
  const looked = [...others, ...texts.filter(each => !told.has(set(each)))];
  looked.forEach(each => each.toggleAttribute('data-looked', true));
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-looked]'}]});
  const {violations, incomplete} = await axe.run({
    rules: {'target-size': {enabled: true}},
    // Of what is well axe would tell at length, which takes longer than to look.
    resultTypes: ['violations', 'incomplete'],
  });
  const unclear = new Set(incomplete.filter(each => each.id === 'color-contrast')
    .flatMap(each => each.nodes.map(node => document.querySelector(node.target[0]))));
  looked.forEach(each => each.toggleAttribute('data-looked', false));
  // Axe passes over what is off, a sign alone, and what only screen readers come to.
  const off = '[disabled], [aria-disabled=true]';
  for (const each of texts) {
    const box = each.getBoundingClientRect();
    const passed = each.closest(off) || each.querySelector(off)
      || each.control?.disabled || box.width < 4 || box.height < 4
      || !/[\\p{L}\\p{N}]{2}/u.test(says(each));
    if (!passed && !unclear.has(each) && set(each)) told.add(set(each));
  }
  if (kept !== false) sessionStorage.setItem('told', JSON.stringify([...told]));
  return violations;
}"""
WIDER: Final = "document.documentElement.scrollWidth > window.innerWidth"
NARROW: Final[ViewportSize] = {"width": 320, "height": 800}
"""As wide as a page is that somebody enlarges fourfold."""
SPACED: Final = """() => {
  // So far people set letters apart for whom they dance, and nothing may be lost by it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important} p {margin-block-end: 2em !important}`);
  document.adoptedStyleSheets = [sheet];
  const wide = document.documentElement.scrollWidth;
  document.adoptedStyleSheets = [];
  return wide - window.innerWidth;
}"""
REFUSED: Final = """async seen => {
  const found = [], nth = {};
  for (const form of document.querySelectorAll('main form[method=post]')) {
    const action = form.getAttribute('action');
    const place = nth[action] = (nth[action] ?? -1) + 1;
    const fields = [...form.elements].filter(each => each.name && each.labels
      && !['hidden', 'submit', 'file', 'password'].includes(each.type));
    const names = [...new Set(fields.map(each => each.name))];
    const kind = action.replace(/[0-9a-f]{14,}|[0-9]+/g, 'N') + ' ' + names;
    if (!fields.length || seen.includes(kind)) continue;
    seen.push(kind);
    let number = 0;
    for (const each of fields) {
      number += 1;
      if (each.type === 'radio') each.checked = true;
      else if (each.type === 'checkbox') each.checked = !each.defaultChecked;
      else if (each.options) each.selectedIndex = each.options.length - 1;
      else if (each.type === 'date') each.value = '2026-12-24';
      else if (each.type === 'time') each.value = '17:45';
      else if (each.type === 'datetime-local') each.value = '2026-12-24T17:45';
      else if (each.type === 'url') each.value = `https://a.example/${number}`;
      else if (each.type === 'email') each.value = `who${number}@a.example`;
      else if (each.inputMode === 'numeric') each.value = String(number);
      else each.value = `z6Mk in words ${number}`;
    }
    const sent = new FormData(form);
    sent.append('a-field-that-no-form-has', 'yes');
    const plain = new URLSearchParams([...sent].filter(([, each]) => each.trim));
    const answer = await fetch(form.action, {method: 'POST', redirect: 'manual',
      body: form.enctype === 'multipart/form-data' ? sent : plain});
    const again = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const same = [...again.querySelectorAll('main form[method=post]')]
      .filter(each => each.getAttribute('action') === action)[place];
    if (answer.status < 400 || !same) {
      found.push(`${kind}: ${answer.status}, and the form is gone`);
      continue;
    }
    const kept = new FormData(same);
    const typed = (data, name) => data.getAll(name).filter(each => each).join(' | ');
    for (const name of names) {
      if (ASKED_EACH_TIME.includes(name) || typed(sent, name) === typed(kept, name)) {
        continue;
      }
      found.push(`${kind}: “${typed(sent, name)}” in ${name} is not kept`);
    }
    const shut = same.closest('details:not([open])');
    if (shut) found.push(`${kind}: it stands in what is closed`);
  }
  return [found, seen];
}"""
ASKED_EACH_TIME: Final = ("sure", "agreed", "sheet_code", "code")
"""Secrets, and whether somebody is sure."""
STOPS: Final = """() => {
  const group = each => each.type === 'radio' && each.name
    ? `${each.name} of ${[...document.forms].indexOf(each.form)}` : each;
  const all = document.querySelectorAll('a[href], button:enabled, select:enabled,'
    + ' textarea:enabled, input:enabled:not([type=hidden]), summary,'
    + ' [tabindex="0"]');
  const seen = [...all].filter(each => each.tabIndex >= 0 && each.checkVisibility());
  const stops = new Set(seen.map(group)), wrong = new Set();
  const tour = window.tour = {stops, wrong, ended: false};
  const look = at => {
    const box = at.getBoundingClientRect(), style = getComputedStyle(at);
    const inner = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]];
    const found = inner.map(([x, y]) => document.elementFromPoint(
      box.left + box.width * x, box.top + box.height * y));
    const mine = each => each !== null && (at.contains(each) || each.contains(at)
      || [...(at.labels ?? [])].some(label => label.contains(each)));
    const lines = [...at.getClientRects()];
    const hidden = !found.some(mine) && !lines.some(line => mine(document
      .elementFromPoint(line.left + line.width / 2, line.top + line.height / 2)));
    // Of a date the browser shows which part of it has the focus.
    const parts = at.type?.startsWith('date');
    const plain = !parts
      && (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) === 0);
    const named = `${at.tagName} “${(at.innerText || at.name || '').slice(0, 40)}”`;
    if (hidden) wrong.add(`${named} is hidden while it has the focus`);
    if (plain) wrong.add(`${named} does not show that it has the focus`);
  };
  // By the time the key is let go, what it leads to has been scrolled to.
  document.addEventListener('keyup', event => {
    const at = document.activeElement;
    if (event.key !== 'Tab' || tour.ended) return;
    if (at === null || at === document.body) { tour.ended = true; return; }
    stops.delete(group(at));
    look(at);
  }, true);
  return stops.size;
}"""
ENDED: Final = "() => window.tour.ended || document.activeElement === document.body"
WRONG: Final = """() => [...window.tour.wrong,
  ...[...window.tour.stops].map(each => 'the keyboard never comes to ' + (
    typeof each === 'string' ? `the choice ${each}`
      : `${each.tagName} “${each.innerText || each.name}”`))]"""
UNFILLED: Final = """() => [...document.querySelectorAll(
    'main input[type=password], main input.code')]
  .filter(each => !each.autocomplete).map(each => each.name)"""
"""The fields for secrets that do not say what a password manager may put there."""
HELP: Final = """() => [...document.querySelectorAll('.footer a[href]')]
  .map(each => each.getAttribute('href'))
  .filter(each => !each.startsWith('/language/'))"""


def shape(path: str) -> str:
    """Name a page by its route, so that of many alike a few are looked at."""
    return NUMBER.sub("/N", ID.sub("ID", path))


async def every_page(
    page: Page,
    site: str,
    *,
    begin: Iterable[str] = ("/", "/today", "/home"),
    of_each: int = 1,
    only: Collection[str] = (),
) -> AsyncIterator[str]:
    """Walk from link to link, to so many pages of each kind.

    With ``only``, no link is followed but to what begins with one of these.
    """
    waiting = deque(begin)
    seen, kinds = set(waiting), dict.fromkeys(map(shape, waiting), 1)
    looked = 0
    # Handed over once, and not page by page.
    await page.context.add_init_script(AXE)
    while waiting and looked <= MOST:
        path = waiting.popleft()
        answer = None
        with contextlib.suppress(Error):  # It is no page, and is taken down as a file.
            answer = await page.goto(f"{site}{path}", wait_until="load")
        if answer is None or not answer.ok:
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        looked += 1
        yield path
        for href in await page.evaluate(LINKS):
            there = urlsplit(href)
            to = f"{there.path}?{there.query}" if there.query else there.path
            kind = shape(there.path)
            if f"{there.scheme}://{there.netloc}" != site or to in seen:
                continue
            if NO_PAGE.search(there.path) or kinds.get(kind, 0) >= of_each:
                continue
            if only and not there.path.startswith(tuple(only)):
                continue
            seen.add(to)
            kinds[kind] = kinds.get(kind, 0) + 1
            waiting.append(to)


async def violations(page: Page) -> list[dict[str, Any]]:
    """Let axe look at a page as it is; a live one may load itself anew meanwhile."""
    for _ in range(3):
        with contextlib.suppress(Error):
            if await page.evaluate("window.axe === undefined"):
                await page.evaluate(AXE)
            found: list[dict[str, Any]] = await page.evaluate(LOOK)
            return found
    raise AssertionError(f"{page.url} does not stand still.")


async def by_axe(page: Page) -> list[str]:
    """Say in one line each what axe finds."""
    return [
        f"{each['id']} {[node['target'] for node in each['nodes']][:3]}"
        for each in await violations(page)
    ]


async def by_keyboard(page: Page) -> list[str]:
    """Go through a page with the Tab key; say what is missed, hidden or not shown.

    Of radio buttons a keyboard comes to one of each choice, and the arrows do the rest.
    """
    stops = await page.evaluate(STOPS)
    assert stops < MOST_STOPS, f"{page.url} has {stops} stops"
    # A browser stops within a date or a time, and at what scrolls, besides.
    moments = await page.locator("input[type^=date], input[type=time]").count()
    most, pressed = 2 * stops + PARTS * moments, 0
    keys = await page.context.new_cdp_session(page)
    # To ask after each key where it led takes longer than to press it, and so does to
    # wait until the page has been drawn anew.
    while pressed < most and not (pressed and await page.evaluate(ENDED)):
        at_once = min(most - pressed, PARTS if pressed else stops + 1)
        await asyncio.gather(
            *(
                keys.send("Input.dispatchKeyEvent", {"type": each, **TAB})
                for _ in range(at_once)
                for each in ("rawKeyDown", "keyUp")
            )
        )
        pressed += at_once
    await keys.detach()
    wrong: list[str] = await page.evaluate(WRONG)
    return wrong


async def by_width(page: Page) -> list[str]:
    """Say whether somebody who enlarges a page and its spaces must read sideways."""
    before = page.viewport_size
    await page.set_viewport_size(NARROW)
    too_wide = await page.evaluate(SPACED)
    if before is not None:
        await page.set_viewport_size(before)
    return [f"it is {too_wide} px wider than a narrow screen"] if too_wide > 0 else []


async def by_refusal(page: Page, seen: list[str]) -> list[str]:
    """Fill in and send each form, to be refused; say what is to be typed anew.

    ``seen`` are the kinds of forms that were tried already; those here are added.
    """
    wrong: list[str]
    asked = REFUSED.replace("ASKED_EACH_TIME", json.dumps(ASKED_EACH_TIME))
    wrong, seen[:] = await page.evaluate(asked, seen)
    return wrong


async def help_on(page: Page) -> tuple[str, ...]:
    """Return where the foot of a page leads, in its order; empty where it has none."""
    found: list[str] = await page.evaluate(HELP)
    return tuple(found)
