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
- Hidden: rustc is silent about much that follows from an import which it cannot find. So imports
  that it cannot find are taken away and it checks again, until it finds all. What it says then
  counts for "real" only, not as a complaint that was to be named.
- Named: the places of `touches` in the JSON of `cargo quarry review LIBRARY@NEW --verify no`, run
  in the repository as it was before: nothing of it is built with the new version. A named line
  is real if an error of either kind points at it. Lines of changes that must break what they
  touch ("breaks") are counted apart from those of changes that may ("may-break").

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
    spans = [[span["file_name"], span["byte_start"], span["byte_end"]]
             for span in message["spans"] if span["is_primary"]]
    return {"code": code, "message": message["message"], "points": points, "labels": labels,
            "spans": spans}


# Imports that cannot be found, taken away.


def take_import(text, start, end):
    """The text without the import that has the span in it, line breaks kept."""
    head, tail = text[:start], text[end:]
    start -= len(re.search(r"((?:r#)?\w+\s*::\s*|::\s*)*\Z", head)[0])
    end += len(re.match(r"(\s*::\s*(?:r#)?\w+)*", tail)[0])
    group = re.match(r"\s*::\s*(\{|\*)", text[end:])
    if group and group[1] == "*":
        end += group.end()
    elif group:
        depth, at = 0, end + group.end() - 1
        while True:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
            if depth == 0:
                break
        end = at
    end += len(re.match(r"(\s+as\s+\w+)?", text[end:])[0])
    whole = re.search(r"(?:pub(?:\([^)]*\))?\s+)?use\s+\Z", text[:start])
    after = re.match(r"\s*;", text[end:])
    if whole and after:
        start, end = whole.start(), end + after.end()
        return text[:start] + "extern crate core as _;" + breaks(text[start:end]) + text[end:]
    comma = re.match(r"\s*,", text[end:])
    if comma:
        end += comma.end()
    if not re.search(r"[{,]\s*\Z", text[:start]):
        return None
    return text[:start] + breaks(text[start:end]) + text[end:]


def breaks(text):
    return "\n" * text.count("\n")


def take_imports(errors, folder):
    """Takes all away that are not found; tells whether there was one."""
    spans = {tuple(span) for error in errors if error["code"] in ("E0432", "E0603")
             for span in error["spans"]}
    changed = False
    for file, start, end in sorted(spans, reverse=True):
        path = folder / file
        if not path.is_relative_to(folder):
            continue
        raw = path.read_bytes()
        text = raw.decode()
        start, end = len(raw[:start].decode()), len(raw[:end].decode())
        taken = take_import(text, start, end)
        if taken is not None and taken != text:
            path.write_text(taken)
            changed = True
    return changed


def compiler(pair, folder, work):
    """Complaints, and what they hid."""
    kept = folder / "compiler.json"
    if kept.exists():
        return json.loads(kept.read_text())
    repository, after = folder / "repo", folder / "after"
    make_repository(pair, repository, work)
    target = work / "target"
    complaints, hidden, used = [], [], []
    for way in ways(repository, target):
        try:
            make_after(pair, repository, after)
            errors = check(after, target, way)
            complaints += [error for error in errors if error not in complaints]
            for _ in range(5):
                if not take_imports(errors, after):
                    break
                errors = check(after, target, way)
                hidden += [error for error in errors if error not in complaints + hidden]
            used.append(" ".join(way))
        except Unfit:
            if not used:
                raise
    if not complaints:
        raise Unfit("it builds with the new version")
    result = {"ways": used, "complaints": complaints, "hidden": hidden}
    kept.write_text(json.dumps(result, indent=1))
    shutil.rmtree(after)
    return result


def make_after(pair, repository, after):
    shutil.rmtree(after, ignore_errors=True)
    shutil.copytree(repository, after)
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


def compare(pair, folder, again):
    found = json.loads((folder / "compiler.json").read_text())
    named, changes, touches = places(review(pair, folder, again))
    covered = named.keys() | set(in_calls(named, folder))
    complained, said = {}, set()
    for error in found["complaints"]:
        labels = {tuple(line) for line in error["labels"]}
        for lines in error["points"]:
            shown = labels | {tuple(line) for line in lines}
            complained.setdefault(tuple(lines[0]), [error, set()])[1].update(shown)
    for error in found["complaints"] + found["hidden"]:
        said |= {tuple(line) for lines in [*error["points"], error["labels"]] for line in lines}
    missed = {line: error for line, (error, shown) in complained.items() if not shown & covered}
    false = {line: uses for line, uses in named.items()
             if line not in said and not said & set(in_calls({line: uses}, folder))}
    sure = {line for line, uses in named.items() if any(of == "breaks" for *_, of in uses)}
    return {"changes": touches.get("breaking", len(changes)), "complained": len(complained),
            "missed": missed, "named": len(named), "false": false, "sure": sure,
            "untraced": [[changes[one["change"]], one["why"]]
                         for one in touches.get("untraced", [])]}


# The table.


def share(part_of, whole):
    return f"{100 * part_of / whole:.0f} %" if whole else ""


def report(rows):
    print("| library | dependent | breaking changes | lines complained of | of them named | "
          "named as breaking | of them real | as maybe | of them real |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    sums = [0] * 7
    for pair, row in rows:
        hit = row["complained"] - len(row["missed"])
        sure, maybe = len(row["sure"]), row["named"] - len(row["sure"])
        false = len(row["sure"] & row["false"].keys())
        numbers = [row["changes"], row["complained"], hit, sure, sure - false, maybe,
                   maybe - (len(row["false"]) - false)]
        print(f"| {pair['library']} {pair['from']} → {pair['to']} | {pair['dependent']} "
              f"{pair['version']} | " + " | ".join(map(str, numbers)) + " |")
        sums = [a + b for a, b in zip(sums, numbers)]
    changes, complained, hit, sure, true, maybe, true_too = sums
    print(f"| {len(rows)} pairs | | {changes} | {complained} | {hit} ({share(hit, complained)}) | "
          f"{sure} | {true} ({share(true, sure)}) | {maybe} | {true_too} ({share(true_too, maybe)}) |")
    for pair, row in rows:
        if row["missed"] or row["false"]:
            print(f"\n{name_of(pair)}")
        for (file, line), error in sorted(row["missed"].items()):
            print(f"  missed {file}:{line} {error['code']} {error['message']}")
        for (file, line), uses in sorted(row["false"].items()):
            change, use, certainty = uses[0]
            print(f"  false  {file}:{line} {certainty} {use['stand']} of {json.dumps(change)[:160]}: "
                  f"{use['text'].strip()}")


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
