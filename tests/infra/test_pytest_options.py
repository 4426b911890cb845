import pytest

from infra.local.test import may_need_browser, pytest_options


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], ["-n", "3"]),
        (["-k", "ledger"], ["-n", "3"]),
        (["tests/infra"], ["-n", "3"]),
        (["tests/infra/test_assets.py"], []),
        (["tests/infra/test_assets.py::test_x", "-x"], []),
        (["tests/infra/test_assets.py", "tests/infra/test_servers.py"], ["-n", "3"]),
        (["-n0"], []),
        (["--pdb"], []),
    ],
)
def test_three_processes_share_the_tests_unless_one_file_is_named(arguments, options):
    assert pytest_options(arguments) == options


def test_a_browser_is_provided_unless_the_files_need_none():
    assert may_need_browser([])
    assert may_need_browser(["-k", "ledger"])
    assert not may_need_browser(["tests/infra/test_assets.py"])
