"""Places go to parts of an area by how many people live there; the lot does the rest.

What a part is due is seldom a whole number of places. It gets that number without its
fraction at least, and at most one more; which parts get one more comes of the draw.
"""

from collections.abc import Mapping

from confederation.errors import Invalid
from confederation.sortition.quotas import Feature, Quota

MOST_RESIDENTS = 10**10


def by_population(
    feature: Feature, residents: Mapping[str, int], places: int
) -> tuple[Quota, ...]:
    """Return the quotas that share out places by how many people live where.

    Args:
        feature: whose values are the parts of the area.
        residents: how many people live in each part, by its value.
        places: how many places there are in all.

    Raises:
        Invalid: a part has no number, or nobody lives anywhere.

    See docs/reference/drawing-a-panel.md, "Places by population".
    """
    if set(residents) != set(feature.values) or not all(
        0 <= each <= MOST_RESIDENTS for each in residents.values()
    ):
        raise Invalid(
            "“{name}”: please say of each how many people there are.",
            name=feature.name,
        )
    everybody = sum(residents.values())
    if not everybody:
        raise Invalid("“{name}”: by this there is nobody.", name=feature.name)
    return tuple(
        Quota(
            feature=feature.name,
            value=value,
            least=places * residents[value] // everybody,
            most=-(-places * residents[value] // everybody),
        )
        for value in feature.values
    )
