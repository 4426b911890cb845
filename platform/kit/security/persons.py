"""What every model of people who log in has in common."""

from typing import TYPE_CHECKING, ClassVar

from kit.security.sessions import client_address, client_device

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapped


class Acting:
    """Somebody who logs in and is written into the audit log, with where his request came from.

    Each model says what kind of actor its people are.
    """

    actor_kind: ClassVar[str]
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    if TYPE_CHECKING:
        public_id: Mapped[str]
        name: Mapped[str]

    @property
    def actor_id(self) -> str:
        return self.public_id

    @property
    def actor_name(self) -> str:
        return self.name

    @property
    def address(self) -> str | None:
        """Where the person's request came from; None in a job."""
        return client_address()

    @property
    def device(self) -> str | None:
        """What the browser of the person's request calls itself; None in a job."""
        return client_device()
