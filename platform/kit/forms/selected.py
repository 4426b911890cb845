"""The selection of a list, as it travels through a form that asks one thing more."""

from wtforms import HiddenField


class SelectedField(HiddenField):
    """The public ids of selected rows, joined by commas."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = ",".join(valuelist)

    @property
    def ids(self) -> list[str]:
        """Return the keys, each once."""
        return list(dict.fromkeys(one for one in (self.data or "").split(",") if one))

    def take(self, keys: list[str]) -> None:
        """Keep what a list sent, so that what was confirmed is what is done."""
        self.data = ",".join(keys)
