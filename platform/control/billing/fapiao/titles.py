"""Who is named on a fapiao: checked for its kind, and remembered for the next one."""

import re
from dataclasses import dataclass, replace

from control.billing.fapiao.queries import REMEMBERED, titles
from control.billing.models import BillingAccount, FapiaoBuyer, FapiaoKind, FapiaoTitle
from control.billing.models.fapiao import account_number
from control.verification.services import check_credit_code
from kit import audit, clock, personal
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _

FORGOTTEN = audit.Event.named("fapiao:title_forgotten", "title")
_BANK_ACCOUNT = re.compile(r"[0-9]{8,32}")
_SECRET = ("address", "phone", "bank_account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A buyer as typed. Of a remembered one, what is left empty is taken from it."""

    buyer: FapiaoBuyer
    name: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""


def checked(buyer: Buyer, kind: FapiaoKind, *, known: FapiaoTitle | None = None) -> Buyer:
    """Return a buyer in normal form; Refused names the field that a fapiao of a kind lacks."""
    name = personal.plain(buyer.name)
    if len(name) < 2:
        raise Refused(_("Enter the name that is to stand on the fapiao."), field="name")
    if buyer.buyer == FapiaoBuyer.PERSON:
        if kind == FapiaoKind.SPECIAL:
            raise Refused(_("A special VAT fapiao is made out to a company only."), field="buyer")
        return Buyer(buyer=FapiaoBuyer.PERSON, name=name)
    found = replace(
        buyer,
        name=name,
        tax_number=_tax_number(buyer.tax_number),
        bank=personal.plain(buyer.bank),
        address=personal.plain(buyer.address) or (known.address if known else ""),
        phone=personal.plain(buyer.phone) or (known.phone if known else ""),
        bank_account=personal.plain(buyer.bank_account) or (known.bank_account if known else ""),
    )
    if kind == FapiaoKind.SPECIAL:
        _refuse_incomplete(found)
    return replace(
        found,
        phone=_phone(found.phone) if found.phone else "",
        bank_account=_bank_account(found.bank_account) if found.bank_account else "",
    )


def _tax_number(typed: str) -> str:
    try:
        return check_credit_code(typed)
    except Refused as refusal:
        raise Refused(refusal, field="tax_number") from None


def _refuse_incomplete(buyer: Buyer) -> None:
    for field, sentence in (
        ("address", _("A special VAT fapiao needs the registered address.")),
        ("phone", _("A special VAT fapiao needs the registered phone.")),
        ("bank", _("A special VAT fapiao needs the bank.")),
        ("bank_account", _("A special VAT fapiao needs the bank account.")),
    ):
        if not getattr(buyer, field):
            raise Refused(sentence, field=field)


def _phone(typed: str) -> str:
    try:
        return personal.phone_number(typed)
    except ValueError:
        raise Refused(_("This is not a phone number."), field="phone") from None


def _bank_account(typed: str) -> str:
    number = account_number(typed)
    if not _BANK_ACCOUNT.fullmatch(number):
        raise Refused(_("A bank account is 8 to 32 digits."), field="bank_account")
    return number


def remember(account: BillingAccount, buyer: Buyer, *, email: str) -> FapiaoTitle:
    """Return the title of a checked buyer, entered when it is new; part of asking.

    The account is locked, so two who ask at once enter it once.
    """
    control = control_session()
    known = list(titles(account))
    found = next((one for one in known if buyer_of(one) == buyer), None)
    if found is None:
        found = FapiaoTitle(
            account_id=account.id,
            buyer=buyer.buyer,
            name=buyer.name,
            tax_number=buyer.tax_number,
            bank=buyer.bank,
            used_at=clock.now(),
        )
        for field in _SECRET:
            setattr(found, field, getattr(buyer, field))
        control.add(found)
        for old in known[REMEMBERED - 1 :]:
            old.is_remembered = False
    found.email = email
    found.used_at = clock.now()
    control.flush()
    return found


def buyer_of(title: FapiaoTitle) -> Buyer:
    """Return whom a title names, in full."""
    return Buyer(
        buyer=FapiaoBuyer(title.buyer),
        name=title.name,
        tax_number=title.tax_number,
        address=title.address,
        phone=title.phone,
        bank=title.bank,
        bank_account=title.bank_account,
    )


def masked(title: FapiaoTitle) -> dict[str, str]:
    """Return what of a title is shown masked."""
    return {
        "address": personal.mask_address(title.address),
        "phone": personal.mask_phone(title.phone) if title.phone_cipher else "",
        "bank_account": personal.mask_account(title.bank_account),
    }


def forget(account: BillingAccount, title: FapiaoTitle, *, by: audit.Actor) -> None:
    """Offer a title no longer; requests that name it keep it."""
    with control_transaction():
        account = lock_row(account)
        title = lock_row(title)
        if title.is_remembered:
            title.is_remembered = False
            audit.record_control(FORGOTTEN, account, by=by, title=title.name)
