#!/usr/bin/env python3
"""Filtering history, side by side: this tool, git log --follow, git-filter-repo, git subtree split.

    cargo build --release --example history
    pip install git-filter-repo
    benches/history.py REPOSITORY PATH NEW_PATH [PATH NEW_PATH …]

REPOSITORY is only read (git-filter-repo gets a copy, whose making is not counted). Each PATH is a
file or a folder of its HEAD. Figures are CPU-seconds (user and system, children included) and
seconds by the wall clock, the median of --runs. git-filter-repo follows no renames: it is given
all names that we found, else it would do less.
"""

import argparse
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = Path(__file__).resolve().parent.parent / "target/release/examples/history"


def timed(command, limit, **options):
    """Runs it; gives CPU-seconds, wall seconds and its output, or none if it took too long."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    pipe = subprocess.PIPE
    done = subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, start_new_session=True, **options
    )
    try:
        out, err = done.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        # With its children: git-subtree is a script.
        os.killpg(done.pid, signal.SIGKILL)
        done.communicate()
        return None
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {err}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, wall, out


def git(repository, *args):
    command = ["git", "-C", repository, *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ours(run, scratch, repository, path, new):
    out = scratch / f"ours-{run}"
    result = timed([OURS, repository, path, out, new], None)
    return result, git(out, "rev-list", "--count", "HEAD").strip()


def log_follow(_run, _scratch, repository, path, _new):
    """For a folder, which --follow does not take, plain log of all names there ever were."""
    if git(repository, "cat-file", "-t", f"HEAD:{path}").strip() == "blob":
        command = ["git", "-C", repository, "log", "--follow", "--format=%H", "--", path]
    else:
        command = ["git", "-C", repository, "log", "--format=%H", "--", *names(repository, path)]
    result = timed(command, None)
    return result, str(len(result[2].split()))


NAMES = {}


def names(repository, path):
    """The path and all that its files were called before."""
    return [path, *NAMES[path]]


def filter_repo(run, scratch, repository, path, new):
    copy = scratch / f"copy-{run}"
    git(scratch, "clone", "--quiet", "--bare", "--no-local", "--single-branch", repository, copy)
    paths = [arg for name in names(repository, path) for arg in ("--path", name)]
    command = ["git", "filter-repo", "--quiet", "--force", *paths, "--path-rename", f"{path}:{new}"]
    result = timed(command, None, cwd=copy)
    return result, git(copy, "rev-list", "--count", "HEAD").strip()


def subtree_split(_run, scratch, repository, path, _new):
    if git(repository, "cat-file", "-t", f"HEAD:{path}").strip() == "blob":
        return None, "folders only"
    if subprocess.run(["git", "subtree", "-h"], capture_output=True).returncode == 1:
        return None, "not installed"
    work = scratch / "subtree"
    if not work.exists():
        git(scratch, "clone", "--quiet", "--shared", "--no-tags", repository, work)
    result = timed(["git", "subtree", "split", "-q", f"--prefix={path}"], ARGS.limit, cwd=work)
    if result is None:
        return None, f"more than {ARGS.limit} s"
    return result, git(work, "rev-list", "--count", result[2].strip()).strip()


def measure(repository, path, new):
    tools = [
        ("cargo quarry", ours, ARGS.runs),
        ("git log --follow", log_follow, ARGS.runs),
        ("git-filter-repo", filter_repo, ARGS.runs),
        ("git subtree split", subtree_split, 1),
    ]
    with tempfile.TemporaryDirectory(prefix="history-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        found = timed([OURS, repository, path, scratch / "names", new], None)[2].splitlines()
        NAMES[path] = sorted({line.split(" -> ")[0] for line in found if " -> " in line})
        rows, base = [], None
        for name, tool, runs in tools:
            results = [tool(run, scratch, repository, path, new) for run in range(runs)]
            commits = results[0][1]
            if results[0][0] is None:
                rows.append((name, "", "", "", commits))
                continue
            cpu, wall = (statistics.median(r[0][n] for r in results) for n in (0, 1))
            base = base or cpu
            rows.append((name, f"{cpu:.2f}", f"{wall:.2f}", f"{cpu / base:.1f}", commits))
    total = git(repository, "rev-list", "--count", "HEAD").strip()
    print(f"\n`{path}` to `{new}`: {found[-1]}; {len(NAMES[path])} earlier names; {total} commits\n")
    print("| | CPU-s | wall s | CPU, ours = 1 | commits |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repository")
    parser.add_argument("paths", nargs="+", metavar="PATH NEW_PATH")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=600, help="seconds for git subtree split")
    ARGS = parser.parse_args()
    if len(ARGS.paths) % 2:
        parser.error("each PATH needs its NEW_PATH")
    os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
    for at in range(0, len(ARGS.paths), 2):
        measure(str(Path(ARGS.repository).resolve()), ARGS.paths[at], ARGS.paths[at + 1])
