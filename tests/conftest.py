"""One profile for every property: the same examples each time, so that a failure is a change and not a chance."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None)
settings.load_profile("steady")
