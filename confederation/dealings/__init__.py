"""What an assembly does with others: aid, asks, projects, introductions."""
