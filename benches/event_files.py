#!/usr/bin/env python3
"""event_files.py [--rows N] [--runs N] [--sums PATH]: times the reading of an event file beside TensorBoard's data server.

Both read every scalar of the same made-up file, as whole processes and in turn. The data server keeps all samples; its time
ends when it says that the load cycle is finished. Needs a Python with tensorboard 2.21.0 and tensorboard-data-server 0.7.2, and
`cargo build --release -p perceptop-formats --example sums`. Prints seconds, seconds of processor and memory of each; medians
of the runs. Exit 1 where the data server is less than 2.0 times as slow.
"""
import argparse
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import tensorboard_data_server
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

TAGS = ["train/loss", "train/acc", "val/loss", "val/acc", "lr", "grad_norm", "seconds", "tokens"]
LIMIT = 2.0


def make(path, rows):
    draw = random.Random(1).random
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for row in range(rows):
            value = summary_pb2.Summary.Value(tag=TAGS[row % len(TAGS)], simple_value=draw())
            step = row // len(TAGS)
            event = event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary_pb2.Summary(value=[value]))
            writer.write(event.SerializeToString())


def timed(command, until=None):
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if until is not None:
        if not any(re.search(until, line) for line in child.stderr):
            sys.exit(f"{command[0]} ended before it had read the file")
        seconds = time.monotonic() - begin
        child.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(child.pid, 0)
    if until is None:
        seconds = time.monotonic() - begin
        if status:
            sys.exit(f"{command[0]} failed: {child.stderr.read()}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--sums", default="target/release/examples/sums")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/events.out.tfevents.1700000000.host.1.0"
        make(path, arguments.rows)
        server = [tensorboard_data_server.server_binary(), "--logdir", folder, "--reload", "once", "--port", "0"]
        server += ["--samples-per-plugin", "scalars=all", "-v", "-v"]
        commands = {
            "perceptop": ([arguments.sums, path], None),
            "data server": (server, "Finished load cycle"),
            "data server --checksum": ([*server, "--checksum"], "Finished load cycle"),
        }
        found = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, (command, until) in commands.items():
                found[name].append(timed(command, until))
        print(f"{arguments.rows} scalars, {os.path.getsize(path) / 1e6:.0f} MB")
        medians = {name: [statistics.median(figures) for figures in zip(*runs)] for name, runs in found.items()}
        for name, (seconds, processor, memory) in medians.items():
            print(f"{name}: {seconds:.2f} s, {processor:.2f} s of processor, {memory:.0f} MB")
        ratio = medians["data server"][0] / medians["perceptop"][0]
        print(f"{ratio:.2f} times as fast as the data server; {LIMIT} wanted")
    sys.exit(0 if ratio >= LIMIT else 1)


if __name__ == "__main__":
    main()
