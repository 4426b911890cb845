"""What modules declare under a code."""

from dataclasses import dataclass

import pytest

from kit.registry import Registry


@dataclass(frozen=True)
class Thing:
    code: str
    label: str


def test_things_are_found_by_their_codes_in_the_order_of_declaration():
    things: Registry[Thing] = Registry("thing")
    second, first = (things.add(Thing(code, f"{code}!")) for code in "ba")
    assert things.every() == [second, first]
    assert (things.find("a"), things.find("c")) == (first, None)
    # A code of another release reads as itself.
    assert (things.label("a"), things.label("c")) == ("a!", "c")


def test_a_code_is_declared_once():
    things: Registry[Thing] = Registry("thing")
    kept = things.add(Thing("a", "first"))
    with pytest.raises(ValueError, match="the thing a is declared twice"):
        things.add(Thing("a", "second"))
    assert things.every() == [kept]
