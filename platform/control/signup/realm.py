"""The public site: everybody, no log-in."""

from kit.security import HostKind, Realm, dresses
from kit.web import Frame, use_frame

SITE = Realm("site", HostKind.SITE)


@dresses(SITE)
def wear() -> None:
    """Give the pages of the site their frame."""
    use_frame(Frame(layout="kit/bare.html"))
