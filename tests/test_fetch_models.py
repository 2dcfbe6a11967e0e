"""Models that do not come with the product: fetched, checked, and never needed."""

import threading
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from proctoring.cli import main
from proctoring.perception import fetched
from proctoring.perception.fetched import FETCHABLE, Fetchable, FetchedError, Known
from proctoring.settings import Settings
from tests.material import DATA

FILES = DATA.parent / "models" / "github-only"
needs_files = pytest.mark.skipif(
    not FILES.exists(), reason="the models that may be fetched are not beside the test material"
)
SMALL = b"a small model"
HASH = sha256(SMALL).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def mirror():
    """Serves a folder on loopback and gives its address."""
    servers = []

    def serve(folder):
        handler = partial(Quiet, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder of its own; gives where fetched models lie in it."""
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "models"


@pytest.fixture
def small(monkeypatch):
    """One model that is a few bytes long."""

    def offer(address=""):
        known = (Known("small.onnx", HASH, len(SMALL), address, "made for this test"),)
        model = Fetchable("small", "nothing", "https://example.org/project", "MIT", known)
        monkeypatch.setitem(FETCHABLE, "small", model)

    return offer


def test_the_folder_is_beside_the_database(data, monkeypatch):
    environment = {"OPENPROCTOR_DATA_DIR": str(data.parent)}
    assert fetched.folder() == Settings.read(environment).data_dir / "models" == data
    monkeypatch.delenv("OPENPROCTOR_DATA_DIR")
    assert fetched.folder() == Settings().data_dir / "models"


def test_every_model_names_its_project_licence_and_files():
    for model in FETCHABLE.values():
        assert model.project.startswith("https://")
        assert model.licence == "Apache-2.0"
        assert len({known.sha256 for known in model.known}) == len(model.known)
        assert any(known.address.startswith("https://") for known in model.known)
        assert all(known.made_by and len(known.sha256) == 64 for known in model.known)


def test_the_list_says_what_there_is_and_fetches_nothing(data, capsys):
    assert main(["fetch-models", "--list"]) == 0
    out = capsys.readouterr().out
    for model in FETCHABLE.values():
        assert model.name in out
        assert model.project in out
    assert "absent" in out
    assert not data.exists()


def test_a_model_comes_from_its_address(data, small, mirror, tmp_path, capsys):
    (tmp_path / "small.onnx").write_bytes(SMALL)
    small(mirror(tmp_path) + "/small.onnx")
    assert main(["fetch-models", "small"]) == 0
    assert (data / "small.onnx").read_bytes() == SMALL
    assert "made for this test" in capsys.readouterr().out
    assert main(["fetch-models", "small"]) == 0
    assert "already there" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["folder", "address"])
def test_a_model_comes_from_a_folder_or_a_mirror(kind, data, small, mirror, tmp_path):
    small()
    (tmp_path / "small.onnx").write_bytes(SMALL)
    source = str(tmp_path) if kind == "folder" else mirror(tmp_path) + "/"
    assert main(["fetch-models", "small", "--from", source]) == 0
    assert (data / "small.onnx").read_bytes() == SMALL


def test_a_wrong_file_is_refused_and_leaves_nothing(data, small, tmp_path, capsys):
    small()
    (tmp_path / "small.onnx").write_bytes(b"something else")
    assert main(["fetch-models", "small", "--from", str(tmp_path)]) == 2
    assert "This is not small: 14 bytes with the SHA-256" in capsys.readouterr().err
    assert not data.exists() or not list(data.iterdir())


def test_a_wrong_file_does_not_take_the_place_of_a_right_one(data, small):
    small()
    fetched.install("small", SMALL)
    with pytest.raises(FetchedError, match="Nothing was put in place"):
        fetched.install("small", SMALL + b"!")
    assert [path.read_bytes() for path in data.iterdir()] == [SMALL]


def test_what_is_not_there_is_said_in_a_sentence(data, small, mirror, tmp_path, capsys):
    small()
    assert main(["fetch-models", "small", "--from", str(tmp_path)]) == 2
    assert main(["fetch-models", "small", "--from", mirror(tmp_path)]) == 2
    assert capsys.readouterr().err.count("there is no small.onnx at") == 2
    assert main(["fetch-models", "nothing"]) == 2
    assert "There is no model 'nothing'" in capsys.readouterr().err


def test_an_address_that_can_not_be_reached_points_to_the_other_way(data, small, capsys):
    small("http://127.0.0.1:9/small.onnx")
    assert main(["fetch-models", "small"]) == 2
    assert "--from" in capsys.readouterr().err


def test_a_file_that_is_damaged_on_the_disk_is_left_out_and_fetched_anew(
    data, small, tmp_path, caplog
):
    small()
    (tmp_path / "small.onnx").write_bytes(SMALL)
    data.mkdir(parents=True)
    (data / "small.onnx").write_bytes(SMALL[:5])
    assert fetched.load("small") is None
    assert "fetch-models small" in caplog.text
    assert main(["fetch-models", "small", "--from", str(tmp_path)]) == 0
    assert fetched.problem("small") is None


def test_a_model_that_was_not_fetched_is_none_and_no_error(data):
    assert [fetched.load(name) for name in FETCHABLE] == [None] * len(FETCHABLE)


@needs_files
def test_real_models_come_over_http_and_run(data, mirror, capsys):
    assert main(["fetch-models", "--from", mirror(FILES)]) == 0
    for name in FETCHABLE:
        assert fetched.problem(name) is None
        assert fetched.load(name) is fetched.load(name)
    shapes = {name: fetched.load(name).get_inputs()[0].shape for name in FETCHABLE}
    assert shapes["minifasnet_v2"] == shapes["minifasnet_v1se"] == [1, 3, 80, 80]
    assert shapes["yolox_nano"] == [1, 3, 416, 416]
