"""Answers written as their change of the reference."""

import pytest

from chainrule.diagnosis.changes import AS_THE_REFERENCE, applied, definitions, merged

CODE = '''\
# how far
STEP = 1


def forward(x: int) -> int:
    """One step."""
    y = x + STEP  # once
    y = y + 0
    return y


# and back
@cache
def backward(x):
    def inner():
        return x

    return inner() - STEP


class Net(Base):
    """A network."""

    def __init__(self):
        self.x = 1

    # a comment
    @property
    def depth(self):
        return 1
'''
FORWARD = "def forward(x):\n    return x"


def values(code: str) -> dict[str, object]:
    """What the code defines."""
    names: dict[str, object] = {"cache": lambda function: function, "Base": object}
    exec(code, names)
    return names


def changed(change: str) -> str:
    return applied(CODE, change, "a.diff, mine")


def test_definitions_have_their_decorators_and_comments() -> None:
    first_and_last = {
        name: (CODE.split("\n")[start], CODE.split("\n")[end - 1]) for name, (start, end) in definitions(CODE).items()
    }
    assert first_and_last == {
        "forward": ("def forward(x: int) -> int:", "    return y"),
        "backward": ("# and back", "    return inner() - STEP"),
        "Net": ("class Net(Base):", "        return 1"),
        "Net.__init__": ("    def __init__(self):", "        self.x = 1"),
        "Net.depth": ("    # a comment", "        return 1"),
    }


def test_lines_take_the_place_of_lines() -> None:
    expected = CODE.replace("    y = y + 0\n    return y", "    return -y")
    assert changed("@@ forward\n-    y = y + 0\n-    return y\n+    return -y\n") == expected


def test_lines_are_put_after_a_line_and_before_one() -> None:
    assert changed("@@ forward\n     return y\n+    z\n") == CODE.replace("    return y\n", "    return y\n    z\n")
    assert changed("@@ forward\n+    z\n     return y") == CODE.replace("    return y\n", "    z\n    return y\n")


def test_empty_lines_inside_a_hunk_count_and_those_after_it_do_not() -> None:
    change = "@@ backward\n         return x\n\n-    return inner() - STEP\n+    return inner()\n\n\n"
    assert changed(change) == CODE.replace("inner() - STEP", "inner()")


def test_hunks_are_about_the_reference_in_any_order() -> None:
    # the first hunk makes a second line of what the second one is about
    change = "@@ forward\n-    return y\n+    y = y + 0\n+    return -y\n@@ forward\n-    y = y + 0\n"
    assert changed(change) == CODE.replace("    y = y + 0\n    return y", "    y = y + 0\n    return -y")


def test_two_hunks_may_show_the_same_line() -> None:
    change = "@@ forward\n-    y = y + 0\n     return y\n@@ forward\n     return y\n+    z\n"
    assert changed(change) == CODE.replace("    y = y + 0\n    return y", "    return y\n    z")


def test_methods_classes_and_statements_can_be_changed() -> None:
    assert changed("@@ Net.__init__\n-        self.x = 1\n+        self.x = 2") == CODE.replace("x = 1\n", "x = 2\n")
    assert changed("@@ Net\n-class Net(Base):\n+class Net:") == CODE.replace("(Base)", "")
    assert changed("@@\n-STEP = 1\n+STEP = 2") == CODE.replace("STEP = 1", "STEP = 2")


def test_added_lines_alone_are_the_whole_definition() -> None:
    assert "One step" not in changed("@@ forward\n+def forward(x):\n+    return x")
    assert values(changed("@@ backward\n+def backward(x):\n+    return 7"))["backward"](3) == 7  # type: ignore[operator]
    code = changed("@@ Net.depth\n+    def depth(self):\n+        return 5")
    assert "# a comment" not in code
    assert values(code)["Net"]().depth() == 5  # type: ignore[operator]
    assert "Base" not in changed("@@ Net\n+class Net:\n+    pass")


def test_what_is_new_comes_before_the_first_definition_and_a_method_last() -> None:
    code = changed("@@ Own\n+class Own:\n+    y = 3\n@@\n+import math")
    assert definitions(code)["Own"][0] < code.split("\n").index("import math") < definitions(code)["forward"][0]
    code = changed("@@ Net.width\n+    def width(self):\n+        return 5")
    assert list(definitions(code))[-1] == "Net.width"
    assert values(code)["Net"]().width() == 5  # type: ignore[operator]


