"""How processes share the tests: what stays together, what comes first, what each has for itself.

A set-up that a module or a folder shares would be made in every process that has one of its tests,
so each file goes to one process, and some folders do. The longest come first, so that the processes
end with short ones, at the same time.
"""

import os

import pytest
from sqlalchemy.engine import make_url

#: Folders and files, the longest first; those of a folder share what is made once for a session.
LONG = (
    "tests/browser",
    "tests/control/moving",
    "tests/control/test_backups.py",
    "tests/control/archives",
    "tests/control/test_stop.py",
    "tests/control/test_pool.py",
    "tests/control/test_rollouts.py",
    "tests/tenants/orders/test_order_actions.py",
    "tests/tenants/orders/test_hostile_orders.py",
    "tests/tenants/forms",
    "tests/house/test_navigation.py",
    "tests/infra/test_new_module.py",
    "tests/tenants/lists",
    "tests/infra/test_demo.py",
)


def group_of(test: str) -> str:
    """Return which tests go with a test, by its id."""
    file = test.partition("::")[0]
    return next((long for long in LONG if file.startswith(long)), file)


def sort(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long groups first, where tests are shared."""
    if not hasattr(config, "workerinput"):
        return
    order = {group: number for number, group in enumerate(LONG)}
    items.sort(key=lambda item: order.get(group_of(item.nodeid), len(LONG)))


def take_redis(config: pytest.Config) -> None:
    """Give each process a Redis database of its own, for some tests empty it and others fill it."""
    if not hasattr(config, "workerinput"):
        return
    number = 1 + int(config.workerinput["workerid"].removeprefix("gw")) % 8
    url = make_url(os.environ["REDIS_URL"]).set(database=str(number))
    os.environ["REDIS_URL"] = url.render_as_string(hide_password=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Return what deals out the groups, one by one, to the process that has none left."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)
