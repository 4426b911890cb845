"""The verbs of customers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from kit import audit, clock, ids, personal, sorting
from kit.db import keep_alone, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.channels.models import Channel
from tenants.customers import queries
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.documents import check_document
from tenants.customers.messages.services import destroy_messages, forget_messages
from tenants.customers.models import ERASED, CreditLevel, Customer, CustomerKind, DocumentKind
from tenants.notices.services import forget_records

ADDED = audit.Event.named("customer:added", "kind")
EDITED = audit.Event.named("customer:edited", "fields")
DELETED = audit.Event.named("customer:deleted")
RESTORED = audit.Event.named("customer:restored")
PURGED = audit.Event.named("customer:purged", "number")

ERASURE = audit.Event.named("customer:erased", "reason")

_PLAIN = ("kind", "name", "contact_name", "industry", "credit", "province", "city", "district")
_ENCRYPTED = ("phone", "document", "address")
_KINDS, _LEVELS, _DOCUMENTS = map(frozenset, (CustomerKind, CreditLevel, DocumentKind))


@dataclass(slots=True, kw_only=True)  # Not frozen: an import makes them by the hundred thousand.
class NewCustomer:
    """What is known of a customer before it is added, or after it was changed."""

    name: str
    phone: str
    kind: str = CustomerKind.PERSON
    document_kind: str | None = None
    document: str = ""
    contact_name: str = ""
    email: str = ""
    industry: str = ""
    credit: str = CreditLevel.NORMAL
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""
    remark: str = ""
    born_on: date | None = None
    language: str | None = None
    channel: Channel | None = None


def add_customers(
    rows: Sequence[NewCustomer], *, by: audit.Actor, same_phone_confirmed: bool = False
) -> list[Customer]:
    """Add customers, all or none, and return them in the same order.

    Refuses what is incomplete or cannot be right, a document that a customer has already (with
    that one's number), and, unless confirmed, a phone number that one has already.
    """
    if not rows:
        return []
    with transaction() as work:
        clean = _checked(rows)
        _refuse_same_documents(clean)
        if not same_phone_confirmed:
            keep_phones_alone()
            _refuse_same_phones(clean)
        now = clock.now()
        # Who brings a customer in looks after him.
        owner_id = by.id if isinstance(by, User) else None
        values = [
            _columns(row, ids.new()) | {"created_at": now, "owner_id": owner_id} for row in clean
        ]
        try:
            added = list(
                work.scalars(
                    insert(Customer).returning(Customer, sort_by_parameter_order=True), values
                )
            )
        except IntegrityError:
            raise just_taken() from None
        for customer in added:
            audit.record(ADDED, customer, by=by, kind=customer.kind)
        return added


def edit_customer(
    customer: Customer,
    new: NewCustomer,
    *,
    version: int,
    by: audit.Actor,
    same_phone_confirmed: bool = False,
) -> None:
    """Change a customer to what is given; number, creation time and channel stay.

    Refuses as `add_customers` does, and a stale copy or a deleted customer.
    """
    with transaction():
        customer = _locked(customer)
        refuse_stale(customer, version)
        _refuse_deleted(customer)
        clean = checked(new)
        if clean.document:
            _refuse_same_documents([clean], apart_from=customer)
        if clean.phone != customer.phone and not same_phone_confirmed:
            keep_phones_alone()
            _refuse_same_phones([clean], apart_from=customer)
        fields = [
            name for name, value in _values(clean).items() if getattr(customer, name) != value
        ]
        for name, value in _values(clean).items():
            setattr(customer, name, value)
        customer.sort_key = sort_key(clean.name)
        customer.version += 1
        _flush()
        # Field names only: what stood in them is personal data, and this log is never purged.
        audit.record(EDITED, customer, by=by, fields=fields)


def delete_customer(customer: Customer, *, by: audit.Actor) -> None:
    """Put a customer into the recycle bin; nothing happens when it is there already."""
    with transaction():
        customer = _locked(customer)
        if customer.deleted_at is not None:
            return
        customer.deleted_at = clock.now()
        customer.version += 1
        audit.record(DELETED, customer, by=by)


def restore_customer(customer: Customer, *, by: audit.Actor) -> None:
    """Take a customer out of the recycle bin; refuses when its document is in use meanwhile."""
    with transaction():
        customer = _locked(customer)
        if customer.deleted_at is None:
            return
        if customer.is_erased:
            raise Refused(_("This customer has been erased and cannot come back."))
        if customer.document:
            found = queries.customer_by_document(customer.document)
            if found is not None:
                raise _same_document(found)
        customer.deleted_at = None
        customer.version += 1
        _flush()
        audit.record(RESTORED, customer, by=by)


def purge_customer(customer: Customer, *, by: audit.Actor) -> None:
    """Destroy a customer; the database refuses while an order refers to him (IntegrityError)."""
    with transaction() as work:
        customer = _locked(customer)
        forget_records([customer.public_id])
        destroy_messages(customer.id)
        audit.record(PURGED, customer, by=by, number=customer.number)
        work.delete(customer)


def person_data(customer: Customer) -> dict[str, Any]:
    """Return all that is stored about a person in the customer itself, decrypted."""
    names = (*_PLAIN, *_ENCRYPTED, "email", "remark", "language", "document_kind")
    return {
        "number": customer.number,
        **{name: getattr(customer, name) for name in names},
        "born_on": customer.born_on.isoformat() if customer.born_on else None,
        "channel": customer.channel.name if customer.channel else None,
        "added_at": customer.created_at.isoformat(),
        "deleted_at": customer.deleted_at.isoformat() if customer.deleted_at else None,
    }


def erase_customer(customer: Customer, *, reason: str, by: audit.Actor) -> None:
    """Destroy a person's data for good; number, kind and dates stay for what refers to them.

    Part of erasing a person everywhere (the back office's verb). Refused the second time.
    """
    with transaction():
        customer = _locked(customer)
        if customer.is_erased:
            raise Refused(_("This customer has been erased already."))
        for name in ("contact_name", "email", "industry", "province", "city", "district", "remark"):
            setattr(customer, name, "")
        for name in _ENCRYPTED:
            setattr(customer, name, None)
        customer.name, customer.sort_key = ERASED, sort_key(ERASED)
        customer.document_kind = None
        customer.born_on = None
        customer.language = None
        customer.deleted_at = customer.deleted_at or clock.now()
        customer.version += 1
        forget_records([customer.public_id])
        forget_messages(customer.id)
        audit.record(ERASURE, customer, by=by, reason=reason)


def checked(row: NewCustomer) -> NewCustomer:
    """Return a row in its normal form; Refused with the field that cannot be right."""
    name = personal.plain(row.name)
    if not name:
        raise Refused(_("A customer needs a name."), field="name")
    if row.kind not in _KINDS:
        raise Refused(_("Choose a type of customer."), field="kind")
    if row.credit not in _LEVELS:
        raise Refused(_("Choose a credit level."), field="credit")
    if row.language and row.language not in LANGUAGES:
        raise Refused(_("Choose a language of the list."), field="language")
    document, born_on = "", row.born_on
    if row.document:
        if row.document_kind not in _DOCUMENTS:
            raise Refused(_("Choose what document this is."), field="document_kind")
        found = check_document(
            DocumentKind(row.document_kind), row.document, of=CustomerKind(row.kind)
        )
        document, born_on = found.number, found.born_on or row.born_on
    # Built anew: `replace` would take twice the time, and an import does this 100,000 times.
    return NewCustomer(
        name=name,
        phone=_phone(row.phone),
        kind=row.kind,
        document_kind=row.document_kind if document else None,
        document=document,
        contact_name=_plain(row.contact_name),
        email=_email(row.email),
        # What is in no list stays as it was typed: old rows and other systems have such.
        industry=row.industry and (INDUSTRY.match(row.industry) or _word(row.industry)),
        credit=row.credit,
        province=_word(row.province),
        city=_word(row.city),
        district=_word(row.district),
        address=_plain(row.address),
        remark=row.remark.strip(),
        born_on=born_on if row.kind == CustomerKind.PERSON else None,
        language=row.language or None,
        channel=row.channel,
    )


def _plain(text: str) -> str:
    return personal.plain(text) if text else ""


@lru_cache(maxsize=4_096)
def _word(text: str) -> str:
    """Return the normal form of what thousands of customers have in common, made once."""
    return _plain(text)


def _phone(text: str) -> str:
    if not text.strip():
        raise Refused(_("A customer needs a phone number."), field="phone")
    try:
        return personal.phone_number(text)
    except ValueError:
        raise Refused(_("This is not a telephone number."), field="phone") from None


def _email(text: str) -> str:
    try:
        return personal.email_address(text) if text.strip() else ""
    except ValueError:
        raise Refused(_("This is not an e-mail address."), field="email") from None


def sort_key(name: str) -> str:
    """Return the pinyin of a name, by which lists are sorted: the server knows no Chinese order."""
    return sorting.sort_key(name).casefold()[:200]


def _checked(rows: Sequence[NewCustomer]) -> list[NewCustomer]:
    if len(rows) == 1:
        return [checked(rows[0])]
    clean = []
    for place, row in enumerate(rows, 1):
        try:
            clean.append(checked(row))
        except Refused as refusal:
            raise Refused(
                _("Row %(place)s: %(reason)s", place=place, reason=refusal), field=refusal.field
            ) from None
    return clean


def _values(row: NewCustomer) -> dict[str, Any]:
    names = (*_PLAIN, *_ENCRYPTED, "email", "remark", "language", "document_kind", "born_on")
    return {name: getattr(row, name) for name in names}


def _columns(row: NewCustomer, public_id: str) -> dict[str, Any]:
    plain = {name: value for name, value in _values(row).items() if name not in _ENCRYPTED}
    return {
        **plain,
        "public_id": public_id,
        "sort_key": sort_key(row.name),
        "channel_id": row.channel.id if row.channel else None,
        **Customer.phone.columns(public_id, row.phone),
        **Customer.document.columns(public_id, row.document),
        **Customer.address.columns(public_id, row.address),
    }


def _refuse_same_documents(
    rows: Sequence[NewCustomer], *, apart_from: Customer | None = None
) -> None:
    documents = [row.document for row in rows if row.document]
    twice = [document for document, times in Counter(documents).items() if times > 1]
    if twice:
        raise Refused(
            _("The document %(document)s occurs twice.", document=personal.mask_document(twice[0])),
            field="document",
        )
    found = _first_of(
        Customer.document_index,
        (index for one in documents for index in Customer.document.lookups(one)),
        apart_from=apart_from,
    )
    if found is not None:
        raise _same_document(found)


def _same_document(found: Customer) -> Refused:
    return Refused(
        _(
            "Customer %(number)s (%(name)s) has this document already.",
            number=found.number,
            name=found.name,
        ),
        field="document",
    )


def _refuse_same_phones(rows: Sequence[NewCustomer], *, apart_from: Customer | None = None) -> None:
    found = _first_of(
        Customer.phone_index,
        (index for row in rows for index in Customer.phone.lookups(row.phone)),
        apart_from=apart_from,
    )
    if found is not None:
        raise Refused(
            _(
                "Customer %(number)s (%(name)s) has this phone number already. "
                "Confirm that it is another customer.",
                number=found.number,
                name=found.name,
            ),
            field="phone",
        )


def keep_phones_alone() -> None:
    """Keep others who compare phone numbers waiting until the verb ends.

    Customers may share a number once somebody has confirmed it, so no unique index can stand
    guard; two who each found it free would both take it.
    """
    keep_alone("customers", "phones")


def leave_phones_to_others() -> None:
    """Wait for those who compare all phone numbers, and keep them waiting until the verb ends.

    Many may do this at the same time: each minds one number of its own.
    """
    keep_alone("customers", "phones", shared=True)


def _first_of(
    column: Any, indexes: Iterable[str], *, apart_from: Customer | None
) -> Customer | None:
    wanted = sorted(set(indexes))
    for start in range(0, len(wanted), 5_000):
        statement = queries.live_customers().where(column.in_(wanted[start : start + 5_000]))
        if apart_from is not None:
            statement = statement.where(Customer.id != apart_from.id)
        found = session().scalars(statement.order_by(Customer.id).limit(1)).one_or_none()
        if found is not None:
            return found
    return None


def _locked(customer: Customer) -> Customer:
    return (
        session()
        .scalars(
            select(Customer)
            .where(Customer.id == customer.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )


def _refuse_deleted(customer: Customer) -> None:
    if customer.deleted_at is not None:
        raise Refused(_("This customer is in the recycle bin; restore it first."))


def just_taken() -> Refused:
    """Return the refusal of what another transaction has taken at this moment."""
    return Refused(
        _("Somebody has just added a customer with this document. Please look again."),
        field="document",
    )


def _flush() -> None:
    try:
        session().flush()
    except IntegrityError:
        raise just_taken() from None
