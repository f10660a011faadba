"""`lti.toml`, `lti_users.csv` and the tool's key: bad input is one sentence, before anything is sent."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chainrule import cli
from chainrule.lti import keys, settings, users
from chainrule.lti.addresses import beneath, require_same_host
from chainrule.lti.failures import LtiError
from chainrule.lti.settings import Settings
from chainrule.lti.web import LONGEST_PAUSE, _pause
from submissions import ROOT

WHOLE = """issuer = "https://lms.example.org"
client-id = "tool"
token-url = "https://lms.example.org/token"
lineitems = "https://lms.example.org/lineitems"
[assignments.xor]
line-item = "https://lms.example.org/lineitems/4/lineitem?type_id=2"
[assignments.mlp]
label = "An MLP"
"""


def written(folder: Path, text: str, name: str = settings.FILE, mode: int = 0o600) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def test_settings_that_are_in_order(tmp_path: Path) -> None:
    written(tmp_path, WHOLE)
    found = settings.read(tmp_path)
    assert found.assignments["mlp"].label == "An MLP"
    assert found.key == ".chainrule/lti/key.pem"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://lms.example.org/token", "http://lms.example.org/token", "by https alone"),
        ("https://lms.example.org/token", "http://127.0.0.1.example.org/token", "by https alone"),
        ("https://lms.example.org/token", "http://localhost/token", "by https alone"),
        ("https://lms.example.org/token", "file:///etc/passwd", "no address"),
        ("https://lms.example.org/token", "https://me:secret@lms.example.org/token", "no address"),
        ("https://lms.example.org/token", "https://lms.example.org/a b", "no address"),
        ("https://lms.example.org/token", "https://lms.example.org:99999/", "no address"),
        ("https://lms.example.org/token", "https://[lms/", "no address"),
        ("https://lms.example.org/lineitems/4", "ftp://lms.example.org/4", "by https alone"),
        ('client-id = "tool"', 'client-id = ""', "client-id is empty"),
        ('client-id = "tool"', "client-id = 3", "Expected `str`"),
        ('client-id = "tool"\n', "", "client-id"),
        ('client-id = "tool"', 'client-ids = "tool"', "client-id"),
        ('label = "An MLP"', "", "either line-item"),
        ('label = "An MLP"', 'label = "a"\nline-item = "https://lms.example.org/5"', "either line-item"),
        ('lineitems = "https://lms.example.org/lineitems"\n', "", "lacks"),
        ('label = "An MLP"', 'line-item = "https://lms.example.org/lineitems/4/lineitem?type_id=2"', "two assignments"),
        ('client-id = "tool"', 'client-id = "tool"\nuser-id = "u"', "the same for everybody"),
        ("[assignments.xor]", "[assignments.xor", "lti.toml"),
    ],
)
def test_settings_that_are_not(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    written(tmp_path, WHOLE.replace(old, new, 1))
    with pytest.raises(LtiError) as problem:
        settings.read(tmp_path)
    assert said in str(problem.value)
    assert settings.FILE in str(problem.value)
    assert "\n" not in str(problem.value)


def test_the_settings_in_the_documentation_are_in_order(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    (block,) = (part for part in text.split("```toml\n")[1:] if part.startswith("issuer"))
    lines = block.partition("```")[0].splitlines()
    written(tmp_path, "\n".join(line.removeprefix("# ") for line in lines))
    found = settings.read(tmp_path)
    assert {*found.assignments} == {"numpy_mlp", "xor"}
    assert users.read(tmp_path, found).id_of("ada") == "ada"


def test_no_settings_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LtiError, match="so scores go nowhere"):
        settings.read(tmp_path)


@pytest.mark.parametrize("name", [settings.FILE, users.FILE])
def test_a_file_that_others_may_write_says_nothing(tmp_path: Path, name: str) -> None:
    written(tmp_path, WHOLE)
    written(tmp_path, "user,user_id\n", users.FILE)
    (tmp_path / name).chmod(0o666)
    with pytest.raises(LtiError, match=rf"Others may write .*{name} \(mode 666\): chmod go-w"):
        users.read(tmp_path, settings.read(tmp_path))


def test_users_are_read_and_an_empty_id_is_one(tmp_path: Path) -> None:
    written(tmp_path, '\ufeffuser, user_id\nada,a-1\n"o\'neill",b-2\ntest,\n\n', users.FILE)
    user_id_of = users.read(tmp_path, settings.NONE).id_of
    assert [user_id_of(name) for name in ("ada", "o'neill", "test", "eve")] == ["a-1", "b-2", "", None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("ada,1\n", "first line"),
        ("user,user_id\nada\n", "row 2"),
        ("user,user_id\n,1\n", "row 2"),
        (f"user,user_id\nada,{'1' * 256}\n", "row 2"),
        ('user,user_id\n"ada,1\n', "no table"),
    ],
)
def test_users_that_are_not_in_order(tmp_path: Path, text: str, said: str) -> None:
    written(tmp_path, text, users.FILE)
    with pytest.raises(LtiError) as problem:
        users.read(tmp_path, settings.NONE)
    assert said in str(problem.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [("eve,2\neve,3\n", "more than one id"), ("eve,2\neva,2\n", "the same id for eva, eve"), ("eve,1\n", "ada, eve")],
)
def test_who_is_not_certain_gets_nobodys_points_and_keeps_nobody_back(tmp_path: Path, rows: str, said: str) -> None:
    written(tmp_path, f"user,user_id\nada,1\n{rows}bob,7\nbob,7\n", users.FILE)
    found = users.read(tmp_path, settings.NONE)
    assert found.id_of("eve") is None
    assert said in found.problem("eve")
    assert found.id_of("bob") == "7"
    assert found.id_of("ada") == (None if "ada" in said else "1")


def test_where_the_hubs_names_are_the_ids_no_table_is_needed(tmp_path: Path) -> None:
    found = Settings("", "", "", {}, user_id="{user}@example.org")
    assert users.read(tmp_path, found).id_of("ada") == "ada@example.org"


def test_a_key_is_made_once_for_the_course_alone_and_its_public_half_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nbgrader_config.py").touch()
    assert cli.main(["lti", "key", "--json", "--course", str(tmp_path)]) == 0
    first = json.loads(capsys.readouterr().out)
    file = tmp_path / settings.KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {*first} == {"e", "kty", "n", "kid", "alg", "use"}
    token = jwt.encode({"a": 1}, file.read_text(), "RS256")
    assert jwt.decode(token, jwt.PyJWK(first).key, ["RS256"]) == {"a": 1}
    assert cli.main(["lti", "key", "--course", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert json.loads(said[said.index("{") :]) == first
    assert "BEGIN PUBLIC KEY" in said
    assert "PRIVATE" not in said


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    keys.make(tmp_path / settings.KEY)
    (tmp_path / settings.KEY).chmod(mode)
    with pytest.raises(LtiError, match=f"Others may read .*mode {mode:o}.*chmod 600"):
        keys.read(tmp_path, settings.NONE)


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(keys.PEM, serialization.PrivateFormat.PKCS8, hidden).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
        (pem(rsa.generate_private_key(65537, 2048), b"secret"), "no private key"),
        (pem(rsa.generate_private_key(65537, 1024)), "no RSA key of 2048 bits"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
    ],
    ids=["empty", "damaged", "with a password", "short", "of another kind"],
)
def test_a_key_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    written(tmp_path, text, str(settings.KEY))
    with pytest.raises(LtiError, match=said):
        keys.read(tmp_path, settings.NONE)


def test_no_key_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(LtiError, match="`chainrule lti key` makes it"):
        keys.read(tmp_path, settings.NONE)


def test_scores_go_before_the_query_of_a_line_item() -> None:
    assert beneath("https://a/b/lineitem?type_id=1", "scores") == "https://a/b/lineitem/scores?type_id=1"
    assert beneath("https://a/b/4/", "results", user_id="a&b=c/d") == "https://a/b/4/results?user_id=a%26b%3Dc%2Fd"


@pytest.mark.parametrize(
    "url", ["https://b/x", "http://a/x", "https://a:444/x", "//b/x", "https://a@b/x", "javascript:x", "https://a.b/x"]
)
def test_what_the_platform_names_elsewhere_is_not_asked(url: str) -> None:
    with pytest.raises(LtiError):
        require_same_host(url, "https://a/lineitems", "The line item")


@pytest.mark.parametrize("url", ["https://a/x", "/x", "x", "https://A:443/x"])
def test_what_it_names_on_its_own_host_is(url: str) -> None:
    assert require_same_host(url, "https://a/lineitems", "The line item").lower().endswith("/x")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[("120", 120), ("0", 0), ("99999999", LONGEST_PAUSE), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
        *[(text, None) for text in (None, "", "soon", "-3", "²", "Wed, 99 Oct 2015 07:28:00 GMT")],
    ],
)
def test_how_long_a_platform_asks_to_wait(text: str | None, seconds: float | None) -> None:
    assert _pause(text) == seconds
