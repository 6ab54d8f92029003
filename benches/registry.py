#!/usr/bin/env python3
"""The embedded registry beside Kellnr, in one run: reads, publishes, memory, start.

    benches/registry.py [--seconds N] [--versions N]

Kellnr is the program in KELLNR, or the one that `tests/kellnr/install` has built; without it only
the embedded registry is measured. Both get the same crate, version by version, over one connection;
then `wrk` (a Debian package) reads its index file, with and without the tag that cargo sends back.
Both want a token for reading. The durable writes beside them are what a publish costs at least:
three files, each written, synced and renamed, their folders synced, and a line in a log. Memory is
what is resident: pages of the program's file that were touched, and memory of its own.
"""

import argparse
import http.client
import io
import json
import os
import pathlib
import re
import socket
import statistics
import struct
import subprocess
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
NAME = "bench-crate"
IP = "127.0.0.1"


def free_port():
    with socket.socket() as listener:
        listener.bind((IP, 0))
        return listener.getsockname()[1]


def package(version):
    """A publish request's body: a library of some 60 kB with a few dependencies."""
    manifest = f'[package]\nname = "{NAME}"\nversion = "{version}"\nedition = "2021"\n'
    manifest += 'description = "x"\nlicense = "MIT"\n[dependencies]\nserde = "1"\ntracing = "0.1"\n'
    noise = os.urandom(30_000).hex()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path, text in [("Cargo.toml", manifest), ("src/lib.rs", f"// {noise}\n")]:
            info = tarfile.TarInfo(f"{NAME}-{version}/{path}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    dependency = {"optional": False, "default_features": True, "target": None, "kind": "normal",
                  "registry": "https://github.com/rust-lang/crates.io-index",
                  "explicit_name_in_toml": None, "features": []}
    deps = [{"name": name, "version_req": req, **dependency}
            for name, req in [("serde", "^1"), ("tracing", "^0.1")]]
    metadata = json.dumps({
        "name": NAME, "vers": version, "deps": deps, "features": {}, "authors": [],
        "description": "x", "documentation": None, "homepage": None, "readme": None,
        "readme_file": None, "keywords": [], "categories": [], "license": "MIT",
        "license_file": None, "repository": None, "badges": {}, "links": None,
        "rust_version": None}).encode()
    data = archive.getvalue()
    return struct.pack("<I", len(metadata)) + metadata + struct.pack("<I", len(data)) + data


