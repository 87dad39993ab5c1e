"""Members: how they are reached, come in, belong, are drawn by lot, and are told."""
