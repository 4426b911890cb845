"""The database: models' bases, sessions bound to a workspace, and the only commit.

Key words: a *plane* is control or tenant; a *cell* is a database that holds workspaces; a session
is *bound* when its transaction runs under the role and schema of its plane.
"""

from kit.db.binding import Binding, bind
from kit.db.copying import copy_columns, draw_ids
from kit.db.driver import cursor_of
from kit.db.engine import make_engine
from kit.db.locking import held, hold, keep_alone, lock_row, lock_rows, refuse_stale
from kit.db.models import (
    ControlModel,
    Encrypted,
    TenantModel,
    Versioned,
    control_metadata,
    states,
    tenant_metadata,
    unmapped,
)
from kit.db.pairs import holds, pairs_index
from kit.db.session import (
    affected,
    after_commit,
    apart,
    control_session,
    control_transaction,
    database,
    in_transaction,
    pinned,
    session,
    transaction,
    workspace_scope,
)
from kit.db.statements import ExtendedCursor, StatementRefused

__all__ = [
    "Binding",
    "ControlModel",
    "Encrypted",
    "ExtendedCursor",
    "StatementRefused",
    "TenantModel",
    "Versioned",
    "affected",
    "after_commit",
    "apart",
    "bind",
    "control_metadata",
    "control_session",
    "control_transaction",
    "copy_columns",
    "cursor_of",
    "database",
    "draw_ids",
    "held",
    "hold",
    "holds",
    "in_transaction",
    "keep_alone",
    "lock_row",
    "lock_rows",
    "make_engine",
    "pairs_index",
    "pinned",
    "refuse_stale",
    "session",
    "states",
    "tenant_metadata",
    "transaction",
    "unmapped",
    "workspace_scope",
]
