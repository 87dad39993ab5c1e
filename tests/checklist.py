"""What every line of the checklist is named."""

from typing import Final

MUST: Final = (
    *("8b32", "521a", "fe34", "1b12", "67ff", "f1d5", "0151", "2677", "d556", "9967"),
    *("8a8e", "7888", "f228", "2c59", "844e"),
)


SHOULD: Final = (
    *("8fcf", "e232", "0837", "5feb", "268d", "3b86", "4adb", "4f05", "7458", "c180"),
    *("e229", "888d", "fb2a"),
)


WANTED: Final = {
    "S": tuple(f"S{number}" for number in range(1, 66)),
    "W": tuple(f"W{number}" for number in range(1, 26)),
    "FEP": (*MUST, *SHOULD),
}
