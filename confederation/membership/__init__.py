"""Who belongs, who may do what, and who is drawn by lot."""
