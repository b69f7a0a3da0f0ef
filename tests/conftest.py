"""Properties are tried on the same examples everywhere, and a slow machine is no failure."""

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")
