#!/usr/bin/env python3
"""Where `cargo quarry survey` ranks what maintainers took out, and prints a table.

    benches/survey.py CASES.json MIRRORS --work DIR [--only ID,ID] [-- SURVEY-OPTION…]

Cases, mirrors and clones are those of benches/cases.py. Each is surveyed at the commit before its
maintainers made a crate of the module, all packages of the workspace together, and the rank of
just that module, or set of modules, is looked up. Where a set is no candidate as a whole, the best
of its modules counts, and the table says so. "Met" is a rank in the first ten or the best tenth.
"""

import json
import pathlib
import resource
import subprocess
import sys
import time

import cases
from cases import Stop


def survey(case, options):
    """The survey of a case as JSON, or why there is none; and its CPU seconds."""
    repo = options.work / case["id"] / "repo"
    if not repo.exists():
        cases.clone(case, options.mirrors, repo)
    cases.reset(repo)
    folder = repo / case["package_dir"]
    command = [str(options.program), "survey", "--message-format", "json", *options.extra, str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = cases.environment(case, options.mirrors, repo)
    code, out, err = cases.run_limited(command, repo, environment, options.timeout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (options.work / case["id"] / "survey.json").write_text(out)
    (options.work / case["id"] / "survey.txt").write_text(f"$ {' '.join(command)}\n{err}")
    if code != 0:
        lines = [line for line in err.splitlines() if line.startswith("error")]
        raise Stop((lines or err.splitlines()[-1:] or [f"exit code {code}"])[0])
    return json.loads(out)["surveys"][0], cpu


def find(case, candidates):
    """The candidate that people chose, and whether it is all of it."""
    wanted = {module for module in cases.modules(case) if module.startswith("crate::")}
    own = [it for it in candidates if it["package"] == case["package"]]
    exact = [it for it in own if set(it["modules"]) == wanted]
    if exact:
        return exact[0], True
    part = [it for it in own if set(it["modules"]) & wanted]
    return (part[0], False) if part else (None, False)


def row(case, options):
    try:
        found, cpu = survey(case, options)
    except Stop as stop:
        return f"| {case['id']} | {case['tier']} | | | | not run: {stop} | |", None
    candidates = found["candidates"]
    it, whole = find(case, candidates)
    method = found["method"]["by"]
    if it is None:
        return f"| {case['id']} | {case['tier']} | none | {len(candidates)} | no | {method} | {cpu:.1f} |", False
    rank = it["rank"]
    met = rank <= max(10, len(candidates) / 10)
    name = " + ".join(it["modules"])
    note = "" if whole else f" ({name} alone)"
    parts = " ".join(f"{k} {v:.2f}" for k, v in it["parts"].items() if v < 0.9)
    print(f"  {rank} of {len(candidates)}: {name} {it['score']:.0f}: {parts}", file=sys.stderr)
    return (
        f"| {case['id']} | {case['tier']} | {rank}{note} | {len(candidates)} "
        f"| {'yes' if met else 'no'} | {it['character']}, {it['advice']} | {cpu:.1f} |"
    ), met


def main():
    options = cases.parse_arguments()
    for name in ("cases", "mirrors", "work", "program"):
        setattr(options, name, getattr(options, name).resolve())
    chosen = json.loads(options.cases.read_text())
    if options.only:
        chosen = [case for case in chosen if case["id"] in options.only]
    elif options.quick:
        chosen = [case for case in chosen if case["id"] in cases.QUICK]
    chosen.sort(key=lambda case: (case["tier"], case["id"]))
    rows = []
    met = {}
    for case in chosen:
        print(f"{case['id']} …", file=sys.stderr, flush=True)
        text, good = row(case, options)
        rows.append(text)
        if good is not None:
            met.setdefault(case["tier"], []).append(good)
    print("| case | tier | rank | of | met | what it is | CPU s |")
    print("|---|---|---:|---:|---|---|---:|")
    print("\n".join(rows))
    for tier, all_of in sorted(met.items()):
        print(f"\ntier {tier}: {sum(all_of)} of {len(all_of)} met")


if __name__ == "__main__":
    main()
