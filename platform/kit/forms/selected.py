"""The selection of a list, as it travels through a form that asks one thing more."""

from wtforms import HiddenField

from kit.forms import clean


class SelectedField(HiddenField):
    """The public ids of selected rows, joined by commas."""

    def process_formdata(self, valuelist: list[str]) -> None:
        sent = ",".join(valuelist)
        self.data = "" if clean.has_control(sent) else sent

    @property
    def ids(self) -> list[str]:
        """Return the keys, each once."""
        return list(dict.fromkeys(one for one in (self.data or "").split(",") if one))

    def take(self, keys: list[str]) -> None:
        """Keep what a list sent, so that what was confirmed is what is done."""
        self.data = ",".join(keys)
