#!/usr/bin/env bash
# tensorboard 2.21.0 and tensorboard-data-server 0.7.2 (PyPI), CPython 3.11, Linux x86-64.
#
# Behaviour: a scalar summary whose tensor is of type DT_DOUBLE is read by TensorBoard's EventAccumulator and is not
# given out by its data server, which is what the pages show by default (`--load_fast=auto`): the tag has no points, and
# nothing says so. The same numbers as DT_FLOAT are given out by both.
#
# What a reader can do: take both types; a tag without points on a TensorBoard page may still hold numbers.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorboard==2.21.0 tensorboard-data-server==0.7.2 'setuptools<81' || exit 2
mkdir "$work/logs"
"$work/venv/bin/python" - "$work/logs" <<'PY' 2>/dev/null
import sys
import numpy
from tensorboard import context
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.data import server_ingester
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.scalar import metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import grpc_util, tensor_util

folder = sys.argv[1]
writer = EventFileWriter(folder)
for step in range(3):
    for tag, kind in (("single", numpy.float32), ("double", numpy.float64)):
        about = metadata.create_summary_metadata(display_name="", description="")
        tensor = tensor_util.make_tensor_proto(numpy.array(0.5 * step, dtype=kind))
        summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=about)])
        writer.add_event(event_pb2.Event(wall_time=1_700_000_000.0 + step, step=step, summary=summary))
writer.close()

accumulator = plugin_event_accumulator.EventAccumulator(folder)
accumulator.Reload()
accumulated = {tag: len(accumulator.Tensors(tag)) for tag in accumulator.Tags()["tensors"]}

ingester = server_ingester.SubprocessServerDataIngester(
    server_binary=server_ingester.get_server_binary(), logdir=folder, reload_interval=0,
    channel_creds_type=grpc_util.ChannelCredsType.LOCAL, samples_per_plugin={"scalars": 100},
)
ingester.start()
points = ingester.data_provider.read_scalars(
    context.RequestContext(), experiment_id="", plugin_name="scalars", downsample=100, run_tag_filter=RunTagFilter()
)
served = {tag: len(series) for tags in points.values() for tag, series in tags.items()}
print(f"points in the EventAccumulator {accumulated}, in the data server {served}")
as_described = accumulated == {"single": 3, "double": 3} and served.get("single") == 3 and not served.get("double")
sys.exit(0 if as_described else 1)
PY
