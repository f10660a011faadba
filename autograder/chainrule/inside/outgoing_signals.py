"""Keeps a submission's signals from its guard and from the fork server where Landlock cannot (ABI 5 and older).

For a submission that is alone with those two in a PID namespace: nobody else is there to be signalled.
"""

from __future__ import annotations

import errno

from seccompy import Action, ArgCmp, CmpOp, Filter

from chainrule.inside.system_calls import INT

FORK_SERVER = 1
"""Its process id in the namespace. A signal that it handles, such as SIGINT, would end it and all else."""

BY_PROCESS = "kill tgkill rt_sigqueueinfo rt_tgsigqueueinfo"
BY_THREAD_OR_DESCRIPTOR = "tkill pidfd_send_signal"
"""What these would reach cannot be told from their arguments. Python's own signals go another way."""

FCNTLS = (8, 10, 15)
"""F_SETOWN, F_SETSIG and F_SETOWN_EX from linux/fcntl.h: any signal to anybody, when something can be read."""

IOCTLS = (0x8901, 0x8902)
"""FIOSETOWN and SIOCSPGRP, which do the same."""


def kept_from(guard: int) -> Filter:
    """A filter that lets no signal pass to the process `guard`, to its group, to the fork server or to everybody."""
    rules = Filter(default=Action.ALLOW)
    for name in BY_PROCESS.split():
        for target in (FORK_SERVER, -FORK_SERVER, guard, -guard):
            rules.errno(name, errno.EPERM, args=[ArgCmp(0, CmpOp.MASKED_EQ, target & INT, mask=INT)])
    for name in BY_THREAD_OR_DESCRIPTOR.split():
        rules.errno(name, errno.EPERM)
    for call, commands in (("fcntl", FCNTLS), ("ioctl", IOCTLS)):
        for command in commands:
            rules.errno(call, errno.EPERM, args=[ArgCmp(1, CmpOp.MASKED_EQ, command, mask=INT)])
    return rules