class Registry:
    """A registry's process, and how it is asked."""

    def __init__(self, name, index, command, env, port, token):
        self.name, self.index, self.port, self.token = name, index, port, token
        begin = time.monotonic()
        self.process = subprocess.Popen(command, env={**os.environ, **env},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                self.ask("GET", f"{index}config.json")
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{name} ended with {self.process.returncode}")
                time.sleep(0.002)
        self.start = time.monotonic() - begin

    def ask(self, method, path, body=None, connection=None):
        connection = connection or http.client.HTTPConnection(IP, self.port)
        connection.request(method, path, body, {"Authorization": self.token})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{self.name}: {method} {path}: {answer.status} {text[:300]}")
        return answer, text

    def publish(self, bodies):
        """Milliseconds of each publish, in order."""
        connection = http.client.HTTPConnection(IP, self.port)
        times = []
        for body in bodies:
            begin = time.monotonic()
            self.ask("PUT", "/api/v1/crates/new", body, connection)
            times.append((time.monotonic() - begin) * 1000)
        return times

    def reads(self, seconds, tag=None):
        """Index requests a second."""
        path = f"{self.index}{NAME[:2]}/{NAME[2:4]}/{NAME}"
        # The token stands in the environment: no command line holds it.
        script = 'wrk.headers["Authorization"] = os.getenv("TOKEN")\n'
        script += 'if os.getenv("TAG") then wrk.headers["If-None-Match"] = os.getenv("TAG") end\n'
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
            lua.write(script)
            lua.flush()
            env = {**os.environ, "TOKEN": self.token, **({"TAG": tag} if tag else {})}
            command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", lua.name,
                       f"http://{IP}:{self.port}{path}"]
            said = subprocess.run(command, env=env, text=True, capture_output=True, check=True)
        if "Non-2xx" in said.stdout:
            raise SystemExit(f"{self.name}: {said.stdout}")
        return float(re.search(r"Requests/sec:\s*([\d.]+)", said.stdout).group(1))

    def tag(self):
        answer, text = self.ask("GET", f"{self.index}{NAME[:2]}/{NAME[2:4]}/{NAME}")
        return answer.getheader("ETag"), len(text.splitlines())

    def memory(self, field):
        """MiB that it has resident: `VmRSS` now, `VmHWM` at most so far, `RssAnon` its own."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s*(\d+) kB", status).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def durable_writes(folder, size, rounds=60):
    """Milliseconds of what a publish must write at least."""
    times = []
    directory = os.open(folder, os.O_RDONLY)
    for number in range(rounds):
        begin = time.monotonic()
        for kind, length in [("crate", size), ("json", 1000), ("index", 30_000)]:
            with open(folder / "temporary", "wb") as file:
                file.write(b"x" * length)
                file.flush()
                os.fsync(file.fileno())
            os.rename(folder / "temporary", folder / f"{number}.{kind}")
            os.fsync(directory)
        with open(folder / "log", "ab") as log:
            log.write(b"x" * 200 + b"\n")
            log.flush()
            os.fdatasync(log.fileno())
        times.append((time.monotonic() - begin) * 1000)
    return times


def embedded(folder):
    subprocess.run(["cargo", "build", "--release"], cwd=HERE, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    program = target / "release" / "cargo-quarry"
    add = [program, "registry", "token", "add", "--data", folder, "--name", "bench"]
    token = subprocess.run(add, text=True, capture_output=True, check=True).stdout.strip()
    port = free_port()
    serve = [program, "registry", "serve", "--quiet", "--data", folder, "--listen", f"{IP}:{port}"]
    return lambda: Registry("embedded", "/index/", serve, {}, port, token)


def kellnr(folder):
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    found = sorted(cache.glob("cargo-quarry/kellnr-*/bin/kellnr"))
    program = os.environ.get("KELLNR") or (found[-1] if found else None)
    if program is None:
        return None
    port, token = free_port(), "a-token-for-tests-of-32-letters-"
    env = {"KELLNR_REGISTRY__DATA_DIR": str(folder), "KELLNR_REGISTRY__AUTH_REQUIRED": "true",
           "KELLNR_LOCAL__IP": IP, "KELLNR_LOCAL__PORT": str(port),
           "KELLNR_ORIGIN__HOSTNAME": IP, "KELLNR_ORIGIN__PORT": str(port),
           "KELLNR_SETUP__ADMIN_PWD": "a-test-s-password", "KELLNR_SETUP__ADMIN_TOKEN": token}
    return lambda: Registry("Kellnr", "/api/v1/crates/", [program, "start"], env, port, token)


def measure(start, bodies, seconds):
    registry = start()
    fresh = registry.memory("VmRSS")
    published = registry.publish(bodies)
    tag, lines = registry.tag()
    assert lines == len(bodies), lines
    registry.reads(1)
    reads = registry.reads(seconds)
    unchanged = registry.reads(seconds, tag) if tag else None
    most, own = registry.memory("VmHWM"), registry.memory("RssAnon")
    registry.stop()
    # Again, with what it has by now.
    starts = []
    for _ in range(5):
        registry = start()
        starts.append(registry.start * 1000)
        registry.stop()
    return {
        "index requests a second": reads,
        "the same, its tag sent back": unchanged,
        "publish, ms (median)": statistics.median(published),
        "publish, ms (slowest)": max(published),
        "memory after start, MiB": fresh,
        "memory at most, MiB": most,
        "of it its own at the end, MiB": own,
        "start, ms (median of 5)": statistics.median(starts),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--versions", type=int, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quarry-bench-", dir=HERE / "target") as scratch:
        scratch = pathlib.Path(scratch)
        for name in ["embedded", "kellnr", "durable"]:
            (scratch / name).mkdir()
        bodies = [package(f"1.0.{patch}") for patch in range(args.versions)]
        results = {"embedded": measure(embedded(scratch / "embedded"), bodies, args.seconds)}
        peer = kellnr(scratch / "kellnr")
        if peer is None:
            print("NOT MEASURED: Kellnr; tests/kellnr/install builds it")
        else:
            results["Kellnr"] = measure(peer, bodies, args.seconds)
        floor = statistics.median(durable_writes(scratch / "durable", len(bodies[0])))
    print(f"| | {' | '.join(results)} | ratio |\n|---|{'---:|' * (len(results) + 1)}")
    for row in results["embedded"]:
        values = [result[row] for result in results.values()]
        cells = ["" if value is None else f"{value:,.1f}" for value in values]
        ratio = ""
        if len(values) == 2 and None not in values:
            ratio = f"{values[0] / values[1]:.2f}"
        print(f"| {row} | {' | '.join(cells)} | {ratio} |")
    print(f"\nThe durable writes alone: {floor:.1f} ms (median)")


if __name__ == "__main__":
    main()
