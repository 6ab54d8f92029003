#!/usr/bin/env python3
"""CPU of the reference map against a plain `cargo check`, side by side.

    benches/map.py FOLDER [--rounds N]

FOLDER is a checkout of a workspace. It is copied, the copy's dependencies are built, and then
each round checks the workspace's own crates twice, all of their files touched before: by cargo
alone, and by the map (`examples/map.rs`, in release). Targets are the same on both sides: libraries,
programs, tests, examples. Incremental compilation is off on both sides: with it, cargo would see
that the touched files are the same. CPU-seconds are those of all processes; the least of the rounds
counts, for what else runs on the machine only adds to it.
"""

import argparse
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile

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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    run(["cargo", "build", "--release", "--example", "map"], HERE)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    program = target / "release" / "examples" / "map"
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as scratch:
        scratch = pathlib.Path(scratch)
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
