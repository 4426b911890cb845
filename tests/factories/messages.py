"""Messages to customers for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from kit import clock
from kit.db import session
from kit.i18n import timezone
from tenants.customers.messages import services
from tenants.customers.messages.models import CustomerMessage
from tenants.notices.kinds import Kind
from tests.factories.accounts import owner

ZH, EN = "zh_Hans_CN", "en"


@contextmanager
def by_day() -> Iterator[None]:
    """It is noon in the workspace inside the block, whatever the machine says.

    A clock is moved for one thread alone.
    """
    noon = clock.now().astimezone(timezone()).replace(hour=12, minute=0)
    with clock.moved(noon):
        yield


def switch_on(*kinds: Kind, ways: tuple[str, ...] = ("sms",), languages=(ZH,)) -> None:
    """Let customers be told of some kinds, and of nothing else."""
    cells = {(kind.code, way, one) for kind in kinds for way in ways for one in languages}
    services.switch(cells, by=owner())


def messages() -> list[CustomerMessage]:
    """All messages to customers, oldest first."""
    return list(session().scalars(select(CustomerMessage).order_by(CustomerMessage.id)))
