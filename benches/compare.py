"""perceptop beside what people would run instead, in turn, one core each, as a table in Markdown.

    python3 benches/compare.py [--data ../shared/mnist] [--rounds 5] [--core 1] [--only relu,knn] [--keep FILE]

The interpreter needs numpy, torch, scikit-image, scikit-learn and faiss-cpu; a peer that is not installed is left out.
Every round runs the product and each peer once, one after the other, so that what disturbs the machine disturbs both;
the table has the medians of the processor's seconds. FILE keeps the times, so that rounds may be spread over calls.
OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE hold OpenBLAS to other kernels than the machine's best: they are unset for all
peers but FAISS, which runs as the environment says.
"""
import argparse, collections, json, os, platform, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EPOCH, KNN = 148.44e9, 2 * 10_000 * 60_000 * 324


def work_table(data, features):
    """Name, what the product runs, and what each peer runs."""
    mlp = lambda *more: ["mlp", "--epochs", "2", "--data", data, *more]
    return {
        "relu": ("an epoch, ReLU", EPOCH, mlp(), {p: [p, data, "relu", "1"] for p in ("numpy", "torch")}),
        "sigmoid": (
            "an epoch, sigmoid", EPOCH, mlp("--activation", "sigmoid"),
            {p: [p, data, "sigmoid", "1"] for p in ("numpy", "torch")},
        ),
        "noise": ("an epoch, ReLU, forward noise 0.1", EPOCH, mlp("--forward-noise", "0.1"), {}),
        "two": ("an epoch of each of two runs on two cores", EPOCH, mlp("--runs", "2"), {}),
        "hog": ("HOG of 70,000 images", None, ["hog", "--data", data, "--write", features], {"scikit-image": ["hog", data]}),
        "knn": (
            "k-NN, 10,000 against 60,000 x 324", KNN, ["knn", "--data", data, "--features", features],
            {"FAISS": ["faiss", data, features], "scikit-learn": ["sklearn", data, features]},
        ),
        "svm": (
            "SVM, squared hinge, C = 1", None, ["svm", "--data", data, "--features", features],
            {"liblinear": ["liblinear", data, features]},
        ),
    }


def product():
    """The benchmark's path, built where it must be."""
    command = ["cargo", "bench", "--bench", "workloads", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines if '"executable":"' in line]
    return next(artifact["executable"] for artifact in found if artifact["target"]["name"] == "workloads")


def run(command, core, environment=None):
    pinned = command if core is None else ["taskset", "-c", str(core), *command]
    done = subprocess.run(pinned, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        print(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def environment(peer):
    settings = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    if peer != "FAISS":
        settings.pop("OPENBLAS_CORETYPE", None)
        settings.pop("OPENBLAS_L2_SIZE", None)
    return settings


def laps(value):
    """Every number in what may be a number or lists of them."""
    return [lap for part in value for lap in laps(part)] if isinstance(value, list) else [value]


def measure(arguments, times, versions):
    bench = product()
    works = work_table(os.path.abspath(arguments.data), arguments.features)
    wanted = arguments.only.split(",") if arguments.only else list(works)
    if not os.path.exists(os.path.join(arguments.features, "Hte.npy")):
        run([bench, *works["hog"][2]], arguments.core)
    for _ in range(arguments.rounds):
        times["peak"].append(run([bench, "peak"], arguments.core)["flops"])
        for work in wanted:
            # Side by side, cores are shared with whatever else runs: there the wall clock counts.
            clock, core = ("seconds", None) if work == "two" else ("cpu_seconds", arguments.core)
            found = run([bench, *works[work][2]], core)
            times[f"{work}/perceptop"] += laps(found[clock]) if found else []
            for peer, command in works[work][3].items():
                found = run([sys.executable, os.path.join(HERE, "peers.py"), *command], arguments.core, environment(peer))
                if found:
                    times[f"{work}/{peer}"] += laps(found["cpu_seconds"])
                    versions[peer] = found["version"]
    return works


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())


def table(works, times, versions):
    peak = max(times["peak"])
    print(f"{processor()}, one core of {os.cpu_count()}, at most {peak / 1e9:.0f} GFLOP/s measured; medians of processor seconds.")
    print(", ".join(f"{peer} {version}" for peer, version in sorted(versions.items())) + ".\n")
    print("| work | perceptop | share of peak | peer | its time | ratio |\n|---|---|---|---|---|---|")
    for work, (name, operations, _, peers) in works.items():
        own = times.get(f"{work}/perceptop")
        if not own:
            continue
        middle = statistics.median(own)
        share = f"{operations / middle / peak:.0%}" if operations else "-"
        first = f"| {name} | {middle:.3g} s | {share} |"
        rows = [(peer, statistics.median(times[f"{work}/{peer}"])) for peer in peers if times.get(f"{work}/{peer}")]
        if work in ("noise", "two") and times.get("relu/perceptop"):
            rows = [("one run without", statistics.median(times["relu/perceptop"]))]
        for peer, seconds in rows or [("-", None)]:
            print(first, f"{peer} | {seconds:.3g} s | {seconds / middle:.2f} |" if seconds else "- | - | - |")
            first = "| | | |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.path.join(HERE, "../../shared/mnist"))
    parser.add_argument("--features", default=os.path.join(tempfile.gettempdir(), "perceptop-features"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    os.makedirs(arguments.features, exist_ok=True)
    times, versions = collections.defaultdict(list), {}
    if arguments.keep and os.path.exists(arguments.keep):
        with open(arguments.keep) as file:
            kept = json.load(file)
        times.update(kept["times"])
        versions.update(kept["versions"])
    works = measure(arguments, times, versions)
    if arguments.keep:
        with open(arguments.keep, "w") as file:
            json.dump({"times": times, "versions": versions}, file, indent=1)
    table(works, times, versions)


if __name__ == "__main__":
    main()
