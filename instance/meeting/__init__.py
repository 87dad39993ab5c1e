"""A meeting at the node: how it opens, its cards, its floor, its sounds, its slips."""
