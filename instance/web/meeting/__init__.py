"""A meeting, from its setting up to the last card handed in: on screens and paper."""
