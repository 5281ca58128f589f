"""Makes .venv with the pinned wheels of requirements.txt: ONNX Runtime's library, cmake, numpy.

Run by `make setup`. Does nothing when .venv is already whole; redoes it when it is not, or when a pin has moved.
Packages come from the index that pip is configured for.
"""

from __future__ import annotations  # so that an older Python gets as far as the message about its age

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "autoproto-stamp"
REQUIREMENTS = ROOT / "scripts" / "requirements.txt"
OLDEST = (3, 11)  # onnxruntime's wheels


def stop(message: str) -> None:
    sys.exit(f"setup: {message}")


def check_tools() -> None:
    """Says what is missing before anything is made."""
    if sys.version_info < OLDEST:
        have, need = sys.version.split()[0], ".".join(map(str, OLDEST))
        stop(f"Python {need} or later is needed, this is {have}; PYTHON=python3.12 after `make` names another")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        stop(f"this Python has no `{error.name}`: install python3-venv, or name another Python with PYTHON=")
    for tool in ("cargo", "rustc"):
        if shutil.which(tool) is None:
            stop(f"`{tool}` is not on PATH: install Rust (https://rustup.rs), then open a new shell")
    if "CXX" not in os.environ and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        stop("no C++ compiler is on PATH (c++, g++ or clang++): whisper.cpp is built from source")


def stamp() -> str:
    """What a whole .venv was made from. A moved checkout counts as another, since scripts in .venv hold its path."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    return f"{pins}\n{VENV}\n"


def is_whole() -> bool:
    try:
        if STAMP.read_text() != stamp():
            return False
        # The base Python behind it may have gone.
        runs = subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0
        return runs and library() is not None
    except OSError:
        return False


def library() -> Path | None:
    """ONNX Runtime's shared library inside .venv."""
    found = VENV.glob("lib/python3.*/site-packages/onnxruntime/capi/libonnxruntime.*")
    return next(iter(sorted(found)), None)


def make(lock: int) -> None:
    """Children hold the lock too: a pip that outlives a killed run must not write into the next run's .venv."""
    print("setup: making .venv, about 75 MB to download", flush=True)
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    # The base interpreter: a .venv made by one that is itself in an environment would end with it.
    base = getattr(sys, "_base_executable", None) or sys.executable
    if subprocess.run([base, "-m", "venv", VENV], check=False, pass_fds=[lock]).returncode != 0:
        stop("`python3 -m venv` failed, see above")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    pins = ["--no-user", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS]
    if subprocess.run([*pip, *pins], check=False, pass_fds=[lock]).returncode != 0:
        stop("pip could not install scripts/requirements.txt, see above; nothing else was changed, run it again")
    if library() is None:
        stop("the onnxruntime wheel for this platform has no libonnxruntime")
    STAMP.write_text(stamp())  # last: without it the next run starts afresh
    print("setup: .venv is ready", flush=True)


def main() -> None:
    check_tools()
    # One at a time; the lock goes with the process.
    lock = os.open(REQUIREMENTS, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not is_whole():
        make(lock)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("interrupted; run it again")
