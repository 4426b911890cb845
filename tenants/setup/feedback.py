"""What people report: of which kinds, and how the reports are numbered."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import dictionary, numbering
from tenants.setup.dictionary import Type, Value
from tenants.setup.numbering import Kind, Rule

KINDS = dictionary.declare(
    Type(
        "feedback_kind",
        _l("Kinds of reports"),
        _l("Help"),
        (
            Value("problem", _l("Problem"), "red"),
            Value("wish", _l("Wish"), "azure"),
            Value("question", _l("Question"), "teal"),
        ),
        help=_l("What people choose when they report something to the administrators."),
    )
)
FEEDBACK = numbering.declare(Kind("feedback", _l("Reports to the administrators"), Rule("FB")))
