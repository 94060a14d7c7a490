#!/usr/bin/env python3
"""`kill -9` at random moments, resumed each time: are the losses those of a run that was never stopped?

    cargo build --release && python3 benches/kill_resume.py [--kills 50] [--seed 1]

A session of two runs is trained once without a kill. Then sessions of the same runs are started, killed after a random
time and resumed, again and again, until so many kills have been dealt; each is at last left to finish. Every loss of
every step and epoch, those done twice included, must have the bits of the undisturbed session, and each log may hold at
most one cut-off line for each kill. Exit status 1 where that is not so. Needs nothing beyond Python's own library.
"""
import argparse, json, os, random, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--kills", type=int, default=50)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--program", default=str(ROOT / "target/release/perceptop"))
chosen = arguments.parse_args()
dice = random.Random(chosen.seed)

work = Path(tempfile.mkdtemp())
environment = dict(os.environ, XDG_RUNTIME_DIR=str(work), XDG_STATE_HOME=str(work))
# Noise, a penalty and shuffling, so that every generator's state counts.
suite = {
    "name": "kill",
    "base": {"hidden": [64, 32], "epochs": 12, "batch_size": 32, "inactive_every": 20,
             "regulariser": {"l2": 1e-5, "forward_noise": 0.05}},
    "experiments": [{"name": "relu", "activation": "relu"}, {"name": "tanh", "activation": "tanh"}],
    "seeds": [3],
}
(work / "suite.json").write_text(json.dumps(suite))
run = lambda *words: [chosen.program, *words]
subprocess.run(run("data", "synth", "--out", "data", "--train", "8000", "--test", "1000"), cwd=work, env=environment,
               check=True, stdout=subprocess.DEVNULL)


def start(logs, session=None):
    what = ["--resume", str(session)] if session else ["suite.json"]
    words = run("run", *what, "--headless", "--jobs", "2", "--data", "data", "--logs", logs)
    return subprocess.Popen(words, cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def session_in(logs):
    """The session, once it has its name: a kill before that leaves a hidden folder, which is none."""
    folders = sorted(logs.iterdir()) if logs.exists() else []
    return next((folder for folder in folders if not folder.name.startswith(".")), None)


def losses(session):
    """Every loss by run, kind and step, all that were logged; and the lines that are none, by run."""
    found, cut = {}, {}
    for log in sorted((session / "runs").glob("*.jsonl")):
        for line in log.read_bytes().split(b"\n"):
            if not line:
                continue
            try:
                record = json.loads(line)
            except ValueError:
                cut[log.stem] = cut.get(log.stem, 0) + 1
                continue
            for key in ("train_loss", "test_loss", "test_accuracy", "l2_penalty", "gradient_norm"):
                if record["event"] in ("step", "epoch", "run_finished") and key in record:
                    found.setdefault((log.stem, record["event"], record["step"], key), []).append(repr(record[key]))
    return found, cut


began = time.monotonic()
first = start("whole")
if first.wait():
    sys.exit(f"the undisturbed session failed: {first.stderr.read().decode()}")
length = time.monotonic() - began
whole, _ = losses(session_in(work / "whole"))
print(f"undisturbed: {length:.1f} s, {len(whole)} figures", flush=True)

kills = sessions = again = cut_lines = lost_lines = 0
wrong = []
while kills < chosen.kills:
    sessions += 1
    logs, session = f"killed-{sessions}", None
    killed_here = 0
    while True:
        child = start(logs, session)
        # Moments of the whole run, its first and last instants included.
        moment = dice.uniform(0, length) if kills < chosen.kills else None
        try:
            status = child.wait(moment)
            if status:
                wrong.append(f"session {sessions}: exit status {status}: {child.stderr.read().decode()}")
            break
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
            killed_here += 1
        session = session_in(work / logs)
    session = session_in(work / logs)
    found, cut = losses(session)
    for name, count in cut.items():
        cut_lines += count
        if count > killed_here:
            wrong.append(f"session {sessions}, {name}: {count} cut-off lines after {killed_here} kills")
    for place, values in whole.items():
        logged = found.get(place, [])
        if not logged:
            lost_lines += 1
            wrong.append(f"session {sessions}: {place} is missing")
        if any(value != values[0] for value in logged):
            wrong.append(f"session {sessions}: {place} is {logged}, undisturbed {values[0]}")
        again += max(0, len(logged) - 1)
    print(f"session {sessions}: {killed_here} kills, {sum(cut.values())} cut-off lines, "
          f"{sum(len(v) for v in found.values())} figures", flush=True)

print(f"{kills} kills over {sessions} sessions: {cut_lines} cut-off lines, {lost_lines} figures missing, "
      f"{again} figures computed again, {sum('undisturbed' in line for line in wrong)} different")
for line in wrong[:20]:
    print(line)
shutil.rmtree(work, ignore_errors=True)
sys.exit(bool(wrong))
