"""From slips at a door to one text on three nodes, over real processes: T1, 1 to 4.

What comes after, deciding and delegates, goes on from here with the same chain.
"""

import json
from pathlib import Path

from instance.demo import listening
from tests.instance.chain import AMENDED, MENDED, Chain, a_chain


async def test_slips_become_one_shared_issue_and_one_text(
    tmp_path: Path,
) -> None:
    async with a_chain(tmp_path) as chain:
        await listens_and_names_nobody(chain)
        await finds_the_others_and_shares(chain)
        await drafts_one_text(chain)


async def listens_and_names_nobody(chain: Chain) -> None:
    story = chain.stage.story

    preview = await chain.raise_issues()

    post = await chain.post_of_the_issue()
    await chain.stage.follower.reply(post, story.follower.reply)
    replied = await chain.a.sees(f"/issues/{chain.stage.issue}", story.follower.reply)

    assert post["type"] == "Note"
    assert f"/issues/{chain.stage.issue}" in str(post["content"])
    assert listening.ELSEWHERE in replied.text
    assert len(story.slip) == 12
    assert sum("damp" in slip.what.lower() for slip in story.slip) == 7
    assert "7 listening slips" in preview.text
    await listening.look_for_leaks(chain.stage)


async def finds_the_others_and_shares(chain: Chain) -> None:
    at_b = await chain.looks_like(chain.b, chain.own["b"])
    at_c = await chain.looks_like(chain.c, chain.own["c"])

    await chain.share()

    assert "Somebody else raised something like this" in at_b.text
    assert "Both speak of:" in at_b.text
    assert "Same theme: Housing" in at_b.text
    assert "Both speak of: walls and windows" in at_c.text
    for each in chain.stage.assemblies:
        page = await each.sees(f"/shared/{chain.stage.issue}", "3 assemblies have this")
        for other in chain.stage.assemblies:
            assert other.name in page.text
        assert chain.stage.story.second.account_why.strip() in page.text
        assert chain.stage.story.third.account_why.strip() in page.text
    # Whoever follows the first sees by a number that the others joined in.
    seen = json.dumps(await chain.posts_seen(), ensure_ascii=False)
    assert "3 assemblies have this" in seen


async def drafts_one_text(chain: Chain) -> None:
    await chain.draft()

    [digest] = await chain.frozen_everywhere()

    assert digest == f"sha256:{chain.frozen}"
    for each in chain.stage.assemblies:
        page = await each.sees(f"/texts/{chain.frozen}", MENDED[-1])
        before = await each.sees(f"/texts/{chain.amended}", AMENDED[-1])
        assert "All have agreed." in page.text
        assert "Answered in the text" in before.text
    await listening.look_for_leaks(chain.stage)
