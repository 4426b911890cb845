"""Pages of numbers, SIM cards, pools and segments."""

from tenants.numbers import jobs
from tenants.numbers.views import cards, numbers, pools, segments

blueprints = (numbers.blueprint, cards.blueprint, pools.blueprint, segments.blueprint)

__all__ = ["blueprints", "jobs"]
