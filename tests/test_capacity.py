"""How many candidates a machine carries, and who begins: measured, kept, decided."""

import json

import pytest

from proctoring.capacity import machine, service
from proctoring.capacity.admission import Limit, Room, Verdict, room_of, says, used, verdict
from proctoring.capacity.figures import Capacity, Costs, Mode, from_json, to_json
from proctoring.capacity.gate import HELD_FOR_S, LOOK_EVERY_S, Gate
from proctoring.capacity.kept import NAME, keep, kept
from proctoring.cli import main
from proctoring.media.recordings import read_samples
from proctoring.settings import PREFIX, Settings, SettingsError

COSTS = Costs(
    camera={"full": 50.0, "light": 35.0, "snapshots": 22.0},
    sound=20.0,
    webrtc=25.0,
    jpeg=1.0,
    attending=5.0,
)


def capacity(**changes):
    values = {
        "machine": machine.this_machine().id,
        "processor": "Some processor",
        "cores": 2,
        "version": "1.0",
        "measured_at": "2026-11-22T10:00:00+00:00",
        "efficiency": 0.9,
        "costs": COSTS,
    }
    return Capacity(**values | changes)


# figures -----------------------------------------------------------------------------------


def test_a_machine_carries_what_seven_tenths_of_its_cores_pay_for():
    assert COSTS.of(Mode.FULL) == 100
    assert capacity().carries(Mode.FULL) == 12  # 0.7 * 2 * 0.9 * 1000 / 100
    assert capacity(cores=4).carries(Mode.FULL) == 25
    assert capacity(efficiency=0.5).carries(Mode.FULL) == 7


def test_less_to_look_at_is_room_for_more():
    found = capacity().all
    assert found["full"] < found["light"] < found["snapshots"]


def test_figures_survive_being_written_down():
    assert from_json(json.loads(json.dumps(to_json(capacity())))) == capacity()


@pytest.mark.parametrize(
    "change",
    [{"form": 99}, {"costs": {}}, {"costs": None}, {"cores": "two"}, {"efficiency": None}],
    ids=str,
)
def test_what_somebody_else_wrote_is_no_measurement(change):
    assert from_json(to_json(capacity()) | change) is None
    assert from_json({}) is None


# kept --------------------------------------------------------------------------------------


def test_a_measurement_is_kept_in_the_data_folder(tmp_path):
    assert kept(tmp_path) is None
    keep(capacity(), tmp_path / "new")
    assert kept(tmp_path / "new") == capacity()
    assert [path.name for path in (tmp_path / "new").iterdir()] == [NAME]


def test_a_measurement_of_another_machine_says_nothing_of_this_one(tmp_path):
    keep(capacity(machine="of another"), tmp_path)
    assert kept(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"form": 1}', "\x00"])
def test_a_damaged_measurement_is_none(tmp_path, text):
    (tmp_path / NAME).write_text(text)
    assert kept(tmp_path) is None


# admission ---------------------------------------------------------------------------------


def test_without_a_measurement_nobody_is_held_back_but_by_a_number():
    assert room_of(Limit("auto"), None) == Room(None, None)
    assert room_of(Limit("off"), capacity()) == Room(None, None)
    assert room_of(Limit("5"), None) == Room(5, 5)


def test_a_number_bounds_those_in_full_and_the_measurement_tells_the_rest():
    found = capacity()
    assert room_of(Limit("auto"), found) == Room(12, found.carries(Mode.SNAPSHOTS))
    ratio = COSTS.of(Mode.FULL) / COSTS.of(Mode.SNAPSHOTS)
    assert room_of(Limit("10"), found) == Room(10, int(10 * ratio))


def test_a_machine_too_slow_for_one_still_takes_one():
    slow = capacity(efficiency=0.01)
    assert room_of(Limit("auto"), slow).full == 1


@pytest.mark.parametrize("text", ["", "-1", "0", "many", "1000000"])
def test_a_limit_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        Limit(text)


def test_one_more_than_fit_is_reduced_and_the_next_one_waits():
    room = Room(full=2, snapshots=4)
    begins, fewer, waits = Verdict.BEGINS, Verdict.BEGINS_BY_SNAPSHOTS, Verdict.WAITS
    said = []
    seated = {Mode.FULL: 0, Mode.SNAPSHOTS: 0}
    for _ in range(5):
        found = verdict(room, seated, has_begun=False)
        said.append(found)
        if found is begins:
            seated[Mode.FULL] += 1
        elif found is fewer:
            seated[Mode.SNAPSHOTS] += 1
    assert said == [begins, begins, waits, waits, waits]
    assert verdict(room, {Mode.FULL: 1, Mode.SNAPSHOTS: 1}, has_begun=False) is fewer
    assert verdict(Room(3, 9), {Mode.FULL: 2, Mode.SNAPSHOTS: 1}, has_begun=False) is fewer


