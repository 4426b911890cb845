"""What people type to save a view of a list."""

from kit.forms import CheckField, ChoiceField, Form, HiddenTextField, TextField
from kit.i18n import lazy_gettext as _l
from tenants.desk.labels import AUDIENCES


class ViewForm(Form):
    """Save what a list is asked under a name, or change that."""

    listing = HiddenTextField()
    # Longer than a view may be, which its verb says: conditions are not lost without a word.
    query = HiddenTextField(length=50_000)
    path = HiddenTextField()
    name = TextField(_l("Name of the view"), length=60)
    audience = ChoiceField(
        _l("For whom"), list(AUDIENCES.items()), radio=True, default="own", wide=True
    )
    role = ChoiceField(_l("Role"), required=False)
    is_default = CheckField(_l("Show it when I open the list"), required=False)
    takes_over = CheckField(
        _l("Keep the conditions that are shown now"), required=False, default=False
    )
