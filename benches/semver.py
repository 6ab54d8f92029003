#!/usr/bin/env python3
"""Which breaking changes are found, which alarms are false, and what that costs: `surface::verdict`
beside cargo-semver-checks and `cargo public-api diff`, on the same inputs.

    benches/semver.py pairs WORK            the pairs of tests/cases/semver, and leaks.txt
    benches/semver.py crates WORK [NAME…]   releases of crates from crates.io
    benches/semver.py report WORK           the tables, from what was measured

WORK is a folder outside of the repository; what it holds already is not made again, so a run that
was cut off goes on. Ours is `target/release/examples/semver` (`cargo build --release --example
semver`), the others are the programs in CARGO_SEMVER_CHECKS and CARGO_PUBLIC_API, or on PATH.

An alarm is a change that needs a major version: of ours what the verdict says, of
cargo-semver-checks a lint that fails, of public-api an item removed or changed (with `-s`: blanket
impls left out). public-api gets rustdoc JSON made under RUSTC_BOOTSTRAP=1, as it would ask a
nightly toolchain for it. Of the crates, each two neighbouring releases are compared whose versions
say that they are compatible, with all features but unstable ones, with no lock file, and offline
once the dependencies are there. Time is that of the processor, in the tool and its children, and
is measured on the first step of each crate, where each tool begins with an empty target folder; on
the other steps they keep theirs. "Cached" is a second run, with the baseline's API kept and the
dependencies built, as a developer has it.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent.parent
OURS = pathlib.Path(os.environ.get("QUARRY_SEMVER", HERE / "target/release/examples/semver"))
SEMVER_CHECKS = os.environ.get("CARGO_SEMVER_CHECKS", "cargo-semver-checks")
PUBLIC_API = os.environ.get("CARGO_PUBLIC_API", "cargo-public-api")
TOOLS = ["ours", "semver-checks", "public-api"]

# The last eleven releases of each in November 2026.
CRATES = {
    "anyhow": "1.0.95 1.0.96 1.0.97 1.0.98 1.0.99 1.0.100 1.0.101 1.0.102 1.0.103 1.0.104 1.0.105",
    "arrayvec": "0.6.0 0.6.1 0.7.0 0.7.1 0.7.2 0.7.3 0.7.4 0.7.5 0.7.6 0.7.7 0.7.8",
    "base64": "0.21.1 0.21.2 0.21.3 0.21.4 0.21.5 0.21.6 0.21.7 0.22.0 0.22.1 0.23.0 0.23.1",
    "bitflags": "2.9.1 2.9.2 2.9.3 2.9.4 2.10.0 2.11.0 2.11.1 2.12.1 2.13.0 2.13.1 2.13.2",
    "bytes": "1.7.1 1.7.2 1.8.0 1.9.0 1.10.0 1.10.1 1.11.0 1.11.1 1.12.0 1.12.1 1.12.2",
    "either": "1.9.0 1.10.0 1.11.0 1.12.0 1.13.0 1.14.0 1.15.0 1.16.0 1.17.0 1.18.0 1.19.0",
    "fastrand": "1.8.0 1.9.0 2.0.0 2.0.1 2.0.2 2.1.0 2.1.1 2.2.0 2.3.0 2.4.1 2.5.0",
    "hashbrown": "0.15.0 0.15.1 0.15.2 0.15.3 0.15.4 0.15.5 0.16.0 0.16.1 0.17.0 0.17.1 0.17.2",
    "http": "0.2.11 0.2.12 1.0.0 1.1.0 1.2.0 1.3.0 1.3.1 1.4.0 1.4.1 1.4.2 1.5.0",
    "indexmap": "2.11.1 2.11.2 2.11.3 2.11.4 2.12.0 2.12.1 2.13.0 2.13.1 2.14.0 2.14.1 2.14.2",
    "itoa": "1.0.9 1.0.10 1.0.11 1.0.12 1.0.13 1.0.14 1.0.15 1.0.16 1.0.17 1.0.18 1.0.19",
    "log": "0.4.25 0.4.26 0.4.27 0.4.28 0.4.29 0.4.30 0.4.31 0.4.32 0.4.33 0.4.34 0.4.35",
    "memchr": "2.7.0 2.7.1 2.7.2 2.7.3 2.7.4 2.7.5 2.7.6 2.8.0 2.8.1 2.8.2 2.8.3",
    "num-traits": "0.2.9 0.2.10 0.2.11 0.2.12 0.2.13 0.2.14 0.2.15 0.2.16 0.2.17 0.2.18 0.2.19",
    "once_cell": "1.17.2 1.18.0 1.19.0 1.20.1 1.20.2 1.20.3 1.21.0 1.21.1 1.21.2 1.21.3 1.21.4",
    "semver": "1.0.18 1.0.19 1.0.20 1.0.21 1.0.22 1.0.23 1.0.24 1.0.25 1.0.26 1.0.27 1.0.28",
    "serde_json": "1.0.144 1.0.145 1.0.146 1.0.147 1.0.148 1.0.149 1.0.150 1.0.151 1.0.152 1.0.153 1.0.154",
    "smallvec": "1.14.0 1.15.0 1.15.1 1.15.2 1.16.0 1.16.1 1.16.2 1.16.3 1.16.4 1.16.5 1.16.6",
    "tinyvec": "1.7.0 1.8.0 1.8.1 1.9.0 1.10.0 1.11.0 1.12.0 1.13.0 1.13.1 1.13.2 1.13.3",
    "url": "2.3.0 2.3.1 2.4.0 2.4.1 2.5.0 2.5.1 2.5.2 2.5.4 2.5.6 2.5.7 2.5.8",
}


def run(command, cwd, **env):
    """The output, and the processor's seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True,
                          env={**os.environ, **env})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    done.wall = time.monotonic() - start
    done.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done


