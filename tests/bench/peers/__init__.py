"""Other systems doing the same work, each in an environment of its own, on the same server."""
