"""The data folder and the secret key in it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from presence_site.files import data_folder, secret_key
from tests.support.environment import PYTHON, clean
from tests.support.processes import run


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = data_folder(tmp_path / "a" / "b")
    assert folder.is_dir() and mode(folder) == 0o700


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder("here") == tmp_path / "here"


@pytest.mark.parametrize("below", ["", "folder"])
def test_a_folder_that_cannot_be_gets_one_sentence(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / below
    with pytest.raises(ImproperlyConfigured) as caught:
        data_folder(folder)
    assert str(caught.value).startswith(f"The data folder {folder} can't be used (")
    assert str(caught.value).endswith("Set PRESENCE_DATA_DIR to a folder that can be written to.")


def test_a_folder_of_the_kernel_gets_one_sentence() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^The data folder /proc/presence can't be used \("):
        data_folder("/proc/presence")


def test_the_key_stays_the_same_and_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) >= 50 and secret_key(tmp_path) == key
    assert mode(tmp_path / "secret_key") == 0o600


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert secret_key(tmp_path / "one") != secret_key(tmp_path / "two")


def test_a_key_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"can't be used \(No such file or directory\)"):
        secret_key(tmp_path / "missing")


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from presence_site.files import secret_key; print(secret_key(pathlib.Path(sys.argv[1])))"
    )
    command = [PYTHON, "-c", program, str(tmp_path)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: run(command, environ=clean({})), range(4)))
    assert {process.stderr for process in done} == {""}
    assert {process.stdout.strip() for process in done} == {secret_key(tmp_path)}
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_threads_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret_key(tmp_path), range(8)))) == 1
