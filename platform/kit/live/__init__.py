"""Live updates: a page hears at once that something changed, and asks the application again.

A verb calls `changed` inside its transaction; once that is committed, a word goes to the
workspace's own channel in Redis. A process of its own (kit.live.server) holds the browsers'
streams and hands on nothing but that word: what changed is asked for in the ordinary way, with
the ordinary rights. Nothing is lost when it is silent, since pages also ask by themselves from
time to time. Key words: a *ticket* lets one browser in once; a *stream* is its open connection.
"""

from kit.live.tickets import Ticket, make_ticket
from kit.live.topics import changed, topic

__all__ = ["Ticket", "changed", "make_ticket", "topic"]
