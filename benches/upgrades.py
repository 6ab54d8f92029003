#!/usr/bin/env python3
"""Which lines an upgrade breaks, by the compiler, beside those that `cargo quarry review` named before.

    benches/upgrades.py WORK [--only NAME…] [--compiler] [--again] [--pairs FILE]

Each pair of benches/upgrades.json is a library at two versions and a published crate that depends
on the old one. Cargo downloads both. The dependent becomes a repository of its own in WORK, with
the library pinned to the old version, which must build there. Then:

- Complained of: the requirement is set to the new version, nothing else is changed, and rustc
  checks all targets, with default and with all features, as far as they built before. The lines
  that its errors point at are counted. One is named if the review names it, or another line that
  the same error shows (the call's name where it points at an argument, a macro's call where it
  points into the macro or its arguments, the end of a long expression).
- In all stages: rustc is silent about much that is behind an error. So what failed is taken away,
  and it checks again, until it builds (`benches/stages.py` says what is taken, and how it is kept
  apart from what the taking itself breaks). What it says then is added to the complaints.
- Named: the places of `touches` in the JSON of `cargo quarry review LIBRARY@NEW --verify no`, run
  in the repository as it was before: nothing of it is built with the new version. Lines of changes
  that must break what they touch ("breaks") are counted apart from those of changes that may
  ("may-break"). A named line is
  - real, if an error of any stage points at it;
  - false, if it was still there when the rest built: the compiler looked at it and took it;
  - untold, if it was taken away for another error before the compiler came to it, if it is for
    tests that do not build there with the old version either, or if the rest never built. Where
    default features leave a file out, what all features say of it counts alone. It counts neither
    way.

A pair with `"tests": true` keeps its tests, examples and benches; of the others these and what only
they depend on are left out, as their packages do not hold them or they need much else. What was
found is kept in WORK/NAME; `--compiler` stops before the review, `--again` reviews again.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import stages

HERE = pathlib.Path(__file__).resolve().parent.parent
QUARRY = os.environ.get("QUARRY", HERE / "target/release/cargo-quarry")
CARGO_HOME = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
TIMEOUT = 900


class Unfit(Exception):
    """The pair shows nothing: why."""


def run(command, cwd, **env):
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True,
                          timeout=TIMEOUT, env={**os.environ, **env})


def must(command, cwd, **env):
    done = run(command, cwd, **env)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-12:]
        raise Unfit(f"{' '.join(map(str, command))}: " + " / ".join(last))
    return done.stdout


def name_of(pair):
    return f"{pair['dependent']}-{pair['version']}_{pair['library']}-{pair['to']}"


# The dependent as a repository.


def source_of(name, version, work):
    """Where cargo has unpacked a package that it downloaded."""
    found = list(CARGO_HOME.glob(f"registry/src/*/{name}-{version}"))
    if not found:
        must(["cargo", "info", f"{name}@{version}"], work)
        found = list(CARGO_HOME.glob(f"registry/src/*/{name}-{version}"))
    if not found:
        raise Unfit(f"{name} {version} is not there")
    return found[0]


def without_tests(manifest):
    """The manifest's text without what only tests, examples and benches need."""
    tables = re.split(r"^(?=\[)", manifest, flags=re.M)
    kept = [table for table in tables
            if not re.match(r"\[+(.*\bdev-dependencies\b|bench\]|test\]|example\])", table)]
    return "".join(kept)


def make_repository(pair, folder, work):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source_of(pair["dependent"], pair["version"], work), folder)
    for left in ["Cargo.lock", ".cargo-ok", ".cargo_vcs_info.json", "Cargo.toml.orig",
                 "rust-toolchain", "rust-toolchain.toml"]:
        (folder / left).unlink(missing_ok=True)
    shutil.rmtree(folder / ".cargo", ignore_errors=True)
    manifest = folder / "Cargo.toml"
    text = manifest.read_text()
    if not pair.get("tests"):
        for left in ["tests", "benches", "examples"]:
            shutil.rmtree(folder / left, ignore_errors=True)
        text = without_tests(text)
    if not re.search(r"^\[workspace\]", text, flags=re.M):
        text += "\n[workspace]\n"
    manifest.write_text(text)
    (folder / ".gitignore").write_text("/target\n")
    must(["cargo", "generate-lockfile"], folder)
    pin(pair["library"], pair["from"], folder)
    for krate, version in pair.get("pins", {}).items():
        pin(krate, version, folder)
    must(["git", "init", "-q"], folder)
    must(["git", "add", "-A"], folder)
    must(["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-qm",
          f"{pair['dependent']} {pair['version']}"], folder)


