"""The server stands apart: neither does the application know it, nor it the application."""

import ast

from tests.house.source import name, python, tree


def imported(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def guilty(files, *names):
    return [name(path) for path in files if any(each.startswith(names) for each in imported(path))]


def test_the_application_never_imports_it():
    assert not guilty(python("platform", "tenants", "wsgi.py"), "infra.stripe_server")


def test_it_imports_nothing_of_the_application():
    files = [path for path in python("infra") if name(path).startswith("infra/stripe_server/")]
    assert len(files) > 40
    assert not guilty(files, "kit", "control", "tenants", "wsgi")
