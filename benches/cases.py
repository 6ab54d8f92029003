#!/usr/bin/env python3
"""Runs `cargo quarry extract` on modules of real repositories and prints a table.

    benches/cases.py CASES.json MIRRORS --work DIR [--quick] [--only ID,ID] [-- EXTRACT-OPTION…]

CASES.json is a list of cases: id, repo (owner/name), parent_sha, package, package_dir, module,
tier, new_crate, check_cpu_seconds. MIRRORS holds bare clones as OWNER+NAME/… (the folder itself
or one below it is the git directory). Each case gets a clone in DIR/ID/repo, made once and used
again: what `extract` left there (branches, worktrees) is removed first, `--fresh` clones anew.
Neither cases nor repositories are part of this project.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
BRANCH = "case"

# A check of the package takes at most 40 CPU-seconds.
QUICK = """
clap-lex egui-emath egui-epaint egui-epi egui-plot ra-edition ra-syntax-bridge
linkerd-http-insert linkerd-http-version linkerd-pool-mock nextest-filtering
parquet-variant-json tokio-stream
""".split()

# Cases whose module field is written for people, and why these arguments stand for it.
ARGUMENTS = {
    # Parts of three big files left as well; these are the modules that left as a whole.
    "axum-core": ["crate::error", "crate::extract::tuple", "crate::response::headers"],
    # "crate::paint (+ crate::util::mutex)": paint locks with it.
    "egui-epaint": ["crate::paint", "crate::util::mutex"],
    # Modules of three packages became one crate; extract takes those of one package.
    "gix-fs": ["crate::fs_capabilities", "crate::snapshot", "crate::symlink"],
    # "crate::to_json (+ from_json)": both halves left in the same commit.
    "parquet-variant-json": ["crate::to_json", "crate::from_json"],
    # "crate::team_repo (+ crate::certs)": team_repo reads the certificates.
    "cratesio-team-repo": ["crate::team_repo", "crate::certs"],
    # The module is behind a feature that isn't a default one.
    "tokio-stream": ["crate::stream", "--features", "full"],
}

# What a case needs in its environment, and why.
ENVIRONMENT = {
    # A lint that today's rustc denies by default fires in the old code.
    "tokio-stream": {"RUSTFLAGS": "--cap-lints=warn"},
}


@dataclasses.dataclass
class Result:
    case: dict
    outcome: str
    detail: str = ""
    widened: int | None = None
    seconds: float = 0.0
    cpu: float = 0.0


class Stop(Exception):
    """The case cannot even begin."""


def git(repo, *args, check=True):
    """Runs git as if nobody had configured it; gives what it printed."""
    env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")
    done = subprocess.run(["git", "-C", repo, *args], env=env, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise Stop(f"git {' '.join(args)}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def modules(case):
    """The arguments for a case's module field: `crate::a::{b,c}` is two modules."""
    if case["id"] in ARGUMENTS:
        return ARGUMENTS[case["id"]]
    path = re.sub(r"^\w+::", "crate::", case["module"])
    group = re.fullmatch(r"(.*)\{(.*)\}", path)
    paths = [group[1] + name.strip() for name in group[2].split(",")] if group else [path]
    if not all(re.fullmatch(r"crate(::\w+)+", path) for path in paths):
        raise Stop(f"`{case['module']}` is no module path: it needs a line in ARGUMENTS")
    return paths


def mirror_of(mirrors, name):
    """The git directory of a mirror."""
    folder = mirrors / name.replace("/", "+")
    for path in [folder, *sorted(folder.glob("*")), *sorted(folder.glob("*/.git"))]:
        if (path / "HEAD").is_file() and (path / "objects").is_dir():
            return path
    return None


