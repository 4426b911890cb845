"""Verbs on carrier accounts."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from kit import audit
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.dictionary import Carrier
from tenants.carriers.models import CarrierAccount
from tenants.carriers.result_file import Field, KeyKind

ADDED = audit.Event.named("carrier_account:added", "name")
EDITED = audit.Event.named("carrier_account:edited", "fields")
DELETED = audit.Event.named("carrier_account:deleted", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountData:
    """What is known of a carrier account; `columns` maps our fields to headers of its files."""

    name: str
    carrier: Carrier
    channel_code: str = ""
    columns: Mapping[Field, str]
    is_active: bool = True
    remark: str = ""


def add_account(new: AccountData, *, by: audit.Actor) -> CarrierAccount:
    """Add a carrier account; refuses a name that is taken and a mapping that cannot work."""
    with transaction() as current:
        _check(new, but=None)
        account = CarrierAccount(**_values(new))
        current.add(account)
        audit.record(ADDED, account, by=by, name=new.name)
        return account


def edit_account(
    account: CarrierAccount, new: AccountData, *, version: int, by: audit.Actor
) -> CarrierAccount:
    """Change a carrier account; refuses a stale copy, and what `add_account` refuses."""
    with transaction():
        account = _locked(account)
        refuse_stale(account, version)
        _check(new, but=account)
        values = _values(new)
        fields = [name for name, value in values.items() if getattr(account, name) != value]
        for name in fields:
            setattr(account, name, values[name])
        if fields:
            account.version += 1
            audit.record(EDITED, account, by=by, fields=fields)
        return account


def delete_account(account: CarrierAccount, *, by: audit.Actor) -> None:
    """Delete a carrier account; what its files told is kept with the orders."""
    with transaction() as current:
        account = _locked(account)
        audit.record(DELETED, account, by=by, name=account.name)
        current.delete(account)


def _locked(account: CarrierAccount) -> CarrierAccount:
    return session().get_one(
        CarrierAccount, account.id, with_for_update=True, populate_existing=True
    )


def _values(new: AccountData) -> dict[str, object]:
    return {
        "name": new.name,
        "carrier": new.carrier.value,
        "channel_code": new.channel_code,
        "columns": {one.value: header for one, header in new.columns.items() if header},
        "is_active": new.is_active,
        "remark": new.remark,
    }


def _check(new: AccountData, *, but: CarrierAccount | None) -> None:
    taken = (
        session().scalars(select(CarrierAccount.id).where(CarrierAccount.name == new.name)).first()
    )
    if taken is not None and (but is None or taken != but.id):
        raise Refused(
            _("There is already a carrier account “%(name)s”.", name=new.name), field="name"
        )
    given = [header for header in new.columns.values() if header]
    twice = next((header for header in given if given.count(header) > 1), None)
    if twice is not None:
        raise Refused(_("The header “%(name)s” is used for two columns.", name=twice))
    keys = [new.columns.get(Field(one.value)) for one in KeyKind]
    if given and not any(keys):
        raise Refused(_("Map a number, an order number or an ICCID: rows are found by it."))
