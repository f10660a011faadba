"""The service's log: nobody writes lines of his own into it, and nobody who reads it gets in by it."""

import logging

from chainrule.service.log_lines import FORMAT, LONGEST, OneLine


def logged(message: str, *values: object) -> str:
    record = logging.LogRecord("tornado.access", logging.INFO, "", 0, message, values, None)
    return OneLine(FORMAT).format(record)


def test_what_a_request_says_stays_in_its_line() -> None:
    assert "\n" not in logged("refused: %s", "x\n2026-11-22 INFO attempt 1 of bob, graded\r\x1b[2J")


def test_a_line_has_an_end() -> None:
    assert len(logged("%s", "x" * 10**6)) < LONGEST + 200


def test_tokens_in_addresses_are_left_out() -> None:
    line = logged("200 GET %s", "/services/x/oauth_callback?code=AbC123&state=s3cret&_xsrf=2|ff and /x?class=1")
    assert "AbC123" not in line
    assert "s3cret" not in line
    assert "2|ff" not in line
    assert "class=1" in line
