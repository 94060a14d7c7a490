#!/usr/bin/env python3
"""formats.py [--rows N] [--runs N] [--sums PATH]: times the reading of tables and JSON Lines beside DuckDB.

Both add up every column of the same made-up rows, as whole processes and in turn; the median of each counts. Needs a
Python with duckdb (`pip install duckdb==2.0.1`) and `cargo build --release -p perceptop-formats --example sums`.
Prints a line a file: seconds of each, their ratio, and the memory of each at its peak. Exit 1 where a ratio is above what
docs/benchmarks.md promises.
"""
import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

NAMES = ["step", "loss", "accuracy", "val_loss", "val_accuracy", "lr", "grad_norm", "seconds"]
LIMITS = {"jsonl": 0.8, "csv": 1.0}
QUERY = """
import sys, duckdb
reader = "read_json_auto" if sys.argv[1].endswith("jsonl") else "read_csv_auto"
columns = ", ".join(f"sum({name})" for name in sys.argv[2:])
print(duckdb.sql(f"select {columns} from {reader}('{sys.argv[1]}')").fetchall())
"""


def make(folder, rows):
    draw = random.Random(1).random
    with open(f"{folder}/rows.jsonl", "w") as lines, open(f"{folder}/rows.csv", "w") as table:
        table.write(",".join(NAMES) + "\n")
        for row in range(rows):
            values = [row, round(3 * draw(), 6), round(draw(), 6), round(3 * draw(), 6), round(draw(), 6),
                      round(draw() / 1000, 8), round(9 * draw(), 5), round(0.013 * row, 3)]
            texts = [repr(value) for value in values]
            lines.write("{" + ",".join(f'"{name}":{text}' for name, text in zip(NAMES, texts)) + "}\n")
            table.write(",".join(texts) + "\n")


def timed(command):
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    return time.monotonic() - begin, usage.ru_maxrss // 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--sums", default="target/release/examples/sums")
    arguments = parser.parse_args()
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        make(folder, arguments.rows)
        for ending, limit in LIMITS.items():
            path = f"{folder}/rows.{ending}"
            commands = {"duckdb": [sys.executable, "-c", QUERY, path, *NAMES], "perceptop": [arguments.sums, path]}
            found = {name: [] for name in commands}
            for _ in range(arguments.runs):
                for name, command in commands.items():
                    found[name].append(timed(command))
            seconds = {name: statistics.median(run[0] for run in runs) for name, runs in found.items()}
            peak = {name: max(run[1] for run in runs) for name, runs in found.items()}
            ratio = seconds["perceptop"] / seconds["duckdb"]
            print(f"{ending}, {os.path.getsize(path) / 1e6:.0f} MB: perceptop {seconds['perceptop']:.2f} s, "
                  f"{peak['perceptop']} MB; duckdb {seconds['duckdb']:.2f} s, {peak['duckdb']} MB; ratio {ratio:.2f}")
            if ratio > limit:
                slow.append(ending)
    sys.exit(f"slower than promised: {', '.join(slow)}" if slow else 0)


if __name__ == "__main__":
    main()
