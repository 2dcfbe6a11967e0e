"""A real relay between both ends, the recipes for it, and what doctor says of it."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time

import pytest
import yaml
from aioice.ice import get_host_addresses
from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
)
from live import free_port
from material import ROOT
from relaying import COTURN, SECRET, running_coturn, running_relay

from proctoring.api import ice as route
from proctoring.api.check_in_path import Paths
from proctoring.cli import doctor
from proctoring.cli.turn import ask, turn_servers
from proctoring.live.ice import credentials, ice_servers
from proctoring.live.ways import DIRECT, RELAY, way_of_connection
from proctoring.settings import Settings

WITHIN_S = 60
OWN = {"username": "ada", "credential": "lovelace"}
needs_coturn = pytest.mark.skipif(not COTURN, reason="coturn is not installed")


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    with running_relay(tmp_path_factory.mktemp("relay")) as relay:
        yield relay


def settings_of(relay, *transports):
    names = {"ICE_SERVERS", "TURN_SECRET"}
    values = relay.environment(*transports)
    assert {name.removeprefix("OPENPROCTOR_") for name in values} == names
    return Settings.read(values)


def ends(settings, policy):
    """What makes an end's configuration, with credentials of its own."""

    def make():
        servers = [RTCIceServer(**one) for one in ice_servers(settings, "end", time.time())]
        return RTCConfiguration(servers, iceTransportPolicy=policy)

    return make


@needs_coturn
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_with_relays_alone_on_both_sides_there_is_a_way_and_it_is_told(relay, transport):
    make = ends(settings_of(relay, transport), RTCIceTransportPolicy.RELAY)
    assert asyncio.run(there_and_back(make, make)) == (RELAY, RELAY)


@needs_coturn
def test_where_only_the_browser_is_behind_a_wall_the_relay_still_shows(relay):
    """The path test's own server end takes whatever way the TURN server allows."""
    settings = settings_of(relay, "udp", "tcp")
    browser = ends(settings, RTCIceTransportPolicy.RELAY)
    server = ends(settings, RTCIceTransportPolicy.ALL)
    assert asyncio.run(there_and_back(browser, server)) == (RELAY, RELAY)


def test_in_one_network_the_way_is_direct():
    assert asyncio.run(there_and_back(route.alone, route.alone)) == (DIRECT, DIRECT)


async def there_and_back(make_browser, make_server):
    """The ways as both ends see them, once a data channel has echoed."""
    paths, browser = Paths(make_server), RTCPeerConnection(make_browser())
    channel, came = browser.createDataChannel("path"), asyncio.Event()
    channel.on("open", lambda: channel.send("there and back"))
    channel.on("message", lambda text: text == "there and back" and came.set())
    try:
        await browser.setLocalDescription(await browser.createOffer())
        answer = await paths.answer("ada", browser.localDescription.sdp)
        await browser.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await asyncio.wait_for(came.wait(), WITHIN_S)
        return way_of_connection(browser), way_of_connection(paths._open["ada"][0])
    finally:
        await paths.close("ada")
        await browser.close()


@needs_coturn
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_expired_credential_a_wrong_one_and_a_forged_one_are_refused(relay, transport):
    now = int(time.time())
    name, password = credentials(SECRET, "ada", now + 60)
    assert ask(relay.url(transport), {"username": name, "credential": password}).relayed
    expired = credentials(SECRET, "ada", now - 60)
    wrong = credentials("another secret", "ada", now + 60)
    forged = (f"{now + 9000}:ada", password)  # prolonged by whoever has it
    for username, credential in (expired, wrong, forged):
        asked = ask(relay.url(transport), {"username": username, "credential": credential})
        assert (asked.relayed, asked.problem) == ("", "it refuses the credentials")


def recipe_of_docs(relay_host: str) -> str:
    """The settings of docs/operator.md, with what each host has for itself."""
    text = (ROOT / "docs" / "operator.md").read_text()
    found = re.search(r"```\n( *listening-port=.*?)```", text, re.DOTALL)
    assert found
    changes = (
        (r"static-auth-secret=.*", f"static-auth-secret={SECRET}"),
        (r"(tls-)?listening-port=.*|cert=.*|pkey=.*", ""),
        (r"allowed-peer-ip=203.*", "allowed-peer-ip=127.0.0.1"),
        (r"allowed-peer-ip=10.*", f"allowed-peer-ip={relay_host}"),
    )
    recipe = re.sub(r"^ +", "", found[1], flags=re.MULTILINE)
    for pattern, own in changes:
        recipe, count = re.subn(rf"^({pattern})$", own, recipe, flags=re.MULTILINE)
        assert count, pattern
    return recipe


