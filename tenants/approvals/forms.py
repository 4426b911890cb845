"""What people type to decide, to hand on, to be away and to set up flows."""

from kit import clock
from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    DateField,
    Form,
    HiddenTextField,
    MoneyField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.approvals.labels import MODES, PLACES, WHO


class _TurnForm(Form):
    """A form that belongs to one turn: sent late, it decides nothing."""

    turn = HiddenTextField()


class ApproveForm(_TurnForm):
    """Agree, with an opinion if one likes."""

    opinion = TextAreaField(_l("Opinion"), length=500, required=False)


class RejectForm(_TurnForm):
    """Refuse, with the reason."""

    opinion = TextAreaField(_l("Opinion"), length=500)


class ReturnForm(_TurnForm):
    """Give back, to who submitted it or to an earlier step, with the reason."""

    to = ChoiceField(_l("Return to"))
    opinion = TextAreaField(_l("Opinion"), length=500)


class TransferForm(_TurnForm):
    """Have somebody else decide."""

    signer = ChoiceField(_l("Whose decision"))
    to = ChoiceField(_l("Transfer to"), picker=True)
    opinion = TextAreaField(_l("Remark"), length=500, required=False)


class AddSignerForm(_TurnForm):
    """Ask one more person."""

    to = ChoiceField(_l("Who is asked as well"), picker=True)
    place = ChoiceField(_l("When"), list(PLACES.items()), radio=True, default="before")
    opinion = TextAreaField(_l("Remark"), length=500, required=False)


class AbsenceForm(Form):
    """Name who decides meanwhile."""

    substitute = ChoiceField(_l("Substitute"), picker=True)
    first_on = DateField(_l("First day"), default=clock.today)
    last_on = DateField(_l("Last day"), default=clock.today)


class FlowForm(Form):
    """Switch a flow on or off."""

    is_active = CheckField(
        _l("Switched on"), help=_l("While it is off, documents of this kind need no approval.")
    )
    allows_self = CheckField(
        _l("People may approve what they submitted themselves"),
        help=_l("Usually not: four eyes see more than two."),
    )


class NewFlowForm(Form):
    """Begin the flow of a kind."""

    kind = HiddenTextField()


class StepForm(Form):
    """A step of a flow."""

    name = TextField(_l("Name of the step"), length=60)
    who = ChoiceField(_l("Who decides"), list(WHO.items()), default="role")
    role = ChoiceField(_l("Role"), required=False, help=_l("For “Everybody with a role”."))
    people = ChoicesField(_l("Approvers"), required=False, help=_l("For “Chosen people”."))
    mode = ChoiceField(_l("How many agree"), list(MODES.items()), radio=True, default="any")
    amount_from = MoneyField(_l("From this amount on"), required=False)
    amount_below = MoneyField(
        _l("Below this amount"),
        required=False,
        help=_l("The step is skipped for documents outside the band."),
    )
    condition = ChoiceField(
        _l("Only when"), required=False, empty=_l("Always"), help=_l("What the document must be.")
    )
