"""Forms that every kind of record has: why a masked field is wanted, and whom to share with."""

from kit.forms import CheckField, ChoiceField, DateField, Form, IntegerField, TextField
from kit.i18n import lazy_gettext as _l
from tenants.accounts.labels import ACCESSES, PURPOSES
from tenants.accounts.models import ShareAccess
from tenants.accounts.services.reveals import LONGEST_REASON, MOST_A_DAY


class ReasonForm(Form):
    """Why somebody needs to see personal data."""

    purpose = ChoiceField(_l("Purpose"), list(PURPOSES.items()), radio=True)
    reason = TextField(
        _l("In your own words"),
        length=LONGEST_REASON,
        required=False,
        help=_l("Needed for “Other”. It is logged with your name."),
    )


class RevealForm(ReasonForm):
    """Why somebody needs to see a personal field in full."""

    remember = CheckField(
        _l("The same reason for all records assigned to me, for 8 hours"),
        help=_l("One tap is enough then, until you sign out. Each time is logged all the same."),
    )


class ShareForm(Form):
    """With whom a record is shared, for what, and how long."""

    person = ChoiceField(_l("Person"), required=False, picker=True)
    unit = ChoiceField(
        _l("or organisation unit"),
        required=False,
        picker=True,
        help=_l("All people of the unit and of those below it."),
    )
    access = ChoiceField(
        _l("Allowed to"), list(ACCESSES.items()), radio=True, default=ShareAccess.READ
    )
    ends_on = DateField(
        _l("Until"), required=False, help=_l("This day is included. Empty: until you take it back.")
    )


class CeilingForm(Form):
    """How much personal data may be revealed in a day."""

    most = IntegerField(
        _l("Reveals a day"),
        at_least=0,
        at_most=MOST_A_DAY,
        help=_l("For each person with this role; with several roles the highest counts."),
    )