def options_of_compose() -> list[str]:
    compose = yaml.safe_load((ROOT / "docs" / "deploy" / "compose.yaml").read_text())
    values = {"DOMAIN": "localhost", "TURN_SECRET": SECRET, "PUBLIC_IP": "127.0.0.1"}
    options: list[str] = compose["services"]["turn"]["command"]
    return [re.sub(r"\$\{(\w+)\}", lambda name: values[name[1]], option) for option in options]


@needs_coturn
@pytest.mark.parametrize("recipe", ["docs/operator.md", "docs/deploy/compose.yaml"])
def test_coturn_understands_the_recipes_and_relays_between_its_own_relays(recipe, tmp_path):
    if recipe.endswith(".md"):
        (tmp_path / "conf").write_text(recipe_of_docs("192.0.2.1"))
        options = ["-c", str(tmp_path / "conf")]
    else:
        options = ["-n", *options_of_compose()]
    with running_coturn(tmp_path / "relay", *options) as relay:
        make = ends(settings_of(relay, "udp"), RTCIceTransportPolicy.RELAY)
        assert asyncio.run(there_and_back(make, make)) == (RELAY, RELAY)
        expired = credentials(SECRET, "ada", int(time.time()) - 60)
        asked = ask(relay.url(), dict(zip(("username", "credential"), expired, strict=True)))
        assert asked.problem == "it refuses the credentials"
        assert not re.search(r"bad configuration|unknown|unrecognized", relay.said(), re.I)


@needs_coturn
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_over_tls_it_relays_where_the_certificate_is_trusted_and_says_so_where_not(
    tmp_path, monkeypatch
):
    host = next(iter(get_host_addresses(use_ipv4=True, use_ipv6=False)), "127.0.0.1")
    key, chain, port = tmp_path / "privkey.pem", tmp_path / "fullchain.pem", free_port()
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}"]
    make += ["-addext", f"subjectAltName=IP:{host}", "-keyout", key, "-out", chain]
    subprocess.run(make, check=True, capture_output=True)
    options = [f"--tls-listening-port={port}", f"--cert={chain}", f"--pkey={key}"]
    shared = [
        "-n",
        "--no-cli",
        "--use-auth-secret",
        f"--static-auth-secret={SECRET}",
        "--realm=exams.example",
    ]
    with running_coturn(tmp_path / "relay", *shared, *options):
        url = f"turns:{host}:{port}?transport=tcp"
        settings = Settings(ice_servers=({"urls": [url]},), turn_secret=SECRET)
        (asked,) = turn_servers(settings)
        assert asked.problem.startswith("TLS fails")
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        (asked,) = turn_servers(settings)
        assert asked.relayed, asked
        alone = ends(settings, RTCIceTransportPolicy.RELAY)
        assert asyncio.run(there_and_back(alone, alone)) == (RELAY, RELAY)


# --- doctor --------------------------------------------------------------------------------


@needs_coturn
def test_doctor_says_of_each_address_whether_it_relays(relay):
    udp, tcp = turn_servers(settings_of(relay, "udp", "tcp"))
    assert udp.relayed
    assert tcp.relayed
    assert not udp.problem + udp.cure + tcp.problem + tcp.cure


@needs_coturn
def test_doctor_tells_another_secret_and_what_to_do(relay, monkeypatch, tmp_path, capsys):
    for name, value in relay.environment("udp").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENPROCTOR_TURN_SECRET", "of another server")
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))
    (check,) = [one for one in doctor._settings() if one.name.startswith("turn:")]
    assert not check.is_ok
    assert check.detail == "it refuses the credentials"
    assert "use-auth-secret" in check.mend
    assert "of another server" not in repr(check)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("turn:nowhere.invalid", "its name is not known"),
        ("turn:127.0.0.1:{closed}?transport=tcp", "cannot be reached"),
        ("turns:127.0.0.1:{closed}", "cannot be reached"),
    ],
)
def test_doctor_says_why_there_is_no_answer(url, says):
    asked = ask(url.format(closed=free_port()), OWN)
    assert says in asked.problem
    assert asked.cure
