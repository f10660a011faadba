"""Messages between a keeper of a fork server and its clients. Both are trusted; no fork server sees them."""

from __future__ import annotations

import msgspec

from chainrule.inside.messages import Progress
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.preload import Preload


class KeeperConfig(msgspec.Struct, frozen=True):
    """How a keeper is set up.

    `starter` is its end of the channel to the client that started it (a file descriptor), `meeting` the folder where
    others find it, under the name `circumstances`; `warm_seconds` is what its fork server has to become warm, and
    `idle_seconds` for how long it stays so after this client.
    """

    starter: int
    meeting: str
    circumstances: str
    preload: Preload
    layers: Layers
    warm_seconds: float
    idle_seconds: float


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """What a client says first: the keeper's token, and for how long the server is to stay warm after it."""

    token: str
    idle_seconds: float


class Listening(msgspec.Struct, frozen=True, tag="listening"):
    """To the client that started it: others find the keeper now."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """There is no fork server, and this is why."""

    reason: str


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """The fork server is warm; its control channel and the lock of its folder travel beside it as descriptors.

    `prefix` is what the names of this client's runs begin with: when it hangs up, what is left of them is removed.
    """

    folder: str
    process_id: int
    prefix: str


FromKeeper = Listening | Progress | Failed | Welcome
