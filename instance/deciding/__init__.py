"""Questions at the node: put, voted on and counted, by all or within a remit."""
