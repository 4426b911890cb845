"""Customers by the thousand: taken in, changed and taken away again, each time all or none."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ARRAY, Text, any_, cast, select, update
from sqlalchemy.exc import IntegrityError

from kit import audit, clock, ids, personal
from kit.db import copy_columns, draw_ids, lock_rows, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.accounts.scopes import Reach
from tenants.customers import queries, services
from tenants.customers.labels import FIELDS
from tenants.customers.models import Customer, CustomerKind, DocumentKind
from tenants.customers.services import NewCustomer

_PLAIN = (
    *("kind", "name", "contact_name", "email", "industry", "credit", "document_kind"),
    *("province", "city", "district", "remark", "language"),
)
_SECRET = (Customer.phone, Customer.document, Customer.address)
Changed = Mapping[int, Mapping[str, Any]]
"""What is to be written into customers, by their id and by field."""
Lookups = Mapping[int, Sequence[str]]
"""The index values under which a field may be stored, the newest key's first, by a row's place."""


def problems_of(
    rows: Sequence[NewCustomer], *, same_phone_confirmed: bool
) -> list[str | NewCustomer]:
    """Return for each row what is wrong with it, or its normal form: the dry run of `take_in`."""
    return _judged(rows, same_phone_confirmed=same_phone_confirmed)[0]


def _judged(
    rows: Sequence[NewCustomer], *, same_phone_confirmed: bool
) -> tuple[list[str | NewCustomer], dict[str, Lookups]]:
    """Return what `problems_of` does, and by field the index values that were looked up for it."""
    found: list[str | NewCustomer] = []
    for row in rows:
        try:
            found.append(services.checked(row))
        except Refused as refusal:
            found.append(str(refusal))
    clean = {place: row for place, row in enumerate(found) if isinstance(row, NewCustomer)}
    lookups = {"document": _lookups("document", {at: row.document for at, row in clean.items()})}
    taken = _taken("document", lookups["document"])
    if not same_phone_confirmed:
        phones = {place: row.phone for place, row in clean.items() if place not in taken}
        lookups["phone"] = _lookups("phone", phones)
        taken |= _taken("phone", lookups["phone"])
    for place, sentence in taken.items():
        found[place] = sentence
    return found, lookups


def with_usual_document(row: NewCustomer) -> NewCustomer:
    """Return a row whose document is of the usual kind where none is named."""
    if not row.document or row.document_kind:
        return row
    return replace(row, document_kind=usual_document(row.kind))


def usual_document(kind: str) -> str:
    """Return the document that customers of a kind usually have."""
    is_person = kind == CustomerKind.PERSON
    return (DocumentKind.RESIDENT_ID if is_person else DocumentKind.BUSINESS_LICENCE).value


def _lookups(name: str, values: Mapping[int, str]) -> Lookups:
    """Return by place the index values under which a phone or document may be stored."""
    wanted = [place for place, value in values.items() if value]
    found = getattr(Customer, name).lookups_many([values[place] for place in wanted])
    return dict(zip(wanted, found, strict=True))


def _taken(
    name: str, lookups: Lookups, *, owners: Mapping[int, int] | None = None
) -> dict[int, str]:
    """Return a sentence for each place whose value a live customer has, by one query.

    `owners` are the customers who may have it: the one that the row changes.
    """
    there = customers_by_index(name, [index for one in lookups.values() for index in one])
    problems: dict[int, str] = {}
    if not there:
        return problems
    for place, indexes in lookups.items():
        own = (owners or {}).get(place)
        other = next(
            (one for index in indexes for one in there.get(index, ()) if one[0] != own), None
        )
        if other is not None:
            problems[place] = _(
                "Customer %(number)s (%(name)s) has this %(field)s already.",
                number=f"CM{other[0]:04}",
                name=other[1],
                field=FIELDS[name],
            )
    return problems


def customers_by_index(
    name: str, indexes: Sequence[str], *, reach: Reach | None = None
) -> dict[str, list[tuple[int, str]]]:
    """Return id and name of the live customers that have a phone or document, by blind index."""
    found: dict[str, list[tuple[int, str]]] = {}
    if not indexes:
        return found
    column = getattr(Customer, f"{name}_index")
    statement = select(column, Customer.id, Customer.name).where(
        column == any_(cast(list(indexes), ARRAY(Text))), Customer.deleted_at.is_(None)
    )
    if reach is not None:
        statement = statement.where(queries.reached(reach))
    for index, number, called in session().execute(statement):
        found.setdefault(index, []).append((number, called))
    return found


def take_in(
    rows: Sequence[NewCustomer], *, by: audit.Actor, same_phone_confirmed: bool = False
) -> list[int]:
    """Add customers, all or none, and return their ids in the same order.

    Refuses what `services.add_customers` refuses, with the first that is wrong.
    """
    if not rows:
        return []
    with transaction():
        if not same_phone_confirmed:
            services.keep_phones_alone()
        clean = []
        judged, lookups = _judged(rows, same_phone_confirmed=same_phone_confirmed)
        for row in judged:
            if isinstance(row, str):
                raise Refused(row)
            clean.append(row)
        _refuse_twice(clean)
        numbers = draw_ids(len(clean))
        public_ids = ids.many(len(clean))
        try:
            _copy(clean, numbers, public_ids, lookups, by)
        except IntegrityError:
            raise services.just_taken() from None
        for kind in sorted({row.kind for row in clean}):
            of_kind = [
                public_id
                for public_id, row in zip(public_ids, clean, strict=True)
                if row.kind == kind
            ]
            audit.record_many(services.ADDED, Customer.__name__, of_kind, by=by, kind=kind)
        return numbers


def _refuse_twice(rows: Sequence[NewCustomer]) -> None:
    documents = Counter(row.document for row in rows if row.document)
    twice = next((document for document, times in documents.items() if times > 1), None)
    if twice is not None:
        raise Refused(
            _("The document %(document)s occurs twice.", document=personal.mask_document(twice)),
            field="document",
        )


def _copy(
    rows: Sequence[NewCustomer],
    numbers: Sequence[int],
    public_ids: Sequence[str],
    lookups: Mapping[str, Lookups],
    by: audit.Actor,
) -> None:
    columns: dict[str, Sequence[str | bytes | None]] = {
        "id": [str(number) for number in numbers],
        "public_id": public_ids,
        "sort_key": [services.sort_key(row.name) for row in rows],
        "born_on": [row.born_on.isoformat() if row.born_on else None for row in rows],
        "channel_id": [str(row.channel.id) if row.channel else None for row in rows],
    }
    for name in _PLAIN:
        columns[name] = [getattr(row, name) for row in rows]
    for field in _SECRET:
        columns |= field.stored_many(
            public_ids,
            [getattr(row, field.name) for row in rows],
            lookups=lookups.get(field.name),
        )
    copy_columns(
        Customer.__table__,  # type: ignore[arg-type]
        columns,
        {
            "created_at": clock.now(),
            "version": 1,
            # Who brings a customer in looks after him.
            "owner_id": by.id if isinstance(by, User) else None,
        },
    )


def problems_of_changes(changed: Changed, *, same_phone_confirmed: bool) -> dict[int, str]:
    """Return what is wrong with changes, by the customer's id: the dry run of `change`."""
    there = {one.id: one for one in _customers(changed)}
    return _judge(there, changed, same_phone_confirmed=same_phone_confirmed)[1]


