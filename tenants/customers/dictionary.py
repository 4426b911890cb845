"""Lists of words that customers choose from."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import dictionary
from tenants.setup.dictionary import Type, Value

INDUSTRY = dictionary.declare(
    Type(
        "customer_industry",
        _l("Industry"),
        _l("Customers"),
        (
            Value("retail", _l("Retail and wholesale"), "azure"),
            Value("catering", _l("Hotels and catering"), "orange"),
            Value("manufacturing", _l("Manufacturing"), "indigo"),
            Value("construction", _l("Construction and property"), "yellow"),
            Value("logistics", _l("Transport and delivery"), "lime"),
            Value("it", _l("Information technology"), "blue"),
            Value("finance", _l("Finance and insurance"), "green"),
            Value("education", _l("Education"), "teal"),
            Value("health", _l("Health"), "red"),
            Value("government", _l("Government and associations"), "purple"),
            Value("agriculture", _l("Agriculture"), "cyan"),
            Value("other", _l("Other"), "gray"),
        ),
        help=_l("What a customer does for a living; used in forms, imports and statistics."),
    )
)
