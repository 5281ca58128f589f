"""One bounded attempt at a download: a hub out of reach costs seconds, a slow but living one is waited for."""

import http.client
import queue
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

FIRST_BYTE = 8.0  # seconds for everything before it: names, proxies, handshakes, redirects
STALL = 30.0  # seconds without a byte, later on
CHUNK = 1 << 18


out_of_reach: set[str] = set()  # hosts that this run need not ask again


class Unavailable(Exception):
    """Why the download did not end well."""


def host(url: str) -> str:
    return urllib.parse.urlsplit(url).hostname or url


def download(url: str, path: Path, length: int, name: str) -> None:
    """Writes `url` to `path`: one attempt. Proxies are those of the environment."""
    response, chunk = first_chunk(url)
    try:
        said = response.headers.get("Content-Length")
        if said is not None and said != str(length):
            raise Unavailable(f"it offers {said} bytes instead of {length}")
        with path.open("wb") as file:
            progress, got = Progress(name, length), 0
            while chunk:
                got += len(chunk)
                if got > length:
                    raise Unavailable(f"more than the expected {length} bytes came")
                file.write(chunk)
                progress.show(got)
                chunk = response.read1(CHUNK)
            progress.end()
    except TimeoutError as error:
        raise Unavailable(f"no byte for {STALL:.0f} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(str(error) or type(error).__name__) from error
    finally:
        response.close()


def first_chunk(url: str) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer and its first bytes, or nothing within FIRST_BYTE.

    In a thread of its own, because no socket time-out bounds the look-up of a name, nor several addresses and
    redirects together. A thread that comes too late is left behind; it ends with the process.
    """
    if host(url) in out_of_reach:
        raise Unavailable("out of reach, as above")
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def ask() -> None:
        try:
            response = urllib.request.urlopen(url, timeout=STALL)
            answers.put((response, response.read1(CHUNK)))
        except Exception as error:  # whatever it is, it is the reason
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=FIRST_BYTE)
    except queue.Empty:
        out_of_reach.add(host(url))
        raise Unavailable(f"no answer within {FIRST_BYTE:.0f} s") from None
    if isinstance(answer, urllib.error.HTTPError):  # it lives, and says no
        raise Unavailable(str(answer)) from answer
    if isinstance(answer, Exception):
        out_of_reach.add(host(url))
        raise Unavailable(str(getattr(answer, "reason", answer)) or type(answer).__name__) from answer
    return answer


class Progress:
    """A line that is rewritten on a terminal, and a line now and then elsewhere."""

    def __init__(self, name: str, length: int) -> None:
        self.name, self.length, self.live = name, length, sys.stderr.isatty()
        self.pause = 0.2 if self.live else 10.0
        self.shown = time.monotonic()

    def show(self, got: int) -> None:
        now = time.monotonic()
        if now - self.shown < self.pause:
            return
        self.shown = now
        text = f"models: {self.name} {got / 1e6:.0f} of {self.length / 1e6:.0f} MB"
        print(f"\r{text}" if self.live else text, end="" if self.live else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
