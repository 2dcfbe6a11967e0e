"""What a host is given: the image's steps, nginx's, compose's and systemd's files."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "docs" / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


def copied() -> list[str]:
    """What the image takes from the checkout."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if re.match(r"COPY (?!--from)", line)]
    return [source for sources in copies for source in sources]


def test_what_the_image_copies_is_there_and_is_let_through() -> None:
    let_through = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in let_through), source


def test_the_image_has_all_that_the_app_imports() -> None:
    """Nothing of the app's own lies outside of what is copied."""
    own = {"app.py", "pages", "proctoring"}
    assert own <= set(copied())
    for path in [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]:
        assert not re.search(r"^(from|import) (tests|benchmarks|docs)\b", path.read_text(), re.M)


def test_the_image_runs_as_nobody_special_and_keeps_its_data_in_a_volume() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER openproctor$", text, re.M)
    assert "OPENPROCTOR_DATA_DIR=/data" in text
    assert re.search(r"^VOLUME /data$", text, re.M)


def test_compose_names_files_that_exist_and_settings_that_there_are() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    app = compose["services"]["app"]
    assert (DEPLOY / app["build"] / "Dockerfile").exists()
    known = (ROOT / "docs" / "operator.md").read_text()
    assert all(f"`{name}`" in known for name in app["environment"])
    for volume in compose["services"]["nginx"]["volumes"]:
        source = volume.split(":")[0]
        assert source == "./certs" or (DEPLOY / source).exists(), source


def test_the_space_says_which_port_and_kind_it_is() -> None:
    matter = (ROOT / "docs" / "space" / "README.md").read_text().split("---")[1]
    space = yaml.safe_load(matter)
    assert space["sdk"] == "docker"
    assert f"EXPOSE {space['app_port']}" in (ROOT / "Dockerfile").read_text()
    assert len(space["short_description"]) <= 60


@pytest.mark.skipif(not NGINX or not shutil.which("openssl"), reason="nginx is not installed")
def test_nginx_takes_the_template(tmp_path: Path) -> None:
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    key, chain = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    subprocess.run([*openssl, "-keyout", key, "-out", chain], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf.template").read_text()
    text = text.replace("${DOMAIN}", "localhost").replace(
        "http://app:7860", "http://127.0.0.1:7860"
    )
    text = text.replace("/etc/nginx/certs", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; events {{}} http {{ {text} }}")
    found = subprocess.run(
        [str(NGINX), "-t", "-c", whole, "-e", tmp_path / "log"], capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "openproctor.service").read_text()
    unit = re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", unit, flags=re.M)
    unit = unit.replace("WorkingDirectory=/opt/openproctor", "WorkingDirectory=/")
    (tmp_path / "openproctor.service").write_text(unit)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "openproctor.service"],
        capture_output=True,
        text=True,
    )
    ours = [line for line in found.stderr.splitlines() if "openproctor.service" in line]
    assert not ours, ours
