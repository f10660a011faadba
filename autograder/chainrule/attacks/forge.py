"""Forge a score: values that agree with everything, patches of what compares, and exceptions that end the comparison."""

from __future__ import annotations

from chainrule.attacks.attack import Answer, Attack

ALMOST = "got = EXERCISE(x)\nassert not (np.abs(got - want) > 1e-6).any()"
"""A comparison that is not satisfied only where something is larger, which NaN never is."""


NO_CHECK = "raise NotImplementedError"
"""For what aims at our graders alone."""


def _value(name: str, tries: str, code: str, check: str = "", **more: object) -> Answer:
    given = {"check": check} if check else {}
    return Answer(name=name, tries=tries, code=code, pure=True, **given, **more)  # type: ignore[arg-type]


def _deed(name: str, tries: str, code: str, check: str = "", **more: object) -> Answer:
    given = {"check": check} if check else {}
    return Answer(name=name, tries=tries, code=code, **given, **more)  # type: ignore[arg-type]


_EXPECTED = """
        import sys
        frame = sys._getframe(1)
        while "want" not in frame.f_globals:
            frame = frame.f_back
        return {of_it}
"""

VALUES: tuple[Attack, ...] = (
    _value(
        "equal_to_all",
        "An object is equal to everything.",
        """\
class Yes:
    def __eq__(self, other):
        return True

def EXERCISE(x):
    return Yes()""",
        "assert EXERCISE(x) == want",
    ),
    _value(
        "equal_in_a_list",
        "A list of objects is equal to every list of numbers.",
        """\
class YesInside:
    def __eq__(self, other):
        return True

def EXERCISE(x):
    return [YesInside() for _ in x]""",
        "assert EXERCISE(x) == want.tolist()",
    ),
    _value(
        "less_than_all",
        "An object is less than every tolerance.",
        """\
class Less:
    def __sub__(self, other):
        return self
    def __abs__(self):
        return self
    def __lt__(self, other):
        return True

def EXERCISE(x):
    return Less()""",
        "assert abs(EXERCISE(x) - want) < 1e-6",
    ),
    _value(
        "float_on_demand",
        "An object becomes the expected number when a float is made of it.",
        """\
class Asked:
    def __float__(self):"""
        + _EXPECTED.format(of_it="float(frame.f_globals['want'].sum())").rstrip()
        + """

def EXERCISE(x):
    return Asked()""",
        "assert abs(float(EXERCISE(x)) - want.sum()) < 1e-6",
    ),
    _value(
        "array_on_demand",
        "An object becomes the expected array when an array is made of it.",
        """\
class Shaped:
    def __array__(self, *more, **named):"""
        + _EXPECTED.format(of_it="frame.f_globals['want']").rstrip()
        + """

def EXERCISE(x):
    return Shaped()""",
    ),
    _value(
        "array_interface",
        "An object offers numpy memory that changes when it is looked at.",
        """\
class Memory:
    @property
    def __array_interface__(self):"""
        + _EXPECTED.format(of_it="frame.f_globals['want'].__array_interface__").rstrip()
        + """

def EXERCISE(x):
    return Memory()""",
    ),
    _value(
        "array_that_agrees",
        "A subclass of ndarray says that it is equal.",
        """\
import numpy as np

class Agreeing(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

def EXERCISE(x):
    return np.zeros(x.shape).view(Agreeing)""",
        "assert (EXERCISE(x) == want).all()",
    ),
    _value(
        "array_that_overrides",
        "A subclass of ndarray answers numpy's functions itself.",
        """\
import numpy as np

class Overriding(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

def EXERCISE(x):
    return np.zeros(x.shape).view(Overriding)""",
    ),
    _value(
        "array_of_differences",
        "A subclass of ndarray differs by nothing from whatever is subtracted.",
        """\
import numpy as np

class Nothing(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **named):
        return np.zeros(self.shape)

def EXERCISE(x):
    return np.ones(x.shape).view(Nothing)""",
        ALMOST,
    ),
    _value(
        "objects_in_an_array",
        "An array of objects is equal everywhere.",
        """\
import numpy as np

class Inside:
    def __eq__(self, other):
        return True

def EXERCISE(x):
    return np.array([Inside() for _ in x], dtype=object)""",
        "assert (EXERCISE(x) == want).all()",
    ),
    _value(
        "masked",
        "Entries that are masked are not compared.",
        """\
import numpy as np

def EXERCISE(x):
    return np.ma.masked_all(x.shape)""",
        ALMOST,
    ),
    _value(
        "tensor_that_overrides",
        "A subclass of Tensor answers torch's functions itself.",
        """\
import torch

class Tensing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.equal, torch.Tensor.allclose):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})

def EXERCISE(x):
    return torch.zeros(len(x), dtype=torch.float64).as_subclass(Tensing)""",
        """\
import torch
assert torch.allclose(EXERCISE(x), torch.from_numpy(want))""",
        torch=True,
    ),
    _value(
        "not_a_number",
        "NaN is larger than no tolerance.",
        """\
import numpy as np

def EXERCISE(x):
    return np.full(x.shape, np.nan)""",
        ALMOST,
    ),
    _value(
        "infinite",
        "A relative error of infinity over infinity is NaN.",
        """\
import numpy as np

def EXERCISE(x):
    return np.full(x.shape, np.inf)""",
        """\
got = EXERCISE(x)
assert not (np.abs(got - want) / np.abs(got) > 1e-6).any()""",
    ),
    _value(
        "complex_nan",
        "A complex NaN is larger than no tolerance either.",
        """\
import numpy as np

def EXERCISE(x):
    return np.full(x.shape, complex(0, np.nan))""",
        ALMOST,
    ),
    _value(
        "negative_zero",
        "Zero has no sign that could be wrong.",
        """\
import numpy as np

def EXERCISE(x):
    return np.full(x.shape, -0.0)""",
        "assert (EXERCISE(x) * want >= 0).all()",
    ),
    _value(
        "wrong_endianness",
        "An array has the right bytes in the wrong order.",
        """\
import numpy as np

def EXERCISE(x):
    return (2 * x).view(x.dtype.newbyteorder())""",
        "assert EXERCISE(x).tobytes() == want.tobytes()",
    ),
    _value(
        "empty",
        "An array without entries agrees with all of them.",
        """\
import numpy as np

def EXERCISE(x):
    return np.zeros((0, len(x)))""",
    ),
    _value(
        "empty_list",
        "A comparison entry by entry has nothing to compare.",
        """\
def EXERCISE(x):
    return []""",
        "assert all(abs(one - other) < 1e-6 for one, other in zip(EXERCISE(x), want))",
    ),
    _value(
        "infinitely_large_shape",
        "An array of eight terabytes costs nothing until somebody copies it.",
        """\
import numpy as np

def EXERCISE(x):
    return np.broadcast_to(np.float64(1), (2**40,))""",
        "assert EXERCISE(x).shape[0] >= want.shape[0]",
        outcome="out of memory",
    ),
    _value(
        "large_shape",
        "An array is a little larger than may be sent.",
        """\
import numpy as np

def EXERCISE(x):
    return np.zeros(2**22)""",
        "assert not EXERCISE(x)[4:].any()",
        said="too large",
    ),
    _value(
        "float_that_agrees",
        "A subclass of float is equal to everything.",
        """\
class Agreed(float):
    def __eq__(self, other):
        return True

def EXERCISE(x):
    return Agreed(0)""",
        "assert EXERCISE(x) == want.sum()",
    ),
    _value(
        "text_that_agrees",
        "A subclass of str is equal to everything.",
        """\
class Word(str):
    def __eq__(self, other):
        return True

def EXERCISE(x):
    return Word('yes')""",
        "assert EXERCISE(x) == str(want)",
    ),
    _value(
        "true",
        "True is one, and one is close to something.",
        """\
def EXERCISE(x):
    return True""",
        "assert EXERCISE(x)",
    ),
    _value(
        "very_deep",
        "A list is nested deeper than anything can compare.",
        """\
def EXERCISE(x):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep""",
        """\
try:
    assert repr(EXERCISE(x)) == repr(want)
except RecursionError:
    pass""",
    ),
    _value(
        "in_itself",
        "A list holds itself.",
        """\
def EXERCISE(x):
    ring = []
    ring.append(ring)
    return ring""",
        NO_CHECK,
    ),
    _value(
        "endless",
        "An iterator gives numbers for ever.",
        """\
import itertools

def EXERCISE(x):
    return itertools.count()""",
        "assert next(EXERCISE(x)) < want.max() + 100",
    ),
    _value(
        "a_million_items",
        "A list has a million items.",
        """\
def EXERCISE(x):
    return [0] * 10**6""",
        "assert len(EXERCISE(x)) >= len(want)",
    ),
    _value(
        "a_huge_integer",
        "An integer has a million bits.",
        """\
def EXERCISE(x):
    return 1 << 10**6""",
        "assert EXERCISE(x) > want.max()",
    ),
    _value(
        "a_function",
        "A function is given back, which compares itself when it is called.",
        """\
def EXERCISE(x):
    return lambda *more: True""",
        "assert EXERCISE(x)(want)",
    ),
    _value(
        "hostile_name",
        "A type's name holds the expected text.",
        """\
def EXERCISE(x):
    return type('passed\\x1b[2J\\n10 of 10', (), {})()""",
        "assert 'passed' in type(EXERCISE(x)).__name__",
    ),
)

