"""A mistake in how a node is set up or asked, told in a sentence its keeper can use."""


class Misused(Exception):
    """The command, file or setting cannot be right; nothing was changed."""
