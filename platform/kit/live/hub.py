"""The streams of one process, and the two threads that serve them.

The *listener* follows the channels of the workspaces that have streams and marks the streams a
word concerns. The *warden* asks every few seconds whether the log-ins behind them still stand, in
one question for each workspace; where it gets no answer for a minute, the streams end.
"""

import threading
import weakref
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic

import redis
import structlog

from kit.live.tickets import Barred, Reason, Ticket
from kit.live.topics import read, topic
from kit.redis_client import connection
from kit.tenancy import Workspace

_log = structlog.get_logger("kit.live")
ANYTHING = "anything"
"""The kind told when words may have been missed."""
ASK_EVERY = 20.0
"""Seconds between two looks at the log-ins; a revoked one has its stream no longer."""
TRUSTED_FOR = 60.0
"""Seconds for which an unanswered question leaves a stream open."""
_PULSE = 0.2
_LINGER = 30.0

Standing = Callable[[Workspace, Collection[str]], Mapping[str, str]]
"""Returns log-in → person of those of some log-ins that are open and not locked."""

_hubs: "weakref.WeakSet[Hub]" = weakref.WeakSet()


@dataclass(slots=True, eq=False)
class Stream:
    """One browser's open connection: what it has to be told, and whether it is over."""

    workspace: Workspace
    ticket: Ticket
    woken: threading.Event = field(default_factory=threading.Event)
    pending: set[str] = field(default_factory=set)
    is_over: bool = False
    confirmed: float = field(default_factory=monotonic)


@dataclass(slots=True)
class _Channel:
    """A workspace's channel: followed from when Redis said so, and let go some time after."""

    streams: set[Stream] = field(default_factory=set)
    followed: threading.Event = field(default_factory=threading.Event)
    needed: float = field(default_factory=monotonic)


class Hub:
    """All streams of this process."""

    def __init__(
        self, standing: Standing, *, most: int, per_workspace: int, per_person: int
    ) -> None:
        self.most, self.per_workspace, self.per_person = most, per_workspace, per_person
        self._standing = standing
        self._channels: dict[str, _Channel] = {}
        self._lock = threading.Lock()
        self._count = 0
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        _hubs.add(self)

    def __len__(self) -> int:
        return self._count

    def join(self, workspace: Workspace, ticket: Ticket, *, patience: float = 3.0) -> Stream:
        """Return a new stream that hears every word from now on; Barred when there is no room.

        A person's oldest stream makes room for the newest: a page that was left looks like an
        open one until it is written to.
        """
        made = Stream(workspace, ticket)
        with self._lock:
            if self._stopped.is_set() or self._count >= self.most:
                raise Barred(Reason.FULL)
            channel = self._channels.setdefault(topic(workspace), _Channel())
            own = [one for one in channel.streams if one.ticket.person == ticket.person]
            if len(channel.streams) - len(own) >= self.per_workspace:
                raise Barred(Reason.FULL)
            oldest = sorted(own, key=lambda one: one.ticket.expires)
            for one in oldest[: max(0, len(own) - self.per_person + 1)]:
                self._end(one)
            channel.streams.add(made)
            channel.needed = monotonic()
            self._count += 1
            self._start()
        if not channel.followed.wait(patience):
            self.leave(made)
            raise Barred(Reason.SILENT)
        return made

    def leave(self, stream: Stream) -> None:
        """Forget a stream; a second time does nothing."""
        with self._lock:
            channel = self._channels.get(topic(stream.workspace))
            if channel is not None and stream in channel.streams:
                channel.streams.discard(stream)
                channel.needed = monotonic()
                self._count -= 1

    @staticmethod
    def _end(stream: Stream) -> None:
        stream.is_over = True
        stream.woken.set()

    @staticmethod
    def take(stream: Stream) -> list[str]:
        """Return what a stream has to be told, and forget it."""
        stream.woken.clear()
        told = []
        while stream.pending:
            told.append(stream.pending.pop())
        return sorted(told)

    def hear(self, channel: str, word: bytes) -> None:
        """Mark the streams of a channel that a word concerns."""
        found = read(word)
        if found is None:
            return
        kind, people = found
        with self._lock:
            known = self._channels.get(channel)
            for one in known.streams if known else ():
                if people is None or one.ticket.person in people:
                    one.pending.add(kind)
                    one.woken.set()

    def stop(self) -> None:
        """End every stream at once and take no more; what a process does before it ends."""
        self._stopped.set()
        with self._lock:
            for channel in self._channels.values():
                for one in channel.streams:
                    self._end(one)

    def _start(self) -> None:
        # Not before the first stream: threads do not survive the fork of a server's worker.
        if not self._threads:
            for work in (self._listen, self._watch):
                thread = threading.Thread(target=work, name=f"live{work.__name__}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                with connection().pubsub() as ear:  # type: ignore[no-untyped-call]
                    self._follow(ear)
            except redis.RedisError as error:
                _log.warning("live.channel_lost", error=type(error).__name__)
                self._stopped.wait(1)

    def _follow(self, ear: "redis.client.PubSub") -> None:
        # A channel of nobody: without any, there is nothing to listen on.
        ear.subscribe("simtree:live")
        followed: set[str] = set()
        with self._lock:
            for channel in self._channels.values():
                channel.followed.clear()
        while not self._stopped.is_set():
            wanted = self._wanted()
            if new := wanted - followed:
                ear.subscribe(*new)
            if old := followed - wanted:
                ear.unsubscribe(*old)  # type: ignore[no-untyped-call]
            followed = wanted
            self._take_in(ear)

    def _wanted(self) -> set[str]:
        past = monotonic() - _LINGER
        with self._lock:
            for name in [
                name
                for name, one in self._channels.items()
                if not one.streams and one.needed < past
            ]:
                del self._channels[name]
            return set(self._channels)

    def _take_in(self, ear: "redis.client.PubSub") -> None:
        message = ear.get_message(timeout=_PULSE)
        while message is not None:
            name = message["channel"].decode()
            if message["type"] == "message":
                self.hear(name, message["data"])
            elif message["type"] == "subscribe":
                with self._lock:
                    known = self._channels.get(name)
                    for one in known.streams if known else ():
                        # What was said while nobody listened is asked for.
                        one.pending.add(ANYTHING)
                        one.woken.set()
                    if known is not None:
                        known.followed.set()
            message = ear.get_message(timeout=0)

    def _watch(self) -> None:
        while not self._stopped.wait(ASK_EVERY):
            self.look_again()

    def look_again(self) -> None:
        """End the streams whose log-in does not stand any more, or could not be asked for long."""
        with self._lock:
            groups = [list(one.streams) for one in self._channels.values() if one.streams]
        for streams in groups:
            self._look_at(streams)

    def _look_at(self, streams: list[Stream]) -> None:
        try:
            open_ = self._standing(streams[0].workspace, {one.ticket.login for one in streams})
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is confirmed by it
            _log.warning("live.not_confirmed", error=type(error).__name__)
            late = monotonic() - TRUSTED_FOR
            gone = [one for one in streams if one.confirmed < late]
        else:
            gone = [one for one in streams if open_.get(one.ticket.login) != one.ticket.person]
            now = monotonic()
            for one in streams:
                one.confirmed = now
        for one in gone:
            self._end(one)


def stop_all() -> None:
    """End every stream of this process."""
    for hub in list(_hubs):
        hub.stop()