def locked(name, folder):
    lock = (folder / "Cargo.lock").read_text()
    return re.findall(rf'^name = "{re.escape(name)}"\nversion = "([^"]+)"', lock, flags=re.M)


def line_of(version):
    major, minor, patch = re.split(r"[-+]", version)[0].split(".")
    return major if major != "0" else (f"0.{minor}" if minor != "0" else version)


def pin(name, version, folder):
    """Sets a crate to a version in the lock file: the one of the same line, if there are several."""
    there = locked(name, folder)
    if version in there:
        return
    if not there:
        raise Unfit(f"{name} is not in its lock file")
    of_line = [other for other in there if line_of(other) == line_of(version)] or there
    must(["cargo", "update", f"{name}@{of_line[0]}", "--precise", version], folder)


def set_requirement(manifest, library, version):
    """Changes the requirement, in whatever table and under whatever key."""
    text = manifest.read_text()
    tables = re.split(r"^(?=\[)", text, flags=re.M)
    changed = 0
    for n, table in enumerate(tables):
        head = table.split("\n", 1)[0]
        key = re.match(r'\[(?:.*\.)?(?:dev-|build-)?dependencies\."?([\w-]+)"?\]', head)
        if key:
            package = re.search(r'^package = "([^"]+)"', table, flags=re.M)
            if (package[1] if package else key[1]) == library:
                tables[n], count = re.subn(r'^version = ".*"', f'version = "={version}"', table,
                                           flags=re.M)
                changed += count
        elif re.match(r"\[(?:.*\.)?(?:dev-|build-)?dependencies\]", head):
            tables[n], count = re.subn(rf'^("?{re.escape(library)}"?) = "[^"]*"',
                                       rf'\1 = "={version}"', table, flags=re.M)
            changed += count
            tables[n], count = re.subn(rf'^("?{re.escape(library)}"? = .*version = )"[^"]*"',
                                       rf'\1"={version}"', tables[n], flags=re.M)
            changed += count
    if not changed:
        raise Unfit(f"{library} is not in the manifest")
    manifest.write_text("".join(tables))


# What the compiler says.


def ways(folder, target):
    """How the repository builds as it is: with its tests if they do, and with all features."""
    metadata = json.loads(must(["cargo", "metadata", "--no-deps", "--format-version", "1"], folder))
    package = metadata["packages"][0]
    kinds = [kind for of in package["targets"] for kind in of["kind"]]
    has_lib = any("lib" in kind or kind == "proc-macro" for kind in kinds)
    only = ["--lib", "--bins"] if has_lib else ["--bins"]
    more = [["--all-features"]] if set(package["features"]) - {"default"} else []
    found = []
    for features in [[], *more]:
        for targets in [["--all-targets"], only]:
            if builds(folder, target, [*targets, *features]):
                found.append([*targets, *features])
                break
    if not found or "--all-features" in found[0]:
        raise Unfit("it does not build with the old version")
    return found


def builds(folder, target, way):
    return not run(["cargo", "check", *way], folder, CARGO_TARGET_DIR=str(target)).returncode


def check(folder, target, way):
    """The errors of the dependent's own code; none if it builds."""
    done = run(["cargo", "check", *way, "--keep-going", "--message-format", "json"], folder,
               CARGO_TARGET_DIR=str(target))
    errors, foreign = [], []
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
            continue
        if not message["target"]["src_path"].startswith(f"{folder}/"):
            foreign.append(f"{message['target']['name']}: {message['message']['message']}")
            continue
        error = error_of(message["message"], folder)
        if error and error not in errors:
            errors.append(error)
    if foreign:
        raise Unfit(f"a dependency does not build: {foreign[0]}")
    if done.returncode and not errors:
        last = [line for line in done.stderr.splitlines() if line.strip()][-12:]
        raise Unfit("no error of its own: " + " / ".join(last))
    return errors


