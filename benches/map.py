#!/usr/bin/env python3
"""CPU of the reference map against a plain `cargo check`, side by side.

    benches/map.py FOLDER [--rounds N]
    benches/map.py FOLDER --again COMMIT

FOLDER is a checkout of a workspace. It is copied, the copy's dependencies are built, and then
each round checks the workspace's own crates twice, all of their files touched before: by cargo
alone, and by the map (`examples/map.rs`, in release). Targets are the same on both sides: libraries,
programs, tests, examples. Incremental compilation is off on both sides: with it, cargo would see
that the touched files are the same. CPU-seconds are those of all processes; the least of the rounds
counts, for what else runs on the machine only adds to it.

With `--again`, FOLDER is a git repository, and the map of COMMIT is built after that of its parent:
the first one with the dependencies still to be built and with their builds there, the next one
with the record of the first, and one of the same commit from scratch, which must say the same.
CPU-seconds and seconds on the clock are of one run each.
"""

import argparse
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
TARGETS = ["--lib", "--bins", "--tests", "--examples"]


def run(command, folder):
    """Runs a command and gives its CPU-seconds and what it said."""
    env = {name: value for name, value in os.environ.items() if name not in ("CARGO", "RUSTUP_TOOLCHAIN")}
    env["CARGO_INCREMENTAL"] = "0"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, done.stdout


def touch(folder):
    """Makes cargo check all of the workspace's crates again."""
    for path in folder.rglob("*.rs"):
        path.touch()


def again(args, program, scratch):
    """Measures the map of a commit after that of its parent."""
    copy, target = scratch / "repository", scratch / "map"
    run(["git", "clone", "--quiet", "--no-checkout", args.folder.resolve(), copy], scratch)
    build_map = [program, copy, target]
    rows = []

    def measure(name, commit, *more):
        run(["git", "checkout", "--quiet", "--force", commit], copy)
        start = time.monotonic()
        cpu, said = run([*build_map, *more], copy)
        targets = re.search(r"(\d+) targets, (\d+) of them fresh, digest (\w+)", said)
        rows.append((name, cpu, time.monotonic() - start, int(targets[1]) - int(targets[2])))
        return targets[3]

    parent = f"{args.again}~1"
    measure("first, nothing built", parent, "--keep")
    # Without a record all of the workspace's own crates are checked.
    measure("first, dependencies built", parent)
    measure("first, with a record", parent, "--keep")
    measure("the same commit", parent, "--keep")
    digest = measure("the next commit", args.again, "--keep")
    if digest != measure("the next commit, from scratch", args.again):
        raise SystemExit("the map with the record says something else than the one from scratch")
    print("| | CPU-seconds | seconds | targets checked |")
    print("|---|---:|---:|---:|")
    for name, cpu, wall, checked in rows:
        print(f"| {name} | {cpu:.2f} | {wall:.1f} | {checked} |")
    print(f"The next commit takes {rows[4][1] / rows[0][1]:.2f} of the first CPU, {rows[4][1] / rows[1][1]:.2f} of that without dependencies.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--again", metavar="COMMIT")
    parser.add_argument("--ours", type=pathlib.Path, help="the example, where it is built already")
    args = parser.parse_args()
    program = args.ours
    if program is None:
        run(["cargo", "build", "--release", "--example", "map"], HERE)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
        program = target / "release" / "examples" / "map"
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        if args.again:
            again(args, program, scratch)
            return
        copy = scratch / "repository"
        shutil.copytree(args.folder, copy, ignore=shutil.ignore_patterns(".git", "target"))
        check = ["cargo", "check", "--workspace", *TARGETS, "--target-dir", scratch / "check"]
        build_map = [program, copy, scratch / "map"]
        run(check, copy)
        run(build_map, copy)
        plain, mapped = [], []
        for _ in range(args.rounds):
            touch(copy)
            plain.append(run(check, copy)[0])
            touch(copy)
            cpu, said = run(build_map, copy)
            mapped.append(cpu)
        counts = re.match(r"(\d+) marks, (\d+) references", said.splitlines()[0])
        print(f"{counts[1]} marks, {counts[2]} references, {args.rounds} rounds")
        print("| | CPU-seconds, least | all rounds |")
        print("|---|---|---|")
        for name, rounds in (("cargo check", plain), ("reference map", mapped)):
            shown = " ".join(f"{cpu:.2f}" for cpu in sorted(rounds))
            print(f"| {name} | {min(rounds):.2f} | {shown} |")
        print(f"The map takes {min(mapped) / min(plain):.2f} times the CPU of the check.")


if __name__ == "__main__":
    main()
