"""Many workspaces in one cell: built once for all benchmarks that need them, without seeds."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from control.billing.models import BillingPlan
from control.provisioning.script import schema_script
from control.workspaces.models import Workspace, WorkspaceKey, WorkspaceState
from kit import clock, crypto, ids
from kit.db import control_transaction, make_engine
from kit.db.migrating import run_script
from kit.settings import get_settings
from wsgi import tenant_plane

THREADS = 4
_built: list[str] = []


def workspaces(number: int) -> list[str]:
    """Return the opaque ids of so many workspaces, building those that are not there yet.

    Each has schema, role, tables and grants, and is entered in the control plane as live at the
    address `many-<n>`; there is nobody in it (`plane.seed` is for who needs people).
    """
    missing = [f"t_{ids.new()}" for _ in range(number - len(_built))]
    plane = tenant_plane()
    url = get_settings().migrator_url()
    engine = make_engine(url, name="bench", pool_size=THREADS)

    def build(schema: str) -> None:
        with engine.connect() as connection, connection.begin():
            run_script(connection, schema_script(plane, schema=schema))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(build, missing))
    engine.dispose()
    _register(missing)
    _built.extend(missing)
    return _built[:number]


def _register(schemas: list[str]) -> None:
    with control_transaction() as control:
        billing = control.scalars(select(BillingPlan).order_by(BillingPlan.id).limit(1)).one()
        for number, schema in enumerate(schemas, start=len(_built)):
            workspace = Workspace(
                public_id=schema.removeprefix("t_"),
                schema=schema,
                cell="main",
                name=f"Many {number}",
                address=f"many-{number}",
                state=WorkspaceState.TRIAL,
                timezone="Asia/Shanghai",
                currency=billing.currency,
                locale="zh_Hans_CN",
                plan_id=billing.id,
                trial_ends_at=clock.now(),
            )
            workspace.keys.append(
                WorkspaceKey(key_version=1, wrapped=crypto.new_wrapped_key(schema))
            )
            control.add(workspace)
