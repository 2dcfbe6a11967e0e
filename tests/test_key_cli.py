"""`key add | list | revoke`."""

import pytest

from proctoring.cli import main
from proctoring.integration.database import Database
from proctoring.integration.keys import KeyRole, Keys


@pytest.fixture
def keys(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))
    return Keys(Database(tmp_path))


def test_a_key_is_printed_once_listed_without_its_secret_and_ended(keys, capsys):
    assert main(["key", "add", "The LMS", "--role", "examiner", "--role", "metrics"]) == 0
    secret = capsys.readouterr().out.strip()
    found = keys.by_secret(secret)
    assert found
    assert found.roles == {KeyRole.EXAMINER, KeyRole.METRICS}
    assert main(["key", "list"]) == 0
    listed = capsys.readouterr().out
    assert "The LMS" in listed
    assert secret not in listed
    assert main(["key", "revoke", found.id]) == 0
    assert keys.by_secret(secret) is None
    assert main(["key", "list"]) == 0
    assert "(ended" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["revoke", "nothing"], ["add", " ", "--role", "metrics"]])
def test_what_cannot_be_done_is_said_in_a_sentence(keys, capsys, arguments):
    assert main(["key", *arguments]) == 2
    assert capsys.readouterr().err.strip().endswith((".", "`."))
