"""Products and rates for tests."""

from datetime import date
from itertools import count

from kit import audit
from tenants.accounts.dictionary import Carrier
from tenants.catalogue import services
from tenants.catalogue.models import MilestoneKind, Product, ProductKind, Rate, Timing
from tenants.channels.models import Channel, Grade

_numbers = count(1)
LONG_AGO = date(2020, 1, 1)


def make_product(
    *,
    name: str | None = None,
    carrier: str = Carrier.TELECOM,
    kind: str = ProductKind.TRAFFIC_CARD,
    on_shelf: bool = True,
    **content: object,
) -> Product:
    """A product on the shelf."""
    product = services.add_product(
        name=name or f"星卡{next(_numbers)}", carrier=carrier, kind=kind, by=audit.SYSTEM, **content
    )
    return services.put_on_shelf(product, by=audit.SYSTEM) if on_shelf else product


def make_rate(
    product: Product,
    amount: int = 10_000,
    *,
    milestone: str = MilestoneKind.ACTIVATED,
    month: int = 0,
    timing: str = Timing.NEXT_MONTH,
    grade: Grade | None = None,
    channel: Channel | None = None,
    valid_from: date = LONG_AGO,
    valid_to: date | None = None,
) -> Rate:
    return services.set_rate(
        product,
        milestone=milestone,
        month=month,
        amount=amount,
        timing=timing,
        grade=grade,
        channel=channel,
        valid_from=valid_from,
        valid_to=valid_to,
        by=audit.SYSTEM,
    )
