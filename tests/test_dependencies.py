"""What we lean on in the libraries, and what we work around: a new version that differs says so here, by itself.

Most of what they get wrong has its test where our own code stands against it (test_http, test_bluesky_http, test_store,
test_mastodon); here are the facts behind it, each with where it matters.
"""

import ast
import inspect
import threading
import time
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from atproto import Client, Request, Session
from mastodon import Mastodon
from mastodon.errors import MastodonAPIError, MastodonError, MastodonNetworkError, MastodonRatelimitError
from packaging.requirements import Requirement
from test_http import OK, answer, peer
from tinydb import TinyDB
from tinydb.storages import JSONStorage, MemoryStorage
from tinydb.table import Document, Table

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if "==" in line
)
WANTED = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]


def folded(name):
    return name.lower().replace("_", "-").replace(".", "-")


# -- pins and ranges ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", WANTED)
def test_what_development_is_pinned_to_is_within_the_range_that_owners_get(wanted):
    requirement = Requirement(wanted)
    pins = {folded(name): pin for name, pin in PINS.items()}
    assert requirement.specifier.contains(pins[folded(requirement.name)], prereleases=True)


def test_every_dependency_of_the_program_has_a_lower_bound_and_a_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for wanted in PROJECT["project"]["dependencies"]:
        assert str(Requirement(wanted).specifier), wanted
        assert any(f'"{wanted}"' in line and "#" in line for line in text.splitlines()), wanted


# -- TinyDB: store.py --------------------------------------------------------------------------------------------------


def test_tinydb_still_hands_out_what_it_holds_and_merges_fields():
    """Why rows are decoded at the door, and put by the storage."""
    database = TinyDB(storage=MemoryStorage)
    database.insert({"inner": [1], "old": True})
    database.all()[0]["inner"].append(2)
    assert database.all()[0]["inner"] == [1, 2]
    database.upsert(Document({"inner": []}, doc_id=1))
    assert database.all()[0]["old"], "upsert never drops a field"


def test_tinydb_takes_words_for_ids_and_no_cache():
    table = Table(MemoryStorage(), "t", cache_size=0)
    table.document_id_class = str
    table.insert(Document({"value": 1}, doc_id="fake:p1"))
    assert table.get(doc_id="fake:p1")["value"] == 1
    table.remove(doc_ids=["nobody"])  # used to raise


def test_tinydbs_own_storage_still_writes_in_place(tmp_path):
    """Why the storage is ours: whoever reads, or dies, in between finds half a file."""
    path = tmp_path / "x.json"
    database = TinyDB(path)
    before = path.stat().st_ino
    database.insert({"a": 1})
    assert path.stat().st_ino == before
    assert "truncate" in inspect.getsource(JSONStorage.write)


# -- APScheduler: __main__.py ------------------------------------------------------------------------------------------


@pytest.fixture
def scheduler():
    made = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    made.start()
    yield made
    made.shutdown(wait=True)


def test_a_tick_that_is_late_is_not_dropped(scheduler):
    """Its default drops what is a second late: a digest that is due while the one before still reads."""
    came = threading.Event()
    scheduler.add_job(lambda: time.sleep(0.3), "date")
    scheduler.add_job(came.set, "date", run_date=datetime.now(UTC) - timedelta(hours=1))
    assert came.wait(5)


def test_a_job_that_wants_to_end_the_process_does_not(scheduler):
    """Why a state that cannot be written sets an event, and the main thread ends the process."""
    came = threading.Event()

    def ends():
        raise SystemExit(1)

    scheduler.add_job(ends, "date")
    scheduler.add_job(came.set, "date", run_date=datetime.now(UTC) + timedelta(seconds=0.3))
    assert came.wait(5)


# -- Mastodon.py: mastodon_api.py --------------------------------------------------------------------------------------


def test_errors_of_mastodon_py_are_what_our_translation_takes_them_for():
    assert issubclass(MastodonNetworkError, OSError), "why errors of the disk are caught close to the disk"
    assert not issubclass(MastodonRatelimitError, MastodonAPIError)
    assert issubclass(MastodonRatelimitError, MastodonError)
    with peer(*answer(b'{"error": "no"}', status="422 No", Content_Length=15, Content_Type="application/json")) as home:
        sdk = Mastodon(api_base_url=home.url, access_token="t", ratelimit_method="throw", version_check_mode="none")
        with pytest.raises(MastodonAPIError) as raised:
            sdk.account_verify_credentials()
    assert raised.value.args[1] == 422


def test_a_token_given_to_the_constructor_is_still_looked_for_as_a_file(tmp_path):
    """Why it is set afterwards."""
    (tmp_path / "token").write_text("another\nhttps://a.example\n")
    sdk = Mastodon(api_base_url="https://a.example", access_token=str(tmp_path / "token"), version_check_mode="none")
    assert sdk.access_token == "another"


def test_nothing_is_called_that_asks_for_the_servers_version():
    """`instance()` and its kin recurse a thousand requests deep where a server does not tell."""
    stormy = {"instance", "instance_v1", "search", "search_v2", "notifications_dismiss", "retrieve_mastodon_version"}
    stormy |= {"status_card", "log_in", "notifications", "verify_minimum_version"}
    for path in (ROOT / "bot" / "networks").glob("mastodon*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "sdk" in ast.unparse(node.func)
        }
        assert not called & stormy


# -- atproto and httpx: bluesky_api.py, bluesky_http.py ----------------------------------------------------------------


def test_the_sdk_still_follows_redirects_and_takes_what_we_hand_to_its_client():
    """Why there is a door; without these ways in there would be none."""
    request = Request(event_hooks={"request": [], "response": []}, headers={}, timeout=httpx.Timeout(1))
    assert request._client.follow_redirects
    assert "ignore_session_check" in inspect.getsource(Client._invoke)
    request.close()


def test_the_sdk_goes_wherever_a_session_names_as_home():
    """Why the door is told the home, and looks at it first."""
    client = Client(base_url="https://entrance.example")
    head = "eyJhbGciOiJIUzI1NiJ9.eyJzY29wZSI6ImEifQ.x"
    string = Session("a.example", "did:plc:a", head, head, "http://anywhere.example").export()
    client.login(session_string=string, fetch_bsky_profile=False)
    assert client._base_url == "http://anywhere.example/xrpc"
    assert Session.decode(string).pds_endpoint == "http://anywhere.example"


def test_a_hook_of_httpx_sees_an_answer_before_it_is_read_and_a_body_handed_in_is_kept():
    def take_in(response):
        response._content = b"ours"

    with peer(OK) as home, httpx.Client(event_hooks={"response": [take_in]}) as client:
        assert client.get(home.url).content == b"ours"


def test_the_versions_that_were_looked_at_are_the_ones_that_run():
    """Before 1.0 every release of this one may change anything."""
    assert version("atproto").startswith("0.0.73")
    assert version("APScheduler").startswith("3.")
    assert version("tinydb").startswith("4.")
