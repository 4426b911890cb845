"""What a page of ours carries along in a form, and nobody types."""

from typing import Any

from wtforms import HiddenField

from kit.forms import clean


class HiddenTextField(HiddenField):
    """A text that a page of ours has written; one that none can have written is as good as none."""

    def __init__(self, *, length: int = 4_000, **options: Any) -> None:
        self.length = length
        super().__init__(**options)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            sent = valuelist[0]
            ours = len(sent) <= self.length and not clean.has_control(sent, lines=True)
            self.data = sent if ours else ""
