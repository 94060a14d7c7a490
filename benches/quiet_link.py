#!/usr/bin/env python3
"""What the monitor costs a link and a machine: bytes a second tab by tab, 120x40, two runs training, in a pseudo-terminal
and over ssh to an sshd on the loopback interface; with everything paused; from a key to the changed screen while all
cores train; its own share of a core with eight live runs; and what it takes from the training it shows.

    cargo build --release && python3 benches/quiet_link.py [--data DIR] [--seconds 20] [--only bytes,ssh,keys,cpu,slowdown]

Prints Markdown tables for docs/benchmarks.md. Needs nothing beyond Python's own library, and sshd for the part over ssh.
"""
import argparse, fcntl, json, os, pty, random, select, shutil, statistics, struct, subprocess, tempfile, termios, time
from pathlib import Path

from far import sshd

ROOT = Path(__file__).resolve().parent.parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--data", default="synthetic")
arguments.add_argument("--suite", default=str(ROOT / "configs/activations.json"))
arguments.add_argument("--seconds", type=float, default=20)
arguments.add_argument("--presses", type=int, default=200)
arguments.add_argument("--rounds", type=int, default=7)
arguments.add_argument("--only", default="bytes,ssh,keys,cpu,slowdown")
arguments.add_argument("--program", default=str(ROOT / "target/release/perceptop"))
chosen = arguments.parse_args()
parts = chosen.only.split(",")

work = Path(tempfile.mkdtemp())
environment = dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8", XDG_RUNTIME_DIR=str(work), XDG_STATE_HOME=str(work))
for name in ("NO_COLOR", "COLORTERM", "LC_ALL"):
    environment.pop(name, None)
data = chosen.data if chosen.data in ("mnist", "synthetic") else str(Path(chosen.data).resolve())
TABS = dict(zip("12345", ["Runs", "Charts", "Confusion", "Neurons", "Compare"]))


class Terminal:
    """A program in a pseudo-terminal of 120x40."""

    def __init__(self, *words):
        self.child, self.side = pty.fork()
        if self.child == 0:
            os.chdir(work)
            os.execve(words[0], list(words), environment)
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def read(self, seconds, enough=lambda got: False):
        """All bytes of that time, or of the time until they are enough."""
        end, got = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0 and not enough(got):
            if select.select([self.side], [], [], left)[0]:
                try:
                    got += os.read(self.side, 1 << 16)
                except OSError:
                    break
        return got

    def press(self, keys):
        os.write(self.side, keys.encode())

    def leave(self):
        """Stops the session and ends."""
        self.press("1q")
        self.read(0.7)
        self.press("s")
        self.read(60, lambda got: b"stopped" in got)
        os.close(self.side)
        os.waitpid(self.child, 0)


def session(jobs=2):
    """Runs that outlive the measurement, so that every tab shows one that trains."""
    return [chosen.program, "run", chosen.suite, "--set", "epochs=120", "--jobs", str(jobs), "--data", data]


def row(terminal, name):
    got = terminal.read(chosen.seconds)
    print(f"| {name} | {len(got) / chosen.seconds / 1000:.2f} | {got.count(b'?2026h') / chosen.seconds:.1f} |", flush=True)


def tabs(terminal, title):
    terminal.read(12)  # until the data are there, both runs have begun and the axes have found their range
    print(f"\n| {title} | kB/s | frames/s |\n|---|---|---|")
    for key, name in TABS.items():
        terminal.press(key)
        terminal.read(3)  # the tab's first frame, and the two livelier seconds after a key
        row(terminal, name)
    terminal.press("1p")
    terminal.read(6)
    row(terminal, "Runs, all paused")
    terminal.press("p")
    terminal.leave()


def keys(terminal):
    terminal.read(12)
    dice, waits, tab = random.Random(1), [], "1"
    for _ in range(chosen.presses):
        terminal.read(dice.uniform(0.1, 0.3))
        tab = dice.choice([key for key in TABS if key != tab])
        began = time.monotonic()
        terminal.press(tab)
        # Another tab is a frame of many cells, its own name among them; what else changes meanwhile is one of few.
        terminal.read(5, lambda got: len(got) > 350 and got.endswith(b"?2026l"))
        waits.append((time.monotonic() - began) * 1000)
    waits.sort()
    place = lambda share: waits[min(len(waits) - 1, int(share * len(waits)))]
    print(f"\nFrom a key to the changed screen, {os.cpu_count()} cores training, {len(waits)} presses: median "
          f"{place(0.5):.1f} ms, 99th percentile {place(0.99):.1f} ms, longest {waits[-1]:.1f} ms", flush=True)
    terminal.leave()


def used(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu(terminal):
    terminal.read(15)
    for key in "12":
        terminal.press(key)
        terminal.read(3)
        before, began = used(terminal.child), time.monotonic()
        terminal.read(chosen.seconds)
        share = (used(terminal.child) - before) / (time.monotonic() - began)
        print(f"\nThe monitor's share of a core, 8 live runs, {TABS[key]}: {100 * share:.1f} %", flush=True)
    terminal.leave()


def trained(logs):
    """Seconds of each run of the only session in a folder that has ended."""
    last = [path.read_text().splitlines()[-1] for path in logs.glob("*/runs/*.jsonl") if path.stat().st_size]
    return [record["seconds"] for record in map(json.loads, last) if record["event"] == "run_finished"]


def slowdown():
    """The same runs without a screen and with one on Charts, in turn, a run on every core."""
    cores, times = os.cpu_count(), {"headless": [], "monitor": []}
    for number in range(chosen.rounds):
        for kind, found in times.items():
            logs = work / f"{kind}-{number}"
            words = [chosen.program, "run", "activations", "--only", "relu", "--set", "epochs=4", "--set",
                     f"seeds={list(range(cores))}", "--jobs", str(cores), "--data", data, "--logs", str(logs)]
            if kind == "headless":
                subprocess.run([*words, "--headless"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
            else:
                terminal = Terminal(*words)
                terminal.read(1)
                terminal.press("2")
                while len(trained(logs)) < cores:
                    terminal.read(0.5)
                terminal.press("q")
                terminal.read(5, lambda got: b"?1049l" in got)
                os.close(terminal.side)
                os.waitpid(terminal.child, 0)
            found.append(sum(trained(logs)))
    plain, watched = (statistics.median(times[kind]) for kind in ("headless", "monitor"))
    print(f"\nTraining under the monitor, a run on each of {cores} cores, {chosen.rounds} rounds in turn: "
          f"{100 * (watched / plain - 1):+.1f} % of time ({watched:.2f} s, {plain:.2f} s without a screen)", flush=True)


if "bytes" in parts:
    tabs(Terminal(*session()), "pseudo-terminal")
if "ssh" in parts and Path("/usr/sbin/sshd").exists():
    client, server = sshd(work)
    tabs(Terminal(*client, f"cd {work} && exec {' '.join(session())}"), "ssh")
    server.terminate()
    server.wait()
if "keys" in parts:
    keys(Terminal(*session(os.cpu_count())))
if "cpu" in parts:
    cpu(Terminal(*session(8)))
if "slowdown" in parts:
    slowdown()
shutil.rmtree(work, ignore_errors=True)
