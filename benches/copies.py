#!/usr/bin/env python3
"""Copies in Rust against jscpd, side by side, over the same files.

    benches/copies.py FOLDER... [--rounds N] [--jscpd PROGRAM]

Each FOLDER is a checkout of a repository. Their Rust files are copied into one folder, up to
MEGABYTES, so that both sides read the same. jscpd (`npm install jscpd`) runs with its defaults but
for the size of a clone, which is that of ours, and for its bounds on the size of a file, which
would leave files out. Seconds are of the wall, both may use all cores; the least of the rounds
counts, for what else runs on the machine only adds to it.
"""

import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
LEFT_OUT = {"target", "vendor", ".git", "node_modules"}


def run(command):
    """Runs a command and gives its seconds of the wall and of the CPU, and what it said."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, text=True, capture_output=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{(done.stderr or done.stdout)[-2000:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall, cpu, done.stdout


def gather(folders, into, most):
    """Copies the Rust files of the folders, each below its own, until there are `most` bytes."""
    total = 0
    roots = []
    for number, folder in enumerate(folders):
        root = into / f"{number}-{folder.name}"
        for path in sorted(folder.rglob("*.rs")):
            below = path.relative_to(folder)
            if LEFT_OUT & set(below.parts) or not path.is_file() or total >= most:
                continue
            target = root / below
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            total += path.stat().st_size
        if root.exists():
            roots.append(root)
    return roots, total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--jscpd", default="jscpd", help="the program")
    args = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--example", "copies"], cwd=HERE, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    program = target / "release" / "examples" / "copies"
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        folders = [folder.resolve() for folder in args.folders]
        roots, total = gather(folders, scratch / "sources", args.megabytes * 1e6)
        ours = [program, *roots]
        theirs = [args.jscpd, "--min-tokens", "40", "--min-lines", "5", "--max-lines", "1000000",
                  "--max-size", "100mb", "--format", "rust", "--silent", "--reporters", "json",
                  "--output", scratch / "report", scratch / "sources"]
        measured = {"copies": [], "jscpd": []}
        for _ in range(args.rounds):
            wall, cpu, said = run(ours)
            measured["copies"].append((wall, cpu))
            wall, cpu, _ = run(theirs)
            measured["jscpd"].append((wall, cpu))
        print(f"{total / 1e6:.1f} MB of Rust, {args.rounds} rounds")
        print(said.splitlines()[-1])
        print("| | seconds, least | CPU-seconds, least | all rounds, seconds |")
        print("|---|---|---|---|")
        least = {}
        for name, rounds in measured.items():
            walls, cpus = zip(*rounds)
            least[name] = min(walls)
            shown = " ".join(f"{wall:.2f}" for wall in sorted(walls))
            print(f"| {name} | {min(walls):.2f} | {min(cpus):.2f} | {shown} |")
        print(f"It takes {least['copies'] / least['jscpd']:.2f} times as long as jscpd.")


if __name__ == "__main__":
    main()
