"""Submit rules: whether a product may be sold to somebody, all objections at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from kit import clock
from kit.i18n import format_date
from kit.i18n import gettext as _
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.catalogue.models import Product
from tenants.catalogue.regions import canonical, place

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants the product and where it goes, as far as the rules look at it."""

    kind: str = PERSON
    document: str = ""
    born_on: date | None = None
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""
    phone: str = ""

    @property
    def is_person(self) -> bool:
        """Whether the rules for persons (age, numbers to one document) apply."""
        return self.kind == PERSON

    @property
    def place(self) -> str:
        """The whole address in one line, in the form that regions are compared in."""
        return place(self.province, self.city, self.district, self.address)


@dataclass(frozen=True, slots=True)
class History:
    """What the workspace knows of the applicant from before.

    `repeats` gives the day of the last order of this carrier by "document", "phone" and
    "address"; `live_items_of_carrier` how many numbers of it are to the applicant's document.
    """

    repeats: dict[str, date | None] = field(default_factory=dict)
    live_items_of_carrier: int = 0


def age_on(born_on: date, day: date) -> int:
    """Return the age in full years."""
    before_birthday = (day.month, day.day) < (born_on.month, born_on.day)
    return day.year - born_on.year - before_birthday


def failures(product: Product, applicant: Applicant, *, history: History) -> list[str]:
    """Return every submit rule that the applicant fails, each as a sentence; none is a yes."""
    found: list[str] = []
    for rule in _RULES:
        found.extend(rule(product, applicant, history))
    return found


def _age(product: Product, applicant: Applicant, history: History) -> list[str]:
    del history
    if not applicant.is_person:
        return []
    if applicant.born_on is None:
        return [
            _(
                "The birth date is missing; this product is for ages %(youngest)s to %(oldest)s.",
                youngest=product.age_min,
                oldest=product.age_max,
            )
        ]
    age = age_on(applicant.born_on, clock.today())
    if product.age_min <= age <= product.age_max:
        return []
    return [
        _(
            "The customer is %(age)s years old; this product is for ages %(youngest)s to "
            "%(oldest)s.",
            age=age,
            youngest=product.age_min,
            oldest=product.age_max,
        )
    ]


def _matching(regions: list[str], where: str) -> list[str]:
    return [region for region in regions if where.startswith(canonical(region))]


def _regions(product: Product, applicant: Applicant, history: History) -> list[str]:
    del history
    if not product.regions_allowed and not product.regions_barred:
        return []
    where = applicant.place
    if not where:
        return [_("The address is missing; this product is sold in certain regions only.")]
    found = []
    if product.regions_allowed and not _matching(product.regions_allowed, where):
        found.append(
            _(
                "This product is sold only in: %(regions)s.",
                regions=_("; ").join(product.regions_allowed),
            )
        )
    barred = _matching(product.regions_barred, where)
    if barred:
        found.append(_("This product is not sold in: %(regions)s.", regions=_("; ").join(barred)))
    return found


def _keywords(product: Product, applicant: Applicant, history: History) -> list[str]:
    del history
    where = applicant.place.casefold()
    hits = [word for word in product.address_keywords_barred if word.casefold() in where]
    if not hits:
        return []
    return [
        _("The address contains words that are not accepted: %(words)s.", words=_("; ").join(hits))
    ]


def _repeats(product: Product, applicant: Applicant, history: History) -> list[str]:
    del applicant
    found = []
    for by in product.repeat_by if product.repeat_days > 0 else []:
        last = history.repeats.get(by)
        if last is None:
            continue
        free_on = last + timedelta(days=product.repeat_days)
        if clock.today() < free_on:
            found.append(_repeat_sentence(by, last=last, free_on=free_on))
    return found


def _repeat_sentence(by: str, *, last: date, free_on: date) -> str:
    first, again = format_date(last), format_date(free_on)
    if by == "phone":
        sentence = _(
            "This contact phone was used for an order on %(last)s; again from %(again)s.",
            last=first,
            again=again,
        )
    elif by == "address":
        sentence = _(
            "This address was used for an order on %(last)s; again from %(again)s.",
            last=first,
            again=again,
        )
    else:
        sentence = _(
            "This document was used for an order on %(last)s; again from %(again)s.",
            last=first,
            again=again,
        )
    return str(sentence)


def _per_person(product: Product, applicant: Applicant, history: History) -> list[str]:
    most = product.max_per_person
    if not applicant.is_person or most == 0 or history.live_items_of_carrier < most:
        return []
    return [
        _(
            "This person already has %(count)s numbers of %(carrier)s that this workspace knows "
            "of; at most %(most)s are allowed.",
            count=history.live_items_of_carrier,
            carrier=CARRIER_LABELS[Carrier(product.carrier)],
            most=most,
        )
    ]


_RULES: tuple[Callable[[Product, Applicant, History], list[str]], ...] = (
    _age,
    _regions,
    _keywords,
    _repeats,
    _per_person,
)
