"""A contest of embkit and its peers: material, works, how each is measured, and tables."""