def test_whoever_has_begun_comes_back_however_full_it_is():
    full = {Mode.FULL: 50}
    assert verdict(Room(2, 4), full, has_begun=True) is Verdict.BEGINS
    assert verdict(Room(None, None), full, has_begun=False) is Verdict.BEGINS
    assert used(Room(2, 4), full) == 25


def test_the_examiner_is_told_in_one_line():
    line = says(Room(9, 12), 3)
    assert line == "This server carries about 9 candidates at once; 3 are booked at this time."
    assert "1 is booked" in says(Room(9, 12), 1)
    assert "about 1 candidate at" in says(Room(1, 1), 0)
    assert says(Room(None, None), 3) == ""


# the gate ----------------------------------------------------------------------------------


class Hall:
    """Who sits in the exam, and what time it is."""

    def __init__(self):
        self.seated = {}
        self.now = 100.0

    def gate(self, limit, folder):
        return Gate(limit, folder, lambda: self.seated, lambda: self.now)


def test_a_place_that_was_given_is_held_until_its_session_begins(tmp_path):
    hall = Hall()
    gate = hall.gate("1", tmp_path)
    assert gate.ask("ann") is Verdict.BEGINS
    assert gate.ask("ann") is Verdict.BEGINS  # a double click takes one place
    assert gate.ask("bea") is Verdict.WAITS
    hall.seated["ann"] = Mode.FULL
    assert gate.ask("bea") is Verdict.WAITS
    assert not gate.has_room("bea")
    del hall.seated["ann"]
    assert gate.has_room("bea")
    assert gate.ask("bea") is Verdict.BEGINS


def test_a_place_that_nobody_took_is_free_again(tmp_path):
    hall = Hall()
    gate = hall.gate("1", tmp_path)
    gate.ask("ann")
    hall.now += HELD_FOR_S + 1
    assert gate.ask("bea") is Verdict.BEGINS


def test_whoever_fits_by_snapshots_alone_sends_snapshots(tmp_path):
    keep(capacity(), tmp_path)
    hall = Hall()
    gate = hall.gate("auto", tmp_path)
    hall.seated = {f"full-{i}": Mode.FULL for i in range(11)} | {"one": Mode.SNAPSHOTS}
    assert gate.ask("ann") is Verdict.BEGINS_BY_SNAPSHOTS
    assert gate.is_by_snapshots("ann")
    hall.seated = {}
    assert gate.ask("ann") is Verdict.BEGINS
    assert not gate.is_by_snapshots("ann")


def test_a_new_measurement_is_heeded_without_a_restart(tmp_path):
    hall = Hall()
    gate = hall.gate("auto", tmp_path)
    assert gate.room.full is None
    keep(capacity(), tmp_path)
    hall.now += LOOK_EVERY_S + 1
    assert gate.room.full == 12


# the setting, the command, the measurement -----------------------------------------------------


def test_the_setting_is_off_auto_or_a_number():
    assert Settings().capacity == "auto"
    for text in ("off", "auto", "12"):
        assert Settings.read({PREFIX + "CAPACITY": text}).capacity == text
    for text in ("0", "-3", "many", "1.5", "1000000"):
        with pytest.raises(SettingsError, match=PREFIX + "CAPACITY"):
            Settings.read({PREFIX + "CAPACITY": text})


def test_the_command_shows_what_was_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))
    assert main(["capacity", "--only-show"]) == 2
    assert "Nothing was measured" in capsys.readouterr().err
    keep(capacity(), tmp_path)
    assert main(["capacity", "--only-show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["carries"]["full"] == 12
    assert main(["capacity", "--only-show"]) == 0
    assert "Some processor, 2 cores" in capsys.readouterr().out


def test_the_real_pipeline_is_what_is_measured(second_of_clip):
    found = service.measure(second_of_clip, seconds=10.0, threads=1)
    assert found.media_s >= 10
    assert found.camera_ms > 0
    assert found.sound_ms > 0
    assert found.decoding_ms > 0
    assert 0 < found.efficiency <= 1


@pytest.fixture
def second_of_clip():
    """Two seconds of the bundled recording: they are played again and again."""
    from proctoring.load.scenarios import DEMO

    found = []
    for sample in read_samples(DEMO, None, frames_per_s=2.0):
        if sample.t >= 2:
            break
        is_sound = hasattr(sample, "samples")
        image = None if is_sound else sample.image
        found.append(sample if is_sound else service.Picture(sample.t, service._jpeg(image)))
    return found


def test_a_machine_is_told_by_its_processor_and_cores():
    here = machine.this_machine()
    assert here.cores >= 1
    assert here.processor
    assert here.id != machine.Machine(here.processor, here.cores + 1).id
