"""A mistake in how a node is set up or asked, told in a sentence its keeper can use."""

from confederation.errors import Reason, Refused


class PenElsewhere(Refused):
    """Another machine holds the assembly's pen, so nothing is done on this one."""


class Misused(Reason):
    """The command, file or setting cannot be right; nothing was changed."""
