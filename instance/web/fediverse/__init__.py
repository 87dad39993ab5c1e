"""Members and posts among servers of other kinds: following, answering, reports."""
