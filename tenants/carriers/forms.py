"""Forms of carrier accounts."""

from kit.forms import CheckField, ChoiceField, Form, TextAreaField, TextField
from kit.i18n import lazy_gettext as _l
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.carriers.labels import FIELDS
from tenants.carriers.result_file import Field
from tenants.carriers.services import AccountData


def _header(field: Field) -> TextField:
    return TextField(FIELDS[field], length=60, required=False)


class AccountForm(Form):
    """Add or change a carrier account; headers left empty are looked for by their usual names."""

    name = TextField(_l("Name"), length=60)
    carrier = ChoiceField(
        _l("Carrier"), [(one.value, label) for one, label in CARRIER_LABELS.items()]
    )
    channel_code = TextField(_l("Channel code"), length=60, required=False)
    is_active = CheckField(_l("In use"), default=True)
    remark = TextAreaField(_l("Remark"), length=500, required=False)
    column_msisdn = _header(Field.MSISDN)
    column_order_number = _header(Field.ORDER_NUMBER)
    column_iccid = _header(Field.ICCID)
    column_event = _header(Field.EVENT)
    column_occurred_on = _header(Field.OCCURRED_ON)
    column_month = _header(Field.MONTH)
    column_code = _header(Field.CODE)
    column_text = _header(Field.TEXT)

    @property
    def columns(self) -> list[TextField]:
        """The fields of the mapping."""
        return [self[f"column_{field.value}"] for field in Field]

    @staticmethod
    def of_columns(known: dict[str, str]) -> dict[str, object]:
        """Return what the fields of an account's mapping show."""
        return {f"column_{field.value}": known.get(field.value, "") for field in Field}

    @property
    def account(self) -> AccountData:
        """What was typed."""
        return AccountData(
            name=self.name.data or "",
            carrier=Carrier(str(self.carrier.data)),
            channel_code=self.channel_code.data or "",
            columns={field: self[f"column_{field.value}"].data or "" for field in Field},
            is_active=bool(self.is_active.data),
            remark=self.remark.data or "",
        )