def own_spans(span, folder):
    """The span and the calls of the macros that it comes from, as far as they are in own files."""
    while span:
        if (folder / span["file_name"]).is_relative_to(folder):
            yield span
        span = (span.get("expansion") or {}).get("span")


def error_of(message, folder):
    points, labels = [], []
    for span in message["spans"]:
        lines = [[own["file_name"], line] for own in own_spans(span, folder)
                 for line in range(own["line_start"], own["line_end"] + 1)]
        if span["is_primary"]:
            points += [lines] if lines and lines not in points else []
        else:
            labels += lines
    if not points:
        return None
    code = (message["code"] or {}).get("code")
    if code and not re.fullmatch(r"E\d{4}", code):
        return None  # A lint.
    primary = [span for span in message["spans"] if span["is_primary"]]
    return {"code": code, "message": message["message"], "points": points, "labels": labels,
            "spans": [bytes_of(span) for span in primary],
            # Where they come from, if a macro makes them.
            "calls": [bytes_of(list(own_spans(span, folder))[-1]) for span in primary
                      if list(own_spans(span, folder))]}


def bytes_of(span):
    return [span["file_name"], span["byte_start"], span["byte_end"]]


# Behind the errors.


def compiler(pair, folder, work):
    """Complaints, and what they hid."""
    kept = folder / "compiler.json"
    if kept.exists():
        return json.loads(kept.read_text())
    repository, after, before = folder / "repo", folder / "after", folder / "before"
    if not repository.exists():
        make_repository(pair, repository, work)
    target = work / "target"
    program = regions_program()
    complaints, hidden, used = [], [], []
    untold, stuck = None, []
    for way in ways(repository, target):
        try:
            make_after(pair, repository, after)
            left_out = not_compiled(repository, before, target, way)
            stages.copy_of(repository, before)
            first, later, taken, built = stages.stages(
                after, before, lambda folder: check(folder, target, way), program)
        except Unfit:
            if not used:
                raise
            continue
        complaints += [error for error in first if error not in complaints]
        hidden += [error for error in later if error not in hidden]
        used.append(" ".join(way))
        if built:
            unseen = set(taken) | left_out
            untold = unseen if untold is None else untold & unseen
        else:
            stuck.append(" ".join(way))
    if not complaints:
        raise Unfit("it builds with the new version")
    hidden = [error for error in hidden if error not in complaints]
    result = {"ways": used, "stuck": stuck, "complaints": complaints, "hidden": hidden,
              "untold": None if untold is None else sorted(untold)}
    kept.write_text(json.dumps(result, indent=1))
    shutil.rmtree(after)
    shutil.rmtree(before)
    return result


def not_compiled(repository, copy, target, way):
    """The lines of the files that are not compiled with the old version."""
    start = time.time() - 1  # A file's time may be less exact.
    stages.copy_of(repository, copy)
    if not builds(copy, target, way):
        raise Unfit("it does not build with the old version any more")
    compiled = set()
    for listed in (target / "debug/deps").glob("*.d"):
        if listed.stat().st_mtime >= start:
            compiled |= set(re.findall(r"^(\S+\.rs):$", listed.read_text(), flags=re.M))
    files = {path: str(path.relative_to(repository)) for path in repository.rglob("*.rs")
             if "target" not in path.relative_to(repository).parts}
    return {(file, line) for path, file in files.items() if file not in compiled
            for line in range(1, path.read_bytes().count(b"\n") + 2)}


def regions_program():
    """The program that says which parts of a file can be taken; REGIONS names one that is there."""
    if "REGIONS" in os.environ:
        return os.environ["REGIONS"]
    must(["cargo", "build", "--example", "regions"], HERE)
    metadata = json.loads(must(["cargo", "metadata", "--no-deps", "--format-version", "1"], HERE))
    return pathlib.Path(metadata["target_directory"]) / "debug/examples/regions"


