"""Scores go to the learning platform once, whatever happens on the way; the platform is the tests' own."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import lti_course
import lti_platform
import pytest
from lti_course import MOST, NAME, configure, corrected, graded
from lti_platform import AGS, Platform
from lti_platform import platform as platform

from chainrule import cli
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.lti import connection, keys, outbox, settings, web
from chainrule.lti.after_grading import LOOK, after_grading
from chainrule.lti.failures import LtiError
from chainrule.lti.outbox import Outbox
from chainrule.lti.report import Outcome, Report
from chainrule.lti.sending import MOST_FAILURES, send
from chainrule.lti.tokens import Tokens
from chainrule.lti.turn import alone
from chainrule.lti.wanted import plan

LOST_AFTER, LOST_BEFORE = "lost after it was taken", "lost before it was read"


@pytest.fixture
def course(tmp_path: Path, platform: Platform) -> Course:
    return lti_course.make(tmp_path / "course", platform)


def outcomes(report: Report) -> dict[str, Outcome]:
    return {line.student: line.outcome for line in report.lines}


def reason(report: Report) -> str:
    (line,) = report.amiss
    return line.reason


def test_a_score_is_what_the_gradebook_says_and_no_more(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0}, penalty=0.5)
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    (score,) = platform.taken
    assert score["scoreGiven"] == 3.5
    assert score["scoreMaximum"] == MOST
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert score["line_item"] == "/lineitems/1/lineitem/scores"
    of_score = {"userId", "scoreGiven", "scoreMaximum", "timestamp", "activityProgress", "gradingProgress"}
    assert {*score} == of_score | {"line_item", "moment"}


def test_nothing_is_sent_twice_unless_it_changed(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0, "bob": 1.0})
    send(course)
    assert outcomes(send(course)) == {"ada": Outcome.UNCHANGED, "bob": Outcome.UNCHANGED}
    assert len(platform.taken) == 2
    corrected(course, "bob", "softmax", 2.5)
    assert outcomes(send(course)) == {"ada": Outcome.UNCHANGED, "bob": Outcome.SENT}
    assert platform.column == {"u-ada": 4.0, "u-bob": 4.5}


def test_moments_of_one_students_scores_grow_by_a_second_even_if_the_clock_goes_back(
    course: Course, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(outbox, "time", SimpleNamespace(time=lambda: now))
    for points in (1.0, 2.0, 3.0):
        now -= 3600
        graded(course, {"ada": points})
        assert outcomes(send(course)) == {"ada": Outcome.SENT}
    moments = [score["moment"] for score in platform.taken]
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(moments))
    assert platform.conflicts == 0


def test_what_is_void_or_for_a_human_waits_and_the_earlier_score_stands(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    send(course)
    graded(course, {"ada": None})
    assert outcomes(send(course)) == {"ada": Outcome.NO_SCORE}
    assert platform.column == {"u-ada": 4.0}
    for part in lti_course.PARTS:
        corrected(course, "ada", part, 1.0)
    send(course)
    assert platform.column == {"u-ada": 2.0}


def test_a_teachers_score_counts_even_where_nbgrader_marks_it_again(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("softmax", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, True
        gradebook.db.commit()
    send(course)
    assert platform.column == {"u-ada": 5.0}


def test_a_student_without_an_id_is_told_and_one_with_an_empty_one_is_left_out(
    course: Course, platform: Platform
) -> None:
    lti_course.enrol(course, {"test": ""})
    graded(course, {"test": 1.0, "ada": 2.0})
    with course.api.gradebook as gradebook:
        gradebook.add_student("eve")
        gradebook.add_submission(NAME, "eve")
    found = send(course)
    expected = {"ada": Outcome.SENT, "eve": Outcome.NO_USER_ID, "test": Outcome.LEFT_OUT}
    assert outcomes(found) == expected
    assert [line.student for line in found.amiss] == ["eve"]
    assert platform.column == {"u-ada": 4.0}


def test_one_token_serves_a_class_and_another_pass(course: Course, platform: Platform) -> None:
    graded(course, {f"s{number}": 1.0 for number in range(5)})
    send(course)
    graded(course, {"s0": 2.0})
    send(course)
    assert len(platform.taken) == 6
    assert platform.tokens_asked() == 1


def test_a_token_that_ends_is_asked_for_again(course: Course, platform: Platform) -> None:
    platform.expires_in = 0.0
    graded(course, {"ada": 1.0})
    # It has ended when it arrives; so has the next.
    assert outcomes(send(course)) == {"ada": Outcome.REFUSED}
    assert platform.tokens_asked() == 2
    platform.expires_in = 3600
    assert outcomes(send(course)) == {"ada": Outcome.SENT}


def test_a_token_that_the_platform_forgot_is_replaced(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 1.0})
    send(course)
    platform.tokens.clear()
    graded(course, {"ada": 2.0})
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert platform.tokens_asked() == 2


def test_a_score_that_arrived_without_an_answer_is_not_sent_anew(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    platform.faults = [LOST_AFTER]
    assert outcomes(send(course)) == {"ada": Outcome.LATER}
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert platform.conflicts == 1
    assert len(platform.taken) == 1
    assert outcomes(send(course)) == {"ada": Outcome.UNCHANGED}


def test_where_results_may_not_be_read_it_is_sent_again_with_a_later_moment(course: Course, platform: Platform) -> None:
    platform.scopes = (f"{AGS}score",)
    graded(course, {"ada": 2.0})
    platform.faults = [LOST_AFTER]
    send(course)
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    first, second = platform.taken
    assert first["moment"] < second["moment"]
    assert first["scoreGiven"] == second["scoreGiven"]


def test_a_score_that_changed_after_it_was_lost_on_the_way_arrives(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 1.0})
    platform.faults = [LOST_AFTER]
    send(course)
    graded(course, {"ada": 3.0})
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert platform.column == {"u-ada": 5.0}
    assert platform.conflicts == 0


def test_an_earlier_score_of_another_value_is_no_arrival(course: Course, platform: Platform) -> None:
    """Without its outbox, restored from a backup say, a course may have sent later moments than it remembers."""
    graded(course, {"ada": 3.0})
    send(course)
    with closing(Outbox(course.folder)) as box:
        (message,) = box.messages().values()
        box.keep(outbox.Message(NAME, "ada", message.line_item, "u-ada", 4.0, MOST, message.moment, tries=1))
    graded(course, {"ada": 2.0})
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert platform.column == {"u-ada": 4.0}


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_failure_is_tried_again_and_the_pause_grows(course: Course, platform: Platform, status: int) -> None:
    graded(course, {"ada": 2.0})
    pauses = []
    for _ in range(3):
        platform.faults = [(status, {}, {})]
        found = send(course)
        assert outcomes(found) == {"ada": Outcome.LATER}
        assert str(status) in reason(found)
        assert found.again is not None
        pauses.append(round(found.again - time.time(), -1))
    assert pauses == [60, 120, 240]
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert len(platform.taken) == 1


def test_a_pause_that_the_platform_asks_for_ends_the_pass(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0, "bob": 1.0})
    platform.faults = [(429, {"Retry-After": "3000"}, {})]
    found = send(course)
    assert outcomes(found) == {"ada": Outcome.LATER, "bob": Outcome.LATER}
    assert platform.asked.count("POST /lineitems/1/lineitem/scores") == 1
    assert found.again is not None
    assert found.again - time.time() == pytest.approx(3000, abs=60)


def test_pauses_survive_a_restart_and_a_pass_of_the_service_keeps_to_them(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    platform.faults = [(429, {"Retry-After": "3000"}, {})]
    passed = after_grading(course)
    assert "429" in passed.problem
    connection._kept.clear()
    asked = len(platform.asked)
    assert after_grading(Course(course.folder)).problem == passed.problem
    assert len(platform.asked) == asked
    # Who types the command does not want to wait.
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert after_grading(course).problem == ""


def test_a_pause_that_the_platform_asks_for_holds_for_everybody_graded_meanwhile(
    course: Course, platform: Platform
) -> None:
    graded(course, {"ada": 2.0})
    platform.faults = [(429, {"Retry-After": "3000"}, {})]
    after_grading(course)
    asked = len(platform.asked)
    graded(course, {"bob": 1.0})
    passed = after_grading(course)
    assert len(platform.asked) == asked
    assert "1 more" in passed.problem
    assert set(outcomes(send(course)).values()) == {Outcome.SENT}
    # It answers again, so nobody is kept waiting.
    graded(course, {"cyd": 1.0})
    assert after_grading(course).problem == ""


def test_pauses_grow_where_no_line_item_can_be_made(course: Course, platform: Platform) -> None:
    configure(course, platform, assignments=f'[assignments.{NAME}]\nlabel = "Week 1"\n')
    graded(course, {"ada": 2.0})
    pauses = []
    for _ in range(3):
        platform.token_faults = [(503, {})]
        found = send(course)
        assert outcomes(found) == {"ada": Outcome.LATER}
        assert found.again is not None
        pauses.append(round(found.again - time.time(), -1))
    assert pauses == [60, 120, 240]
    asked = len(platform.asked)
    assert "503" in after_grading(course).problem
    assert len(platform.asked) == asked
    assert outcomes(send(course)) == {"ada": Outcome.SENT}


def test_what_was_written_down_before_a_kill_is_sent_after_it(course: Course, platform: Platform) -> None:
    """A pass that is killed between writing a message down and hearing of it leaves just this."""
    graded(course, {"ada": 2.0})
    platform.faults = [LOST_AFTER]
    send(course)
    with closing(Outbox(course.folder)) as box:
        (message,) = box.messages().values()
        box.keep(outbox.Message(**{**vars(message), "again": 0.0, "reason": ""}))
    assert after_grading(course).problem == ""
    assert len(platform.taken) == 1


def test_a_platform_that_is_gone_is_asked_few_times(course: Course, platform: Platform) -> None:
    graded(course, {f"s{number}": 1.0 for number in range(9)})
    platform.faults = [LOST_BEFORE] * 9
    found = send(course)
    assert set(outcomes(found).values()) == {Outcome.LATER}
    assert platform.asked.count("POST /lineitems/1/lineitem/scores") == MOST_FAILURES
    platform.faults = []
    assert set(outcomes(send(course)).values()) == {Outcome.SENT}


def test_a_platform_that_does_not_listen_costs_no_score(tmp_path: Path) -> None:
    with lti_platform.running() as gone:
        course = lti_course.make(tmp_path, gone)
    graded(course, {"ada": 1.0})
    found = send(course)
    assert outcomes(found) == {"ada": Outcome.LATER}
    assert "could not be asked" in reason(found)


def test_a_refusal_is_a_sentence_and_stops_nobody_else(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0, "bob": 1.0})
    platform.faults = [(422, {}, {"error": "no such\nuser\x1b[31m"})]
    found = send(course)
    assert outcomes(found) == {"ada": Outcome.REFUSED, "bob": Outcome.SENT}
    assert "422" in reason(found)
    assert "enrolled" in reason(found)
    assert "\x1b" not in reason(found)
    assert "The score of ada of week1 is not in the learning platform" in after_grading(course).problem
    assert platform.asked.count("POST /lineitems/1/lineitem/scores") == 2
    assert outcomes(send(course)) == {"ada": Outcome.SENT, "bob": Outcome.UNCHANGED}


def test_a_wrong_scope_is_one_sentence_before_anything_is_sent(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    platform.scopes = (f"{AGS}lineitem",)
    with pytest.raises(LtiError, match=r"invalid_scope\): allow the tool to send grades"):
        send(course)
    platform.token_faults = [(200, {"access_token": "t", "expires_in": 60, "scope": f"{AGS}lineitem"})]
    with pytest.raises(LtiError, match=r"a token without .*score"):
        send(course)
    assert platform.taken == []
    platform.scopes = (f"{AGS}score",)
    assert outcomes(send(course)) == {"ada": Outcome.SENT}


@pytest.mark.parametrize(
    "said", [(200, b"no json"), (200, {}), (200, {"access_token": "a\r\nX: y"}), (403, "<html>"), (302, {})]
)
def test_a_token_endpoint_that_is_none_is_one_sentence(
    course: Course, platform: Platform, said: tuple[int, object]
) -> None:
    graded(course, {"ada": 2.0})
    platform.token_faults = [said]
    with pytest.raises(LtiError, match=r"/token (gives|answers)"):
        send(course)


def test_another_key_is_not_let_in(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    (course.folder / ".chainrule/lti/key.pem").rename(course.folder / "old.pem")
    kept = platform.public_key
    configure(course, platform)
    platform.public_key = kept
    with pytest.raises(LtiError, match=r"invalid_client.*public key that `chainrule lti key` shows"):
        send(course)


def test_the_deployment_is_told_where_it_is_configured(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    platform.deployment = "d-1"
    with pytest.raises(LtiError, match="gives no token"):
        send(course)
    configure(course, platform, 'deployment = "d-1"')
    assert outcomes(send(course)) == {"ada": Outcome.SENT}


def test_a_redirection_is_not_followed(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    with lti_platform.running() as elsewhere:
        platform.faults = [(307, {"Location": f"{elsewhere.address}/lineitems/1/lineitem/scores"}, {})]
        found = send(course)
        assert outcomes(found) == {"ada": Outcome.REFUSED}
        assert "sends elsewhere" in reason(found)
        assert elsewhere.asked == []


def test_an_endless_answer_is_not_read(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    platform.faults = [(200, {}, b"x" * (web.LARGEST_ANSWER + 1))]
    assert outcomes(send(course)) == {"ada": Outcome.LATER}


@pytest.mark.parametrize("said", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "silent"])
def test_an_answer_that_is_none_is_not_taken_for_one(
    course: Course, platform: Platform, said: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded(course, {"ada": 2.0})
    monkeypatch.setattr(web, "SECONDS", lti_platform.SILENCE / 3 if said == "silent" else web.SECONDS)
    platform.faults = [said]
    found = send(course)
    assert outcomes(found) == {"ada": Outcome.LATER}
    assert "could not be asked" in reason(found)


def test_a_token_is_kept_until_shortly_before_its_end(course: Course, platform: Platform) -> None:
    now = 0.0
    found = settings.read(course.folder)
    tokens = Tokens(found, keys.read(course.folder, found), lambda: now)
    platform.expires_in = 3600.0
    with closing(web.Web()) as client:
        first = tokens.get(client, f"{AGS}score")
        now = 3569.0
        assert tokens.get(client, f"{AGS}score") == first
        now = 3571.0
        assert tokens.get(client, f"{AGS}score") != first
    assert platform.tokens_asked() == 2


def test_a_line_item_is_made_once(course: Course, platform: Platform) -> None:
    lti_course.add_assignment(course, "week2")
    # Of another tool's: another page, and nothing of ours.
    platform.line_items = [{"label": "Quiz", "scoreMaximum": 1, "id": f"{platform.address}/lineitems/9/lineitem"}]
    configure(course, platform, assignments='[assignments.week2]\nlabel = "Week 2"\n')
    graded(course, {"ada": 2.0}, "week2")
    platform.faults = [LOST_AFTER]
    assert outcomes(send(course)) == {"ada": Outcome.LATER}
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert [one["label"] for one in platform.line_items] == ["Quiz", "Week 2"]
    assert platform.line_items[1]["scoreMaximum"] == MOST
    asked = platform.asked.count("GET /lineitems")
    graded(course, {"ada": 1.0}, "week2")
    send(course)
    assert platform.asked.count("GET /lineitems") == asked
    assert platform.taken[-1]["line_item"] == "/lineitems/3/lineitem/scores"


def test_a_line_item_that_somebody_renamed_there_is_found_without_the_outbox(
    course: Course, platform: Platform
) -> None:
    configure(course, platform, assignments=f'[assignments.{NAME}]\nlabel = "Week 1"\n')
    graded(course, {"ada": 2.0})
    send(course)
    platform.line_items[0]["label"] = "First week"
    (course.folder / outbox.FILE).unlink()
    send(course)
    assert len(platform.line_items) == 1
    assert {score["line_item"] for score in platform.taken} == {"/lineitems/2/lineitem/scores"}


def test_a_line_item_without_an_address_is_not_asked(course: Course, platform: Platform) -> None:
    configure(course, platform, assignments=f'[assignments.{NAME}]\nlabel = "Week 1"\n')
    graded(course, {"ada": 2.0})
    platform.made_as = ""
    with pytest.raises(LtiError, match="no address"):
        send(course)
    assert platform.taken == []


def test_a_line_item_on_another_host_is_not_asked(course: Course, platform: Platform) -> None:
    configure(course, platform, assignments=f'[assignments.{NAME}]\nlabel = "Week 1"\n')
    graded(course, {"ada": 2.0})
    with lti_platform.running() as elsewhere:
        platform.made_as = f"{elsewhere.address}/lineitems/1/lineitem"
        with pytest.raises(LtiError, match="on another host"):
            send(course)
        assert elsewhere.asked == []


def test_another_line_item_gets_all_scores(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    send(course)
    other = f'[assignments.{NAME}]\nline-item = "{platform.address}/lineitems/8/lineitem"\n'
    configure(course, platform, assignments=other)
    assert outcomes(send(course)) == {"ada": Outcome.SENT}
    assert [score["line_item"] for score in platform.taken] == [
        "/lineitems/1/lineitem/scores",
        "/lineitems/8/lineitem/scores",
    ]


def test_a_plan_asks_nobody(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0, "bob": 1.0})
    assert set(outcomes(plan(course)).values()) == {Outcome.TO_SEND}
    assert platform.asked == []
    platform.faults = [(404, {}, {}), (503, {}, {})]
    send(course)
    assert outcomes(plan(course)) == {"ada": Outcome.REFUSED, "bob": Outcome.LATER}


def test_two_do_not_send_at_once(course: Course, platform: Platform) -> None:
    graded(course, {"ada": 2.0})
    with alone(course.folder), pytest.raises(CourseError, match="Another process sends"):
        send(course)
    assert platform.taken == []


def test_the_command(course: Course, platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    graded(course, {"ada": 2.0})
    here = ["--course", str(course.folder)]
    assert cli.main(["lti", "send", "--dry-run", *here]) == 0
    assert "week1: 1 to send" in capsys.readouterr().out
    assert platform.taken == []
    assert cli.main(["lti", "send", NAME, "--json", *here]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"sent": 1}
    platform.faults = [(400, {}, {"error": "closed"})]
    graded(course, {"ada": 3.0})
    assert cli.main(["lti", "send", *here]) == 1
    assert "refused: ada." in capsys.readouterr().out
    assert cli.main(["lti", "status", *here]) == 1
    assert "closed" in capsys.readouterr().out
    assert cli.main(["lti", "send", "week9", *here]) == 2
    assert "[assignments.week9]" in " ".join(capsys.readouterr().err.split())


def test_without_settings_the_service_asks_nobody(course: Course, platform: Platform) -> None:
    (course.folder / "lti.toml").unlink()
    graded(course, {"ada": 2.0})
    assert after_grading(course).pause == LOOK
    assert platform.asked == []
