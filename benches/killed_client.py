#!/usr/bin/env python3
"""The ssh client killed at random moments: is anything lost, and how soon does `attach` show what happens now?

    cargo build --release && python3 benches/killed_client.py [--data DIR] [--kills 20] [--epochs 60] [--seed 1]

Starts two runs in the monitor inside `ssh -tt` to an sshd on the loopback interface, kills the client with SIGKILL at a
random moment, attaches over a new ssh, and so on; then waits for the runs to finish. Each attach is timed from the
start of ssh to the first frame that shows a step which was not taken yet when ssh was started, and what of that is
ssh's own. `--here` does the same without ssh. At the end each run must have finished, each log's numbers be without a
gap, and each figure have the bits of the same runs trained headless, which nobody disturbed. Exit status 1 where that
is not so.

Needs tmux and sshd, and nothing beyond Python's own library.
"""
import argparse, json, os, random, re, shutil, signal, statistics, subprocess, sys, tempfile, time
from pathlib import Path

from far import sshd

ROOT = Path(__file__).resolve().parent.parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--data", default="synthetic")
arguments.add_argument("--kills", type=int, default=20)
arguments.add_argument("--epochs", type=int, default=60)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--here", action="store_true", help="without ssh")
arguments.add_argument("--program", default=str(ROOT / "target/release/perceptop"))
chosen = arguments.parse_args()
dice = random.Random(chosen.seed)

work = Path(tempfile.mkdtemp())
environment = dict(os.environ, LANG="C.UTF-8", TERM="xterm-256color", XDG_RUNTIME_DIR=str(work), XDG_STATE_HOME=str(work))
for name in ("NO_COLOR", "COLORTERM", "LC_ALL", "TMUX"):
    environment.pop(name, None)
data = chosen.data if chosen.data in ("mnist", "synthetic") else str(Path(chosen.data).resolve())
suite = {"name": "kill", "base": {"epochs": chosen.epochs},
         "experiments": [{"name": "relu", "activation": "relu"}, {"name": "tanh", "activation": "tanh"}], "seeds": [3]}
(work / "suite.json").write_text(json.dumps(suite))
train = lambda logs: [chosen.program, "run", str(work / "suite.json"), "--jobs", "2", "--data", data, "--logs", logs]
client, server = ([], None) if chosen.here else sshd(work)


class Screen:
    """A command in a tmux of its own, whose screen is read whenever it has written."""

    def __init__(self, words):
        self.began, self.clock = time.monotonic(), time.time()
        name = work / f"tmux-{self.began}"
        far = [*client, f"cd {work} && : > login && exec {' '.join(words)}"] if client else words
        self.tmux = subprocess.Popen(
            ["tmux", "-f", "/dev/null", "-S", name, "-C", "new-session", "-x", "120", "-y", "40", "-c", work, *far],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True,
            errors="replace")
        self.answer()
        self.child = int(self.ask("display-message -p '#{pane_pid}'")[0])

    def ask(self, command):
        self.tmux.stdin.write(command + "\n")
        self.tmux.stdin.flush()
        return self.answer()

    def answer(self):
        """The lines of the next answer; what comes in between tells only that the screen changes."""
        lines = None
        for line in self.tmux.stdout:
            if line.startswith("%begin"):
                lines = []
            elif line.startswith(("%end", "%error")):
                return lines
            elif lines is not None:
                lines.append(line.rstrip("\n"))
        return [""]

    def read(self):
        return "\n".join(self.ask("capture-pane -p"))

    def kill(self):
        """The client dies without a word, and its terminal with it."""
        os.kill(self.child, signal.SIGKILL)
        self.tmux.wait()


def losses(log, size=None):
    """The training loss of each step, as the screen writes it; of the log's first `size` bytes where that is said."""
    found = {}
    for line in log.read_bytes()[:size].split(b"\n")[:-1]:
        record = json.loads(line)
        if record["event"] == "step":
            found[record["step"]] = f"{record['train_loss']:.4f}"
    return found


def shown(text):
    """The selected run and its training loss, as the screen says them."""
    run, loss = re.search(r"[┌┐] ?(\w+-s3) ", text), re.search(r"train (\d\.\d{4})", text)
    return (run[1], loss[1]) if run and loss else None


