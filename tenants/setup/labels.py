"""The words people read for the setup, the log and the help."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.setup import dictionary, numbering, parameters
from tenants.setup.models import DatePart, FeedbackState, Reset

COLOUR_NAMES = {
    "azure": _l("Azure"),
    "blue": _l("Blue"),
    "cyan": _l("Cyan"),
    "gray": _l("Gray"),
    "green": _l("Green"),
    "indigo": _l("Indigo"),
    "lime": _l("Lime"),
    "orange": _l("Orange"),
    "pink": _l("Pink"),
    "purple": _l("Purple"),
    "red": _l("Red"),
    "teal": _l("Teal"),
    "yellow": _l("Yellow"),
}
DATE_PARTS = {
    DatePart.NONE: _l("No date"),
    DatePart.YEAR: _l("Year"),
    DatePart.MONTH: _l("Year and month"),
    DatePart.DAY: _l("Year, month and day"),
}
RESETS = {
    Reset.NEVER: _l("Never"),
    Reset.YEAR: _l("Every year"),
    Reset.MONTH: _l("Every month"),
    Reset.DAY: _l("Every day"),
}
FEEDBACK_STATES = {
    FeedbackState.OPEN: _l("Open"),
    FeedbackState.IN_WORK: _l("Being looked at"),
    FeedbackState.ANSWERED: _l("Answered"),
    FeedbackState.CLOSED: _l("Closed"),
}
FEEDBACK_COLOURS = {
    FeedbackState.OPEN: "orange",
    FeedbackState.IN_WORK: "azure",
    FeedbackState.ANSWERED: "green",
    FeedbackState.CLOSED: "gray",
}
FINDINGS = {
    "altered": _l("Changed since they were sealed"),
    "missing": _l("Sealed, and gone"),
    "inserted": _l("Slipped in afterwards"),
    "broken": _l("Seals that do not fit"),
    "waiting": _l("Not proven yet"),
}
FIELDS = {
    "label_zh": _l("In Chinese"),
    "label_en": _l("In English"),
    "colour": _l("Colour"),
    "prefix": _l("Prefix"),
    "date_part": _l("Date"),
    "width": _l("Digits of the counter"),
    "reset": _l("Counter begins again"),
    "title": _l("Title"),
    "body": _l("Text"),
    "pages": _l("Beside these pages"),
    "is_question": _l("A frequent question"),
    "is_active": _l("Shown to everybody"),
    "name": _l("Contact"),
    "phone": _l("Phone"),
    "hours": _l("Hours"),
    "chat": _l("Chat"),
    "remark": _l("Remark"),
    "qr_key": _l("QR code"),
    "is_public": _l("Show it on the log-in page, too"),
}


def _type(code: object) -> object:
    found = dictionary.find_type(str(code))
    return found.label if found else code


def _parameter(code: object) -> object:
    found = parameters.find_parameter(str(code))
    return found.label if found else code


def _kind(code: object) -> object:
    found = numbering.find_kind(str(code))
    return found.label if found else code


def _feedback_kind(code: object) -> object:
    found = dictionary.find_type("feedback_kind")
    return found.words(str(code)) if found else code


CHANGES = Detail(_l("Changed"), FIELDS)
describe(
    {
        "dictionary:added": _l("Value added to the dictionary"),
        "dictionary:edited": _l("Value of the dictionary changed"),
        "dictionary:switched": _l("Value of the dictionary switched"),
        "dictionary:moved": _l("Value of the dictionary moved"),
        "dictionary:reset": _l("Value of the dictionary set back"),
    },
    details={
        "type": Detail(_l("Type of the dictionary"), show=_type),
        "label": Detail(_l("Value")),
        "changes": CHANGES,
        "active": Detail(_l("Switched on")),
        "before": Detail(_l("Place before")),
        "after": Detail(_l("Place now")),
    },
    subjects={"DictionaryValue": _l("Value of the dictionary")},
)
describe(
    {"parameter:set": _l("Parameter set"), "parameter:reset": _l("Parameter set back")},
    details={
        "parameter": Detail(_l("Parameter"), show=_parameter),
        "before": Detail(_l("Before")),
        "after": Detail(_l("After")),
    },
    subjects={"Parameter": _l("Parameter")},
)
describe(
    {"numbering:set": _l("Numbering changed")},
    details={"kind": Detail(_l("Kind of document"), show=_kind), "changes": CHANGES},
    subjects={"NumberingRule": _l("Numbering rule")},
)
describe(
    {
        "audit:check_asked": _l("Verification of the log asked for"),
        "audit:checked": _l("Log compared with its seals"),
    },
    details={
        "proven": Detail(_l("Proven rows")),
        "waiting": Detail(FINDINGS["waiting"]),
        "findings": Detail(_l("Findings")),
    },
    subjects={"AuditCheck": _l("Verification of the log")},
)
describe(
    {
        "article:added": _l("Article of the help added"),
        "article:edited": _l("Article of the help changed"),
        "contact:edited": _l("Contact card changed"),
    },
    details={"changes": CHANGES},
    subjects={"Article": _l("Article of the help"), "ContactCard": _l("Contact card")},
)
describe(
    {
        "feedback:sent": _l("Problem reported"),
        "feedback:answered": _l("Report answered or moved on"),
    },
    details={
        "number": Detail(_l("Number")),
        "kind": Detail(_l("What is it"), show=_feedback_kind),
        "before": Detail(_l("Before"), FEEDBACK_STATES),
        "after": Detail(_l("After"), FEEDBACK_STATES),
        "answered": Detail(_l("Answered")),
    },
    subjects={"Feedback": _l("Report")},
)
