"""The node among servers of all kinds: what comes, what goes, how much of it."""
