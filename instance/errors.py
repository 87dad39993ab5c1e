"""A mistake in how a node is set up or asked, told in a sentence its keeper can use."""

from typing import Self

from confederation.errors import Reason, Refused


class PenElsewhere(Refused):
    """Another machine holds the assembly's pen, so nothing is done on this one."""


class NoRoom(Reason):
    """The disk is full, or fails: nothing was kept, and later it may be."""


class Misused(Reason):
    """The command, file or setting cannot be right; nothing was changed.

    ``field`` is the field of a form that it is about; empty where it is about none.
    """

    field = ""

    def of(self, field: str) -> Self:
        """Say which field of a form this is about."""
        self.field = field
        return self


class MayNameSomebody(Misused):
    """Words for everybody could be about people; whoever sends them may mean that."""
