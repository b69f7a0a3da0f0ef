"""Underheard finds the opportunities in what people write to its owner, and tells the owner in private."""
