"""Do operations, one after the other; called by the provisioner's loop."""

import traceback
from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from control.operations import services
from control.operations.registry import Interrupted, OperationRun, Stopped, kind, never
from control.plane import TenantPlane
from kit.errors import Refused


def operate_one(
    plane: TenantPlane, engines: Mapping[str, Engine], *, stopped: Callable[[], bool] = never
) -> bool:
    """Do the next operation, if there is one; return whether there was.

    Once `stopped` is true it ends between two steps, and another process takes it up at once.
    """
    taken = services.take()
    if taken is None:
        return False
    run = OperationRun(taken, plane, engines, stopped=stopped)
    try:
        kind(taken.kind).handler(run)
    except Interrupted:
        services.give_back(taken)
    except Stopped:
        services.stop(taken)
    except Refused as refusal:
        services.fail(taken, error=str(refusal), is_final=True)
    except Exception as error:  # noqa: BLE001 - the edge of the process: one operation, not all
        frame = traceback.extract_tb(error.__traceback__)[-1]
        services.fail(taken, error=f"{type(error).__name__} ({frame.name})")
    else:
        services.finish(taken, result=run.result)
    return True
