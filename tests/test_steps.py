"""How far a grading is: told from grader to service, the same for right and wrong work, and never in its way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import served_course
from served_course import NAME, handed_in

import small_course
from chainrule.course.batch import Listener
from chainrule.course.opened import Course
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.steps import Step, Watch, watched
from chainrule.service.attempts import State
from chainrule.service.desk import Desk
from chainrule.service.grader_process import GraderProcess
from chainrule.service.grading import Grading
from chainrule.service.orders import Event, Grade, Progress, Work
from chainrule.workers import dispatcher
from chainrule.workers.dispatcher import Dispatcher, Order
from chainrule.workers.local import local_graders
from chainrule.workers.task import Task

SECONDS = 120


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course whose fingerprints are there."""
    course = served_course.make(tmp_path_factory.mktemp("steps") / "course")
    course.warm_up(NAME, local_graders(1))
    return course


@pytest.fixture
def desk(course: Course) -> Iterator[Desk]:
    """An empty history each."""
    with served_course.empty_desk(Course(course.folder)) as desk:
        yield desk


def hidden(*exercises: str) -> list[HiddenTest]:
    return [HiddenTest(one, f"test_{at}", "A title", 1.0, print) for at, one in enumerate(exercises)]


def test_each_exercise_is_told_once_before_its_tests() -> None:
    heard: list[Step | str] = []
    for test in watched(hidden("a", "a", "b", "c"), heard.append):
        heard.append(test.name)
    assert heard == [
        Step(0, 3, "a"), "test_0", "test_1", Step(1, 3, "b"), "test_2", Step(2, 3, "c"), "test_3", Step(3, 3),
    ]  # fmt: skip


def test_an_exercise_in_two_files_is_done_after_the_second() -> None:
    heard: list[Step] = []
    assert len(list(watched(hidden("a", "b", "a"), heard.append))) == 3
    assert heard == [Step(0, 2, "a"), Step(0, 2, "b"), Step(1, 2, "a"), Step(2, 2)]


class Hears(Listener):
    """Keeps the steps of each student's submission."""

    def __init__(self) -> None:
        self.steps: dict[str, list[Step]] = {}

    def watch(self, student: str) -> Watch | None:
        return None if student == "carla" else self.steps.setdefault(student, []).append


def test_right_and_wrong_work_takes_the_same_steps(course: Course) -> None:
    for student, answer in {"ada": None, "bob": small_course.WRONG, "carla": None, "dan": "1 / 0"}.items():
        small_course.hand_in(course, student, answer)
    heard = Hears()
    course.grade(NAME, ["ada", "bob", "carla", "dan"], listener=heard, graders=local_graders(1))
    steps = [Step(0, 1), Step(0, 1, small_course.EXERCISE), Step(1, 1)]
    # Who does not want to know hears nothing.
    assert {student: one[:3] for student, one in heard.steps.items()} == {"ada": steps, "bob": steps, "dan": steps}


def test_the_score_is_told_before_hints_are_searched(course: Course) -> None:
    for student, answer in {"gil": None, "hal": small_course.WRONG}.items():
        small_course.hand_in(course, student, answer)
    heard = Hears()
    course.grade(NAME, ["gil", "hal"], listener=heard, graders=local_graders(1))
    most = heard.steps["gil"][-1].max_score
    assert most
    assert [one[3:] for one in heard.steps.values()] == [[Step(1, 1, "", most, most)], [Step(1, 1, "", 2.0, most)]]


def test_the_service_hears_the_steps_of_each_attempt_while_it_is_graded(desk: Desk) -> None:
    attempt = handed_in(desk, "erin")
    grading = Grading(desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, 8)
    heard: list[Progress] = []
    states: list[State] = []
    others: list[Progress] = []

    def listen(step: Progress) -> None:
        found = desk.history.get(attempt.id)
        assert found is not None
        heard.append(step)
        states.append(found.state)

    grading.live.listen("erin", listen)
    grading.live.listen("bob", others.append)

    async def grade() -> None:
        task = asyncio.create_task(grading.run())
        try:
            await asyncio.wait_for(_until(lambda: is_graded(desk, attempt.id)), SECONDS)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(grade())
    assert heard == [
        Progress(attempt.id, 0, 1), Progress(attempt.id, 0, 1, small_course.EXERCISE), Progress(attempt.id, 1, 1),
        Progress(attempt.id, 1, 1, "", 3.0, 3.0),
    ]  # fmt: skip
    assert set(states) == {State.GRADING}
    assert others == []
    assert grading.live.of(attempt.id) is None


def is_graded(desk: Desk, attempt: int) -> bool:
    found = desk.history.get(attempt)
    return found is not None and found.state is State.GRADED


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.05)


def test_a_service_that_is_gone_ends_no_grading(course: Course) -> None:
    class Gone(BytesIO):
        def write(self, data: object) -> int:
            raise BrokenPipeError

    GraderProcess(course, Gone()).reached(Work(1, "ada", "x"), Step(0, 1))
    events = BytesIO()
    GraderProcess(course, events).reached(Work(1, "ada", "x"), Step(0, 2, "relu"))
    assert msgspec.json.decode(events.getvalue(), type=Event) == Progress(1, 0, 2, "relu")


@pytest.mark.parametrize("shown", [True, False])
def test_a_score_is_told_early_only_where_students_may_see_everything(course: Course, shown: bool) -> None:
    events = BytesIO()
    process = GraderProcess(course, events)
    process.carry_out(Grade(NAME, [], release=shown))
    process.reached(Work(1, "ada", "x"), Step(2, 2, "", 3.5, 4.0))
    told = [msgspec.json.decode(line, type=Event) for line in events.getvalue().splitlines()]
    assert (Progress(1, 2, 2, "", 3.5, 4.0) in told) == shown


def test_a_dispatcher_that_does_not_listen_holds_no_grader_up(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watch = Dispatcher(theirs, tmp_path, 1)._watch(Order(1, 1, Task(b"", "", None), watched=True))
        assert watch is not None
        # More than any buffer takes.
        for at in range(100_000):
            watch(Step(at, 100_000, "softmax"))
        watch(Step(0, 1, "a" * dispatcher.LONGEST_STEP))
        assert Dispatcher(theirs, tmp_path, 1)._watch(Order(1, 1, Task(b"", "", None))) is None