def clone(case, mirrors, repo):
    """A clone at the commit before the module was taken out, on a branch of its own."""
    mirror = mirror_of(mirrors, case["repo"])
    if mirror is None:
        raise Stop(f"no mirror of {case['repo']}")
    repo.parent.mkdir(parents=True, exist_ok=True)
    git(".", "clone", "--quiet", "--no-checkout", str(mirror), str(repo))
    git(repo, "update-ref", f"refs/heads/{BRANCH}", case["parent_sha"])
    git(repo, "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    git(repo, "read-tree", "HEAD")
    leave_out(repo, missing_blobs(repo) + foreign_toolchain(repo))
    git(repo, "checkout-index", "--all", "--force")


def leave_out(repo, paths):
    """A commit on top without files that this machine cannot have: large ones that the mirror
    lacks, a toolchain file that names what isn't installed."""
    if paths:
        git(repo, "rm", "--quiet", "--cached", "--", *paths)
        names = ["-c", "user.name=cases.py", "-c", "user.email=cases@example.com"]
        git(repo, *names, "commit", "--quiet", "--message", f"Leave out {', '.join(paths)}")


def missing_blobs(repo):
    missing = git(repo, "rev-list", "--objects", "--missing=print", "--no-walk", "HEAD^{tree}")
    ids = {line[1:] for line in missing.splitlines() if line.startswith("?")}
    tree = (line.split(maxsplit=3) for line in git(repo, "ls-tree", "-r", "HEAD").splitlines())
    return [path for _, _, blob, path in tree if blob in ids]


def foreign_toolchain(repo):
    for name in ("rust-toolchain.toml", "rust-toolchain"):
        text = git(repo, "show", f"HEAD:{name}", check=False).strip()
        if not text:
            continue
        channel = tomllib.loads(text)["toolchain"].get("channel") if "[" in text else text
        listed = subprocess.run(["rustup", "toolchain", "list"], capture_output=True, text=True)
        if channel and not re.search(f"^{re.escape(channel)}[- ]", listed.stdout, re.M):
            return [name]
    return []


def reset(repo):
    """Removes what an earlier run left; what cargo built and resolved stays."""
    for line in git(repo, "worktree", "list", "--porcelain").splitlines():
        path = line.removeprefix("worktree ")
        if path != line and pathlib.Path(path) != repo.resolve():
            git(repo, "worktree", "remove", "--force", path, check=False)
    git(repo, "worktree", "prune")
    for journal in (repo / ".git" / "quarry").glob("*.journal.json"):
        journal.unlink()
    git(repo, "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    git(repo, "reset", "--quiet", "--hard")
    git(repo, "clean", "--quiet", "-fd")
    for branch in git(repo, "for-each-ref", "--format=%(refname)", "refs/heads").split():
        if branch != f"refs/heads/{BRANCH}":
            git(repo, "update-ref", "-d", branch)


def environment(case, mirrors, repo):
    """The case's own needs; git dependencies come from mirrors where there are some."""
    env = dict(os.environ, **ENVIRONMENT.get(case["id"], {}))
    lock = repo / "Cargo.lock"
    urls = re.findall(r'"git\+([^"?#]+)', lock.read_text()) if lock.exists() else []
    rules = []
    for url in sorted({url.removesuffix(".git") for url in urls}):
        mirror = mirror_of(mirrors, "/".join(url.split("/")[-2:]))
        if mirror is not None:
            rules += [(f"url.{mirror}.insteadOf", form) for form in (url + ".git", url)]
    if rules:
        env["CARGO_NET_GIT_FETCH_WITH_CLI"] = "true"
        env["GIT_CONFIG_COUNT"] = str(len(rules))
        for index, (key, value) in enumerate(rules):
            env[f"GIT_CONFIG_KEY_{index}"] = key
            env[f"GIT_CONFIG_VALUE_{index}"] = value
    return env


def run(case, options):
    """Runs `extract` on a case."""
    folder = options.work / case["id"]
    repo = folder / "repo"
    if options.fresh:
        shutil.rmtree(repo, ignore_errors=True)
    try:
        if repo.exists():
            reset(repo)
        else:
            clone(case, options.mirrors, repo)
        arguments = modules(case)
    except Stop as stop:
        return Result(case, "not run", str(stop))
    name = case["new_crate"]
    into = folder / name
    shutil.rmtree(into, ignore_errors=True)
    command = [
        str(options.program), "extract", *arguments, "-p", case["package"],
        "--manifest-path", str(repo / case["package_dir"] / "Cargo.toml"),
        "--name", name, "--into", str(into), "--message-format", "json", *options.extra,
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    code, out, err = run_limited(
        command, repo, environment(case, options.mirrors, repo), options.timeout
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    (folder / "stdout.json").write_text(out)
    (folder / "stderr.txt").write_text(f"$ {' '.join(command)}\n{err}")
    result = judge(case, code, out, err, options)
    result.seconds = time.monotonic() - start
    result.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result


def run_limited(command, cwd, env, timeout):
    """Runs a command in a process group of its own; after the timeout the group is ended."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            code = None
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()


def judge(case, code, out, err, options):
    """What came of it: the exit code says (0 done, 1 something stands in the way)."""
    dry = "--dry-run" in options.extra
    try:
        report = json.loads(out) if out.strip() else {}
    except json.JSONDecodeError:
        report = {}
    boundary = report.get("boundary") or report
    opened = [item for item in boundary.get("entering") or [] if item.get("opened")]
    widened = len(opened) if "entering" in boundary else None
    needed = [f"needs {item['kind']} {item['item']}" for item in boundary.get("needed") or []]
    found = [f"{item['code']}: {item['message']}" for item in boundary.get("findings") or []]
    weighed = [
        f"needs {item['kind']} {item['item']}, which brings {item['items']} items, {item['lines']} lines"
        for item in boundary.get("obstacles") or []
    ]
    obstacles = weighed or needed or found
    lines = err.splitlines()
    error = next((n for n, line in enumerate(lines) if re.match(r"error(\[|:)", line)), None)
    first_error = "" if error is None else cause(lines, error)
    if code is None:
        return Result(case, "timeout", f"not done in {options.timeout} s")
    if code == 0:
        return Result(case, "mapped" if dry else "extracted", "", widened)
    if code == 1:
        more = f" (and {len(obstacles) - 1} more)" if len(obstacles) > 1 else ""
        first = obstacles[0] + more if obstacles else first_error
        return Result(case, "refused", first, widened)
    return Result(case, "failed", first_error or (lines[-1] if lines else f"exit code {code}"))


def cause(lines, start):
    """An error with its last cause."""
    text = lines[start]
    if "Caused by:" in lines[start:]:
        causes = [line.strip() for line in lines[lines.index("Caused by:", start) + 1 :]]
        text += f" ({next((c for c in causes if re.match(r'error', c)), causes[0])})"
    return text


def table(results):
    """The results as Markdown."""
    rows = ["| case | tier | outcome | first thing that stood in the way | widened | s | CPU s |",
            "|---|---|---|---|---:|---:|---:|"]
    for result in sorted(results, key=lambda r: (r.case["tier"], r.case["id"])):
        detail = result.detail.replace("|", "\\|").replace("\n", " ")
        detail = detail if len(detail) <= 160 else detail[:157] + "…"
        widened = "" if result.widened is None else result.widened
        rows.append(
            f"| {result.case['id']} | {result.case['tier']} | {result.outcome} | {detail} "
            f"| {widened} | {result.seconds:.0f} | {result.cpu:.0f} |"
        )
    return "\n".join(rows)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="What follows -- goes to extract as it is.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", type=pathlib.Path, help="the cases, as JSON")
    parser.add_argument("mirrors", type=pathlib.Path, help="a folder of bare mirrors")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "target" / "cases")
    parser.add_argument("--program", type=pathlib.Path,
                        default=ROOT / "target" / "release" / "cargo-quarry")
    parser.add_argument("--only", type=lambda text: text.split(","), help="these cases, by id")
    parser.add_argument("--quick", action="store_true", help="the cheap ones")
    parser.add_argument("--fresh", action="store_true", help="clone anew")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds a case may take")
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:end])
    options.extra = arguments[end + 1 :]
    return options


def main():
    options = parse_arguments()
    for name in ("cases", "mirrors", "work", "program"):
        setattr(options, name, getattr(options, name).resolve())
    if not options.program.is_file():
        sys.exit(f"error: no {options.program}; build it: cargo build --release")
    cases = json.loads(options.cases.read_text())
    if options.only:
        unknown = set(options.only) - {case["id"] for case in cases}
        if unknown:
            sys.exit(f"error: no case {', '.join(sorted(unknown))}")
        cases = [case for case in cases if case["id"] in options.only]
    elif options.quick:
        cases = [case for case in cases if case["id"] in QUICK]
    results = []
    for case in sorted(cases, key=lambda case: case["check_cpu_seconds"] or 0):
        print(f"{case['id']} …", file=sys.stderr, flush=True)
        result = run(case, options)
        print(f"  {result.outcome} {result.detail[:200]}", file=sys.stderr, flush=True)
        results.append(result)
    program = subprocess.run([options.program, "--version"], capture_output=True, text=True)
    print(f"`{' '.join(sys.argv)}`, {program.stdout.strip()}, {datetime.date.today()}\n")
    print(table(results))
    done = sum(result.outcome == "extracted" for result in results)
    print(f"\n{done} of {len(results)} extracted and verified")


if __name__ == "__main__":
    main()
