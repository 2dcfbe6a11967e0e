"""The model files that are shipped: whole, licensed, loadable; and what is said if they are not."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from material import DATA, needs_data

from proctoring.perception import models
from proctoring.perception.face_embedding import embed_chip
from proctoring.perception.mesh import face_mesh
from proctoring.perception.mesh_layout import LEFT_IRIS, RIGHT_IRIS
from proctoring.perception.models import FOLDER, MODELS, ModelError, load, read_catalogue, verify
from proctoring.types import Face

each_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


def test_every_model_file_is_whole():
    assert [(model.name, trouble) for model, trouble in verify() if trouble] == []


def test_every_model_file_in_the_folder_is_in_the_catalogue():
    assert {model.path for model in MODELS.values()} == set(FOLDER.glob("*.onnx"))


@each_model
def test_a_model_has_its_size_licence_text_and_exporter(model):
    assert model.path.stat().st_size == model.size
    assert model.licence in {"Apache-2.0", "CC0-1.0", "MIT"}
    assert model.licence_texts[0].name.startswith(model.licence)
    assert all(len(text.read_text()) > 1000 for text in model.licence_texts)
    assert (FOLDER / "exporters" / f"{model.exporter}.py").exists()


@each_model
def test_a_model_takes_and_gives_what_the_catalogue_says(model):
    session = load(model.name)
    for said, found in (
        (model.inputs, session.get_inputs()),
        (model.outputs, session.get_outputs()),
    ):
        names = [line.split(": float32")[0].split(": int64")[0] for line in said]
        assert sorted(names) == sorted(value.name for value in found)


@each_model
def test_the_page_about_models_names_it_with_its_hash(model):
    page = (FOLDER.parent.parent / "docs" / "models.md").read_text()
    assert f"`{model.path.name}`" in page
    assert model.sha256 in page
    assert model.source in page


def test_a_model_is_loaded_once_however_many_ask():
    with ThreadPoolExecutor(4) as pool:
        sessions = set(pool.map(load, ["silero_vad"] * 8))
    assert len(sessions) == 1


def test_an_unknown_model_is_a_key_error():
    with pytest.raises(KeyError):
        load("unheard_of")


@pytest.fixture
def damaged(tmp_path, monkeypatch):
    """A folder in which one model is cut short and the others are missing."""
    shutil.copy(FOLDER / "models.toml", tmp_path)
    (tmp_path / "ge2e.onnx").write_bytes(MODELS["ge2e"].path.read_bytes()[:1000])
    monkeypatch.setattr(models, "MODELS", read_catalogue(tmp_path))


@pytest.mark.usefixtures("damaged")
def test_a_damaged_model_says_how_to_mend_it():
    with pytest.raises(ModelError, match=r"ge2e is damaged \(1000 of 2848347 bytes\)") as caught:
        load("ge2e")
    assert "git checkout -- proctoring/models/ge2e.onnx" in str(caught.value)


@pytest.mark.usefixtures("damaged")
def test_a_missing_model_says_where_it_should_be():
    with pytest.raises(ModelError, match=r"silero_vad cannot be read at .*silero_vad\.onnx: put"):
        load("silero_vad")


@pytest.mark.usefixtures("damaged")
def test_every_trouble_is_told_at_once():
    assert all(trouble for _, trouble in verify())


def test_a_face_embedding_hardly_moves_with_the_light():
    rough = np.random.default_rng(0).integers(0, 200, (5, 5, 3), np.uint8)
    chip = cv2.resize(rough, (150, 150), interpolation=cv2.INTER_CUBIC)
    embedding = embed_chip(chip)
    assert embedding.shape == (128,)
    assert np.linalg.norm(embedding - embed_chip(chip + 2)) < 0.1


@needs_data
def test_a_mesh_finds_the_same_eyes_when_the_picture_is_turned_and_moved():
    image = cv2.imread(str(DATA / "faces" / "pa_webcam_center.jpg"))
    height, width = image.shape[:2]
    whole = Face((0, height // 4, width, height * 3 // 4), 1.0)
    mesh = face_mesh(image, whole)
    mesh = face_mesh(image, mesh)
    assert mesh.points.shape == (478, 3)
    assert mesh.confidence > 0.9
    pupils = mesh.points[[LEFT_IRIS[0], RIGHT_IRIS[0]], :2]

    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 20, 0.7)
    turned = cv2.warpAffine(image, turn, (width, height))
    expected = pupils @ turn[:, :2].T + turn[:, 2]
    left, top = expected.min(axis=0) - 100
    right, bottom = expected.max(axis=0) + 100
    box = (int(left), int(top), int(right), int(bottom))
    near = Face(box, 1.0, tuple((float(x), float(y)) for x, y in expected))
    found = face_mesh(turned, near).points[[LEFT_IRIS[0], RIGHT_IRIS[0]], :2]
    apart = np.linalg.norm(expected[1] - expected[0])
    assert np.linalg.norm(found - expected, axis=1).max() < 0.05 * apart


@needs_data
def test_where_there_is_no_face_the_mesh_says_so():
    image = cv2.imread(str(DATA / "faces" / "az_house.jpg"))
    height, width = image.shape[:2]
    mesh = face_mesh(image, Face((0, 0, width // 2, height // 2), 1.0))
    assert mesh.confidence < 0.5


def test_the_catalogue_cannot_be_changed_by_whom_it_is_handed_to():
    with pytest.raises(TypeError):
        MODELS["ge2e"] = replace(MODELS["ge2e"], size=0)
