#!/usr/bin/env python3
"""What each commit changed, side by side: this tool, git log --numstat, git log --name-status.

    cargo build --release --example cochange
    benches/cochange.py REPOSITORY …

Each REPOSITORY (bare ones, too) is only read, from its HEAD to the first commit. Figures are
CPU-seconds (user and system, children included) and seconds by the wall clock, the median of
--runs, which take turns. git's own output goes to a pipe and is read. It follows renames within
each commit (-M, its default); what a file is called at the head it does not say. `--numstat` reads
the contents of all files that changed, `--name-status` only those that might have been renamed:
that is what we do.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

OURS = Path(__file__).resolve().parent.parent / "target/release/examples/cochange"
FORMAT = "--format=%H%x09%at%x09%an%x09%ae"
SOURCES = ["--", "*.rs", "Cargo.toml", "*/Cargo.toml"]


def timed(command):
    """Runs it; gives CPU-seconds, wall seconds and its output."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.decode()}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, wall, done.stdout


def tools(repository):
    log = ["git", "-C", repository, "-c", "diff.renameLimit=1000", "log", FORMAT, "-M"]
    return {
        "cargo quarry": [OURS, repository],
        "git log --numstat": [*log, "--numstat", "HEAD"],
        "git log --numstat, Rust files": [*log, "--numstat", "HEAD", *SOURCES],
        "git log --name-status": [*log, "--name-status", "HEAD"],
    }


def measure(repository, runs):
    commands = tools(repository)
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            results[name].append(timed(command))
    said = results["cargo quarry"][0][2].decode().strip()
    print(f"\n{Path(repository).parent.name}: {said}\n")
    print("| | CPU-s | wall s | CPU, ours = 1 | wall, ours = 1 |\n|---|---|---|---|---|")
    base = None
    for name, runs_of in results.items():
        cpu, wall = (statistics.median(run[n] for run in runs_of) for n in (0, 1))
        base = base or (cpu, wall)
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {cpu / base[0]:.1f} | {wall / base[1]:.1f} |")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
    for repository in args.repositories:
        measure(str(Path(repository).resolve()), args.runs)
