#!/usr/bin/env python3
"""What a review of one upgrade costs, beside what it is made of done by hand.

    benches/review.py WORK [--only NAME…]

Takes pairs of benches/upgrades.json, made into repositories by benches/upgrades.py. For each, all
with empty target folders and caches:

- review: `cargo quarry review LIBRARY@NEW --verify check`, the whole card;
- by hand: `cargo semver-checks` on the same two packages, and one `cargo check` of the dependent;
- again: the same review with what the first has built; second look: the card that it kept.

CPU-seconds of all processes, for the machine may be busy; of the second look the wall clock. Disk is
looked at ten times a second while the first review runs: the copies beside the repository, and the
target folder that stays for the next review. QUARRY names the program, SEMVER_CHECKS the other one.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import threading
import time

import upgrades

SEMVER_CHECKS = os.environ.get("SEMVER_CHECKS", "cargo-semver-checks")
FEW = ["globset-0.4.10_aho-corasick", "atom_syndication", "addr2line-0.18.0", "toml_edit-0.18.1",
       "nanoid-0.4.0", "vte-0.10.1"]


def timed(command, cwd, **env):
    """CPU-seconds and wall seconds of a command, which may find something."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True,
                          env={**os.environ, **env})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 100):
        raise SystemExit(f"{command}: {done.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - start


def size(folder):
    total = 0
    for root, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.lstat(os.path.join(root, file)).st_size
            except OSError:
                pass
    return total


class Disk(threading.Thread):
    """The most that was on disk at once."""

    def __init__(self, repository):
        super().__init__(daemon=True)
        self.repository, self.copies, self.target, self.ended = repository, 0, 0, False

    def run(self):
        while not self.ended:
            copies = list(self.repository.parent.glob(".quarry-*"))
            self.copies = max(self.copies, sum(size(folder) for folder in copies))
            self.target = max(self.target, size(self.repository / ".git/quarry/target"))
            time.sleep(0.1)


def unpack(name, version, to, work):
    shutil.copytree(upgrades.source_of(name, version, work), to)
    (to / "Cargo.lock").unlink(missing_ok=True)
    return to


def measure(pair, folder, work):
    repository = folder / "repo"
    scratch = folder / "bench"
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(repository / ".git/quarry", ignore_errors=True)
    scratch.mkdir()
    review = [upgrades.QUARRY, "quarry", "review", f"{pair['library']}@{pair['to']}", "--verify",
              "check", "--message-format", "json"]
    env = {"CARGO_QUARRY_CACHE": str(scratch / "cache"), "CARGO_SEMVER_CHECKS": SEMVER_CHECKS}
    upgrades.must(["cargo", "fetch", "--locked"], repository)
    old = unpack(pair["library"], pair["from"], scratch / "old", work)
    new = unpack(pair["library"], pair["to"], scratch / "new", work)
    upgrades.must(["cargo", "fetch"], new)
    upgrades.must(["cargo", "fetch"], old)
    disk = Disk(repository)
    disk.start()
    first, _ = timed(review, repository, **env)
    disk.ended = True
    disk.join()
    if left := list(repository.parent.glob(".quarry-*")):
        raise SystemExit(f"copies are left: {left}")
    _, look = timed(review, repository, **env)
    again, _ = timed([*review, "--again"], repository, **env)
    lints, _ = timed([SEMVER_CHECKS, "semver-checks", "check-release", "--baseline-root", old], new,
                     CARGO_TARGET_DIR=str(scratch / "lints"))
    check, _ = timed(["cargo", "check", "--all-targets", "--locked"], repository,
                     CARGO_TARGET_DIR=str(scratch / "check"))
    shutil.rmtree(scratch)
    return first, lints + check, again, look, disk.copies / 1e6, disk.target / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", default=FEW)
    options = parser.parse_args()
    work = options.work.resolve()
    print("| | review, CPU-s | by hand | ratio | again | second look, s | copies, MB | target, MB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    sums = [0.0, 0.0, 0.0]
    for pair in json.loads((upgrades.HERE / "benches/upgrades.json").read_text()):
        name = upgrades.name_of(pair)
        if not any(wanted in name for wanted in options.only):
            continue
        folder = work / name
        upgrades.compiler(pair, folder, work)
        first, by_hand, again, look, copies, target = measure(pair, folder, work)
        sums = [a + b for a, b in zip(sums, [first, by_hand, again])]
        print(f"| {pair['library']} in {pair['dependent']} | {first:.1f} | {by_hand:.1f} | "
              f"{first / by_hand:.2f} | {again:.1f} | {look:.2f} | {copies:.1f} | {target:.0f} |")
        sys.stdout.flush()
    first, by_hand, again = sums
    print(f"| all | {first:.1f} | {by_hand:.1f} | {first / by_hand:.2f} | {again:.1f} | | | |")


if __name__ == "__main__":
    main()
