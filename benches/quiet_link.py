#!/usr/bin/env python3
"""Bytes a second that the monitor writes, 120x40, two runs training, tab by tab; and with nothing going on.

    cargo build --release && python3 benches/quiet_link.py [--data DIR] [--seconds 20]

Prints a Markdown table for the README. Needs nothing beyond Python's own library.
"""
import argparse, fcntl, os, pty, re, select, shutil, signal, struct, subprocess, sys, tempfile, termios, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--data", default="synthetic")
arguments.add_argument("--seconds", type=float, default=20)
arguments.add_argument("--program", default=str(ROOT / "target/release/perceptop"))
chosen = arguments.parse_args()

work = tempfile.mkdtemp()
environment = dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8", XDG_RUNTIME_DIR=work, XDG_STATE_HOME=work)
for name in ("NO_COLOR", "COLORTERM", "LC_ALL"):
    environment.pop(name, None)
data = chosen.data if chosen.data in ("mnist", "synthetic") else str(Path(chosen.data).resolve())
child, terminal = pty.fork()
if child == 0:
    os.chdir(work)
    os.execve(chosen.program, ["perceptop", "run", str(ROOT / "configs/activations.json"), "--jobs", "2", "--data", data],
              environment)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
os.kill(child, signal.SIGWINCH)


def read(seconds):
    """All bytes of that time, and the number of frames in it."""
    end, got, frames = time.monotonic() + seconds, 0, 0
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            some = os.read(terminal, 1 << 16)
            got += len(some)
            frames += some.count(b"\x1b[?2026h")
    return got, frames


def row(name):
    got, frames = read(chosen.seconds)
    print(f"| {name} | {got / chosen.seconds / 1000:.2f} | {frames / chosen.seconds:.1f} |", flush=True)


read(12)  # until the data are there, both runs have begun and the axes have found their range
print("| tab | kB/s | frames/s |\n|---|---|---|")
for key, name in zip("12345", ["Runs", "Charts", "Confusion", "Neurons", "Compare"]):
    os.write(terminal, key.encode())
    read(3)  # the tab's first frame, and the two livelier seconds after a key
    row(name)
os.write(terminal, b"1p")
read(6)
row("Runs, all paused")
os.write(terminal, b"q")
time.sleep(0.5)
os.write(terminal, b"s")
read(5)
os.waitpid(child, 0)
shutil.rmtree(work, ignore_errors=True)
