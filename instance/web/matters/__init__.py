"""What troubles people: issues, stories and texts, here and beside those of others."""