def make_after(pair, repository, after):
    stages.copy_of(repository, after)
    set_requirement(after / "Cargo.toml", pair["library"], pair["to"])
    must(["cargo", "update", "--workspace"], after)
    if locked(pair["library"], after) != [pair["to"]]:
        raise Unfit(f"{pair['library']} is there as {locked(pair['library'], after)}")


# What the review says.


def review(pair, folder, again):
    """Its cards' touches: (file, line, change)."""
    kept = folder / "review.json"
    if again or not kept.exists():
        start = time.monotonic()
        done = run([QUARRY, "quarry", "review", f"{pair['library']}@{pair['to']}", "--again",
                    "--verify", "no", "--message-format", "json"], folder / "repo")
        (folder / "review.log").write_text(f"{time.monotonic() - start:.0f} s, "
                                           f"exit {done.returncode}\n{done.stderr}")
        if done.returncode not in (0, 1) or not done.stdout.strip():
            raise Unfit("the review failed: " + done.stderr.strip()[-400:])
        kept.write_text(done.stdout)
    return json.loads(kept.read_text())


def part(card, name):
    """A part of a card that is known, or why it is not."""
    value = card.get(name) or {}
    if "unknown" in value:
        raise Unfit(f"{name} is unknown: {value['unknown']}")
    return value.get("known", value)


def places(document):
    named = {}
    card = document["cards"][0]
    changes = part(card, "api")["changes"]
    touches = part(card, "touches")
    for touch in touches["touches"]:
        change = changes[touch["change"]]
        if change["bump"] != "major":
            continue  # A deprecation: it is told of, and breaks nothing.
        for use in touch["uses"]:
            if use["of"] is None:
                place = use["place"]
                named.setdefault((place["file"], place["line"]), []).append((change, use,
                                                                              touch["certainty"]))
    return named, changes, touches


