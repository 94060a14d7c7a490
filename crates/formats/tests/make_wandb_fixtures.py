"""Writes fixtures/wandb: offline runs of wandb 0.31.0, and what wandb's own protocol buffers say of them, as expected.json.

Not part of the tests: run it in an environment with wandb 0.31.0. The expectation is made with wandb's generated classes and
Python's zlib, and shares no code with the reader that is tested.
"""

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

from wandb.proto import wandb_internal_pb2

FOLDER = pathlib.Path(__file__).parent / "fixtures" / "wandb"
PROGRAM = """
import sys, time, wandb
run = wandb.init(project="cats", name="calm run", group="g", notes="n", tags=["x", "y"], mode="offline", id=sys.argv[1],
    config={"lr": 0.1, "opt": "sgd", "layers": [1, 2], "model": {"depth": 3, "drop": None}, "amp": True},
    settings=wandb.Settings(x_stats_sampling_interval=0.5, disable_git=True, save_code=False))
for i in range(6):
    row = {"loss": 1 / (i + 1), "train": {"acc": i / 10, "deep": {"a": i}}, "a/b": i, "flag": i % 2 == 0}
    if i == 2: row["loss"] = float("nan")
    if i == 3: row["loss"] = float("inf")
    if i == 4: row.update(hist=wandb.Histogram([1, 2, 2, 3, 4.5], num_bins=4), word="hello")
    if i == 5: row.update(loss=-float("inf"), big=2**60 + 1, table=wandb.Table(columns=["a"], data=[[1]]))
    print("line", i)
    if sys.argv[1] == "auto": wandb.log(row)
    else: wandb.log(row, step=i * 2)
    time.sleep(0.3)
run.config.update({"late": "yes", "lr": 0.2}, allow_val_change=True)
run.summary["best"] = 0.9
if sys.argv[1] == "failed": sys.exit(3)
wandb.finish()
"""


def records(path):
    data, at, record = path.read_bytes(), 7, b""
    while at < len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        crc, length, kind = struct.unpack("<IHB", data[at : at + 7])
        chunk = data[at + 7 : at + 7 + length]
        assert zlib.crc32(bytes([kind]) + chunk) == crc
        record, at = record + chunk, at + 7 + length
        if kind in (1, 4):
            yield wandb_internal_pb2.Record.FromString(record)
            record = b""


def number(text):
    value = json.loads(text)
    return str(value) if value != value or value in (float("inf"), float("-inf")) else value


def expected(path):
    metrics, system, settings, lines, end = {}, {}, {}, "", None
    for record in records(path):
        kind = record.WhichOneof("record_type")
        if kind == "history":
            items = {".".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
            step, time = items.pop("_step"), items.pop("_timestamp")
            items.pop("_runtime")
            for name, value in items.items():
                if isinstance(value, (int, float)) and not name.startswith("table."):
                    metrics.setdefault(name, []).append([step, time, number(json.dumps(float(value)))])
        elif kind == "stats":
            for item in record.stats.item:
                system.setdefault("system/" + item.key, []).append(number(item.value_json))
        elif kind in ("run", "config"):
            for item in (record.run.config if kind == "run" else record.config).update:
                if item.key != "_wandb":
                    settings[item.key] = json.loads(item.value_json)
        elif kind == "output_raw":
            lines += record.output_raw.line
        elif kind == "exit":
            end = record.exit.exit_code
    return {"metrics": metrics, "system": system, "settings": settings, "console": lines.splitlines(), "exit": end}


found = {}
for run in ["calm", "auto", "failed"]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", PROGRAM, run], cwd=folder, capture_output=True, check=False)
        (path,) = pathlib.Path(folder).glob(f"wandb/offline-run-*-{run}/run-{run}.wandb")
        FOLDER.mkdir(exist_ok=True)
        shutil.copy(path, FOLDER / path.name)
    found[run] = expected(FOLDER / path.name)
(FOLDER / "expected.json").write_text(json.dumps(found, sort_keys=True) + "\n")
