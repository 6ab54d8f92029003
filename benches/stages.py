"""What the compiler says of the code behind its errors.

rustc is silent about much that follows from an error: imports that it cannot find stop it before
it looks at types, an error in a body hides others there. So what failed is taken away, in the copy
with the new version, and it checks again, until it builds or nothing more can be taken:

- An import that is not found is taken away. Uses of its name are complaints then: rustc is silent
  about them only as long as the import is there.
- Of any other error the smallest part around it is taken away that can be: a statement, the value
  of a `let` with a type, an attribute, the body of a function (it becomes `loop {}`), the type of a
  field (it becomes `()`), an item. If that was not enough, the next greater one.

The same parts are taken out of a copy with the old version, its imports left as they are. What the
compiler complains of there comes of the taking, not of the upgrade: it is no complaint.

Line breaks stay, so a line keeps its number.
"""

import json
import re
import shutil
import subprocess

IMPORT = ("E0432", "E0603", "E0364", "E0365")
STAGES = 25


def breaks(text):
    return "\n" * text.count("\n")


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


class Tree:
    """A copy of the repository that parts are taken out of."""

    def __init__(self, folder, program):
        self.folder, self.program = folder, program
        self.regions = {}

    def text(self, file):
        return (self.folder / file).read_bytes()

    def write(self, file, raw):
        (self.folder / file).write_bytes(raw)
        self.regions.pop(file, None)

    def regions_of(self, file):
        """The parts of a file that can be taken, the smallest first."""
        if file not in self.regions:
            path = str(self.folder / file)
            done = subprocess.run([self.program, path], capture_output=True, text=True)
            found = json.loads(done.stdout)[path] if done.returncode == 0 else []
            self.regions[file] = sorted((tuple(one) for one in found), key=lambda r: r[2] - r[1])
        return self.regions[file]


def neutral(kind, old):
    """What stands for a part that was taken."""
    lines = b"\n" * old.count(b"\n")
    if kind == "body":
        return b"{ loop {}" + lines + b" }"
    if kind == "value":
        return b"loop {}" + lines
    if kind == "type":
        return b"()" + lines
    if kind == "use":
        return b"extern crate core as _;" + lines
    return lines


def is_neutral(kind, old):
    return b"".join(old.split()) == b"".join(neutral(kind, old).split())


def part_of(tree, file, start, end):
    """The smallest part around a span that is not taken yet."""
    raw = tree.text(file)
    for region in tree.regions_of(file):
        kind, first, last = region
        if first <= start and end <= last and not is_neutral(kind, raw[first:last]):
            return region
    return None


def in_import(tree, error):
    """The import of a file that an error says is not found: its span; else none."""
    if error["code"] not in IMPORT:
        return None
    for file, start, end in error["spans"]:
        if not is_own(file):
            continue
        regions = tree.regions_of(file)
        if any(kind == "use" and first <= start and end <= last for kind, first, last in regions):
            return file, start, end
        # A file that does not parse has no regions.
        if not regions and re.search(rb"\buse\b[^;]*\Z", tree.text(file)[:start]):
            return file, start, end
    return None


def lines_of(raw, first, last):
    """The lines that have something of a part in them."""
    while first < last and raw[first:first + 1].isspace():
        first += 1
    begin = raw[:first].count(b"\n") + 1
    return range(begin, begin + raw[first:last].rstrip().count(b"\n") + 1)


def inside(kind, raw, first, last):
    """The lines of a part that are without a verdict when it is taken: of a body not its braces."""
    if kind == "body":
        first, last = first + 1, last - 1
        if not raw[first:last].strip():
            return []
    return lines_of(raw, first, last)


def is_own(file):
    return not file.startswith("/") and ".." not in file


def imports_of(errors, tree):
    """Takes away the imports that are not found; tells whether there was one."""
    spans = {in_import(tree, error) for error in errors} - {None}
    changed = False
    for file, start, end in sorted(spans, reverse=True):
        raw = tree.text(file)
        first, last = len(raw[:start].decode()), len(raw[:end].decode())
        taken = take_import(raw.decode(), first, last)
        if taken is None or taken.encode() == raw:
            whole = [r for r in tree.regions_of(file) if r[0] == "use" and r[1] <= start < r[2]]
            if not whole or is_neutral("use", raw[whole[0][1]:whole[0][2]]):
                continue
            _, begin, until = whole[0]
            taken = (raw[:begin] + neutral("use", raw[begin:until]) + raw[until:]).decode()
        tree.write(file, taken.encode())
        changed = True
    return changed


