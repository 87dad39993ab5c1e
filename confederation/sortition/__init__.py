"""A panel is drawn by lot among all who said yes, so that it looks like the place.

`quotas` says which panels are allowed, `lottery` what makes a list of them fair and how
one of them is drawn, `replacing` who comes when somebody cannot. Nothing here searches
for panels: that needs a solver, which is the node's, and nobody needs to trust it.
"""
