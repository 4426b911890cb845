"""Words for verifications, the same to operators and to workspaces."""

from control.verification.models import VerificationState
from kit.i18n import lazy_gettext as _l
from kit.web import Tag

VERIFICATION_STATES = {
    VerificationState.DRAFT: Tag(_l("Not handed in"), "gray"),
    VerificationState.SUBMITTED: Tag(_l("Under review"), "azure"),
    VerificationState.RETURNED: Tag(_l("Returned: to be changed"), "orange"),
    VerificationState.PASSED: Tag(_l("Verified"), "green"),
    VerificationState.REVOKED: Tag(_l("Revoked"), "red"),
}
VERIFICATION_FIELDS: dict[str, object] = {
    "legal_name": _l("Company as on the licence"),
    "credit_code": _l("Unified social credit code"),
    "representative": _l("Legal representative"),
    "document": _l("Identity number of the legal representative"),
    "licence": _l("Scan of the business licence"),
    "authorisations": _l("Authorisations of carriers"),
}
