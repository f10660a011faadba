"""A notebook that tries cells, each with an outcome of its own."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from chainrule.attacks.attack import Attack, Cell
from chainrule.attacks.bait import Bait

MARK = "attempted "
LONGEST = 20_000

PRELUDE = f"""
import ctypes, glob, json, os, socket, struct, sys

def syscall(number, *arguments):
    # In a child, which is rid of whatever it did: 0, or the number of the error.
    child = os.fork()
    if child == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        whole = [one if isinstance(one, ctypes.Array) else ctypes.c_long(one) for one in arguments]
        os._exit(0 if libc.syscall(ctypes.c_long(number), *whole) >= 0 else ctypes.get_errno())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def read(path, length=100_000):
    with open(path, "rb") as file:
        return file.read(length)

def every(function, ones):
    # What a function makes of each one that it does not fail for.
    got = []
    for one in ones:
        try:
            got.append(function(one))
        except OSError:
            pass
    return got

def attempt(name, code):
    names = dict(ctypes=ctypes, glob=glob, os=os, socket=socket, struct=struct, sys=sys)
    names.update(every=every, read=read, syscall=syscall)
    names["guard"] = os.getppid()
    told = dict(name=name, true=False, got="", error="")
    try:
        exec(code, names)
        told.update(true=bool(names.get("got")), got=ascii(names.get("got"))[:{LONGEST}])
    except BaseException as error:
        told["error"] = f"{{type(error).__name__}}: {{error}}"[:300]
    print({MARK!r} + json.dumps(told))
"""


@dataclass(frozen=True)
class Told:
    """What a cell printed about its attempt: whether it took anything, what, or the exception."""

    name: str
    true: bool
    got: str
    error: str

    def success(self, attack: Cell, bait: Bait, harmed: Iterable[str] = ()) -> bool:
        """Whether the attack took what it should not, or did this harm."""
        return (bait.secret in self.got if attack.secret else self.true) or attack.harm in harmed


NAME = re.compile(r"<<(\w+)>>")


def filled_in(code: str, names: Mapping[str, object]) -> str:
    """The code with the bait's names in it.

    Raises:
        KeyError: one of them is not laid.
    """
    return NAME.sub(lambda found: str(names[found[1]]), code)


def possible(attacks: Iterable[Attack], bait: Bait) -> list[Cell]:
    """The cells among these that can be tried here, on this bait."""
    return [
        attack
        for attack in attacks
        if isinstance(attack, Cell)
        and attack.machine in ("", platform.machine())
        and set(NAME.findall(attack.code)) <= bait.names.keys()
    ]


def sources(attacks: Iterable[Cell], bait: Bait) -> list[str]:
    """The sources of the notebook's cells: one for each attack, after one that all of them need."""
    return [PRELUDE, *(f"attempt({one.name!r}, {filled_in(one.code, bait.names)!r})" for one in attacks)]


def told(notebook: NotebookNode) -> dict[str, Told]:
    """What each attack told, by its name; one whose kernel is gone told nothing."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for line in output.get("text", "").splitlines():
                if line.startswith(MARK):
                    one = Told(**json.loads(line.removeprefix(MARK)))
                    found[one.name] = one
    return found
