"""A Hub with a course that is graded on submit: system users, one course account, on loopback.

Made for `make hub`, and to be read: what a site needs is marked. CHAINRULE_HUB is the folder that holds the two
environments `student/` and `course/`, the proxy, the exchange and what the Hub itself keeps.
"""

import os
import tomllib
from pathlib import Path

c = get_config()  # noqa: F821

PLACE = Path(os.environ["CHAINRULE_HUB"])
PORT = int(os.environ.get("CHAINRULE_HUB_PORT", "8000"))
# For each course a table: its `account` and its `folder`, its `instructors` and `students`.
COURSES = tomllib.loads((PLACE / "courses.toml").read_text())

c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.command = [str(PLACE / "proxy/node_modules/.bin/configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = str(PLACE / "run/proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{PLACE}/run/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(PLACE / "run/cookie_secret")

# A site: its own authenticator. This one lets everybody in who knows the one password of the demonstration.
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = (PLACE / "run/password").read_text().strip()
c.Authenticator.allowed_users = {
    user for course in COURSES.values() for user in course["instructors"] + course["students"]
}

# Students' servers run in an environment that holds no grader, reference or source.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [str(PLACE / "student/bin/jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.ip = "127.0.0.1"
c.Spawner.environment = {"PATH": f"{PLACE}/student/bin:/usr/local/bin:/usr/bin:/bin"}

# nbgrader's names: `formgrade-COURSE` are the instructors, `nbgrader-COURSE` the students.
c.JupyterHub.load_groups = {
    f"{kind}-{name}": {"users": sorted(course[who])}
    for name, course in COURSES.items()
    for kind, who in (("formgrade", "instructors"), ("nbgrader", "students"))
}

c.JupyterHub.load_roles = [{"name": "server", "scopes": ["inherit"]}]
c.JupyterHub.services = []
for number, (name, course) in enumerate(COURSES.items()):
    instructors, students = f"formgrade-{name}", f"nbgrader-{name}"
    # The service must learn in which groups somebody is: who is no instructor sees no instructor's page.
    grading, formgrader = f"chainrule-{name}", name
    environment = {"PATH": f"{PLACE}/course/bin:/usr/local/bin:/usr/bin:/bin", "HOME": f"/home/{course['account']}"}
    c.JupyterHub.services += [
        {
            "name": grading,
            "url": f"http://127.0.0.1:{PORT + 10 + 2 * number}",
            "command": [str(PLACE / "course/bin/chainrule"), "serve", "--course", course["folder"]],
            "user": course["account"],
            "cwd": course["folder"],
            "environment": environment,
            "oauth_no_confirm": True,
        },
        {
            "name": formgrader,
            "url": f"http://127.0.0.1:{PORT + 11 + 2 * number}",
            "command": [str(PLACE / "course/bin/jupyterhub-singleuser")],
            "user": course["account"],
            "cwd": course["folder"],
            "environment": environment | {"JUPYTERHUB_DEFAULT_URL": "/formgrader"},
            "oauth_no_confirm": True,
        },
    ]
    c.JupyterHub.load_roles += [
        {
            "name": f"submits-{name}",
            "groups": [students, instructors],
            "scopes": [f"access:services!service={grading}"],
        },
        {
            "name": f"grades-{name}",
            "groups": [instructors],
            "scopes": [f"access:services!service={formgrader}", "list:services", f"read:services!service={formgrader}"],
        },
    ]
