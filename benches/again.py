#!/usr/bin/env python3
"""What a second `cargo quarry survey` costs after one commit, beside the first.

    benches/again.py REPOSITORY COMMIT [--program P] [-- SURVEY-OPTION…]

A clone of REPOSITORY is surveyed at COMMIT's parent, with nothing built before (what cargo has
downloaded stays), and then at COMMIT. Last, COMMIT is surveyed in a clone of its own: both must
say the same, in all of the JSON but for the place of the clone. Prints CPU seconds (of all children) and seconds of the wall.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def git(repo, *args):
    done = subprocess.run(["git", "-C", repo, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def survey(program, repo, extra):
    command = [program, "survey", "--message-format", "json", *extra]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    found = json.loads(done.stdout.replace(str(repo), "REPOSITORY"))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found, cpu, wall


def difference(one, other, place=""):
    """Where two values differ first."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f"{place}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{place}[{nth}]", *pair) for nth, pair in enumerate(zip(one, other))]
    else:
        return f"{place}: {str(one)[:200]}, {str(other)[:200]}"
    return next(difference(a, b, where) for where, a, b in pairs if a != b)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository")
    parser.add_argument("commit")
    parser.add_argument("--program", default=str(ROOT / "target/release/cargo-quarry"))
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:end])
    extra = arguments[end + 1 :]
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        repo = f"{folder}/repo"
        subprocess.run(["git", "clone", "--quiet", options.repository, repo], check=True)
        git(repo, "checkout", "--quiet", f"{options.commit}~1")
        # What cargo downloads is no part of it.
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=repo, check=False)
        first, *cost = survey(program, repo, extra)
        rows.append(("the first", *cost))
        git(repo, "checkout", "--quiet", "--force", options.commit)
        second, *cost = survey(program, repo, extra)
        rows.append(("after one commit", *cost))
        fresh = f"{folder}/fresh/repo"
        subprocess.run(["git", "clone", "--quiet", options.repository, fresh], check=True)
        git(fresh, "checkout", "--quiet", "--force", options.commit)
        alone, *cost = survey(program, fresh, extra)
        rows.append(("the same, from scratch", *cost))
    if second != alone:
        sys.exit(f"error: not what a survey from scratch says: {difference(second, alone)}")
    methods = [found["surveys"][0]["method"] for found in (first, second)]
    if any(method["by"] != "compiler" for method in methods):
        sys.exit(f"error: {methods}")
    print("| survey | CPU-s | wall s | of the first, CPU |")
    print("|---|---:|---:|---:|")
    for name, cpu, wall in rows:
        print(f"| {name} | {cpu:.1f} | {wall:.1f} | {cpu / rows[0][1]:.2f} |")


if __name__ == "__main__":
    main()
