"""The form that asks for forgotten workspaces."""

from kit.forms import Form, TextField
from kit.i18n import lazy_gettext as _l


class FindForm(Form):
    """A mail address or a mobile number."""

    contact = TextField(
        _l("E-mail address or mobile number"),
        length=254,
        personal=True,
        render_kw={"autocomplete": "email"},
    )
