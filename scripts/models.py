"""Puts the models of models/registry.toml into models/, each checked against its pinned hash.

    models.py [ID...]     by default every row marked `needed`

Run by `make models`. A file comes from the first source that has the right one: a folder (AUTOPROTO_MODELS, then
../shared/models), its published address, its recipe in models/recipes/. It appears under its name only once checked,
so an interrupted run leaves nothing that looks like a model.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import hub

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
CHECKED = MODELS / ".verified"  # a line for each file whose hash was checked: hash, length, time of change, name


class Refused(Exception):
    """Why a source did not give the file."""


def say(message: str) -> None:
    print(f"models: {message}", flush=True)


# --- files already checked ------------------------------------------------------------------------------------------


def stamp(row: dict) -> str | None:
    """What identifies the row's file as the one that was checked; None where there is no such file."""
    try:
        stat = (MODELS / row["file"]).stat()
    except FileNotFoundError:
        return None
    return f"{row['sha256']} {stat.st_size} {stat.st_mtime_ns} {row['file']}"


def stamps() -> set[str]:
    try:
        return set(CHECKED.read_text().splitlines())
    except FileNotFoundError:
        return set()


def remember(row: dict) -> None:
    others = {line for line in stamps() if line.split(" ", 3)[-1] != row["file"]}
    fresh = CHECKED.with_name(".verified.part")
    fresh.write_text("".join(f"{line}\n" for line in sorted(others | {stamp(row)})))
    fresh.replace(CHECKED)


def check_whole(path: Path, row: dict) -> None:
    """Raises unless the file has the pinned length and hash."""
    length = path.stat().st_size
    if length != row["bytes"]:
        raise Refused(f"{length} bytes instead of {row['bytes']}")
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != row["sha256"]:
        raise Refused(f"sha-256 {got[:12]}… instead of {row['sha256'][:12]}…")


def is_here(row: dict) -> bool:
    """Whether models/ has the file. Its hash is computed once, then again only when the file has changed."""
    now = stamp(row)
    if now is None:
        return False
    if now in stamps():
        return True
    try:
        check_whole(MODELS / row["file"], row)
    except Refused as reason:
        say(f"{row['file']} in models/ is damaged ({reason}), looking for another")
        return False
    remember(row)
    return True


# --- sources --------------------------------------------------------------------------------------------------------


def folders() -> list[str]:
    """Folders to look in, as the user wrote them."""
    named = [folder for folder in os.environ.get("AUTOPROTO_MODELS", "").split(os.pathsep) if folder]
    return [*named, os.path.join("..", "shared", "models")]


def sources(row: dict):
    """Ways to get the file, best first: how each is called, and what writes the file to a path."""
    for folder in folders():
        found = ROOT / folder / row["file"]  # a relative folder counts from the repository
        if found.is_file() and found.resolve() != (MODELS / row["file"]).resolve():
            yield f"from {folder}", lambda part, found=found: shutil.copyfile(found, part)
    for url in row["urls"]:
        yield f"from {hub.host(url)}", lambda part, url=url: hub.download(url, part, row["bytes"], row["file"])
    # A recipe that makes several files is named in the row, with what it is to make.
    name, *what = row.get("recipe", [re.sub("[-.]", "_", row["id"]) + ".py"])
    recipe = MODELS / "recipes" / name
    if recipe.is_file():
        yield "made of its wheels", lambda part: run_recipe(recipe, what, part)


def run_recipe(recipe: Path, what: list[str], part: Path) -> None:
    say(" ".join([f"running {recipe.relative_to(ROOT)}", *what]))
    done = subprocess.run([sys.executable, recipe, *what, part], check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Refused("the recipe failed, see above")


def get(row: dict) -> bool:
    """Gets the file from the first source that has the right one."""
    target = MODELS / row["file"]
    part = target.with_name(f"{row['file']}.part")
    for name, write in sources(row):
        try:
            write(part)
            check_whole(part, row)
        except (Refused, hub.Unavailable, OSError) as reason:
            say(f"{row['file']} not {name}: {reason}")
            continue
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        remember(row)
        say(f"{row['file']} {name}")
        return True
    hint = "" if row["urls"] else f"; it is part of the repository: git checkout -- models/{row['file']}"
    say(f"{row['file']}: no source has it (a folder that does can be named in AUTOPROTO_MODELS){hint}")
    return False


# --- the run --------------------------------------------------------------------------------------------------------


def clean() -> None:
    """Removes what an interrupted run left."""
    for left in MODELS.glob("*.part"):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def wanted(ids: list[str]) -> list[dict]:
    with (MODELS / "registry.toml").open("rb") as file:
        rows = tomllib.load(file)["model"]
    unknown = set(ids) - {row["id"] for row in rows}
    if unknown:
        sys.exit(f"models: no such id: {', '.join(sorted(unknown))}; models/registry.toml lists them")
    return [row for row in rows if (row["id"] in ids if ids else row["needed"])]


def main() -> int:
    rows = wanted(sys.argv[1:])
    # One run at a time; the lock goes with the process.
    lock = os.open(MODELS, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    clean()
    try:
        missing = [row for row in rows if not is_here(row) and not get(row)]
        return 1 if missing else 0
    finally:
        clean()


if __name__ == "__main__":
    # A stop from outside cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("models: interrupted; nothing half-made is left")
