"""Login from a learning platform by LTI 1.3, for `load_subconfig("lti_login.py")` in jupyterhub_config.py.

What a platform must be told, and what it tells, is in deploy/README.md. A site changes PLATFORM, CLIENT_ID, USERS, and
where it is not Moodle the two addresses.
"""

import csv
import os
from pathlib import Path
from typing import Any

c = get_config()  # noqa: F821

PLATFORM = "https://lms.example.org"
CLIENT_ID = "the client id that the platform shows"

USERS = Path(os.environ.get("CHAINRULE_LTI_USERS", "/home/chr_course/nn101/lti_users.csv"))
"""Where `chainrule lti` finds the platform's id of each Hub user."""

ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"

c.JupyterHub.authenticator_class = "ltiauthenticator.lti13.auth.LTI13Authenticator"
c.LTI13Authenticator.issuer = PLATFORM
c.LTI13Authenticator.client_id = {CLIENT_ID}
# As Moodle has them; Canvas has others.
c.LTI13Authenticator.authorize_url = f"{PLATFORM}/mod/lti/auth.php"
c.LTI13Authenticator.jwks_endpoint = f"{PLATFORM}/mod/lti/certs.php"
# A claim that is another for each user, and that no user can change. What is missing in a launch becomes `sub`.
c.LTI13Authenticator.username_key = "sub"
# Whoever the platform launches may in; without this line, nobody but `allowed_users`.
c.LTI13Authenticator.allow_all = True


def note_user(authenticator: Any, handler: Any, auth_model: dict[str, Any]) -> dict[str, Any]:
    """Write down who logs in is who on the platform; the log tells the line items' addresses, for lti.toml."""
    launch = auth_model["auth_state"]
    row = [auth_model["name"], launch["sub"]]
    try:
        is_new = not USERS.exists()
        known = [] if is_new else list(csv.reader(USERS.read_text(encoding="utf-8").splitlines()))
        if row not in known:
            # This runs as the Hub, and the folder is the course's: no link of its account's is followed.
            where = os.open(USERS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            with open(where, "a", newline="", encoding="utf-8") as opened:
                csv.writer(opened, lineterminator="\n").writerows([["user", "user_id"], row] if is_new else [row])
    except (OSError, ValueError, csv.Error) as error:
        # Who may log in may log in; the course's account sees that an id is missing.
        authenticator.log.error("%s could not be written into %s: %s", row, USERS, error)
    authenticator.log.info("Launched with the line items %s", launch.get(ENDPOINT))
    return auth_model


c.Authenticator.post_auth_hook = note_user
