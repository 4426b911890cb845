"""The kinds of rows that can be imported; each file registers its own.

They stand here and not in the modules that own the rows, because those are below this one.
"""

from tenants.bulk.kinds import cards, carrier_results, customers, numbers, people, segments

__all__ = ["cards", "carrier_results", "customers", "numbers", "people", "segments"]
