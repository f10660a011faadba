"""A student comes from the platform into a real Hub, with ltiauthenticator; her score finds its way back to her."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, ProxyHandler, build_opener

import jwt
import lti_course
import lti_platform
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from lti_platform import CLIENT, Platform

from chainrule.lti import connection, users
from chainrule.lti.sending import send
from submissions import ROOT

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
PATIENCE = 120.0

CONFIG = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {{}}

load_subconfig({subconfig!r})
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.spawner_class = "simple"
c.LTI13Authenticator.issuer = {platform!r}
c.LTI13Authenticator.client_id = {{{client!r}}}
c.LTI13Authenticator.authorize_url = "{platform}/auth"
c.LTI13Authenticator.jwks_endpoint = "{platform}/certs"
"""


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *words: Any) -> None:
        """A browser that shows where it is sent."""


def free_ports(number: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def hub(folder: Path, platform: Platform, noted: Path) -> Iterator[str]:
    """A Hub with `deploy/jupyterhub/lti_login.py`, asked without a proxy; its address."""
    folder.mkdir()
    port, public = free_ports(2)
    subconfig = str(ROOT / "deploy" / "jupyterhub" / "lti_login.py")
    values = {"subconfig": subconfig, "platform": platform.address, "client": CLIENT, "port": port, "public": public}
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(**values))
    environment = os.environ | {"CHAINRULE_LTI_USERS": str(noted)}
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}/hub"
            end = time.monotonic() + PATIENCE
            while not answers(address):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, (folder / "log").read_text()
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait(PATIENCE)


def answers(address: str) -> bool:
    with suppress(OSError):
        return bool(build_opener(ProxyHandler({})).open(f"{address}/health", timeout=10).status == 200)
    return False


def said(browser: OpenerDirector, url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, where it sends, and page."""
    try:
        answer = browser.open(url, None if form is None else urlencode(form).encode(), timeout=PATIENCE)
    except urllib.error.HTTPError as other:
        answer = other
    with answer:
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()


def launch(address: str, platform: Platform, key: rsa.RSAPrivateKey, sub: str) -> tuple[int, str]:
    """What a browser does that the platform sends to the Hub: status of the end, and the page that is then at home."""
    browser = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()), _Stay())
    target = f"{address}/home"
    first = {"iss": platform.address, "login_hint": "1", "target_link_uri": target, "client_id": CLIENT}
    status, sent_to, page = said(browser, f"{address}/lti13/oauth_login", first)
    assert (status, sent_to.partition("?")[0]) == (302, f"{platform.address}/auth"), page
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent_to).query).items()}
    now = int(time.time())
    token = {
        **{"iss": platform.address, "aud": CLIENT, "sub": sub, "iat": now, "exp": now + 300, "nonce": asked["nonce"]},
        **{f"{LTI}version": "1.3.0", f"{LTI}message_type": "LtiResourceLinkRequest", f"{LTI}deployment_id": "1"},
        **{f"{LTI}target_link_uri": target, f"{LTI}resource_link": {"id": "r"}, f"{LTI}roles": []},
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {"lineitems": f"{platform.address}/lineitems"},
    }
    form = {"state": asked["state"], "id_token": jwt.encode(token, key, "RS256", {"kid": "k"})}
    status, _, _ = said(browser, asked["redirect_uri"], form)
    return status, said(browser, target)[2]


def test_from_the_platform_to_the_hub_and_the_score_back(tmp_path: Path) -> None:
    connection._kept.clear()
    key, forged = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    with lti_platform.running() as platform:
        public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        platform.key_set = {"keys": [{**public, "kid": "k", "alg": "RS256", "use": "sig"}]}
        course = lti_course.make(tmp_path / "course", platform)
        lti_course.graded(course, {"u-42": 2.0})
        noted = course.folder / users.FILE
        noted.unlink()
        with hub(tmp_path / "hub", platform, noted) as address:
            assert said(build_opener(ProxyHandler({})), f"{address}/lti13/config")[0] == 200
            status, page = launch(address, platform, forged, "U-41")
            assert status >= 400
            assert "/hub/logout" not in page
            for _ in range(2):
                status, page = launch(address, platform, key, "U-42")
                assert status == 302
                assert "/hub/logout" in page
        # JupyterHub writes names small; the platform knows her by her `sub`.
        assert noted.read_text() == "user,user_id\nu-42,U-42\n"
        assert "lineitems" in (tmp_path / "hub" / "log").read_text()
        send(course)
        assert json.dumps(platform.column) == '{"U-42": 4.0}'
