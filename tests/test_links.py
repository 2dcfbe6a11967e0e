"""Links of a meeting, their QR codes, and the address they begin with."""

from xml.etree import ElementTree

import pytest

from proctoring.ui.links import (
    allows_camera,
    base_of,
    candidate_link,
    is_local,
    proctor_link,
    qr_svg,
)


def test_the_two_links_of_a_meeting():
    base = "https://exams.example.org"
    assert candidate_link(base, "m-1") == "https://exams.example.org/exam?meeting=m-1"
    assert proctor_link(base, "m", "s/&") == "https://exams.example.org/desk?meeting=m&key=s%2F%26"


def test_a_candidate_link_holds_no_secret():
    assert "key" not in candidate_link("https://x", "m")


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("http://localhost:8501/", "http://localhost:8501"),
        ("https://exams.example.org/exam?meeting=1", "https://exams.example.org"),
        ("https://example.org/proctor/desk?key=1", "https://example.org/proctor"),
        ("", ""),
    ],
)
def test_the_base_is_the_address_in_the_browser_without_its_page(address, base):
    assert base_of(address) == base


def test_a_camera_needs_https_or_this_machine():
    assert allows_camera("https://exams.example.org")
    assert allows_camera("http://localhost:8501")
    assert not allows_camera("http://exams.example.org")
    assert is_local("http://127.0.0.1:1")
    assert not is_local("https://localhost.example.org")


def test_a_qr_code_is_svg_that_scales_and_scans():
    cv2 = pytest.importorskip("cv2")
    np = pytest.importorskip("numpy")
    segno = pytest.importorskip("segno")
    link = proctor_link("https://exams.example.org", "m" * 16, "s" * 43)
    root = ElementTree.fromstring(qr_svg(link))
    assert root.tag.endswith("svg")
    assert "width" not in root.attrib
    assert "viewBox" in root.attrib
    rows = [list(row) for row in segno.make(link, error="m", micro=False).matrix_iter(8, 4)]
    picture = np.where(np.array(rows) > 0, 0, 255).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == link