def test_a_definition_without_any_line_left_is_gone() -> None:
    lines = "\n".join(f"-{line}" for line in CODE.split("\n")[4:9])
    assert list(definitions(changed(f"@@ forward\n{lines}"))) == ["backward", "Net", "Net.__init__", "Net.depth"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("", "there is no hunk; it starts with '@@' and the name of what it changes."),
        ("+    z\n", r"'\+    z' should be a line of a hunk, with ' ', '-', '\+' or '@@' in front."),
        ("@@ forward\nz\n", r"'z' should be a line of a hunk"),
        ("@@ sideways\n-    z", "the reference has no 'sideways'; it has forward, backward, Net, Net.__"),
        ("@@ forward\n-    z", "in 'forward' of the reference, 'z' is not there."),
        ("@@ forward\n-    return inner() - STEP", r"'return inner\(\) - STEP' is not there."),
        ("@@\n-z", "in the section of the reference, 'z' is not there."),
        ("@@ forward\n     return y\n-    y = y + 0", "the lines after 'return y' are others."),
        ("@@ Net\n-        return 2", "'return 2' is not there."),
        ("@@ forward\n     return y", "the hunk for 'forward' changes nothing; it needs a line with '-' or"),
        ("@@ forward", "the hunk for 'forward' changes nothing"),
        ("@@ forward\n+    z", "alone are not the definition of 'forward'; put the line above or below them there too"),
        ("@@ forward\n+def forth():\n+    pass", "are not the definition of 'forward'"),
        ("@@ Net.depth\n+def depth(self):\n+    pass", "are not the definition of 'Net.depth'"),
        ("@@ Nut.depth\n+    def depth(self): pass", "the reference has no class for the new method 'Nut.depth'"),
        ("@@ forward\n-    return y\n@@ forward\n-    return y\n+    z", "two hunks change 'return y'; make them one."),
        ("@@ forward\n-    return y\n+    return (y", r"with the change, 'return \(y' is no Python"),
    ],
)
def test_a_change_that_does_not_fit_is_told_in_a_sentence(change: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^a\.diff, mine: .*{message}"):
        changed(change)


def test_lines_that_stand_there_twice_need_another_line() -> None:
    code = "def f():\n    a\n    b\n    a\n    c"
    with pytest.raises(ValueError, match=r"where: 'a' stands 2 times in 'f'; add the line above it\."):
        applied(code, "@@ f\n-    a", "where")
    assert applied(code, "@@ f\n     b\n-    a", "where") == "def f():\n    a\n    b\n    c"


def test_a_section_as_the_reference_is_the_reference() -> None:
    assert merged(CODE, AS_THE_REFERENCE) == CODE


def test_functions_are_put_over_the_references_and_new_ones_before_them() -> None:
    code = merged(CODE, f"{AS_THE_REFERENCE}\nSIZE = 3\n\n\n{FORWARD}\n\n\ndef other():\n    return SIZE\n")
    assert list(definitions(code))[:2] == ["other", "forward"]
    assert FORWARD in code
    assert "One step" not in code
    assert code.index("SIZE = 3") < code.index("def other")
    assert values(code)["other"]() == 3  # type: ignore[operator]


def test_a_class_is_put_over_the_references_method_by_method() -> None:
    partial = "class Net:\n    SIZE = 2\n\n    def depth(self): return 5\n\n    def width(self): return 7"
    code = merged(CODE, f"{AS_THE_REFERENCE}\n{partial}")
    net = values(code)["Net"]()  # type: ignore[operator]
    assert (net.x, net.SIZE, net.depth(), net.width()) == (1, 2, 5, 7)
    assert "class Net(Base):" in code


def test_a_class_that_the_reference_lacks_is_put_there_whole() -> None:
    partial = "class Net:\n    def depth(self): return 5"
    assert merged(FORWARD, partial) == f"{partial}\n\n\n{FORWARD}"
    assert merged(f"class Net:\n    x = 1\n\n\n{FORWARD}", partial) == f"{partial}\n\n\n{FORWARD}"