def watch(screen, seconds):
    """When the screen showed what, for so long."""
    seen = []
    while (now := time.monotonic() - screen.began) < seconds:
        if (what := shown(screen.read())) and (not seen or seen[-1][1] != what):
            seen.append((now, what))
        time.sleep(0.01)
    return seen


def records(session):
    """What each log says, the times of it left out, and where its numbers leave a gap."""
    found, gaps = {}, []
    for log in sorted((session / "runs").glob("*.jsonl")):
        lines = [json.loads(line) for line in log.read_bytes().split(b"\n") if line]
        gaps += [f"{log.stem}: {line['seq']} at line {at + 1}" for at, line in enumerate(lines) if line["seq"] != at]
        timed = ("t", "seconds", "train_seconds", "test_seconds", "samples_per_second", "path", "sha256")
        found[log.stem] = [{key: value for key, value in line.items() if key not in timed} for line in lines]
    return found, gaps


subprocess.run([*train("undisturbed"), "--headless"], cwd=work, env=environment, check=True, stdout=subprocess.DEVNULL)
undisturbed, _ = records(next((work / "undisturbed").iterdir()))
print(f"undisturbed: {', '.join(f'{run} {len(lines)} records' for run, lines in undisturbed.items())}", flush=True)

waits, logins, wrong = [], [], []
screen = Screen(train("logs"))
watch(screen, 4 + dice.uniform(0, 4))
session = next((work / "logs").iterdir())
for kill in range(chosen.kills):
    screen.kill()
    sizes = {log: log.stat().st_size for log in (session / "runs").iterdir()}
    screen = Screen([chosen.program, "attach"])
    seen = watch(screen, dice.uniform(0, 6))
    before = {log.stem: max(losses(log, size), default=0) for log, size in sizes.items()}
    logged = {log.stem: losses(log) for log in sizes}
    newer = lambda what: any(loss == what[1] and step > before[what[0]] for step, loss in logged[what[0]].items())
    # A frame of long ago may by chance show a figure that came again: the next frame, too, must be new.
    live = [now for (now, what), (_, after) in zip(seen, seen[1:]) if newer(what) and newer(after)]
    first = f"{seen[0][0]:.2f} s" if seen else "-"
    if client and live:
        logins.append((work / "login").stat().st_mtime - screen.clock)
        first += f", logged in {logins[-1]:.2f} s"
    waits += live[:1]
    size, after = sum(sizes.values()) / 1e6, f"{live[0]:.2f} s" if live else "-"
    print(f"kill {kill + 1}: logs of {size:.1f} MB, first figure {first}, live {after}", flush=True)
    if any("run_finished" in log.read_text() for log in (session / "runs").iterdir()):
        print("a run is over: more epochs are needed for so many kills")
        break
screen.kill()
deadline = time.monotonic() + 600
while time.monotonic() < deadline and any(
        b'"run_finished"' not in log.read_bytes()[-4000:] for log in (session / "runs").glob("*.jsonl")):
    time.sleep(0.5)
disturbed, gaps = records(session)
wrong += gaps
for run, lines in undisturbed.items():
    pairs = list(zip(lines, disturbed.get(run, [])))
    if len(lines) != len(disturbed.get(run, [])) or any(
            {**one, "spec": 0, "reason": 0} != {**other, "spec": 0, "reason": 0} for one, other in pairs):
        at = next((at for at, (one, other) in enumerate(pairs) if one != other), len(pairs))
        wrong.append(f"{run}: {len(disturbed.get(run, []))} records where {len(lines)} are due; they part at {at}: "
                     f"{str(pairs[at])[:400] if at < len(pairs) else ''}")
print(f"{kill + 1} kills: {sum(map(len, disturbed.values()))} records, {len(gaps)} gaps, "
      f"{len(wrong) - len(gaps)} runs that differ from the undisturbed")
if waits:
    waits.sort()
    print(f"attach to live, {len(waits)} times: median {statistics.median(waits):.2f} s, longest {waits[-1]:.2f} s")
if logins:
    print(f"of that, until ssh had logged in: median {statistics.median(logins):.2f} s, longest {max(logins):.2f} s")
for line in wrong[:20]:
    print(line)
if server:
    server.terminate()
    server.wait()
subprocess.run([chosen.program, "stop", str(session)], env=environment, capture_output=True)
shutil.rmtree(work, ignore_errors=True)
sys.exit(bool(wrong))
