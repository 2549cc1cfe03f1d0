"""main.py, without a network: what it decides, and two real starts of a tiny stand-in program."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import main

SOURCE = Path(main.__file__)
ABSENT: main.Library = ("libnot-there.so.99", "libnot-there99", "not-there")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that main.py takes for its own, with an environment that looks complete."""
    monkeypatch.setattr(main, "ROOT", tmp_path)
    monkeypatch.setattr(main, "ENVIRONMENT", tmp_path / ".venv")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\n[project]\ndependencies = ["numpy>=2", "click"]\n'
        'optional-dependencies = { test = ["pytest"] }\n',
        encoding="utf-8",
    )
    main.environment_python().parent.mkdir(parents=True)
    main.environment_python().touch()
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The commands that main.py would become, with their environments."""
    commands: list[tuple[list[str], dict[str, str]]] = []

    def start(command: list[str], environment: dict[str, str]) -> int:
        commands.append((list(command), dict(environment)))
        return 7

    monkeypatch.setattr(main, "start", start)
    monkeypatch.setattr(main, "prepared_interpreter", lambda extras: f"python with {extras}")
    monkeypatch.setattr(main, "require_libraries", lambda sets: None)
    return commands


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "on_linux", lambda: True)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def complete_state(**changes: object) -> dict[str, object]:
    fingerprint = main.project_fingerprint(main.read_project())
    state = {"python": main.python_tag(), "complete": True, "extras": [], "project": fingerprint}
    return {**state, **changes}


# --- which Python -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (2, 7)])
def test_old_pythons_are_refused(version: tuple[int, int]) -> None:
    with pytest.raises(main.StartError, match=r"needs Python 3\.11 or newer; this is") as caught:
        main.refuse_old_python(version)
    assert caught.value.exit_code == 1
    assert "{}.{}".format(*version) in str(caught.value)


@pytest.mark.parametrize("version", [(3, 11), (3, 14), (4, 0)])
def test_newer_pythons_are_not(version: tuple[int, int]) -> None:
    main.refuse_old_python(version)


def test_old_pythons_can_read_the_file() -> None:
    source = SOURCE.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import annotations" not in source  # unknown before 3.7
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.NamedExpr | ast.Match)]


# --- the command line -------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["info", "a file.nbnet"], ["--version"], ["demo"]])
def test_arguments_are_handed_on(arguments: list[str], headless: None, started: list) -> None:
    assert main.main(arguments) == 7
    assert started[0][0] == ["python with []", "-P", "-m", "neuralbuilder", *arguments]


def test_without_a_display_the_demo_runs(
    headless: None, started: list, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main([]) == 7
    assert started[0][0][-2:] == ["neuralbuilder", "demo"]
    assert "no display" in capsys.readouterr().err


def test_without_a_display_a_file_is_not_opened(headless: None, started: list) -> None:
    assert main.main(["network.nbnet"]) == 3
    assert not started


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_with_a_display_the_window_opens(
    name: str, headless: None, started: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "there")
    assert main.main([]) == 7
    assert started[0][0][-1] == "neuralbuilder"


def test_tests_run_in_the_project_without_windows(
    headless: None, started: list, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main(["test", "-k", "launcher"]) == 7
    command, environment = started[0]
    assert command == ["python with ['test']", "-P", "-m", "pytest", "-k", "launcher"]
    assert environment["QT_QPA_PLATFORM"] == "offscreen"
    assert Path.cwd() == main.ROOT


def test_the_users_platform_is_kept(
    headless: None, started: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path.cwd())
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    main.main(["test"])
    assert started[0][1]["QT_QPA_PLATFORM"] == "xcb"


def test_all_tests_run_side_by_side(
    headless: None, started: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path.cwd())
    main.main(["test"])
    assert started[0][0][4:] == ["--numprocesses", "auto", "--dist", "worksteal"]


@pytest.mark.parametrize(
    ("options", "extras"),
    [
        ([], []),
        (["--test"], ["test"]),
        (["--torch"], ["torch"]),
        (["--torch", "--test"], ["test", "torch"]),
        (["--test", "--test"], ["test"]),
    ],
)
def test_setup_prints_the_interpreter_last(
    options: list[str], extras: list[str], started: list, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["setup", *options]) == 0
    assert capsys.readouterr().out == f"python with {extras}\n"
    assert main.main(["setup", *options, "--everything"]) == 2


def test_the_options_of_setup_are_extras() -> None:
    with (SOURCE.parent / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    assert {"test", "torch"} <= extras.keys()


def test_the_tests_run_with_pytorch_once_it_is_there(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "installed_here", lambda needed: False)
    monkeypatch.setattr(main, "run_and_watch", forbid)
    main.write_state(complete_state(extras=["test", "torch"]))
    assert main.prepared_interpreter(["test"]) == str(main.environment_python())


def test_an_interruption_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(extras: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "prepared_interpreter", interrupted)
    assert main.main(["info"]) == 130


# --- the environment --------------------------------------------------------------------------


def forbid(*_: object) -> None:
    raise AssertionError("nothing may be made or installed here")


def test_an_environment_that_satisfies_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "requirements", lambda project, extras: ["pytest>=8", "numpy"])
    monkeypatch.setattr(main, "run_and_watch", forbid)
    assert main.prepared_interpreter(["test"]) == sys.executable


@pytest.mark.parametrize(
    ("requirement", "satisfied"),
    [
        ("numpy>=2.0", True),
        ("numpy", True),
        ("NumPy!=0.1; python_version >= '3'", True),
        ("numpy>=9999", False),
        ("numpy!=0.1; python_version < '3'", True),
        ("not-a-package-of-anybody", False),
        ("not-a-package-of-anybody; python_version < '3'", True),
        ("not-a-package-of-anybody; python_version > '3'", False),
    ],
)
def test_installed_versions_and_markers_count(requirement: str, satisfied: bool) -> None:
    assert main.installed_here(["pytest", requirement]) is satisfied


def test_without_a_reader_of_requirements_names_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "requirement_reader", lambda: None)
    assert main.installed_here(["numpy>=2.0"])
    assert not main.installed_here(["not-a-package-of-anybody"])


def test_a_warm_start_does_nothing(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "installed_here", lambda needed: False)
    monkeypatch.setattr(main, "run_and_watch", forbid)
    main.write_state(complete_state())
    assert main.prepared_interpreter([]) == str(main.environment_python())


def covers(extras: list[str]) -> bool:
    return main.state_covers(main.read_state(), main.read_project(), extras)


def test_extras_are_remembered(checkout: Path) -> None:
    main.write_state(complete_state(extras=["test"]))
    assert covers([])
    assert covers(["test"])
    main.write_state(complete_state())
    assert not covers(["test"])


@pytest.mark.parametrize(
    "change",
    [{"complete": False}, {"python": "cpython-39 elsewhere"}, {"project": "another"}],
    ids=lambda change: next(iter(change)),
)
def test_a_state_that_differs_does_not_count(checkout: Path, change: dict[str, object]) -> None:
    main.write_state(complete_state(**change))
    assert not covers([])


def test_changes_that_call_for_an_installation(checkout: Path) -> None:
    main.write_state(complete_state())
    project = checkout / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text + "[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    assert covers([])
    project.write_text(text.replace("click", "click>=8"), encoding="utf-8")
    assert not covers([])
    project.write_text(text, encoding="utf-8")
    (checkout / "constraints.txt").write_text("numpy==2.4.7\n", encoding="utf-8")
    assert not covers([])


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "\x00"])
def test_a_damaged_state_does_not_count(checkout: Path, content: str) -> None:
    main.state_file().write_text(content, encoding="utf-8")
    assert main.read_state() == {}
    assert not covers([])


def test_an_environment_without_its_interpreter_does_not_count(checkout: Path) -> None:
    main.write_state(complete_state())
    main.environment_python().unlink()
    assert not covers([])


def prepare_with(monkeypatch: pytest.MonkeyPatch, exit_code: int) -> list[str]:
    """Prepare with a stand-in for the commands run; returns 'venv' and 'pip' as they are called."""
    calls: list[str] = []

    def run_and_watch(command: list[str]) -> tuple[int, list[str]]:
        calls.append(command[3])
        assert command[3] != "pip" or main.read_state()["complete"] is False
        main.environment_python().parent.mkdir(parents=True, exist_ok=True)
        main.environment_python().touch()
        return (exit_code if command[3] == "pip" else 0), ["the last line"]

    monkeypatch.setattr(main, "installed_here", lambda needed: False)
    monkeypatch.setattr(main, "require_venv_module", lambda: None)
    monkeypatch.setattr(main, "adoptable", lambda state: False)
    monkeypatch.setattr(main, "run_and_watch", run_and_watch)
    try:
        main.prepared_interpreter([])
    except main.StartError:
        calls.append("failed")
    return calls


def test_an_unfinished_environment_is_made_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubbish = main.ENVIRONMENT / "rubbish"
    rubbish.touch()
    main.write_state(complete_state(complete=False))
    assert prepare_with(monkeypatch, 0) == ["venv", "pip"]
    assert not rubbish.exists()
    assert covers([])


def test_a_complete_environment_is_only_brought_up_to_date(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main.write_state(complete_state(project="older", extras=["test"]))
    assert prepare_with(monkeypatch, 0) == ["pip"]
    assert covers(["test"])


def test_a_failed_update_does_not_cost_the_environment(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = complete_state(project="older")
    main.write_state(before)
    assert prepare_with(monkeypatch, 1) == ["pip", "failed"]
    assert main.read_state() == before


def test_an_environment_of_somebody_else_is_adopted_if_it_works(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pip")
    assert not main.adoptable(complete_state())
    monkeypatch.setattr(main, "environment_python", lambda: Path(sys.executable))
    assert main.adoptable({})
    monkeypatch.setattr(main, "environment_python", lambda: checkout / "no python")
    assert not main.adoptable({})


def test_a_missing_venv_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(main, "may_use_apt", lambda: False)
    with pytest.raises(main.StartError, match=r"(?m)^    apt install python3-venv$"):
        main.require_venv_module()


# --- the system's libraries -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "advice"),
    [
        ({"debian"}, "sudo apt-get install libnot-there99"),
        ({"ubuntu", "debian"}, "sudo apt-get install libnot-there99"),
        ({"fedora"}, "sudo dnf install 'libnot-there.so.99"),
        ({"arch"}, "sudo pacman -S not-there"),
        (set(), "your system's package manager"),
    ],
)
def test_a_missing_library_gives_the_command(
    family: set[str],
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(main, "distribution_family", lambda: family)
    monkeypatch.setattr(main, "may_use_apt", lambda: False)
    monkeypatch.setattr(main, "has_display", lambda environment: True)
    monkeypatch.setattr(main, "library_sets", lambda environment: [[ABSENT]])
    assert main.main([]) == 3
    said = capsys.readouterr().err
    assert "libnot-there.so.99" in said
    assert advice in said


def test_root_on_debian_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(main, "may_use_apt", lambda: True)
    monkeypatch.setattr(main, "apt_install", lambda packages: not installed.extend(packages))
    monkeypatch.setattr(
        main, "missing_libraries", lambda libraries: [] if installed else [*libraries]
    )
    main.require_libraries([[ABSENT]])
    assert installed == ["libnot-there99"]


def test_one_complete_set_is_enough() -> None:
    main.require_libraries([[ABSENT], []])
    main.require_libraries([])


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, [main.QT_LIBRARIES]),
        ({"DISPLAY": ":0"}, [main.QT_LIBRARIES + main.X11_LIBRARIES]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, [main.QT_LIBRARIES + main.WAYLAND_LIBRARIES]),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, [main.QT_LIBRARIES]),
        ({"QT_QPA_PLATFORM": "xcb"}, [main.QT_LIBRARIES + main.X11_LIBRARIES]),
    ],
)
def test_the_libraries_follow_the_display(
    environment: dict[str, str], expected: list[object], headless: None
) -> None:
    assert main.library_sets(environment) == expected
    assert len(main.library_sets({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"})) == 2


# --- real starts ------------------------------------------------------------------------------

BACKEND = """
import base64, hashlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    import os, pathlib
    return wheel(pathlib.Path(folder), "neuralbuilder", {"nb.pth": os.getcwd()}, "nb-probe>=1")

