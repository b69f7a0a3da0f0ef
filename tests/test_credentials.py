"""A secret comes from where the config says, whole; and is in nothing that anybody reads."""

import pytest
from pydantic import ValidationError

from bot.credentials import resolve, secret_fields
from bot.networks.http import server_address
from bot.networks.mastodon import Settings

TOKEN = "s3cret-Tok3n_of+rosa=="


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where a secret is put, and how the config names that place."""

    def put(kind, content):
        data = content if isinstance(content, bytes) else content.encode()
        if kind == "env":
            monkeypatch.setenv("UNDERHEARD_TOKEN", content)
            return "env:UNDERHEARD_TOKEN"
        (tmp_path / "token").write_bytes(data)
        if kind == "file":
            return f"file:{tmp_path / 'token'}"
        if kind == "home":
            monkeypatch.setenv("HOME", str(tmp_path))
            return "file:~/token"
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        return "credential:token"

    return put


every_place = pytest.mark.parametrize("kind", ["env", "file", "home", "credential"])


@every_place
@pytest.mark.parametrize("content", [TOKEN, f"{TOKEN}\n", f"{TOKEN}\r\n", f"\n  {TOKEN}\t\n\n"])
def test_a_secret_is_read_without_the_space_around_it(place, kind, content):
    assert resolve(place(kind, content)).get_secret_value() == TOKEN


@every_place
@pytest.mark.parametrize("content", ["", " ", "\n\n"])
def test_an_empty_place_is_said_to_be_empty(place, kind, content):
    with pytest.raises(ValueError, match=r"is empty|has no UNDERHEARD_TOKEN"):
        resolve(place(kind, content))


@pytest.mark.parametrize("kind", ["file", "home", "credential"])
def test_the_mark_that_some_editors_put_first_is_no_part_of_it(place, kind):
    assert resolve(place(kind, f"\ufeff{TOKEN}\n")).get_secret_value() == TOKEN


@every_place
@pytest.mark.parametrize("content", [f"{TOKEN}\n# for the bot", f"{TOKEN}\x07", f"{TOKEN}\r\n{TOKEN}"])
def test_more_than_a_secret_is_refused_without_a_word_of_it(place, kind, content):
    """A line end in it would be a broken request, and the error would quote it."""
    with pytest.raises(ValueError, match="more than one line") as raised:
        resolve(place(kind, content))
    assert TOKEN not in str(raised.value)


def test_a_password_may_hold_spaces_and_letters_of_any_script(place):
    assert resolve(place("file", "correct horse ñandú 馬\n")).get_secret_value() == "correct horse ñandú 馬"


@pytest.mark.parametrize(
    "named",
    ["env:UNDERHEARD_NOT_SET", "file:/nowhere/token", "file:/", "file:~nobody-of-that-name/token", "file:a\x00b"],
)
def test_a_place_that_is_not_there_is_named(named, monkeypatch):
    monkeypatch.delenv("UNDERHEARD_NOT_SET", raising=False)
    with pytest.raises(ValueError, match=r"cannot be read|has no UNDERHEARD_NOT_SET"):
        resolve(named)


def test_a_credential_needs_a_service_manager(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ValueError, match="needs a service manager"):
        resolve("credential:token")


def test_bytes_that_are_no_text_are_no_secret(place):
    with pytest.raises(ValueError, match="not text"):
        resolve(place("file", b"\xff\xfe\x00"))


@pytest.mark.parametrize(
    "named", [TOKEN, "", "env:", "file:", "credential:", "keyring:x", None, 5, ["env:X"], {}, True]
)
def test_what_names_no_place_is_refused_and_not_repeated(named):
    """Somebody may have pasted the secret itself."""
    with pytest.raises(ValueError, match="say where the secret is") as raised:
        resolve(named)
    assert TOKEN not in str(raised.value)


@every_place
def test_settings_do_not_show_their_secrets(place, kind):
    settings = Settings(server="https://home.example", token=place(kind, TOKEN))
    assert settings.token.get_secret_value() == TOKEN
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.token), f"{settings.token}"):
        assert TOKEN not in shown


def test_a_secret_pasted_into_the_settings_is_not_in_the_error():
    with pytest.raises(ValidationError) as raised:
        Settings(server="https://home.example", token=TOKEN)
    assert TOKEN not in str(raised.value)
    assert TOKEN not in repr(raised.value)


def test_the_fields_that_hold_secrets_are_known():
    assert secret_fields(Settings) == {"token", "bot_token"}


# -- and over which way it travels ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://home.example", "https://home.example"),
        ("https://home.example/", "https://home.example"),
        (" https://home.example ", "https://home.example"),
        ("HTTPS://home.example", "https://home.example"),
        ("https://home.example:8443", "https://home.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_server_is_named_by_its_address(written, meant):
    assert server_address(written) == meant


@pytest.mark.parametrize(
    "written", ["http://home.example", "http://127.0.0.1.evil.example", "http://localhost.example"]
)
def test_a_key_never_travels_in_the_clear(written):
    with pytest.raises(ValueError, match="in the clear"):
        server_address(written)


@pytest.mark.parametrize(
    "written",
    [
        "home.example",
        "",
        "https://",
        "ftp://home.example",
        "https://home.example/@rosa",
        "https://home.example/?x=1",
        "https://home.example/#x",
        "https://rosa:pw@home.example",
        "https://home.example:port",
        "https://[",
    ],
)
def test_what_is_no_address_of_a_server_is_refused(written):
    with pytest.raises(ValueError):
        server_address(written)
