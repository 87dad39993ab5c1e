"""With others, at the node: aid, asks, projects, practices, introductions."""
