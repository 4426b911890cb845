"""Forms of products, rates and the try-out of rules."""

from kit.forms import (
    ChoiceField,
    ChoicesField,
    DateField,
    Form,
    IntegerField,
    LookUpField,
    LookUpsField,
    MoneyField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.catalogue.labels import (
    DELIVERY_MODES,
    KINDS,
    MILESTONES,
    PICKING,
    REPEAT_BY,
    TIMINGS,
)
from tenants.channels.kinds import CHANNEL

_PER_LINE = _l("One on each line.")


def lines(text: str | None) -> list[str]:
    """Return the lines of a text area that say something, each once."""
    return list(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


class ProductForm(Form):
    """All of a product."""

    name = TextField(_l("Product name"), length=80)
    code = TextField(
        _l("Product code"), required=False, length=40, help=_l("Left empty, it is numbered.")
    )
    carrier = ChoiceField(_l("Carrier"), list(CARRIER_LABELS.items()))
    kind = ChoiceField(_l("Kind of product"), list(KINDS.items()), default="traffic_card")
    description = TextAreaField(_l("Description"), required=False)

    monthly_amount = MoneyField(_l("Monthly fee"), default=0)
    data_mb = IntegerField(
        _l("General data"), default=0, at_least=0, suffix="MB", help=_l("1 GB is 1024 MB.")
    )
    targeted_data_mb = IntegerField(_l("Targeted data"), default=0, at_least=0, suffix="MB")
    voice_minutes = IntegerField(_l("Voice"), default=0, at_least=0, suffix=_l("minutes"))
    sms_count = IntegerField(_l("SMS"), default=0, at_least=0, suffix=_l("messages"))
    contract_months = IntegerField(
        _l("Contract period"), default=0, at_least=0, suffix=_l("months")
    )
    promotion_months = IntegerField(
        _l("Promotion period"), default=0, at_least=0, suffix=_l("months")
    )
    after_promotion = TextField(_l("After the promotion"), required=False)
    first_topup_amount = MoneyField(_l("First top-up"), default=0)
    activation_note = TextAreaField(_l("How it is activated"), required=False)

    retail_amount = MoneyField(
        _l("Retail price"), default=0, help=_l("What the customer pays; 0 is free.")
    )
    carrier_amount = MoneyField(
        _l("Carrier pays"),
        default=0,
        help=_l("For each item; rates may not add up to more. 0 is unknown."),
    )
    delivery_modes = ChoicesField(_l("Delivery modes"), list(DELIVERY_MODES.items()))
    picking = ChoiceField(_l("How the number is picked"), list(PICKING.items()), default="any")
    photos = TextAreaField(
        _l("Photos asked for"), required=False, help=_l("The name of one photo on each line.")
    )
    blocked = LookUpsField(
        _l("Blocked channels"),
        finder=CHANNEL,
        required=False,
        help=_l("They and all below them cannot sell it."),
    )

    age_min = IntegerField(_l("Age from"), default=16, at_least=0, at_most=150)
    age_max = IntegerField(_l("Age to"), default=65, at_least=0, at_most=150)
    regions_allowed = TextAreaField(
        _l("Regions allowed"),
        required=False,
        length=20_000,
        help=_l("One on each line, down to the street. Empty: everywhere."),
    )
    regions_barred = TextAreaField(
        _l("Regions barred"), required=False, length=20_000, help=_PER_LINE
    )
    address_keywords_barred = TextAreaField(
        _l("Barred words in addresses"), required=False, help=_PER_LINE
    )
    repeat_days = IntegerField(
        _l("Repeat window"),
        required=False,
        at_least=0,
        at_most=3_650,
        suffix=_l("days"),
        help=_l("Left empty, what the carrier asks for. 0 switches it off."),
    )
    repeat_by = ChoicesField(_l("A repeat is found by"), list(REPEAT_BY.items()), required=False)
    max_per_person = IntegerField(
        _l("Numbers for one person"),
        default=5,
        at_least=0,
        at_most=99,
        help=_l("Of this carrier; 0 is no limit."),
    )
    agreement = TextAreaField(_l("Agreement"), required=False, length=20_000)


class RateForm(Form):
    """What a milestone earns, for everybody, a grade or a channel."""

    milestone = ChoiceField(_l("Milestone"), list(MILESTONES.items()), default="activated")
    month = IntegerField(
        _l("Month"),
        only_when=("milestone", ("on_network",)),
        at_least=0,
        at_most=60,
        help=_l("1 is the first month."),
    )
    grade = ChoiceField(_l("For the grade"), required=False, empty=_l("All"))
    channel = LookUpField(_l("For the channel"), finder=CHANNEL, required=False, empty=_l("All"))
    amount = MoneyField(_l("Amount for each item"))
    timing = ChoiceField(_l("When it is settled"), list(TIMINGS.items()), default="next_month")
    valid_from = DateField(_l("Valid from"))
    valid_to = DateField(_l("Valid to"), required=False, help=_l("Empty: until further notice."))


class TryForm(Form):
    """An applicant to test the submit rules with; nothing is kept."""

    kind = ChoiceField(
        _l("Customer"),
        [
            ("person", _l("Person")),
            ("enterprise", _l("Enterprise")),
            ("government", _l("Government")),
        ],
        default="person",
    )
    document = TextField(
        _l("Resident ID"),
        required=False,
        length=18,
        personal=True,
        help=_l("Gives the age; or enter the age alone."),
    )
    age = IntegerField(_l("Age"), required=False, at_least=0, at_most=150)
    province = TextField(_l("Province"), required=False, length=40)
    city = TextField(_l("City"), required=False, length=40)
    district = TextField(_l("District"), required=False, length=40)
    address = TextField(_l("Address"), required=False, personal=True, wide=True)
    by_document = DateField(_l("Last order with this document"), required=False)
    by_phone = DateField(_l("Last order with this phone"), required=False)
    by_address = DateField(_l("Last order to this address"), required=False)
    live_items = IntegerField(
        _l("Numbers of this carrier already"), required=False, at_least=0, default=0
    )
