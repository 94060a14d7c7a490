#!/usr/bin/env python3
"""A library of 1,000 runs of 14,070 steps (1.6 GB) and files of 10 million records: how soon they are on the screen.

    cargo build --release && python3 benches/many_logs.py [--folder DIR] [--runs 1000] [--records 10000000] [--seed 1]

Makes the logs in a folder of their own, looks at them in the monitor (120x40, in tmux) and prints a Markdown table for
docs/benchmarks.md: seconds from the key or the command to the screen that shows it, and the most memory that was resident.
The logs go away at the end, unless a folder was named. Needs tmux, and nothing beyond Python's own library.
"""
import argparse, json, math, os, random, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--folder", help="where the logs are made, and stay")
arguments.add_argument("--runs", type=int, default=1000)
arguments.add_argument("--sessions", type=int, default=20)
arguments.add_argument("--records", type=int, default=10_000_000)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--program", default=str(ROOT / "target/release/perceptop"))
arguments.add_argument("--only", choices=["library", "native", "foreign"], help="one of the measurements")
chosen = arguments.parse_args()
work = Path(tempfile.mkdtemp(prefix="perceptop-"))
folder = Path(chosen.folder or work / "logs")

SPEC = dict(family="mlp", features="pixels", hidden=[500, 250, 100], activation="relu", initialisation="glorot",
            learning_rate=0.05, batch_size=64, epochs=15, shuffle=True, log_every=1, evaluate_every=1,
            inactive_every=50, checkpoint_every=1, on_divergence="stop",
            regulariser=dict(l2=0.0, forward_noise=0.0, backward_noise=0.0, augment=False), k=3, c=1.0, tolerance=0.0001)
line = lambda **fields: json.dumps(dict(v=1) | fields, separators=(",", ":")) + "\n"


def step_line(chance, seq, step):
    loss = 2.3 * math.exp(-step / 4000) + 0.02 + 0.05 * chance.random()
    return ('{"v":1,"seq":%d,"t":%.6f,"event":"step","step":%d,"epoch":%r,"train_loss":%.7f}\n'
            % (seq, step * 0.00123, step, step / 938, loss))


def ending(chance, seq):
    return line(seq=seq, t=18.0, event="run_finished", step=14070, epoch=15.0, train_loss=0.02, test_loss=0.07,
                test_accuracy=round(0.97 + chance.random() / 100, 4), seconds=18.0, samples_per_second=50000.0,
                reason="completed")


def body(chance):
    lines = []
    for step in range(1, 14071):
        lines.append(step_line(chance, len(lines) + 1, step))
        if step % 938 == 0:
            accuracy = round(0.98 - math.exp(-step / 3000) / 10 + chance.random() / 1000, 4)
            confusion = [[980 if row == column else 2 for column in range(10)] for row in range(10)]
            lines.append(line(seq=len(lines) + 1, t=step * 0.00123, event="epoch", step=step, epoch=step / 938,
                              train_loss=0.1, test_loss=0.08, test_accuracy=accuracy, l2_penalty=0.0,
                              gradient_norm=1.0, confusion=confusion, precision=[0.98] * 10, recall=[0.98] * 10,
                              f1=[0.98] * 10, samples_per_second=50000.0, train_seconds=1.2))
    lines.append(ending(chance, len(lines) + 1))
    return "".join(lines)


def make_library(logs):
    bodies = [body(random.Random(8 * chosen.seed + number)) for number in range(8)]
    for number in range(chosen.runs):
        session = number * chosen.sessions // chosen.runs
        root = logs / f"many-{20260101 + session}-120000"
        if not root.exists():
            (root / "runs").mkdir(parents=True)
            dataset = dict(name="MNIST", train=60000, test=10000, height=28, width=28, classes=10, digests=[])
            header = dict(v=1, suite="many", host="here", program="0.1.0", pid=1, created=1767268800 + 86400 * session,
                          jobs=2, dataset=dataset)
            (root / "session.json").write_text(json.dumps(header))
        run = f"relu-s{number}"
        start = line(seq=0, t=0.0, event="run_started", run=run, name="relu", spec=SPEC, family="mlp", seed=number,
                     dataset="MNIST", steps_per_epoch=938)
        (root / "runs" / f"{run}.jsonl").write_text(start + bodies[number % len(bodies)])


def make_native(path):
    chance = random.Random(chosen.seed)
    with open(path, "w", buffering=1 << 22) as file:
        file.write(line(seq=0, t=0.0, event="run_started", run="long", name="relu", spec=SPEC, family="mlp", seed=0,
                        dataset="MNIST", steps_per_epoch=938))
        for step in range(1, chosen.records):
            file.write(step_line(chance, step, step))


