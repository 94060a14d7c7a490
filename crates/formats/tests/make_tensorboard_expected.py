"""What TensorBoard reads of the event files under fixtures/tensorboard, as expected.json beside them.

Not part of the tests: run it after a change of the files, in an environment with tensorboard 2.21.0 and
tensorboard-data-server 0.7.2. Scalars are those of the data server, which is what TensorBoard's pages show; a tag that only
the EventAccumulator reads as a number (another type than float) is taken from there and named in "accumulator".
"""

import json
import math
import pathlib

from tensorboard import context
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.data import server_ingester
from tensorboard.data.provider import RunTagFilter
from tensorboard.util import grpc_util, tensor_util

FOLDER = pathlib.Path(__file__).parent / "fixtures" / "tensorboard"
ALL = 1_000_000


def number(value):
    value = float(value)
    return value if math.isfinite(value) else str(value)


def served():
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=str(FOLDER),
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"scalars": ALL},
    )
    ingester.start()
    provider = ingester.data_provider
    points = provider.read_scalars(
        context.RequestContext(), experiment_id="", plugin_name="scalars", downsample=ALL, run_tag_filter=RunTagFilter()
    )
    return {
        run: {tag: [[it.step, it.wall_time, number(it.value)] for it in series] for tag, series in tags.items()}
        for run, tags in points.items()
    }


def accumulated(run):
    reader = plugin_event_accumulator.EventAccumulator(
        str(FOLDER / run), size_guidance={"scalars": 0, "tensors": 0}, tensor_size_guidance={"scalars": 0}
    )
    reader.Reload()
    found = {}
    for tag in reader.Tags()["tensors"]:
        if reader.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found[tag] = [
                [it.step, it.wall_time, number(tensor_util.make_ndarray(it.tensor_proto).item())]
                for it in reader.Tensors(tag)
            ]
    return found


runs = served()
only_accumulated = []
for run in list(runs):
    for tag, series in accumulated(run).items():
        if len(series) > len(runs[run].get(tag, [])) and not runs[run].get(tag):
            runs[run][tag] = series
            only_accumulated.append(f"{run}: {tag}")
(FOLDER / "expected.json").write_text(
    json.dumps({"runs": runs, "accumulator": sorted(only_accumulated)}, indent=None, sort_keys=True) + "\n"
)
print({run: {tag: len(series) for tag, series in tags.items()} for run, tags in runs.items()}, only_accumulated)
