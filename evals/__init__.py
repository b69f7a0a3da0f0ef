"""How good the finding is: labelled items, invented worlds, typed answers. See README.md for results."""