def make_foreign(path):
    chance = random.Random(chosen.seed)
    with open(path, "w", buffering=1 << 22) as file:
        for step in range(chosen.records):
            file.write('{"step": %d, "train/loss": %.6f}\n' % (step, 2.0 / (1 + step / 1e5) + 0.1 * chance.random()))


class Screen:
    """The monitor in tmux."""

    opened = 0

    def __init__(self, *command):
        # A server of its own for each screen: one that was just told to go may still answer at its socket.
        Screen.opened += 1
        self.tmux = ["tmux", "-f", "/dev/null", "-S", str(work / f"tmux-{Screen.opened}")]
        subprocess.run(self.tmux + ["new-session", "-d", "-x", "120", "-y", "40", "sleep 1000"], check=True)
        environment = [f"{name}={value}" for name, value in
                       dict(XDG_RUNTIME_DIR=work, XDG_STATE_HOME=work, XDG_CACHE_HOME=work, LANG="C.UTF-8").items()]
        self.began = time.monotonic()
        subprocess.run(self.tmux + ["respawn-pane", "-k", "-t", ":0", "env", *environment, chosen.program, *command],
                       check=True)
        self.pid = int(subprocess.check_output(self.tmux + ["display-message", "-p", "#{pane_pid}"]))

    def press(self, key):
        self.began = time.monotonic()
        subprocess.run(self.tmux + ["send-keys", key], check=True)

    def until(self, wanted, most=60):
        while True:
            text = subprocess.check_output(self.tmux + ["capture-pane", "-p"], text=True)
            waited = time.monotonic() - self.began
            if wanted(text):
                return waited
            if waited > most:
                self.close()
                sys.exit(f"not on the screen after {most} s:\n{text}")
            time.sleep(0.005)

    def memory(self, what="VmHWM"):
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        # The server ends by itself with its last window, so that it may be gone already.
        subprocess.run(self.tmux + ["kill-server"], stderr=subprocess.DEVNULL)


def tell(what, seconds, memory):
    print(f"| {what} | {seconds:.2f} | {memory:.0f} |", flush=True)


def library():
    logs = folder / "library"
    if not logs.exists():
        make_library(logs)
    size = sum(path.stat().st_size for path in logs.rglob("*.jsonl")) / 1e9
    for index in ("no index", "with its index"):
        if index == "no index":
            shutil.rmtree(work / "perceptop", ignore_errors=True)
        screen = Screen("review", "--logs", str(logs))
        shown = screen.until(lambda text: f"{chosen.runs} runs" in text)
        tell(f"list of {chosen.runs} runs in {chosen.sessions} sessions, {size:.1f} GB, {index}", shown, screen.memory())
        time.sleep(6)
        if index == "no index":
            screen.close()
    screen.press("l")
    screen.until(lambda text: "relu-s" in text)
    openings = []
    for _ in range(8):
        screen.press("j")
        time.sleep(0.5)
        screen.press("Enter")
        openings.append(screen.until(lambda text: "test accuracy" in text or "15/15" in text))
        screen.press("6")
        screen.until(lambda text: "changed" in text)
    tell("a run opened from the list, slowest of 8", max(openings), screen.memory())
    screen.close()
    screen = Screen("review", str(logs / f"many-{20260101 + chosen.sessions - 1}-120000"))
    tell(f"a session of {chosen.runs // chosen.sessions} runs opened", screen.until(lambda text: "15/15" in text),
         screen.memory())
    screen.close()


def single(what, path, make):
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)
    if make is make_foreign:
        # Nothing tells that another program's run ended: it is quiet once its file was not changed for a while.
        hour_ago = time.time() - 3600
        os.utime(path, (hour_ago, hour_ago))
    screen = Screen("review", str(path))
    whole = screen.until(lambda text: "1 done" in text or "1 quiet" in text)
    tell(f"{what} of {chosen.records:,} records, {path.stat().st_size / 1e9:.1f} GB, all of it", whole, screen.memory())
    screen.close()


print("| | seconds | MB |\n|---|---:|---:|")
try:
    if chosen.only in (None, "library"):
        library()
    if chosen.only in (None, "native"):
        single("one log", folder / "long.jsonl", make_native)
    if chosen.only in (None, "foreign"):
        single("another program's file", folder / "foreign.jsonl", make_foreign)
finally:
    shutil.rmtree(work, ignore_errors=True)
