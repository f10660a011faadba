"""Loads a Hub's configuration as the Hub does, in a process of its own, and prints what of it matters as JSON.

`python -P -m chainrule.site.loading jupyterhub_config.py`
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from jupyterhub.app import JupyterHub
from jupyterhub.proxy import ConfigurableHTTPProxy

SERVICE = ("name", "url", "command", "user", "cwd", "admin", "api_token")
ROLE = ("name", "scopes", "users", "groups", "services")


def read(file: str) -> dict[str, Any]:
    """The settings that matter, as plain data; of a service's token only whether there is one."""
    app: Any = JupyterHub()
    app.raise_config_file_errors = True
    app.load_config_file(file)
    proxy = app.proxy_class
    own = issubclass(proxy, ConfigurableHTTPProxy)
    command = proxy(config=app.config).command if own else []
    spawner = app.config.Spawner.get("cmd", []) or app.config.LocalProcessSpawner.get("cmd", [])
    services = [{key: one[key] for key in SERVICE if one.get(key) is not None} for one in app.services]
    return {
        "bind_url": app.bind_url,
        "base_url": app.base_url,
        "hub_bind_url": app.hub_bind_url or "",
        "proxy_command": _words(command),
        "spawner_command": _words(spawner),
        "admins": sorted(map(str, app.config.Authenticator.get("admin_users", ()))),
        "services": [
            {**one, "command": _words(one.get("command", [])), "api_token": bool(one.get("api_token"))}
            for one in services
        ],
        "roles": [
            {key: (one[key] if key == "name" else sorted(map(str, one[key]))) for key in ROLE if one.get(key)}
            for one in app.load_roles
        ],
        "groups": {
            name: sorted(map(str, one.get("users", []) if isinstance(one, dict) else one))
            for name, one in app.load_groups.items()
        },
    }


def _words(command: str | Iterable[Any]) -> list[str]:
    return [command] if isinstance(command, str) else [str(word) for word in command]


def main() -> None:
    """Print it; what goes wrong is one sentence and exit status 1."""
    report = os.fdopen(os.dup(1), "wb")
    # Whatever the configuration prints.
    os.dup2(2, 1)
    try:
        found = read(str(Path(sys.argv[1]).absolute()))
    except (Exception, SystemExit) as ended:  # noqa: BLE001 - a configuration may raise anything
        # traitlets ends the program while it handles what is wrong.
        error = ended.__context__ if isinstance(ended, SystemExit) and ended.__context__ else ended
        raise SystemExit(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
    report.write(msgspec.json.encode(found))
    report.flush()


if __name__ == "__main__":
    main()
