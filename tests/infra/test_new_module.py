"""The generator writes a whole module that Python can read, and never over one that stands."""

import ast

import pytest

from infra.new_module import main


def test_it_writes_a_whole_module(tmp_path):
    assert main(["contracts", "Contract", "--root", str(tmp_path)]) == 0
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert "tenants/contracts/services.py" in written
    assert "tests/tenants/contracts/test_add_contract.py" in written
    for path in tmp_path.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


def test_it_writes_over_nothing(tmp_path):
    main(["contracts", "Contract", "--root", str(tmp_path)])
    with pytest.raises(SystemExit):
        main(["contracts", "Contract", "--root", str(tmp_path)])


@pytest.mark.parametrize("name", ["Contracts", "con-tracts", "c"])
def test_it_refuses_a_bad_name(tmp_path, name):
    with pytest.raises(SystemExit):
        main([name, "Contract", "--root", str(tmp_path)])
    assert not list(tmp_path.iterdir())
