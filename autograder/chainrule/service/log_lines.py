"""The service's log: a line each, whatever a request says, and nothing in it that lets somebody in."""

from __future__ import annotations

import logging
import re

from chainrule.engine.visible import in_one_line

LONGEST = 2000
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SECRETS = re.compile(r"([?&](?:_xsrf|code|state|token)=)[^&\s]*")


class OneLine(logging.Formatter):
    """What is logged, in one line of bounded length; the traceback of a fault of ours comes below."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's own name
        """Called by `format`."""
        record.message = in_one_line(SECRETS.sub(r"\1…", record.message))[:LONGEST]
        return super().formatMessage(record)


def begin() -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