def wheel(folder, name, files, needs=None):
    info = name + "-1.0.dist-info/"
    metadata = "Metadata-Version: 2.1\\nName: " + name + "\\nVersion: 1.0\\n"
    files = dict(files)
    files[info + "METADATA"] = metadata + ("Requires-Dist: " + needs + "\\n" if needs else "")
    files[info + "WHEEL"] = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[info + "RECORD"] = "".join(path + ",,\\n" for path in [*files, info + "RECORD"])
    with zipfile.ZipFile(folder / (name + "-1.0-py3-none-any.whl"), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name + "-1.0-py3-none-any.whl"
"""
PROGRAM = """
import sys, os, nb_probe
print("ours", sys.argv[1:], os.getcwd(), sys.prefix)
sys.exit(5)
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "neuralbuilder"
version = "1.0"
dependencies = ["nb-probe>=1"]
"""


def write_program(folder: Path, program: str) -> None:
    (folder / "neuralbuilder").mkdir(parents=True)
    (folder / "neuralbuilder" / "__init__.py").touch()
    (folder / "neuralbuilder" / "__main__.py").write_text(program, encoding="utf-8")


def launch(
    checkout: Path, wheels: Path, standing_in: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Really run main.py, with a pip that can reach nothing but the folder of wheels."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "PY"))}
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, str(checkout / "main.py"), *arguments],
        cwd=standing_in,
        env={**kept, **pip},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_failing_cold_and_warm_starts(tmp_path: Path) -> None:
    """One story, because making an environment takes seconds."""
    pytest.importorskip("ensurepip")
    checkout, wheels, elsewhere = (tmp_path / name for name in ("check out", "wheels", "other"))
    wheels.mkdir()
    write_program(checkout, PROGRAM)
    write_program(elsewhere, "print('not ours')")
    (checkout / "main.py").write_bytes(SOURCE.read_bytes())
    (checkout / "backend.py").write_text(BACKEND, encoding="utf-8")
    (checkout / "constraints.txt").write_text("nb-probe==1.0\n", encoding="utf-8")
    (checkout / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")

    failed = launch(checkout, wheels, elsewhere, "info")
    assert failed.returncode == 1
    assert "Making the environment .venv" in failed.stderr
    assert re.search(r"The last lines were:\n    .*\n(.*\n)*.*nb-probe", failed.stderr)
    assert "no network, or a proxy" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert json.loads((checkout / ".venv/neuralbuilder.json").read_text())["complete"] is False

    make_wheel: dict = {}
    exec(BACKEND, make_wheel)
    make_wheel["wheel"](wheels, "nb_probe", {"nb_probe.py": ""})
    cold = launch(checkout, wheels, elsewhere, "info", "a b")
    assert (cold.returncode, cold.stdout.split()[0]) == (5, "ours"), cold.stderr
    assert "Renewing the environment .venv" in cold.stderr
    assert "NeuralBuilder is ready." in cold.stderr

    (wheels / "nb_probe-1.0-py3-none-any.whl").unlink()
    warm = launch(checkout, wheels, elsewhere, "info", "a b")
    assert (warm.returncode, warm.stderr) == (5, "")
    assert warm.stdout == f"ours ['info', 'a b'] {elsewhere} {checkout / '.venv'}\n"

    setup = launch(checkout, wheels, elsewhere, "setup")
    assert setup.stdout.splitlines()[-1].startswith(str(checkout / ".venv"))
