"""Forms of numbers, SIM cards, pools and segments."""

from typing import Any

from kit.forms import (
    CheckField,
    ChoiceField,
    Form,
    IntegerField,
    LookUpField,
    SelectedField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.accounts.scopes import Reach
from tenants.channels.kinds import CHANNEL
from tenants.numbers import labels, queries
from tenants.numbers.models import CardKind, CardState, Source
from tenants.numbers.patterns import PATTERNS
from tenants.numbers.queries.filters import HOUSE
from tenants.setup.reasons import ReasonForm

_CARRIERS = [(one.value, label) for one, label in CARRIER_LABELS.items()]


class PoolForm(Form):
    """Add or change a pool."""

    name = TextField(_l("Name"), length=60)
    carrier = ChoiceField(_l("Carrier"), _CARRIERS)
    source = ChoiceField(
        _l("Source"), labels.SOURCES.items(), radio=True, default=Source.OWN_STOCK.value
    )
    alert_below = IntegerField(
        _l("Alert below"),
        required=False,
        at_least=0,
        default=0,
        help=_l("Warn when fewer numbers are available."),
    )
    remark = TextAreaField(_l("Remark"), length=500, required=False)


class SegmentForm(Form):
    """Add or change a segment."""

    prefix = TextField(
        _l("Segment"), length=9, help=_l("3 to 9 digits."), render_kw={"inputmode": "numeric"}
    )
    carrier = ChoiceField(_l("Carrier"), _CARRIERS)
    province = TextField(_l("Province"), length=40)
    city = TextField(_l("City"), length=40)


class StockReasonForm(ReasonForm):
    """Why something is done with the selected stock."""

    ids = SelectedField()


class AllotForm(Form):
    """Which channel the selected stock goes to."""

    ids = SelectedField()
    channel = LookUpField(
        _l("Channel"),
        finder=CHANNEL,
        required=False,
        empty=_l("Nobody: take it back"),
        wide=True,
    )


class AllotNumbersForm(Form):
    """Which numbers, found by a filter, go to which channel."""

    pool = ChoiceField(_l("Pool"), queries.pool_options, required=False, empty=_l("Any"))
    carrier = ChoiceField(_l("Carrier"), _CARRIERS, required=False, empty=_l("Any"))
    province = TextField(_l("Province"), length=40, required=False)
    city = TextField(_l("City"), length=40, required=False)
    number_class = ChoiceField(_l("Class"), labels.CLASSES.items(), required=False, empty=_l("Any"))
    pattern = ChoiceField(
        _l("Pattern"),
        [(one.name, one.name) for one in PATTERNS],
        required=False,
        empty=_l("Any"),
    )
    tail = TextField(_l("Ends with"), length=8, required=False)
    contains = TextField(_l("Contains"), length=11, required=False)
    without_four = CheckField(_l("Without 4"))
    owner = LookUpField(
        _l("Dealt to now"),
        finder=CHANNEL,
        besides=((HOUSE, _l("Not dealt out")),),
        required=False,
        empty=_l("Any"),
    )
    channel = LookUpField(
        _l("Channel"), finder=CHANNEL, required=False, empty=_l("Nobody: take it back")
    )
    count = IntegerField(
        _l("How many"), required=False, at_least=1, help=_l("Empty: all that match.")
    )

    def wanted(self, reach: Reach) -> queries.NumberFilter:
        """Return what was asked for as a filter, within what a person reaches."""
        names = ("pool", "carrier", "province", "city", "number_class", "pattern", "tail")
        asked: dict[str, Any] = {name: self[name].data or "" for name in (*names, "contains")}
        return queries.NumberFilter(
            **asked,
            without_four=bool(self.without_four.data),
            channel=self.owner.data or "",
            reach=reach,
        )


class AllotCardsForm(Form):
    """Which SIM cards, found by a filter, go to which channel."""

    kind = ChoiceField(_l("Card type"), labels.CARD_KINDS.items(), required=False, empty=_l("Any"))
    carrier = ChoiceField(_l("Carrier"), _CARRIERS, required=False, empty=_l("Any"))
    batch = TextField(_l("Batch"), length=60, required=False)
    iccid = TextField(_l("ICCID begins with"), length=20, required=False)
    owner = LookUpField(
        _l("Dealt to now"),
        finder=CHANNEL,
        besides=((HOUSE, _l("Not dealt out")),),
        required=False,
        empty=_l("Any"),
    )
    channel = LookUpField(
        _l("Channel"), finder=CHANNEL, required=False, empty=_l("Nobody: take it back")
    )
    count = IntegerField(
        _l("How many"), required=False, at_least=1, help=_l("Empty: all that match.")
    )

    def wanted(self, reach: Reach) -> queries.CardFilter:
        """Return what was asked for as a filter, within what a person reaches."""
        asked = {name: self[name].data or "" for name in ("kind", "carrier", "batch", "iccid")}
        return queries.CardFilter(**asked, channel=self.owner.data or "", reach=reach)


class CardForm(Form):
    """Add one SIM card (A018)."""

    iccid = TextField(_l("ICCID"), length=30, help=_l("19 or 20 characters."))
    kind = ChoiceField(
        _l("Card type"), labels.CARD_KINDS.items(), radio=True, default=CardKind.BLANK.value
    )
    msisdn = TextField(
        _l("Paired number"),
        length=20,
        required=False,
        help=_l("Only for pre-paired cards; the number must be in stock."),
    )
    carrier = ChoiceField(_l("Carrier"), _CARRIERS, required=False, empty=_l("As the ICCID tells"))
    state = ChoiceField(
        _l("State"),
        [(one.value, labels.CARD_STATES[one]) for one in (CardState.IN_STOCK, CardState.PLANNED)],
        default=CardState.IN_STOCK.value,
    )
    batch = TextField(_l("Batch"), length=60, required=False)