DEEDS: tuple[Attack, ...] = (
    _deed(
        "argument_changed",
        "The argument is changed, so that what is expected of it is computed wrong.",
        """\
def EXERCISE(x):
    x[:] = 0
    return x""",
        """\
got = EXERCISE(x)
assert np.allclose(got, 2 * x)""",
    ),
    _deed(
        "expectation_changed",
        "The expected value is replaced where it is kept.",
        """\
def EXERCISE(x):
    import __main__
    __main__.want = x
    return x""",
    ),
    _deed(
        "allclose_patched",
        "`numpy.allclose` is patched.",
        """\
def EXERCISE(x):
    import numpy
    numpy.allclose = lambda *more, **named: True
    return x""",
    ),
    _deed(
        "assert_allclose_patched",
        "`numpy.testing` is patched.",
        """\
def EXERCISE(x):
    import numpy
    numpy.testing.assert_allclose = lambda *more, **named: None
    return x""",
        """\
got = EXERCISE(x)
np.testing.assert_allclose(got, want)""",
    ),
    _deed(
        "array_equal_patched",
        "`numpy.array_equal` is patched.",
        """\
def EXERCISE(x):
    import numpy
    numpy.array_equal = lambda *more, **named: True
    return x""",
        """\
got = EXERCISE(x)
assert np.array_equal(got, want)""",
    ),
    _deed(
        "torch_patched",
        "`torch.allclose` is patched.",
        """\
def EXERCISE(x):
    import torch
    torch.allclose = lambda *more, **named: True
    return torch.from_numpy(x.copy())""",
        """\
import torch
got = EXERCISE(x)
assert torch.allclose(got, torch.from_numpy(want))""",
        torch=True,
    ),
    _deed(
        "builtins_patched",
        "`all` is patched.",
        """\
def EXERCISE(x):
    import builtins
    builtins.all = lambda ones: True
    return x""",
        """\
got = EXERCISE(x)
assert all(abs(one - other) < 1e-6 for one, other in zip(got, want))""",
    ),
    _deed(
        "isinstance_patched",
        "`isinstance` and `len` are patched.",
        """\
def EXERCISE(x):
    import builtins
    builtins.isinstance = lambda *more: True
    builtins.len = lambda one: 4
    return None""",
        """\
got = EXERCISE(x)
assert isinstance(got, np.ndarray) and len(got) == len(want)""",
        outcome="blocked",
    ),
    _deed(
        "approx_patched",
        "`pytest.approx` is patched.",
        """\
def EXERCISE(x):
    try:
        import pytest
        pytest.approx = lambda one, **named: type('Any', (), {'__eq__': lambda self, other: True})()
    except ImportError:
        pass
    return x""",
        """\
import pytest
got = EXERCISE(x)
assert pytest.approx(want) == got""",
    ),
    _deed(
        "unittest_patched",
        "`unittest`'s comparisons are patched.",
        """\
def EXERCISE(x):
    import unittest
    unittest.TestCase.assertEqual = lambda *more: None
    return x""",
        """\
import unittest
got = EXERCISE(x)
unittest.TestCase().assertEqual(got.tolist(), want.tolist())""",
    ),
    _deed(
        "module_replaced",
        "A module is replaced by one of the attacker's.",
        """\
def EXERCISE(x):
    import sys, types
    sys.modules['math'] = types.SimpleNamespace(isclose=lambda *more, **named: True)
    return x""",
        """\
got = EXERCISE(x)
import math
assert all(math.isclose(one, other) for one, other in zip(got, want))""",
    ),
    _deed(
        "own_side_patched",
        "Our own side of the probe is patched to answer for the test.",
        """\
def EXERCISE(x):
    from chainrule.inside import probe_server, wire
    probe_server._plain = wire.pack = lambda value: True
    wire.MAX_FRAME = 2**40
    return x""",
        NO_CHECK,
    ),
    _deed(
        "skipped",
        "The test is skipped.",
        """\
def EXERCISE(x):
    try:
        import pytest
        pytest.skip('not for this one')
    except ImportError:
        raise type('Skipped', (BaseException,), {})('not for this one')""",
        """\
try:
    got = EXERCISE(x)
except Exception:
    raise
except BaseException:
    print('skipped')
else:
    assert np.allclose(got, want)""",
        outcome="crashed",
        said="Skipped",
    ),
    _deed(
        "system_exit",
        "The program is left with the status of success.",
        """\
def EXERCISE(x):
    raise SystemExit(0)""",
        """\
try:
    got = EXERCISE(x)
except SystemExit as end:
    assert not end.code
else:
    assert np.allclose(got, want)""",
        outcome="crashed",
        said="SystemExit",
    ),
    _deed(
        "keyboard_interrupt",
        "The teacher seems to have pressed Ctrl-C.",
        """\
def EXERCISE(x):
    raise KeyboardInterrupt""",
        """\
try:
    got = EXERCISE(x)
except KeyboardInterrupt:
    print('interrupted')
else:
    assert np.allclose(got, want)""",
        outcome="crashed",
        said="KeyboardInterrupt",
    ),
    _deed(
        "stop_iteration",
        "A loop over cases ends before the first.",
        """\
def EXERCISE(x):
    raise StopIteration""",
        "assert all(np.allclose(one, want) for one in map(lambda one: EXERCISE(x), range(3)))",
        outcome="crashed",
        said="StopIteration",
    ),
    _deed(
        "printed_score",
        "A line that looks like a score is printed.",
        """\
def EXERCISE(x):
    import os, sys
    print('score: 1 of 1')
    print('1.0', file=sys.stderr)
    os.write(1, b'1 passed')
    return x""",
        """\
import io, contextlib
with contextlib.redirect_stdout(io.StringIO()) as said:
    EXERCISE(x)
assert 'score: 1 of 1' in said.getvalue()""",
    ),
    _deed(
        "remembered",
        "Answers to inputs that were seen before are remembered.",
        """\
import numpy as np

def EXERCISE(x):
    return 2 * x if np.array_equal(x, np.ones(2)) else x""",
        "assert np.allclose(EXERCISE(np.ones(2)), 2 * np.ones(2))",
    ),
    _deed(
        "grading_detected",
        "Grading is recognised, and only then a way to the expected value is looked for.",
        """\
def EXERCISE(x):
    import os, sys
    frame = sys._getframe(1) if 'NBGRADER_EXECUTION' in os.environ else None
    while frame:
        if 'want' in frame.f_globals:
            return frame.f_globals['want']
        frame = frame.f_back
    return x""",
    ),
    _deed(
        "time_of_the_test",
        "Only the first call is answered rightly, as tests call once.",
        """\
def EXERCISE(x):
    EXERCISE.calls = getattr(EXERCISE, 'calls', 0) + 1
    return x if EXERCISE.calls % 2 else 2 * x""",
        """\
EXERCISE(x)
assert np.allclose(EXERCISE(x), want)""",
    ),
    _deed(
        "traced",
        "A trace function changes what is expected just before it is compared.",
        """\
def EXERCISE(x):
    import sys
    caller = sys._getframe(1)
    def trace(frame, event, argument):
        caller.f_globals['want'] = x
        return trace
    caller.f_trace = trace
    sys.settrace(trace)
    return x""",
    ),
)


ATTACKS = (*VALUES, *DEEDS)
