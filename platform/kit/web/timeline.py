"""One line of what happened to a record, as the timeline macro shows it."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """When, who, from what to what, with a remark and the outside's raw code if there is one."""

    at: dt.datetime
    who: str
    title: object = ""
    before: object = None
    after: object = None
    remark: str = ""
    raw: str = ""
    colour: str = "gray"
    icon: str = ""