def call_lines(text, line, column):
    """The lines that a macro's call at a place goes on for; none if there is no call."""
    lines = text.splitlines(keepends=True)
    rest = lines[line - 1][column - 1:] + "".join(lines[line:])
    call = re.match(r"[\w:\s]*!\s*\w*\s*(?=[({\[])", rest)
    if not call:
        return []
    depth = 0
    for at in range(call.end(), len(rest)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(rest[at], 0)
        if depth == 0:
            return range(line, line + rest[:at].count("\n") + 1)
    return []


def in_calls(named, folder):
    """The lines within the calls of macros that are named: an error points at the argument."""
    for (file, line), uses in named.items():
        text = (folder / "repo" / file).read_text()
        for _, use, _ in uses:
            for inside in call_lines(text, line, use["place"]["column"]):
                yield file, inside


# What a name that is not found gives, where its import is gone.
BY_NAME = {"E0405", "E0411", "E0412", "E0422", "E0423", "E0425", "E0433", "E0531", "E0532", "E0574"}


def shown_by(errors):
    """Each line that errors point at first, with an error and all lines that it shows."""
    complained = {}
    for error in errors:
        labels = {tuple(line) for line in error["labels"]}
        for lines in error["points"]:
            shown = labels | {tuple(line) for line in lines}
            complained.setdefault(tuple(lines[0]), [error, set()])[1].update(shown)
    return complained


def lines_of(errors):
    return {tuple(line) for error in errors
            for lines in [*error["points"], error["labels"]] for line in lines}


def compare(pair, folder, again):
    found = json.loads((folder / "compiler.json").read_text())
    named, changes, touches = places(review(pair, folder, again))
    covered = named.keys() | set(in_calls(named, folder))
    plain, later = found["complaints"], found["hidden"]

    def missed_of(errors):
        return {line: error for line, (error, shown) in shown_by(errors).items()
                if not shown & covered}

    def real(said):
        return {line for line, uses in named.items()
                if line in said or said & set(in_calls({line: uses}, folder))}

    is_real = real(lines_of(plain + later))
    without_names = [error for error in later if error["code"] not in BY_NAME]
    taken = {tuple(line) for line in found["untold"] or []}
    if not any("--all-targets" in way for way in found["ways"]):
        taken |= stages.tests_of(folder / "repo", regions_program())
    untold = {line for line in named.keys() - is_real
              if found["untold"] is None or line in taken}
    return {"changes": touches.get("breaking", len(changes)),
            "complained": len(shown_by(plain)), "missed": missed_of(plain),
            "complained_later": len(shown_by(plain + later)),
            "missed_later": missed_of(plain + later),
            "named": named, "real": is_real, "untold": untold,
            "by_name": is_real - real(lines_of(plain + without_names)),
            "sure": {line for line, uses in named.items() if any(of == "breaks" for *_, of in uses)},
            "untraced": [[changes[one["change"]], one["why"]]
                         for one in touches.get("untraced", [])]}


# The table.


def share(part_of, whole):
    return f"{100 * part_of / whole:.0f} %" if whole else ""


def numbers_of(row):
    numbers = [row["changes"], row["complained"], row["complained"] - len(row["missed"]),
               row["complained_later"], row["complained_later"] - len(row["missed_later"])]
    for lines in (row["sure"], row["named"].keys() - row["sure"]):
        real, untold = len(lines & row["real"]), len(lines & row["untold"])
        numbers += [len(lines), real, untold, len(lines) - real - untold]
    return numbers


def report(rows):
    print("| library | dependent | breaking changes | complained of | named | in all stages | named "
          "| named as breaking | real | untold | false | as maybe | real | untold | false |")
    print("|---|---|" + "---:|" * 13)
    for pair, row in rows:
        print(f"| {pair['library']} {pair['from']} → {pair['to']} | {pair['dependent']} "
              f"{pair['version']} | " + " | ".join(map(str, numbers_of(row))) + " |")
    sums = [sum(column) for column in zip(*(numbers_of(row) for _, row in rows))]
    changes, plain, hit, staged, hit_staged, *named = sums
    cells = [changes, plain, f"{hit} ({share(hit, plain)})", staged,
             f"{hit_staged} ({share(hit_staged, staged)})"]
    for count, real, untold, false in (named[:4], named[4:]):
        cells += [count, f"{real} ({share(real, real + false)})", untold, false]
    print(f"| {len(rows)} pairs | | " + " | ".join(map(str, cells)) + " |")
    by_name = sum(len(row["by_name"]) for _, row in rows)
    print(f"\nreal for a name alone whose import is gone: {by_name}")
    for pair, row in rows:
        show_misses(pair, row)


def show_misses(pair, row):
    false = {line: uses for line, uses in row["named"].items() if line not in row["real"]}
    if row["missed"] or false:
        print(f"\n{name_of(pair)}")
    for (file, line), error in sorted(row["missed"].items()):
        print(f"  missed {file}:{line} {error['code']} {error['message']}")
    for (file, line), uses in sorted(false.items()):
        change, use, _ = uses[0]
        kind = "untold" if (file, line) in row["untold"] else "false "
        print(f"  {kind} {file}:{line} {' '.join(sorted({of for *_, of in uses}))} {use['stand']} of "
              f"{json.dumps(change)[:160]}: {use['text'].strip()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--compiler", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--pairs", type=pathlib.Path, default=HERE / "benches/upgrades.json")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    rows = []
    for pair in json.loads(options.pairs.read_text()):
        name = name_of(pair)
        if options.only and not any(wanted in name for wanted in options.only):
            continue
        folder = work / name
        folder.mkdir(exist_ok=True)
        try:
            found = compiler(pair, folder, work)
            codes = sorted({error["code"] or "" for error in found["complaints"]})
            lines = {tuple(point[0]) for error in found["complaints"] for point in error["points"]}
            print(name, len(lines), len(found["hidden"]), *codes, file=sys.stderr, flush=True)
            if not options.compiler:
                rows.append((pair, compare(pair, folder, options.again)))
        except (Unfit, subprocess.TimeoutExpired) as why:
            print(name, "unfit:", str(why)[:600], file=sys.stderr, flush=True)
    if rows:
        report(rows)


if __name__ == "__main__":
    main()
