#!/usr/bin/env python3
"""Copies in Rust against jscpd, side by side, over the same files.

    benches/copies.py FOLDER... [--rounds N] [--jscpd PROGRAM]...

Each FOLDER is a checkout of a repository. Their Rust files are copied into one folder, up to
MEGABYTES, so that all read the same; without those that ours would leave out, and without those
that are all tests, which ours does not compare. jscpd (`npm install jscpd`) runs with its defaults
but for the size of a clone, which is that of ours, and for its bounds on the size of a file, which
would leave files out. All may use all cores; the least of the rounds counts, for what else runs on
the machine only adds to it.
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
LEFT_OUT = {"target", "vendor", "vendored", "third_party", "third-party", "node_modules", ".git"}
TESTS = {"tests", "test", "benches", "examples", "fuzz", "fuzz_targets", "testdata", "test_data",
         "test-data", "fixtures"}


def run(command):
    """Runs a command and gives its seconds of the wall and of the CPU, and what it said."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, text=True, capture_output=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{(done.stderr or done.stdout)[-2000:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall, cpu, done.stdout


def is_left_out(below, path):
    """Would ours leave the file out, or read it for its tests only?"""
    folders = set(below.parts[:-1])
    if folders & (LEFT_OUT | TESTS) or below.stem in {"tests", "test", "benches"}:
        return True
    if not path.is_file() or path.is_symlink() or path.stat().st_size > 1 << 20:
        return True
    head = path.read_bytes()
    try:
        head = "\n".join(head.decode().splitlines()[:10]).lower()
    except UnicodeDecodeError:
        return True
    return "generated" in head


def gather(folders, into, most):
    """Copies the Rust files of the folders, each below its own, until there are `most` bytes."""
    total = 0
    roots = []
    for number, folder in enumerate(folders):
        root = into / f"{number}-{folder.name}"
        for path in sorted(folder.rglob("*.rs")):
            below = path.relative_to(folder)
            if total >= most or is_left_out(below, path):
                continue
            target = root / below
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            total += path.stat().st_size
        if root.exists():
            roots.append(root)
    return roots, total


def jscpd(program, scratch):
    """Its command: what it says is a clone at least, and files of all sizes."""
    said = subprocess.run([program, "--version"], text=True, capture_output=True, check=True)
    version = said.stdout.split()[-1]
    sizes = ["--min-tokens", "40", "--min-lines", "5", "--max-lines", "1000000", "--max-size", "100mb"]
    report = ["--silent", "--reporters", "json", "--output", scratch / f"report-{version}"]
    return f"jscpd {version}", [program, *sizes, "--format", "rust", *report, scratch / "sources"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--jscpd", action="append", help="a program; more than one may be given")
    parser.add_argument("--ours", type=pathlib.Path, help="the example, where it is built already")
    args = parser.parse_args()
    program = args.ours
    if program is None:
        subprocess.run(["cargo", "build", "--release", "--example", "copies"], cwd=HERE, check=True)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
        program = target / "release" / "examples" / "copies"
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        folders = [folder.resolve() for folder in args.folders]
        roots, total = gather(folders, scratch / "sources", args.megabytes * 1e6)
        commands = {"copies": [program, *roots]}
        for theirs in args.jscpd or ["jscpd"]:
            name, command = jscpd(theirs, scratch)
            commands[name] = command
        measured = {name: [] for name in commands}
        for _ in range(args.rounds):
            for name, command in commands.items():
                wall, cpu, said = run(command)
                measured[name].append((wall, cpu))
                if name == "copies":
                    summary = said.splitlines()[-1]
        print(f"{total / 1e6:.1f} MB of Rust, {args.rounds} rounds")
        print(summary)
        if " 0 left out," not in summary:
            raise SystemExit("ours left files out that were given to all")
        print("| | wall s | CPU-s | wall, ours = 1 | CPU, ours = 1 | all rounds, wall s |")
        print("|---|---:|---:|---:|---:|---|")
        own_wall, own_cpu = (min(each) for each in zip(*measured["copies"]))
        for name, rounds in measured.items():
            walls, cpus = zip(*rounds)
            shown = " ".join(f"{wall:.2f}" for wall in sorted(walls))
            wall, cpu = min(walls), min(cpus)
            ratios = f"{wall / own_wall:.2f} | {cpu / own_cpu:.2f}"
            print(f"| {name} | {wall:.2f} | {cpu:.2f} | {ratios} | {shown} |")


if __name__ == "__main__":
    main()
