"""Pictures of identity cards that were never issued: portraits printed on a made-up layout.

The card is drawn, laid in perspective over a real picture with the holder's own face in it or
an empty room, then blurred, made noisy and compressed. Synthetic, and to be said with every figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.identity_pictures import Labelled, people, read
from proctoring.perception.face_look import why_not
from proctoring.types import Image

ROOMS = (
    *("co_room_books.jpg", "co_kitchen.jpg", "co_bedroom.jpg", "co_tv_room.jpg"),  # empty
    *("pa_webcam_center.jpg", "cl_webcam1.jpg"),  # with somebody in them, mostly covered
)
CARD = (856, 540)  # px; ISO/IEC 7810 ID-1, tenths of a millimetre
PORTRAIT = (210, 270)  # px on the card


@dataclass(frozen=True, slots=True)
class Made:
    picture: Image
    corners: np.ndarray  # (4, 2) px, clockwise from the card's upper left


def draw_card(portrait: Image, random: np.random.Generator) -> Image:
    """(540, 856, 3): a portrait, lines of text, a stripe, rounded corners cut by `place`."""
    width, height = CARD
    shade = np.linspace(0, 1, width)[None, :, None]
    tint = random.uniform(170, 245, (2, 3))
    card = (tint[0] * (1 - shade) + tint[1] * shade).repeat(height, 0).astype(np.uint8)
    for y in range(0, height, 9):  # guilloche, which makes a card no plain surface
        wave = (6 * np.sin(np.arange(width) / 23 + y)).astype(int) + y
        card[np.clip(wave, 0, height - 1), np.arange(width)] = (tint[1] * 0.85).astype(np.uint8)
    cv2.rectangle(card, (0, 0), (width, 70), [int(c) for c in random.uniform(40, 140, 3)], -1)
    cv2.putText(card, "SPECIMEN CARD", (40, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (250, 250, 250), 3)
    side = 50 if random.random() < 0.5 else width - PORTRAIT[0] - 50
    x = 320 if side == 50 else 50
    for line, text in enumerate(["NAME / NOM", "EXAMPLE", "ANN", "01.01.1990", "X00 000 000"]):
        cv2.putText(
            card, text, (x, 150 + 62 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (40, 30, 30), 2
        )
    printed = cv2.resize(portrait, PORTRAIT, interpolation=cv2.INTER_AREA).astype(np.float32)
    printed = np.clip(printed * random.uniform(0.8, 1.05) + random.uniform(0, 25), 0, 255)
    top = (height - PORTRAIT[1]) // 2 + 20
    card[top : top + PORTRAIT[1], side : side + PORTRAIT[0]] = printed.astype(np.uint8)
    return card


def place(card: Image, background: Image, share: float, random: np.random.Generator) -> Made:
    """The card in perspective over a picture; its width is `share` of the picture's."""
    height, width = background.shape[:2]
    w = share * width
    h = w * CARD[1] / CARD[0]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]]) - (w / 2, h / 2)
    tilt = np.radians(random.uniform(-14, 14))
    corners = corners @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    corners *= 1 + random.uniform(-0.07, 0.07, (4, 1))
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = np.array([width, height]) - (high - low) - 8
    corners += 4 - low + random.uniform(0.0, 1.0, 2) * np.maximum(room, 0)
    source = np.array([[0, 0], [CARD[0], 0], CARD, [0, CARD[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    mask = np.zeros(card.shape[:2], np.uint8)
    cv2.rectangle(mask, (32, 0), (CARD[0] - 32, CARD[1]), 255, -1)
    cv2.rectangle(mask, (0, 32), (CARD[0], CARD[1] - 32), 255, -1)
    for x, y in ((32, 32), (CARD[0] - 32, 32), (CARD[0] - 32, CARD[1] - 32), (32, CARD[1] - 32)):
        cv2.circle(mask, (x, y), 32, 255, -1)
    big = 2  # drawn at twice the size, so that edges are as soft as a camera's
    up = np.diag([big, big, 1.0])
    size = (width * big, height * big)
    laid = cv2.warpPerspective(card, up @ matrix, size, flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(mask, up @ matrix, size)
    laid, cover = (
        cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in (laid, cover)
    )
    part = (cover / 255.0)[..., None]
    picture = background * (1 - part) + laid * part
    return Made(picture.astype(np.uint8), corners)


def photographed(picture: Image, random: np.random.Generator) -> Image:
    """As a webcam gives it: a little out of focus, noisy, compressed."""
    soft = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.1)).astype(np.float32)
    lit = soft * random.uniform(0.75, 1.1) + random.normal(0, random.uniform(1, 5), soft.shape)
    encoded = cv2.imencode(
        ".jpg", np.clip(lit, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80]
    )[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


@dataclass(frozen=True, slots=True)
class Case:
    picture: Image  # with the card in it
    corners: np.ndarray  # (4, 2) px, of the card
    selfie: Image  # of the person on the card, of another day
    stranger: Image


def made_cards(data: Path, share: float, seed: int = 1) -> Iterator[Case]:
    """One card for each labelled face of which there is a picture of another day."""
    random = np.random.default_rng(seed)
    faces = people(data)
    rooms = [_room(data / "faces" / name) for name in ROOMS]
    for number, face in enumerate(faces):
        own = [o for o in faces if o.person == face.person and o.session != face.session]
        others = [o for o in faces if o.person != face.person]
        if own and not why_not(face.image, face.mesh):
            card = draw_card(portrait(face), random)
            made = place(card, rooms[number % len(rooms)], share, random)
            stranger = others[(7 * number) % len(others)].image
            picture = photographed(made.picture, random)
            yield Case(picture, made.corners, own[0].image, stranger)


def without_cards(data: Path) -> Iterator[Image]:
    """Pictures of people and rooms, and those of the identities."""
    for path in sorted((data / "faces").glob("*.jpg")):
        yield read(path)
    yield from (face.image for face in people(data))


def portrait(face: Labelled) -> Image:
    """Cut as for a passport: the face a little above the middle."""
    left, top, right, bottom = face.mesh.box
    width = round(1.75 * (right - left))
    height = round(width * PORTRAIT[1] / PORTRAIT[0])
    pad = max(width, height)
    wide = cv2.copyMakeBorder(face.image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    x = (left + right) // 2 - width // 2 + pad
    y = round(0.42 * top + 0.58 * bottom) - height // 2 - round(0.06 * height) + pad
    return np.asarray(wide[max(0, y) : y + height, max(0, x) : x + width], np.uint8)


def _room(path: Path) -> Image:
    return np.asarray(cv2.resize(read(path), (960, 720)), np.uint8)
