#!/usr/bin/env bash
# trackio 0.43.0 (PyPI), CPython 3.11, Linux x86-64, offline.
#
# Behaviour: `trackio.log` puts rows into a queue that is written about twice a second, and the column `timestamp` of
# the table `metrics` is the time at which the batch was written, not the time of the call. All rows of a batch carry
# the same timestamp, up to 0.6 s after their call. So for a loop faster than two rows a second the time between rows
# (steps a second, loss over seconds) cannot be computed from the database: it holds a staircase. The order of the rows
# and their steps are right.
#
# Seen on 2026-11-27, 60 calls of `log`, 50 ms apart:
#     rows 60, distinct timestamps 6, largest delay 0.595 s
#
# What a reader can do: order rows by `step` or `id`, and not derive speeds from `timestamp` within a second.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check trackio==0.43.0 || exit 2
export TRACKIO_DIR=$work/store HF_HUB_OFFLINE=1
"$work/venv/bin/python" - <<'PY'
import datetime, glob, os, sqlite3, sys, time
import trackio

trackio.init(project="p", name="r")
called = []
for step in range(60):
    called.append(time.time())
    trackio.log({"loss": 1.0 / (step + 1)}, step=step)
    time.sleep(0.05)
trackio.finish()

database = glob.glob(os.path.join(os.environ["TRACKIO_DIR"], "*.db"))[0]
rows = sqlite3.connect(database).execute("SELECT timestamp, step FROM metrics ORDER BY id").fetchall()
written = [datetime.datetime.fromisoformat(stamp).timestamp() for stamp, _ in rows]
late = max(stamp - at for stamp, at in zip(written, called))
print(f"rows {len(rows)}, distinct timestamps {len(set(written))}, largest delay {late:.3f} s")
as_described = len(rows) == 60 and [step for _, step in rows] == list(range(60)) and len(set(written)) <= 20 and late > 0.2
sys.exit(0 if as_described else 1)
PY
