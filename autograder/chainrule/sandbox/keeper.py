"""A keeper: a process that holds one fork server for all graders of one user on one machine, and keeps it warm.

It runs no student's code and none of what it holds is in the fork server's memory: the fork server is a process of its
own, started anew. A client shows that it is the same user and can read the keeper's token, which nothing in a sandbox
can; it then gets the fork server's control channel itself. Where the keeper is killed, its clients go on, and the
server ends with the last of them.
"""

from __future__ import annotations

import hmac
import os
import secrets
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from chainrule.inside.messages import MAX_MESSAGE, Progress
from chainrule.sandbox import meeting
from chainrule.sandbox.keeper_messages import Failed, FromKeeper, Hello, KeeperConfig, Listening, Welcome
from chainrule.sandbox.readable import ExposedError
from chainrule.sandbox.remove import remove_tree
from chainrule.sandbox.server_process import ServerError
from chainrule.sandbox.warm_process import WarmProcess, hung_up

TICK_SECONDS = 0.5
LOCK_SECONDS = 60.0
CREDENTIALS = struct.Struct("3i")
"""Process, user and group, from linux/socket.h."""


class NobodyWaitsError(Exception):
    """All clients hung up before the server was warm."""


@dataclass(eq=False)
class Client:
    """A grader at the other end of a connection: for so long the server stays warm when it has hung up."""

    connection: socket.socket
    idle_seconds: float
    prefix: str = ""


def main(config_json: str) -> None:
    """Start a fork server, hand it to whoever may have it, and end it when nobody has wanted it for a while."""
    config = msgspec.json.decode(config_json, type=KeeperConfig)
    starter = socket.socket(fileno=config.starter)
    starter.set_inheritable(False)
    keeper = Keeper(config, starter)
    try:
        keeper.warm_up()
        keeper.serve()
    except NobodyWaitsError:
        pass
    finally:
        keeper.close()


