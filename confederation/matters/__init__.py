"""What troubles people: issues, stories, and texts that assemblies can share."""
