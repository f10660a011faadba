"""The service as a tornado application: which address is answered by what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import Application, StaticFileHandler

from chainrule.service.class_pages import AssignmentPage, ClassPage, Retry, Scores
from chainrule.service.events import Events
from chainrule.service.handlers import Service
from chainrule.service.health import Health, Metrics, Told
from chainrule.service.measures import Measures
from chainrule.service.policy_pages import PolicyForm
from chainrule.service.proposal_pages import Accept, Discard, RegradePage
from chainrule.service.student_pages import FeedbackPage, StudentPage
from chainrule.service.way_in import WayIn
from chainrule.service.way_out import OwnAttempts, Released, ReleasedFile, ReleasedFiles

NAME = r"([A-Za-z0-9_@.-]{1,128})"
NUMBER = r"([0-9]{1,18})"


def make_app(service: Service, **settings: Any) -> Application:
    """All handlers below the service's prefix."""
    prefix, given = service.prefix, {"service": service}
    return Application(
        [
            (prefix, StudentPage, given),
            (f"{prefix}events", Events, given),
            (f"{prefix}attempts/{NUMBER}/feedback", FeedbackPage, given),
            (f"{prefix}submissions/", OwnAttempts, given),
            (f"{prefix}submissions/{NAME}", WayIn, given),
            (f"{prefix}released/", Released, given),
            (f"{prefix}released/{NAME}/", ReleasedFiles, given),
            (f"{prefix}released/{NAME}/(.+)", ReleasedFile, given),
            (f"{prefix}class/", ClassPage, given),
            (f"{prefix}class/{NAME}", AssignmentPage, given),
            (f"{prefix}class/{NAME}/policy", PolicyForm, given),
            (f"{prefix}class/{NAME}/scores.csv", Scores, given),
            (f"{prefix}class/{NAME}/regrade", RegradePage, given),
            (f"{prefix}class/{NAME}/regrade/write", Accept, given),
            (f"{prefix}class/{NAME}/regrade/discard", Discard, given),
            (f"{prefix}attempts/{NUMBER}/retry", Retry, given),
            (f"{prefix}health", Health, given),
            (f"{prefix}metrics", Metrics, {**given, "told": Told(Measures(service.desk))}),
            (f"{prefix}oauth_callback", HubOAuthCallbackHandler),
            (f"{prefix}static/(.*)", StaticFileHandler, {"path": Path(__file__).parent / "static"}),
        ],
        cookie_secret=os.urandom(32),
        sending=set(),
        **settings,
    )
