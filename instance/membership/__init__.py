"""Members at the node: let in, known by what they hold, drawn by lot, forgotten."""
