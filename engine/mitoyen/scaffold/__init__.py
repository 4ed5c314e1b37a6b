"""Templates of what `mitoyen new` makes."""
