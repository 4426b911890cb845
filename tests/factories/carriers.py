"""Carrier accounts for tests."""

from collections.abc import Mapping
from itertools import count

from kit import audit
from tenants.accounts.dictionary import Carrier
from tenants.carriers import services
from tenants.carriers.models import CarrierAccount
from tenants.carriers.result_file import Field

_serial = count(1)


def make_account(
    *,
    name: str = "",
    carrier: Carrier = Carrier.MOBILE,
    columns: Mapping[Field, str] | None = None,
    **more,
) -> CarrierAccount:
    new = services.AccountData(
        name=name or f"上游{next(_serial)}", carrier=carrier, columns=columns or {}, **more
    )
    return services.add_account(new, by=audit.SYSTEM)
