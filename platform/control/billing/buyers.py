"""Who an account is on its invoices: entered by its owner, told to Stripe in the background."""

import re
from dataclasses import asdict, dataclass

from sqlalchemy import select

from control.billing.models import BillingAccount, BillingDetails, TaxIdKind
from control.verification.services import check_credit_code
from kit import audit, jobs, personal
from kit.db import control_session, control_transaction, lock_row, refuse_stale
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

CHANGED = audit.Event.named("billing:details_changed", "fields")
_TAX_ID = re.compile(r"[A-Z0-9][A-Z0-9.-]{3,29}")
COUNTRIES = {
    "CN": _l("Mainland China"),
    "HK": _l("Hong Kong, China"),
    "MO": _l("Macao, China"),
    "TW": _l("Taiwan, China"),
    "SG": _l("Singapore"),
    "MY": _l("Malaysia"),
    "TH": _l("Thailand"),
    "VN": _l("Vietnam"),
    "JP": _l("Japan"),
    "KR": _l("South Korea"),
    "US": _l("United States"),
    "CA": _l("Canada"),
    "GB": _l("United Kingdom"),
    "DE": _l("Germany"),
    "FR": _l("France"),
    "NL": _l("Netherlands"),
    "AU": _l("Australia"),
}
TAX_ID_KINDS = {
    TaxIdKind.CN_TIN: _l("China: unified social credit code"),
    TaxIdKind.HK_BR: _l("Hong Kong: business registration"),
    TaxIdKind.TW_VAT: _l("Taiwan: unified business number"),
    TaxIdKind.SG_UEN: _l("Singapore: UEN"),
    TaxIdKind.EU_VAT: _l("European Union: VAT number"),
    TaxIdKind.GB_VAT: _l("United Kingdom: VAT number"),
    TaxIdKind.US_EIN: _l("United States: EIN"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who is to stand on invoices, as typed; an empty address keeps the one that is there."""

    name: str
    country: str
    state: str = ""
    city: str = ""
    postal_code: str = ""
    address: str = ""
    tax_kind: TaxIdKind = TaxIdKind.NONE
    tax_id: str = ""


def details_of(account: BillingAccount) -> BillingDetails | None:
    """Return who an account is on its invoices, None until its owner says so."""
    return (
        control_session()
        .scalars(
            select(BillingDetails)
            .where(BillingDetails.account_id == account.id)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def name_buyer(
    account: BillingAccount, named: Named, *, email: str, version: int, by: audit.Actor
) -> None:
    """Write down who stands on invoices and where they go; Stripe learns of it right after.

    Refused for a tax number that cannot be one, and for a stale page.
    """
    from control.billing.jobs import tell_customer

    values = _checked(named)
    email = _email(email)
    with control_transaction() as control:
        account = lock_row(account)
        found = details_of(account)
        if found is None:
            found = BillingDetails(account_id=account.id, name="", country="", version=version)
            control.add(found)
            control.flush()
        refuse_stale(found, version)
        if not values["address"]:
            del values["address"]
        changed = [one for one, value in values.items() if getattr(found, one) != value]
        for one in changed:
            setattr(found, one, values[one])
        if email != account.billing_email:
            account.billing_email = email
            changed.append("email")
        if changed:
            found.version += 1
            found.problem = ""
            audit.record_control(CHANGED, account, by=by, fields=changed)
            jobs.enqueue_control(tell_customer, account_id=account.id)


def _checked(named: Named) -> dict[str, str]:
    values = {name: personal.plain(text) for name, text in asdict(named).items()}
    if len(values["name"]) < 2:
        raise Refused(_("Enter the name as on the licence."), field="name")
    if values["country"] not in COUNTRIES:
        raise Refused(_("This choice does not exist any more."), field="country")
    number = personal.document_number(named.tax_id) if named.tax_kind else ""
    if named.tax_kind == TaxIdKind.CN_TIN:
        try:
            number = check_credit_code(number)
        except Refused as refusal:
            raise Refused(refusal, field="tax_id") from None
    elif named.tax_kind and not _TAX_ID.fullmatch(number):
        raise Refused(_("This is no tax number: 4 to 30 letters and digits."), field="tax_id")
    return values | {"tax_kind": named.tax_kind.value, "tax_id": number}


def _email(typed: str) -> str:
    if not typed:
        return ""
    try:
        return personal.email_address(typed)
    except ValueError:
        raise Refused(_("This is not an e-mail address."), field="email") from None
