"""What people type about messages to customers."""

from kit.forms import Form


class SwitchesForm(Form):
    """What customers are told; the boxes of the matrix are read beside it."""
