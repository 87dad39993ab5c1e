"""A bridge between two groups, begun by its form."""

from tests.instance.web.evening import (
    ONCE,
    Evening,
)


async def begin(evening: Evening, *, status: int = 303, **changed: str) -> str:
    fields = {
        "matter": "The yard",
        "name_1": "The gardeners",
        "speaker_1": "Eva",
        "name_2": "The football team",
    }
    once = ONCE.search(await evening["Ada"].open("/bridges"))
    assert once is not None
    return await evening["Ada"].send(
        "/bridges",
        on="/bridges",
        status=status,
        fields={**fields, **changed, "once": str(once[1])},
    )