class Keeper:
    """One fork server and its clients."""

    def __init__(self, config: KeeperConfig, starter: socket.socket) -> None:
        """Be found; the client that starts it is at the other end of `starter` and holds the meeting place's lock."""
        self._config = config
        self._meeting = Path(config.meeting)
        self._listening, self._token = meeting.published(self._meeting, config.circumstances)
        self._found = True
        self._process: WarmProcess | None = None
        self._clients = [Client(starter, config.idle_seconds)]
        self._warm_until = 0.0
        self._left: set[str] = set()
        """Prefixes of clients that hung up, of whose runs something may be left."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(starter, selectors.EVENT_READ, self._clients[0])
        starter.send(msgspec.json.encode(Listening()))
        starter.setblocking(False)

    def warm_up(self) -> None:
        """Start the fork server; clients hear how far it is.

        Raises:
            NobodyWaitsError: they have all hung up.
            SystemExit: there is no fork server; they know why.
        """
        config = self._config
        try:
            self._process = WarmProcess(config.preload, config.layers, self._on_progress, config.warm_seconds)
        except (ServerError, ExposedError) as error:
            self._withdraw()
            self._tell_all(Failed(str(error)))
            raise SystemExit(1) from error
        for client in list(self._clients):
            self._welcome(client)

    def serve(self) -> None:
        """Look after clients until the last one has hung up and its time is over, or the server is gone."""
        while True:
            self._turn(TICK_SECONDS)
            self._clear_runs()
            if self._found and self._is_lost():
                self._withdraw()
            if self._clients:
                continue
            if not self._found or (time.monotonic() >= self._warm_until and self._withdraw_unless_wanted()):
                return

    def close(self) -> None:
        """End the server, unless clients still have it, and remove its folder."""
        self._withdraw()
        if self._process is not None:
            self._process.close()

    def _on_progress(self, module: str) -> None:
        self._turn(0)
        if not self._clients:
            raise NobodyWaitsError
        self._tell_all(Progress(module))

    def _turn(self, seconds: float) -> bool:
        """Hear what clients say, for so long at most until there is something; whether there was."""
        events = self._selector.select(seconds)
        for key, _ in events:
            assert isinstance(key.fileobj, socket.socket)
            if key.fileobj is self._listening:
                self._accept()
            else:
                self._hear(key.fileobj, key.data)
        return bool(events)

    def _accept(self) -> None:
        with suppress(BlockingIOError, ConnectionAbortedError):
            connection, _ = self._listening.accept()
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
            if CREDENTIALS.unpack(credentials)[1] != os.geteuid():
                connection.close()
                return
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)

    def _hear(self, connection: socket.socket, client: Client | None) -> None:
        """A client says hello, or hangs up; from anybody else there is nothing to hear."""
        try:
            message = connection.recv(MAX_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if client is None and message and (hello := self._proven(message)) is not None:
            fresh = Client(connection, hello.idle_seconds)
            self._clients.append(fresh)
            self._selector.modify(connection, selectors.EVENT_READ, fresh)
            if self._process is not None:
                self._welcome(fresh)
        elif client is None or not message:
            self._hang_up(connection, client)

    def _proven(self, message: bytes) -> Hello | None:
        try:
            hello = msgspec.json.decode(message, type=Hello)
        except msgspec.DecodeError:
            return None
        return hello if hmac.compare_digest(hello.token.encode(), self._token.encode()) else None

    def _hang_up(self, connection: socket.socket, client: Client | None) -> None:
        self._selector.unregister(connection)
        connection.close()
        if client is not None:
            self._clients.remove(client)
            if client.prefix:
                self._left.add(client.prefix)
            self._warm_until = max(self._warm_until, time.monotonic() + client.idle_seconds)

    def _welcome(self, client: Client) -> None:
        assert self._process is not None
        if self._is_lost():
            # The client looks for a keeper again.
            self._hang_up(client.connection, client)
            return
        taken = self._left | {other.prefix for other in self._clients}
        client.prefix = next(prefix for prefix in iter(lambda: secrets.token_hex(3), "") if prefix not in taken)
        process = self._process
        message = msgspec.json.encode(Welcome(str(process.folder), process.process_id, client.prefix))
        with suppress(OSError):
            # Who has hung up meanwhile is heard of in the next turn.
            socket.send_fds(client.connection, [message], [process.control.fileno(), process.lock])

    def _tell_all(self, message: FromKeeper) -> None:
        for client in self._clients:
            with suppress(OSError):
                client.connection.send(msgspec.json.encode(message))

    def _is_lost(self) -> bool:
        """Whether new clients would not get a working server, or could not be found by those after them."""
        assert self._process is not None
        there = (self._process.folder / "runs").exists() and self._meeting.exists()
        return not there or self._process.ended or hung_up(self._process.control)

    def _withdraw(self) -> None:
        """Be found no more; whoever has connected and was not heard yet looks for another keeper."""
        if self._found:
            self._found = False
            self._selector.unregister(self._listening)
            with suppress(FileNotFoundError, TimeoutError), meeting.locked(self._meeting, LOCK_SECONDS):
                meeting.withdrawn(self._meeting, self._config.circumstances, self._token)
            self._listening.close()

    def _withdraw_unless_wanted(self) -> bool:
        """Withdraw, but not if somebody has just connected: who holds the lock can still do so, and nobody after it."""
        try:
            with meeting.locked(self._meeting, 0):
                while self._turn(0):
                    pass
                if self._clients:
                    return False
                self._found = False
                meeting.withdrawn(self._meeting, self._config.circumstances, self._token)
        except FileNotFoundError:
            self._found = False
        except TimeoutError:
            return False
        self._selector.unregister(self._listening)
        self._listening.close()
        return True

    def _clear_runs(self) -> None:
        """Remove what clients left behind that were killed; their guards may be ending what runs there."""
        if self._process is None or not self._left:
            return
        runs = list(self._process.folder.glob("runs/*"))
        for prefix in list(self._left):
            left = [run for run in runs if run.name.startswith(prefix)]
            for run in left:
                remove_tree(run)
            if not left:
                self._left.discard(prefix)


if __name__ == "__main__":
    main(sys.argv[1])
