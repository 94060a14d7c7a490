#!/usr/bin/env bash
# clearml 2.1.12 (PyPI), CPython 3.11, Linux x86-64, offline mode.
#
# Behaviour: `report_scalar` of NaN writes the value 0.0 into the offline session's `metrics.jsonl`. A warning goes to the
# console once; nothing in the file tells a loss that became NaN from one that became 0.
#
# What a reader can do: nothing for such a row; a run whose loss falls to exactly 0 at once deserves a look at its console
# output.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check clearml==2.1.12 \
    'setuptools<81' || exit 2
export HOME=$work CLEARML_CACHE_DIR=$work/cache CLEARML_CONFIG_FILE=$work/none.conf
cd "$work"
"$work/venv/bin/python" - >"$work/console" 2>&1 <<'PY' || true
from clearml import Task

Task.set_offline(True)
task = Task.init(project_name="p", task_name="t", auto_connect_frameworks=False, auto_resource_monitoring=False)
logger = task.get_logger()
for step, value in enumerate([0.5, float("nan"), 0.25]):
    logger.report_scalar("loss", "train", value, step)
logger.flush()
task.close()
PY
"$work/venv/bin/python" - "$work" <<'PY'
import json, pathlib, sys, zipfile

work = pathlib.Path(sys.argv[1])
rows = []
for archive in work.rglob("*.zip"):
    if archive.is_relative_to(work / "venv"):
        continue
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            if name.endswith("metrics.jsonl"):
                for line in packed.read(name).decode().splitlines():
                    rows += json.loads(line)
values = [row["value"] for row in rows if row.get("metric") == "loss"]
print(f"values of 0.5, NaN and 0.25 in the file: {values}")
sys.exit(0 if values == [0.5, 0.0, 0.25] else 1)
PY
