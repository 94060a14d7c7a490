"""Counts the instructions of a training step, of HOG and of a k-NN block, and compares them with the committed counts.

    python3 benches/instructions.py [--write]

Needs valgrind, whose processor knows AVX2 but not AVX-512, so that the same kernels are counted everywhere. Fails where
a count is more than a tenth above the committed one; --write commits the new counts.
"""
import json, os, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
COUNTS = os.path.join(HERE, "instructions.json")
TOLERANCE = 0.10


def bench():
    command = ["cargo", "bench", "--bench", "instructions", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines if '"executable":"' in line]
    return next(artifact["executable"] for artifact in found if artifact["target"]["name"] == "instructions")


def count(program, work):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no",
               "--toggle-collect=*counted_work*", program, work]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found or int(found[1]) == 0:
        sys.exit(f"{work}: valgrind counted nothing (exit {done.returncode}):\n{done.stderr[-2000:]}")
    return int(found[1])


def main():
    program = bench()
    counts = {work: count(program, work) for work in ("step", "hog", "knn")}
    if "--write" in sys.argv[1:]:
        with open(COUNTS, "w") as file:
            file.write(json.dumps(counts, indent=2) + "\n")
    with open(COUNTS) as file:
        committed = json.load(file)
    dearer = False
    for work, found in counts.items():
        change = found / committed[work] - 1
        print(f"{work:5} {found:>12,} instructions, {change:+.1%} of the committed {committed[work]:,}")
        dearer |= change > TOLERANCE
        if change < -TOLERANCE:
            print(f"      cheaper than committed: python3 benches/instructions.py --write")
    sys.exit(f"more than {TOLERANCE:.0%} dearer than committed" if dearer else 0)


if __name__ == "__main__":
    main()