def _judge(
    there: Mapping[int, Customer], changed: Changed, *, same_phone_confirmed: bool
) -> tuple[dict[int, NewCustomer], dict[int, str]]:
    clean: dict[int, NewCustomer] = {}
    problems: dict[int, str] = {}
    for number, values in changed.items():
        customer = there.get(number)
        if customer is None or customer.deleted_at is not None:
            problems[number] = _("This customer is in the recycle bin; restore it first.")
            continue
        try:
            clean[number] = services.checked(
                with_usual_document(replace(_as_row(customer), **values))
            )
        except Refused as refusal:
            problems[number] = str(refusal)
    own = {number: number for number in clean}
    named = {number: row.document for number, row in clean.items() if "document" in changed[number]}
    problems |= _taken("document", _lookups("document", named), owners=own)
    if not same_phone_confirmed:
        phones = {
            number: row.phone
            for number, row in clean.items()
            if "phone" in changed[number] and row.phone != there[number].phone
        }
        problems |= _taken("phone", _lookups("phone", phones), owners=own)
    return clean, problems


def _customers(numbers: Collection[int]) -> Sequence[Customer]:
    return session().scalars(select(Customer).where(Customer.id.in_(numbers))).all()


def _as_row(customer: Customer) -> NewCustomer:
    return NewCustomer(**{one.name: getattr(customer, one.name) for one in fields(NewCustomer)})


def change(changed: Changed, *, by: audit.Actor, same_phone_confirmed: bool = False) -> int:
    """Write fields into customers, all or none; what is not named stays. Return how many changed.

    Refuses what `services.edit_customer` refuses, with the first that is wrong.
    """
    with transaction():
        there = {one.id: one for one in lock_rows(Customer, sorted(changed))}
        if not same_phone_confirmed and any("phone" in values for values in changed.values()):
            services.keep_phones_alone()
        clean, problems = _judge(there, changed, same_phone_confirmed=same_phone_confirmed)
        if problems:
            raise Refused(next(iter(problems.values())))
        for number, row in clean.items():
            customer = there[number]
            touched = [
                name for name in changed[number] if getattr(customer, name) != getattr(row, name)
            ]
            if not touched:
                continue
            for name in touched:
                setattr(customer, name, getattr(row, name))
            customer.born_on = row.born_on
            customer.sort_key = services.sort_key(row.name)
            customer.version += 1
            audit.record(services.EDITED, customer, by=by, fields=touched)
        try:
            session().flush()
        except IntegrityError:
            raise services.just_taken() from None
        return len(clean)


def withdraw(numbers: Sequence[int], *, used: Collection[int], by: audit.Actor) -> dict[int, str]:
    """Put customers with which nothing was done since they came into the recycle bin.

    `used` are those that others refer to. Return a sentence for each that stays.
    """
    with transaction() as work:
        there = {
            row.id: row
            for row in work.execute(
                select(Customer.id, Customer.public_id, Customer.version, Customer.deleted_at)
                .where(Customer.id.in_(numbers))
                .order_by(Customer.id)
                .with_for_update()
            )
        }
        kept: dict[int, str] = {}
        gone = []
        for number in numbers:
            row = there.get(number)
            if row is None or row.deleted_at is not None:
                kept[number] = _("The customer is in the recycle bin already.")
            elif number in used:
                kept[number] = _("Customer CM%(number)s has orders.", number=f"{number:04}")
            elif row.version != 1:
                kept[number] = _(
                    "Customer CM%(number)s has been changed since.", number=f"{number:04}"
                )
            else:
                gone.append(row)
        work.execute(
            update(Customer)
            .where(Customer.id.in_([row.id for row in gone]))
            .values(deleted_at=clock.now(), version=Customer.version + 1)
        )
        audit.record_many(
            services.DELETED, Customer.__name__, [row.public_id for row in gone], by=by
        )
        return kept
