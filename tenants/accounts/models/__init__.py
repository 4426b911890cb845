"""Users, roles, log-ins and what proves them, rights to single records, the company."""

from tenants.accounts.models.company import (
    Profile,
    SecurityPolicy,
)
from tenants.accounts.models.log_ins import (
    Device,
    LogIn,
    LogInResult,
    LogInWay,
    PendingLogIn,
    Throttle,
    UserSession,
)
from tenants.accounts.models.people import (
    DataScope,
    Role,
    Unit,
    User,
    role_units,
    user_roles,
)
from tenants.accounts.models.proofs import (
    Authenticator,
    Passkey,
    PasskeyChallenge,
    PasskeyUse,
    PasswordReset,
    PhoneProof,
    RecoveryCode,
    ResetWay,
    SecurityAnswer,
    UserInvitation,
)
from tenants.accounts.models.rights import (
    Purpose,
    Reveal,
    RevealTask,
    RevealWay,
    Share,
    ShareAccess,
)

__all__ = [
    "Authenticator",
    "DataScope",
    "Device",
    "LogIn",
    "LogInResult",
    "LogInWay",
    "Passkey",
    "PasskeyChallenge",
    "PasskeyUse",
    "PasswordReset",
    "PendingLogIn",
    "PhoneProof",
    "Profile",
    "Purpose",
    "RecoveryCode",
    "ResetWay",
    "Reveal",
    "RevealTask",
    "RevealWay",
    "Role",
    "SecurityAnswer",
    "SecurityPolicy",
    "Share",
    "ShareAccess",
    "Throttle",
    "Unit",
    "User",
    "UserInvitation",
    "UserSession",
    "role_units",
    "user_roles",
]
