"""The SQL of the node, one file a noun."""
