#!/usr/bin/env python3
"""Start NeuralBuilder: ``python3 main.py``.

    python3 main.py                     open the window (or run the demo where there is no display)
    python3 main.py ARGUMENTS           the same as ``neuralbuilder ARGUMENTS``
    python3 main.py test [ARGUMENTS]    run the tests; the arguments go to pytest
    python3 main.py setup [--test] [--torch]
                                        only prepare, with what the tests need and with PyTorch to
                                        compare with; print the interpreter to use

Nothing but Python is needed. An environment ``.venv`` is made beside this file on the first start
and used as it is from then on. This file uses the standard library only, and it must stay readable
for old Pythons (3.6), because its first duty is to tell them that they are too old.
"""

import ctypes
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import deque
from pathlib import Path
from typing import Any, Callable, Deque, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
#: What pytest is told where all tests run: how many at a time is said in tests/conftest.py.
SIDE_BY_SIDE = ["--numprocesses", "auto", "--dist", "worksteal"]
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NO_WINDOW = 3
EXIT_INTERRUPTED = 130

#: A shared library, the Debian and Ubuntu package it is in, and the Arch package.
Library = Tuple[str, str, str]

QT_LIBRARIES: Tuple[Library, ...] = (
    ("libEGL.so.1", "libegl1", "libglvnd"),
    ("libGL.so.1", "libgl1", "libglvnd"),
    ("libX11.so.6", "libx11-6", "libx11"),
    ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
    ("libdbus-1.so.3", "libdbus-1-3", "dbus"),
    ("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    ("libfreetype.so.6", "libfreetype6", "freetype2"),
    ("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libgthread-2.0.so.0", "libglib2.0-0", "glib2"),
    ("libzstd.so.1", "libzstd1", "zstd"),
)
X11_LIBRARIES: Tuple[Library, ...] = (
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
    ("libxcb-image.so.0", "libxcb-image0", "xcb-util-image"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
    ("libxcb-randr.so.0", "libxcb-randr0", "libxcb"),
    ("libxcb-render.so.0", "libxcb-render0", "libxcb"),
    ("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil"),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
    ("libxcb-shm.so.0", "libxcb-shm0", "libxcb"),
    ("libxcb-sync.so.1", "libxcb-sync1", "libxcb"),
    ("libxcb-util.so.1", "libxcb-util1", "xcb-util"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    ("libX11-xcb.so.1", "libx11-xcb1", "libx11"),
)
WAYLAND_LIBRARIES: Tuple[Library, ...] = (
    ("libwayland-client.so.0", "libwayland-client0", "wayland"),
    ("libwayland-cursor.so.0", "libwayland-cursor0", "wayland"),
)


class StartError(Exception):
    """NeuralBuilder cannot start; the message tells the user why and what to do."""

    def __init__(self, message: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def say(text: str) -> None:
    """Tell the user what happens, on stderr, because stdout belongs to the program started."""
    print(text, file=sys.stderr, flush=True)


# --- the command line -------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit code; see the top of this file."""
    try:
        refuse_old_python(sys.version_info[:2])
        if arguments[:1] == ["setup"]:
            return run_setup(arguments[1:])
        if arguments[:1] == ["test"]:
            return run_tests(arguments[1:])
        return run_program(arguments)
    except StartError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("\nInterrupted. The next start continues from here.")
        return EXIT_INTERRUPTED


def refuse_old_python(version: Tuple[int, ...]) -> None:
    """Raise `StartError` for a Python older than the program can use, naming a newer one if any."""
    if tuple(version) >= OLDEST_PYTHON:
        return
    text = "NeuralBuilder needs Python {}.{} or newer; this is Python {}.{}.\n"
    advice = "Install one with your system's package manager or from python.org."
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        if shutil.which(name):
            advice = f"A newer one is installed here. Try:\n    {name} main.py"
            break
    raise StartError(text.format(*OLDEST_PYTHON, *version) + advice)


def run_setup(options: Sequence[str]) -> int:
    """Prepare an environment and print its interpreter's path as the last line."""
    if not set(options) <= {"--test", "--torch"}:
        raise StartError("Usage: python3 main.py setup [--test] [--torch]", EXIT_USAGE)
    extras = sorted({option[len("--") :] for option in options})
    print(prepared_interpreter(extras), flush=True)
    return 0


def run_tests(pytest_arguments: Sequence[str]) -> int:
    """Run pytest in the project folder, without windows on Linux unless the user wants them.

    All tests run side by side, those that are chosen one after the other.
    """
    environment = dict(os.environ)
    if on_linux():
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    require_libraries(library_sets(environment))
    interpreter = prepared_interpreter(["test"])
    os.chdir(str(ROOT))
    arguments = list(pytest_arguments) or SIDE_BY_SIDE
    return start([interpreter, "-P", "-m", "pytest", *arguments], environment)


def run_program(arguments: Sequence[str]) -> int:
    """Run NeuralBuilder with the arguments; without any it is the window, or else the demo."""
    if opens_window(arguments) and not has_display(os.environ):
        say("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).")
        if arguments:
            raise StartError("A window cannot be opened.", EXIT_NO_WINDOW)
        say("Running the demo instead of the window: python3 main.py demo")
        arguments = ["demo"]
    if opens_window(arguments):
        require_libraries(library_sets(os.environ))
    interpreter = prepared_interpreter([])
    return start([interpreter, "-P", "-m", "neuralbuilder", *arguments], os.environ)


def opens_window(arguments: Sequence[str]) -> bool:
    """Whether these arguments lead to a window, which needs Qt's libraries."""
    return not arguments or arguments[0] == "open" or arguments[0].endswith(".nbnet")


def start(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Become the command (on Windows: wait for it), with this checkout first on its import path.

    The option -P given to it keeps the folder the user stands in from hiding this checkout.
    """
    import_path = [str(ROOT), environment.get("PYTHONPATH", "")]
    complete = dict(environment, PYTHONPATH=os.pathsep.join(filter(None, import_path)))
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], list(command), complete)
    process = subprocess.Popen(list(command), env=complete)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C reached the program too; it decides how to end


# --- the environment --------------------------------------------------------------------------


def prepared_interpreter(extras: Sequence[str]) -> str:
    """The interpreter to use: this one if it has all that is needed, else the one in .venv.

    The environment is made, repaired or brought up to date only where it has to be; a warm start
    reads one small file and uses no network.
    """
    project = read_project()
    if installed_here(requirements(project, extras)):
        return sys.executable
    state = read_state()
    if not state_covers(state, project, extras):
        complete_environment(state, project, sorted({*extras, *state.get("extras", [])}))
    return str(environment_python())


def complete_environment(
    state: Mapping[str, Any], project: Mapping[str, Any], extras: Sequence[str]
) -> None:
    """Make or bring up to date what is in .venv, noting its state before and after.

    An environment whose installation was cut off is made anew by the next start. When pip itself
    gives up, it has changed nothing; then an environment that was complete keeps its old state.
    """
    if not environment_usable(state) and not adoptable(state):
        make_environment()
    finished = {"python": python_tag(), "extras": extras, "complete": True}
    write_state(dict(finished, complete=False))
    try:
        install(project, extras)
    except StartError:
        if state.get("complete"):
            write_state(state)
        raise
    write_state(dict(finished, project=project_fingerprint(project)))
    say("NeuralBuilder is ready.")


def read_project() -> Dict[str, Any]:
    """The contents of pyproject.toml."""
    import tomllib  # from Python 3.11 on

    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def requirements(project: Mapping[str, Any], extras: Iterable[str]) -> List[str]:
    """What the program needs, with the extras named, as pyproject.toml writes it."""
    table = project["project"]
    optional = table.get("optional-dependencies", {})
    return list(table["dependencies"]) + [text for extra in extras for text in optional[extra]]


def distribution_name(requirement: str) -> str:
    """The name at the beginning of a requirement."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return match.group() if match else requirement


def installed_here(needed: Sequence[str]) -> bool:
    """Whether the Python running this has all that is needed, by the installed metadata.

    Versions are compared where a reader of requirements is at hand, alone or inside pip.
    """
    from importlib import metadata

    versions: Dict[str, Optional[str]] = {}
    for requirement in needed:
        try:
            versions[requirement] = metadata.version(distribution_name(requirement))
        except (metadata.PackageNotFoundError, KeyError):
            versions[requirement] = None
        if versions[requirement] is None and ";" not in requirement:
            return False
    reader = requirement_reader()
    return reader is None or all(met(reader(text), version) for text, version in versions.items())


def met(requirement: Any, version: Optional[str]) -> bool:
    """Whether the installed version meets a requirement, which may not apply to this machine."""
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    return version is not None and bool(requirement.specifier.contains(version, prereleases=True))


def requirement_reader() -> Optional[Callable[[str], Any]]:
    """The class that reads a requirement, if it is to be found anywhere."""
    for module in ("packaging.requirements", "pip._vendor.packaging.requirements"):
        try:
            return importlib.import_module(module).Requirement  # type: ignore[no-any-return]
        except ImportError:
            continue
    return None


def environment_python() -> Path:
    """The interpreter inside .venv, whether it exists or not."""
    if os.name == "nt":
        return ENVIRONMENT / "Scripts" / "python.exe"
    return ENVIRONMENT / "bin" / "python"


def python_tag() -> str:
    """What an environment depends on: which Python, and for which machine."""
    return f"{sys.implementation.cache_tag} {sysconfig.get_platform()}"


def project_fingerprint(project: Mapping[str, Any]) -> str:
    """Changes whenever something must be installed anew; the settings of tools do not count."""
    told = {key: project.get(key) for key in ("build-system", "project")}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    digest.update((ROOT / "constraints.txt").read_bytes())
    return digest.hexdigest()


def state_file() -> Path:
    """Where the environment's state is noted; it vanishes together with the environment."""
    return ENVIRONMENT / "neuralbuilder.json"


def read_state() -> Dict[str, Any]:
    """What was noted about the environment; empty when there is none or the note is damaged."""
    try:
        state = json.loads(state_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(state: Mapping[str, Any]) -> None:
    """Note the environment's state, in one piece or not at all."""
    unfinished = state_file().with_suffix(".part")
    unfinished.write_text(json.dumps(state), encoding="utf-8")
    unfinished.replace(state_file())


def state_covers(
    state: Mapping[str, Any], project: Mapping[str, Any], extras: Iterable[str]
) -> bool:
    """Whether the environment is complete and up to date and has these extras."""
    return (
        environment_usable(state)
        and set(extras) <= set(state.get("extras", []))
        and state.get("project") == project_fingerprint(project)
    )


def environment_usable(state: Mapping[str, Any]) -> bool:
    """Whether something can be installed into .venv as it is: finished once, for this Python."""
    complete = state.get("complete") is True and state.get("python") == python_tag()
    return complete and environment_python().exists()


def adoptable(state: Mapping[str, Any]) -> bool:
    """Whether .venv was made by somebody else, for this Python, and has a pip that works."""
    if state or not environment_python().exists():
        return False
    question = "import pip, sys; print(sys.implementation.cache_tag)"
    answer = subprocess.run(
        [str(environment_python()), "-I", "-c", question],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
    )
    return answer.stdout.strip() == sys.implementation.cache_tag


def make_environment() -> None:
    """Make .venv, in place of an unfinished one or one for another Python."""
    require_venv_module()
    say(f"{'Renewing' if ENVIRONMENT.exists() else 'Making'} the environment .venv ...")
    try:
        if ENVIRONMENT.is_symlink():
            ENVIRONMENT.unlink()
        elif ENVIRONMENT.exists():
            shutil.rmtree(str(ENVIRONMENT))
    except OSError as error:
        raise StartError(f"Cannot replace {ENVIRONMENT}: {error}\nIs it in use?") from error
    base_interpreter = getattr(sys, "_base_executable", None) or sys.executable
    code, tail = run_and_watch([base_interpreter, "-I", "-m", "venv", str(ENVIRONMENT)])
    if code != 0 and any("ensurepip" in line for line in tail):
        raise StartError(VENV_MISSING)
    if code != 0:
        raise StartError(failure_text("Making the environment failed", tail))


VENV_MISSING = (
    "Python's own module for environments is not installed. On Debian and Ubuntu, as root:\n"
    "    apt install python3-venv\n"
    "(for a Python that is not the system's own: the package of that version, such as "
    "python{}.{}-venv)".format(*sys.version_info[:2])
)


def require_venv_module() -> None:
    """Make sure that Python can make environments; Debian keeps that in a package of its own."""

    def there() -> bool:
        importlib.invalidate_caches()
        return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))

    if not there() and not (may_use_apt() and apt_install(["python3-venv"]) and there()):
        raise StartError(VENV_MISSING)


def install(project: Mapping[str, Any], extras: Sequence[str]) -> None:
    """Install the project and what it needs into .venv; pip's own settings say where from."""
    packages = {distribution_name(text).lower() for text in requirements(project, extras)}
    say(f"Installing {len(packages)} packages and what they need ...")
    what = f".[{','.join(extras)}]" if extras else "."
    pip = [str(environment_python()), "-I", "-m", "pip", "install", "--disable-pip-version-check"]
    options = ["--no-input", "--no-user", "-c", "constraints.txt", "-e", what]
    code, tail = run_and_watch(pip + options)
    if code != 0:
        raise StartError(failure_text(f"Installing failed (pip ended with code {code})", tail))


def run_and_watch(command: Sequence[str]) -> Tuple[int, List[str]]:
    """Run a command, showing its output as one live line or as plain lines.

    Returns its exit code and the last lines of its output.
    """
    tail: Deque[str] = deque(maxlen=15)
    live = sys.stderr.isatty()
    width = shutil.get_terminal_size().columns - 1
    with subprocess.Popen(
        list(command),
        cwd=str(ROOT),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            tail.append(line.rstrip())
            if live:
                sys.stderr.write("\r" + ("  " + line.strip())[:width].ljust(width))
                sys.stderr.flush()
            elif line.strip():
                say("  " + line.rstrip())
    if live:
        sys.stderr.write("\r" + " " * width + "\r")
    return process.returncode, list(tail)


def failure_text(headline: str, tail: Sequence[str]) -> str:
    """A failure, the last lines of output, and what usually is behind it."""
    free = shutil.disk_usage(str(ROOT)).free // 10**6
    causes = [
        "no network, or a proxy that Python does not know (set HTTPS_PROXY, or 'pip config')",
        f"the disk is full: about 1500 MB are needed, {free} MB are free here",
        "this Python ({}.{}) is too new, and the packages are not made for it yet; "
        "try one version older".format(*sys.version_info[:2]),
        "on Debian and Ubuntu the package for environments is missing: apt install python3-venv",
    ]
    lines = [headline + ". The last lines were:"] + ["    " + line for line in tail]
    lines += ["The usual causes:"] + ["  - " + cause for cause in causes]
    return "\n".join([*lines, "Then start again: python3 main.py"])


# --- the display and the system's libraries ---------------------------------------------------


def on_linux() -> bool:
    """Whether this is Linux, where Qt needs libraries that may not be there."""
    return sys.platform.startswith("linux")


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether a window can be shown; a Qt platform chosen by the user counts as one."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not on_linux() or any(environment.get(name) for name in names)


def library_sets(environment: Mapping[str, str]) -> List[Tuple[Library, ...]]:
    """The sets of libraries of which one must be complete; none where this is not Linux."""
    if not on_linux():
        return []
    x11, wayland = QT_LIBRARIES + X11_LIBRARIES, QT_LIBRARIES + WAYLAND_LIBRARIES
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen:
        return [x11 if "xcb" in chosen else wayland if "wayland" in chosen else QT_LIBRARIES]
    sets = [wayland] if environment.get("WAYLAND_DISPLAY") else []
    return sets + ([x11] if environment.get("DISPLAY") else []) or [QT_LIBRARIES]


def missing_libraries(libraries: Iterable[Library]) -> List[Library]:
    """Those that the system cannot load. Qt would end the process over them without a word."""
    missing = []
    for library in libraries:
        try:
            ctypes.CDLL(library[0])
        except OSError:
            missing.append(library)
    return missing


def require_libraries(sets: Sequence[Sequence[Library]]) -> None:
    """Raise `StartError` unless one of the sets is complete; as root on Debian, complete it."""

    def gap() -> List[Library]:
        return min((missing_libraries(libraries) for libraries in sets), key=len, default=[])

    missing = gap()
    if missing and may_use_apt() and apt_install(debian_packages(missing)):
        missing = gap()
    if missing:
        names = ", ".join(library[0] for library in missing)
        text = "Qt needs libraries of the system that are not installed: {}.\n{}"
        raise StartError(text.format(names, installation_advice(missing)), EXIT_NO_WINDOW)


def debian_packages(libraries: Iterable[Library]) -> List[str]:
    """The Debian and Ubuntu packages that hold the libraries."""
    return sorted({library[1] for library in libraries})


def installation_advice(missing: Sequence[Library]) -> str:
    """The exact command that installs the libraries, where this distribution's is known."""
    family = distribution_family()
    if {"debian", "ubuntu"} & family:
        command = "sudo apt-get install " + " ".join(debian_packages(missing))
    elif {"fedora", "rhel"} & family:
        suffix = "()(64bit)" if sys.maxsize > 2**32 else ""
        command = "sudo dnf install " + " ".join(f"'{each[0]}{suffix}'" for each in missing)
    elif "arch" in family:
        command = "sudo pacman -S " + " ".join(sorted({library[2] for library in missing}))
    else:
        return "Install them with your system's package manager."
    return "Install them with:\n    " + command


def distribution_family() -> "set[str]":
    """The identifiers of this Linux distribution and of those it is made from."""
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    found = re.findall(r"^ID(?:_LIKE)?=(.*)$", text, flags=re.MULTILINE)
    return {word for line in found for word in line.strip("\"'").split()}


def may_use_apt() -> bool:
    """Whether packages of the system can be installed without asking: root on Debian or Ubuntu."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return is_root and bool({"debian", "ubuntu"} & distribution_family())


def apt_install(packages: Sequence[str]) -> bool:
    """Install system packages, saying so first; refresh the lists if they are not known."""
    say("Installing system packages: apt-get install " + " ".join(packages))
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    try:
        if run_and_watch(command)[0] == 0:
            return True
        return run_and_watch(["apt-get", "update"])[0] == 0 and run_and_watch(command)[0] == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