def tail(text, lines=6):
    return "\n".join(text.strip().splitlines()[-lines:])


def clean(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


# The tools: each gives alarms as (where, what), or an error.


def ours(old, new, work, features="stable", cold=True):
    target, cache = work / "target", work / "cache"
    if cold:
        clean(target, cache)
    command = [OURS, old, new, target, "--features", features]
    if not cold:
        return verdict(run(command, work))
    command += ["--cache", cache]
    result = verdict(run(command, work))
    if "error" not in result:
        again = verdict(run(command, work))
        result["cached_cpu"], result["cached_wall"] = again["cpu"], again["wall"]
        if again["alarms"] != result["alarms"]:
            result["error"] = "the second run says something else"
    return result


def verdict(done):
    result = {"cpu": done.cpu, "wall": done.wall}
    if done.returncode:
        return {**result, "error": tail(done.stderr)}
    found = json.loads(done.stdout)
    result["skipped"] = [f"{part['part']}: {part['reason']}" for part in found["skipped"]]
    major = [change for change in found["changes"] if change["bump"] == "major"]
    place = lambda change: (change["before"] or change["after"] or {}).get("file", "")
    result["alarms"] = [[f"{change['item']} {place(change)}", f"{change['code']}: {change['message']}"]
                        for change in major]
    return result


def semver_checks(old, new, work, features=None, cold=True):
    target = work / "target-checks"
    if cold:
        clean(target)
    command = [SEMVER_CHECKS, "semver-checks", "check-release", "--color", "never",
               "--release-type", "minor", "--baseline-root", old, "--manifest-path", new / "Cargo.toml"]
    if features == "default":
        command.append("--default-features")
    done = run(command, work, CARGO_TARGET_DIR=str(target))
    result = {"cpu": done.cpu, "wall": done.wall}
    if not re.search(r"Checked \[.*\] \d+ checks:", done.stderr):
        return {**result, "error": tail(done.stderr)}
    alarms = []
    for section in re.split(r"^--- failure ", done.stdout, flags=re.M)[1:]:
        lint, _, rest = section.partition(":")
        rest = re.split(r"^--- warning ", rest, flags=re.M)[0]
        found = rest.partition("Failed in:\n")[2]
        alarms += [[line.strip(), lint] for line in found.splitlines() if line.startswith("  ")]
    return {**result, "alarms": alarms}


def public_api(old, new, work, features="stable", cold=True):
    files, cpu, wall = [], 0, 0
    target = work / "target-api"
    if cold:
        clean(target)
    for side, folder in [("old", old), ("new", new)]:
        name, arguments = feature_arguments(folder, features)
        done = run(["cargo", "rustdoc", "--lib", *arguments, "--target-dir", target, "--",
                    "-Zunstable-options", "--output-format", "json", "--cap-lints", "allow"],
                   folder, RUSTC_BOOTSTRAP="1")
        cpu, wall = cpu + done.cpu, wall + done.wall
        if done.returncode:
            return {"cpu": cpu, "wall": wall, "error": tail(done.stderr)}
        files.append(work / f"{side}.json")
        (target / "doc" / f"{name}.json").rename(files[-1])
    done = run([PUBLIC_API, "public-api", "-s", "--color=never", "diff", *files], work)
    result = {"cpu": cpu + done.cpu, "wall": wall + done.wall}
    if done.returncode:
        return {**result, "error": tail(done.stderr)}
    lines = [line for line in done.stdout.splitlines() if line[:1] in "+-" and line[1:].strip()]
    removed = done.stdout.partition("Added items to the public API")[0]
    alarms = [[line[1:], "removed or changed"] for line in lines
              if line.startswith("-") and line in removed]
    return {**result, "alarms": alarms}


def feature_arguments(folder, features):
    metadata = run(["cargo", "metadata", "--no-deps", "--format-version", "1"], folder)
    package = json.loads(metadata.stdout)["packages"][0]
    lib = next(target for target in package["targets"] if "lib" in "".join(target["kind"]))
    name = lib["name"].replace("-", "_")
    if features == "default":
        return name, []
    unstable = re.compile(r"(_|(unstable|nightly|bench)([-_]|$)|no_std$)")
    names = [feature for feature in package["features"] if not unstable.match(feature)]
    return name, ["--features", ",".join(names)]


RUN = {"ours": ours, "semver-checks": semver_checks, "public-api": public_api}


class Results:
    """What was measured, one line each, by a key."""

    def __init__(self, path):
        self.path = path
        self.known = {}
        if path.exists():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.known[entry["key"]] = entry

    def get(self, key, make):
        if key not in self.known:
            entry = {"key": key, **make()}
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")
            self.known[key] = entry
            print(key, f"{entry['cpu']:.1f} s", entry.get("error") or f"{len(entry['alarms'])} alarms",
                  flush=True)
        return self.known[key]


# (a) The pairs.


def load_pairs():
    """Name, whether it breaks, whether it is a manifest, and the two sides."""
    pairs = []
    for file in sorted((HERE / "tests/cases/semver").glob("*.txt")):
        for text in file.read_text().split("=== ")[1:]:
            head, *parts = text.split("\n--- ")
            parts = dict(part.split("\n", 1) for part in parts)
            name = head.splitlines()[0].strip()
            bump = re.search(r"^bump: *(\w+)", head, flags=re.M)[1]
            pairs.append((name, bump == "major", file.name.startswith("manifest"),
                          parts["before"], parts["after"]))
    return pairs


def load_leaks():
    lines = (HERE / "tests/cases/leaks.txt").read_text().splitlines()
    return [line.split(" | ", 1) for line in lines if line and not line.startswith("#")]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


MANIFEST = '[package]\nname = "pairs"\nversion = "1.0.0"\nedition = "2024"\n[workspace]\n'


def write_pairs(pairs, work):
    for side, text_of in [("old", 3), ("new", 4)]:
        clean(work / side)
        write(work / side / "Cargo.toml", MANIFEST)
        write(work / side / "src/lib.rs", "".join(f"pub mod {pair[0]};\n" for pair in pairs))
        for pair in pairs:
            write(work / side / f"src/{pair[0]}.rs", pair[text_of])


def write_leaks(leaks, work):
    unit = ("pub struct Unit;\npub trait Measure {\n    type Of;\n}\n"
            "pub mod deep {\n    pub struct Deep;\n}\n")
    for side, major in [("old", 1), ("new", 2)]:
        clean(work / side)
        manifest, root = MANIFEST + "[dependencies]\n", ""
        for n, (_, code) in enumerate(leaks, 1):
            folder = work / f"unit-{n}.{major}"
            write(folder / "Cargo.toml", f'[package]\nname = "unit-{n}"\nversion = "{major}.0.0"\n'
                                         'edition = "2024"\n')
            write(folder / "src/lib.rs", unit)
            manifest += f'unit-{n} = {{ path = "../unit-{n}.{major}", version = "{major}" }}\n'
            code = re.sub(r"\bunit(::|;| as )", rf"unit_{n}\1", code)
            root += f"pub mod leak_{n} {{ {code} }}\n"
        write(work / side / "Cargo.toml", manifest)
        write(work / side / "src/lib.rs", root)


def alarms_by_module(result, names):
    """The pairs that the alarms are about: by the module in a path, or by the file."""
    found = set()
    for where, what in result.get("alarms", []):
        text = where + " " + what
        names_in = re.findall(r"pairs::(\w+)", text) + re.findall(r"src/(\w+)\.rs", text)
        line = re.search(r"src/lib\.rs:(\d+)", text)
        if line:
            names_in.append(f"leak_{line[1]}")
        found |= {name for name in names_in if name in names}
    return found


def pairs_command(work):
    pairs, results = load_pairs(), Results(work / "pairs.jsonl")
    code = [pair for pair in pairs if not pair[2]]
    write_pairs(code, work / "code")
    leaks = load_leaks()
    write_leaks(leaks, work / "leaks")
    for pair in (pair for pair in pairs if pair[2]):
        for side, text in [("old", pair[3]), ("new", pair[4])]:
            write(work / "manifests" / pair[0] / side / "Cargo.toml", text)
            features = tomllib.loads(text).get("features", {})
            gated = [f'#[cfg(feature = "{name}")]\nmod {name} {{}}\n' for name in features
                     if name != "default"]
            write(work / "manifests" / pair[0] / side / "src/lib.rs", "".join(gated))
    for tool in TOOLS:
        for name, folder in [("code", work / "code"), ("leaks", work / "leaks")]:
            results.get(f"{name} {tool}",
                        lambda: RUN[tool](folder / "old", folder / "new", work, "default"))
        for pair in (pair for pair in pairs if pair[2]):
            folder = work / "manifests" / pair[0]
            results.get(f"{pair[0]} {tool}",
                        lambda: RUN[tool](folder / "old", folder / "new", work, "default"))
    report_pairs(work)


def report_pairs(work):
    pairs, results = load_pairs(), Results(work / "pairs.jsonl").known
    leaks = load_leaks()
    breaks = {pair[0]: pair[1] for pair in pairs}
    for n, (item, _) in enumerate(leaks, 1):
        breaks[f"leak_{n}"] = item != "-"
    total = sum(breaks.values())
    print(f"{len(breaks)} pairs, {total} of them breaking\n")
    print("| | breaking found | missed | false alarms |\n|---|---:|---:|---:|")
    listed = []
    for tool in TOOLS:
        alarmed = set()
        for name in ["code", "leaks"]:
            result = results[f"{name} {tool}"]
            if "error" in result:
                print(f"{tool} on {name}: {result['error']}", file=sys.stderr)
            alarmed |= alarms_by_module(result, breaks)
        for pair in (pair for pair in pairs if pair[2]):
            if results[f"{pair[0]} {tool}"].get("alarms"):
                alarmed.add(pair[0])
        found = sorted(name for name in alarmed if breaks[name])
        missed = sorted(name for name in breaks if breaks[name] and name not in alarmed)
        false = sorted(name for name in alarmed if not breaks[name])
        print(f"| {tool} | {len(found)} | {len(missed)} | {len(false)} |")
        listed.append(f"{tool}\n  missed: {' '.join(missed)}\n  false: {' '.join(false)}")
    print("\n" + "\n".join(listed))


# (b) The crates.


def line_of(version):
    major, minor, patch = version.split(".")
    return major if major != "0" else (f"0.{minor}" if minor != "0" else version)


def compatible_pairs(names):
    for name in names:
        versions = CRATES[name].split()
        for old, new in zip(versions, versions[1:]):
            if line_of(old) == line_of(new):
                yield name, old, new


def folder_of(work, name, version):
    """The package, as cargo unpacks it, without what only its own tests and benches need."""
    folder = work / "crates" / f"{name}-{version}"
    if (folder / ".ready").exists():
        return folder
    clean(folder)
    scratch = work / "scratch"
    clean(scratch)
    write(scratch / "Cargo.toml", MANIFEST + f'[dependencies]\n{name} = "={version}"\n')
    write(scratch / "src/lib.rs", "")
    metadata = json.loads(must(["cargo", "metadata", "--format-version", "1"], scratch))
    package = next(p for p in metadata["packages"] if p["name"] == name)
    shutil.copytree(pathlib.Path(package["manifest_path"]).parent, folder)
    for left in ["Cargo.lock", ".cargo-ok", "Cargo.toml.orig"]:
        (folder / left).unlink(missing_ok=True)
    clean(folder / ".cargo")
    text = (folder / "Cargo.toml").read_text()
    kept = [table for table in re.split(r"^(?=\[)", text, flags=re.M)
            if not re.match(r"\[+(.*dev-dependencies|bench\]|test\]|example\]|bin\])", table)]
    (folder / "Cargo.toml").write_text("".join(kept) + "\n[workspace]\n")
    if run(["cargo", "fetch"], folder).returncode:
        # Some name dev-dependencies in their features.
        (folder / "Cargo.toml").write_text(text + "\n[workspace]\n")
        must(["cargo", "fetch"], folder)
    (folder / "Cargo.lock").unlink(missing_ok=True)
    (folder / ".ready").touch()
    return folder


def must(command, cwd):
    done = run(command, cwd)
    if done.returncode:
        raise SystemExit(f"{command} in {cwd}: {done.stderr}")
    return done.stdout


def crates_command(work, names):
    results = Results(work / "crates.jsonl")
    tools = os.environ.get("TOOLS", " ".join(TOOLS)).split()
    timed = {next(compatible_pairs([name])) for name in CRATES}
    for name, old, new in compatible_pairs(names or CRATES):
        folders = [folder_of(work, name, version) for version in (old, new)]
        cold = (name, old, new) in timed
        for tool in tools:
            os.environ["CARGO_NET_OFFLINE"] = "true"
            results.get(f"{name} {old} {new} {tool}",
                        lambda: {**RUN[tool](*folders, work, cold=cold), "cold": cold})
            del os.environ["CARGO_NET_OFFLINE"]
    report_crates(work)


def report_crates(work):
    results = Results(work / "crates.jsonl").known
    pairs = [pair for pair in compatible_pairs(CRATES) if f"{' '.join(pair)} ours" in results]
    print(f"{len(pairs)} compatible steps\n")
    print("| | steps | with an alarm | alarms | could not compare |")
    print("|---|---:|---:|---:|---:|")
    for tool in TOOLS:
        of = {pair: results.get(f"{' '.join(pair)} {tool}") for pair in pairs}
        of = {pair: result for pair, result in of.items() if result}
        alarmed = [pair for pair, result in of.items() if result.get("alarms")]
        failed = [pair for pair, result in of.items() if "error" in result]
        alarms = sum(len(result.get("alarms", [])) for result in of.values())
        print(f"| {tool} | {len(of)} | {len(alarmed)} | {alarms} | {len(failed)} |")
    timed = [[results.get(f"{' '.join(pair)} {tool}") for tool in TOOLS] for pair in pairs]
    timed = [pair for pair in timed
             if all(pair) and not any("error" in result or not result["cold"] for result in pair)]
    if timed:
        cpu = [sum(pair[n]["cpu"] for pair in timed) for n in range(3)]
        cached = sum(pair[0]["cached_cpu"] for pair in timed)
        print(f"\nCPU seconds on {len(timed)} cold steps: ours {cpu[0]:.0f} (cached {cached:.0f}), "
              f"semver-checks {cpu[1]:.0f}, public-api {cpu[2]:.0f}; "
              f"ours / semver-checks {cpu[0] / cpu[1]:.2f}, cached {cached / cpu[1]:.2f}")
    for pair in pairs:
        for tool in TOOLS[:2]:
            result = results.get(f"{' '.join(pair)} {tool}", {})
            if result.get("error"):
                print(f"\n{' '.join(pair)} {tool}: {result['error']}")
            if result.get("skipped"):
                print(f"\n{' '.join(pair)} {tool} skipped {result['skipped']}")
            for where, what in result.get("alarms", []):
                print(f"\n{' '.join(pair)} {tool}: {where}\n    {what}")


def main():
    command, work, *names = sys.argv[1:] if len(sys.argv) > 2 else ["", ""]
    work = pathlib.Path(work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    if command == "pairs":
        pairs_command(work)
    elif command == "crates":
        crates_command(work, names)
    elif command == "report":
        report_pairs(work)
        report_crates(work)
    else:
        raise SystemExit(__doc__)


main()
