"""The files beside the pages are kept for ever, under addresses that change."""

import gzip
import re
from importlib import resources
from pathlib import Path

import pytest

from instance.web import assets
from tests.instance.house import a_house
from tests.instance.web.browsing import a_browser


async def test_a_file_is_kept_for_ever_under_its_own_mark(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        answer = await browser.http.get(assets.address("folkmoot.css"))

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_browser_that_has_a_file_does_not_get_it_again(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        path = assets.address("moot.svg")
        first = await browser.http.get(path)

        again = await browser.http.get(
            path, headers={"if-none-match": first.headers["etag"]}
        )

        assert again.status_code == 304
        assert again.content == b""


async def test_under_an_older_mark_the_file_of_today_is_not_kept(
    tmp_path: Path,
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        answer = await browser.http.get("/static/0123456789abcdef/folkmoot.css")

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, no-cache"


async def test_a_file_that_is_not_there_is_not_served(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        for name in ("nothing.css", "..%2Fweb%2Fsite.py", "%2e%2e/config.py"):
            answer = await browser.http.get(f"/static/0123456789abcdef/{name}")

            assert answer.status_code == 404


async def test_a_file_goes_packed_to_whoever_takes_it_so(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        path = assets.address("folkmoot.css")
        plain = await browser.http.get(path, headers={"accept-encoding": "identity"})
        request = browser.http.build_request(
            "GET", path, headers={"accept-encoding": "gzip"}
        )
        packed = await browser.http.send(request, stream=True)
        raw = b"".join([part async for part in packed.aiter_raw()])

        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw) == plain.content
        assert len(raw) < len(plain.content)


def test_no_file_loads_anything_from_elsewhere() -> None:
    for asset in assets.assets().values():
        text = asset.body.decode().replace("http://www.w3.org/2000/svg", "")

        assert "http:" not in text
        assert "https:" not in text
        assert "url(" not in text
        assert "@import" not in text


def test_nothing_is_only_to_be_had_by_dragging() -> None:
    """By WCAG 2.5.7: rows have buttons as well, and a drawing may be a photo."""
    static = Path(assets.__file__).parent.parent / "static"
    follows = {
        each.name
        for each in static.glob("*.js")
        if re.search(
            r"pointermove|touchmove|mousemove|dragstart|draggable", each.read_text()
        )
    }

    assert follows == {"drag.js", "draw.js"}
    # What lets rows be dragged is asked for by the ranking alone, which has buttons.
    asking = [each for each in static.glob("*.js") if "/drag.js" in each.read_text()]
    assert [each.name for each in asking] == ["rank.js"]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_edges_of_fields_and_the_ring_of_the_focus_stand_out(scheme: int) -> None:
    static = resources.files("instance") / "static"
    sheet = (static / "folkmoot.css").read_text(encoding="utf-8")
    colours = dict(
        re.findall(r"--(\w+): (#\w{6});", sheet.split(":root {")[scheme + 1])
    )

    for edge in ("edge", "leaf", "clay", "honey", "sky"):
        for behind in ("paper", "card"):
            assert contrast(colours[edge], colours[behind]) >= 3, (edge, behind)


def contrast(one: str, other: str) -> float:
    """Say how far two colours are apart, as WCAG works it out: from 1 to 21."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
