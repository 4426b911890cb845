"""Errors that carry a sentence for people."""


class Refused(Exception):
    """A verb's "no", with a translated sentence that is shown as it is.

    `field` names the form field at fault, so that a page can put the sentence beside it.
    """

    def __init__(self, sentence: object, *, field: str | None = None) -> None:
        super().__init__(str(sentence))
        self.field = field


class Unanswered(Refused):
    """No answer came, so nothing is decided: asked again it may be done.

    People are told the sentence; background work is tried again instead of ending with it.
    """


class Stale(Refused):
    """The record has been changed by somebody else since it was shown; nothing was saved."""


class Missing(Exception):
    """What was asked for is not there, or not for this person: they are told the same (404)."""


class Forbidden(Exception):
    """The person may know of it but not do this to it (403)."""


class Crowded(Exception):
    """A workspace asks for more at once than its share of the process (429)."""


class Misconfigured(Exception):
    """The application refuses to start; the sentence says what to change."""
