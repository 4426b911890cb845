"""The kinds of happenings that customers can be told of.

They are kinds like those that our own people hear of, with words and templates of the same sort;
but nobody chooses for himself, and they have no inbox.
"""

from kit.registry import Registry
from tenants.notices.kinds import Kind

_kinds: Registry[Kind] = Registry("kind of message")
register, every_kind = _kinds.add, _kinds.every
find_kind, kind_label = _kinds.find, _kinds.label