def parts_of(errors, tree):
    """The parts to be taken for errors: {file: {(kind, start, end)}}, both as (line, column), which
    are the same in both copies."""
    parts = {}
    for error in errors:
        if in_import(tree, error):
            continue
        for file, start, end in error["calls"]:
            part = part_of(tree, file, start, end) if is_own(file) else None
            if part:
                raw = tree.text(file)
                kind, first, last = part
                parts.setdefault(file, set()).add((kind, point(raw, first), point(raw, last)))
    return parts


def point(raw, at):
    return raw[:at].count(b"\n"), at - raw.rfind(b"\n", 0, at)


def outer(parts):
    """Without those that are within others."""
    return {one for one in parts if not any(
        other != one and other[1] <= one[1] and one[2] <= other[2] for other in parts)}


def take(parts, tree):
    """Takes parts out of a copy. Gives their lines."""
    lines = set()
    for file, wanted in parts.items():
        raw = tree.text(file)
        found = {(kind, point(raw, first), point(raw, last)): (kind, first, last)
                 for kind, first, last in tree.regions_of(file)}
        found = [found[one] for one in outer(wanted) if one in found]
        for kind, first, last in sorted(found, key=lambda part: part[1], reverse=True):
            lines.update((file, line) for line in inside(kind, raw, first, last))
            raw = raw[:first] + neutral(kind, raw[first:last]) + raw[last:]
        tree.write(file, raw)
    return lines


def place_of(error):
    return error["code"], tuple(tuple(lines[0]) for lines in error["points"])


def around(error, tree):
    """The bodies or items that an error is in."""
    found = set()
    for file, start, end in filter(lambda span: is_own(span[0]), error["calls"]):
        for kind, first, last in tree.regions_of(file):
            if kind in ("body", "item") and first <= start and end <= last:
                raw = tree.text(file)
                found.add((file, point(raw, first), point(raw, last)))
                break
    return found


def stages(new, old, check, program):
    """Checks both copies again and again. Gives the new one's errors of the first stage, those of
    the later ones that the old one does not have, the lines that were taken, and whether it built
    in the end."""
    for folder in (new, old):
        for file in folder.rglob("*.rs"):
            if "target" in file.parts:
                continue
            text = file.read_bytes().decode(errors="surrogateescape")
            allowed = re.sub(r"#!\[(?:deny|forbid)\([^\]]*\)\]", lambda m: breaks(m[0]), text)
            if allowed != text:
                file.write_bytes(allowed.encode(errors="surrogateescape"))
    tree, twin = Tree(new, program), Tree(old, program)
    first, later, taken = None, [], set()
    # Where the old one complains, by code and line and by body or item.
    of_taking, spoilt = set(), set()
    built = False
    for _ in range(STAGES):
        errors = check(new)
        caused = check(old) if first is not None else []
        of_taking |= {place_of(error) for error in caused}
        spoilt = spoilt.union(*(around(error, twin) for error in caused))
        if first is None:
            first = errors
        else:
            later += [error for error in errors
                      if place_of(error) not in of_taking and not around(error, tree) & spoilt
                      and error not in first + later]
        if not errors and not caused:
            built = True
            break
        moved = [imports_of(errors, tree), imports_of(caused, twin)]
        if not any(moved):
            parts = parts_of(errors, tree)
            for file, found in parts_of(caused, twin).items():
                parts.setdefault(file, set()).update(found)
            if not parts:
                break
            taken |= take(parts, tree)
            take(parts, twin)
    later = [error for error in later if place_of(error) not in of_taking]
    return first, later, sorted(taken), built


def tests_of(folder, program):
    """The lines that are there for tests only."""
    tree, lines = Tree(folder, program), set()
    for path in folder.rglob("*.rs"):
        file = str(path.relative_to(folder))
        if "target" in path.parts:
            continue
        raw = tree.text(file)
        for kind, first, last in tree.regions_of(file):
            text = raw[first:last]
            if kind != "item" or not re.match(
                    rb"(?:\s*(?://[^\n]*\n|#\[[^\]]*\]))*?\s*#\[(?:test|bench|cfg\((?:all\()?test)",
                    text):
                continue
            lines.update((file, line) for line in lines_of(raw, first, last))
            module = re.search(rb"\bmod\s+(\w+)\s*;\Z", text)
            if module:
                name = module[1].decode()
                beside = [path.parent, path.parent / path.stem]
                for other in [at / end for at in beside for end in (f"{name}.rs", f"{name}/mod.rs")]:
                    if other.exists():
                        count = other.read_bytes().count(b"\n") + 1
                        inner = str(other.relative_to(folder))
                        lines.update((inner, line) for line in range(1, count + 1))
    return lines


def copy_of(folder, to):
    """A copy whose files are new: by the time of old ones cargo would take what it built of another
    copy at that place."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("target"),
                    copy_function=shutil.copy)
