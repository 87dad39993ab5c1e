"""With others: aid, asks, public bodies, bridges, projects, and what is lent."""
