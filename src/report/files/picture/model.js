// The map's data as a tree: packages, modules, items.

const format = new Intl.NumberFormat("en");
const text = (number) => format.format(number);
const count = (number, one, many = `${one}s`) => `${text(number)} ${number === 1 ? one : many}`;

// Texts are only ever set as text: what a repository calls its things is never read as HTML.
const el = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
};

// A text of the tool's own, with code in backticks.
const coded = (words) => words.split("`").map((piece, at) => (at % 2 ? el("code", {}, piece) : piece));

const node = (kind, name, full, parent) => ({
  kind, name, full, parent, children: [], lines: 0, items: 0, area: null, item: null,
  independence: null, rank: null, level: 0, first: -1, last: -1,
});

// The tree of a survey. Each area's node is in `nodes`, by the number of the area; test code and
// what has no lines is in no node's children.
const treeOf = (name, map) => {
  const top = node("all", name, name, null);
  const packages = new Map();
  const nodes = map.areas.map((area) => {
    const short = area.parent === null ? area.name : area.name.split("::").pop();
    const own = node("module", short, area.name, null);
    own.area = area;
    own.independence = area.independence;
    own.rank = area.rank;
    for (const item of area.items) {
      const leaf = node("item", item.name, `${area.name}::${item.name}`, own);
      leaf.item = item;
      leaf.lines = item.lines;
      own.children.push(leaf);
      own.lines += item.lines;
      own.items += 1;
    }
    return own;
  });
  map.areas.forEach((area, at) => {
    if (area.parent !== null) {
      nodes[at].parent = nodes[area.parent];
      return;
    }
    if (!packages.has(area.package)) packages.set(area.package, []);
    packages.get(area.package).push(nodes[at]);
  });
  for (const [name, targets] of packages) {
    if (targets.length === 1) {
      targets[0].parent = top;
      continue;
    }
    const of = node("package", name, name, top);
    for (const target of targets) {
      target.parent = of;
      // `shop/server` is the binary `server`; the library has the package's name.
      target.name = target.full === name ? `${name} (library)` : `${target.name.split("/").pop()} (binary)`;
    }
    nodes.push(of);
  }
  // A module stands before those in it, and a package after its targets: sums go up.
  const sum = (own) => {
    if (own.lines === 0) return;
    own.parent.children.push(own);
    own.parent.lines += own.lines;
    own.parent.items += own.items;
  };
  const areas = nodes.slice(0, map.areas.length);
  for (const own of [...areas].reverse()) if (!own.area.test) sum(own);
  for (const own of nodes.slice(map.areas.length)) sum(own);
  let next = 0;
  const number = (own) => {
    own.children.sort((a, b) => b.lines - a.lines || (a.full < b.full ? -1 : 1));
    own.first = next;
    next += 1;
    for (const child of own.children) {
      child.level = own.level + 1;
      number(child);
    }
    own.last = next;
  };
  number(top);
  return { top, nodes: areas };
};

const holds = (outer, inner) =>
  inner.first >= 0 && outer.first <= inner.first && inner.first < outer.last;
const isArea = (own) => own.kind !== "item";
const areasIn = (own) => own.children.filter(isArea);
const pathOf = (own) => (own.parent ? [...pathOf(own.parent), own] : [own]);

// What goes on between an area, with all in it, and the areas outside of it: numbers of areas
// with weights, the heaviest first.
const relationsOf = (map, nodes, own) => {
  const inside = nodes.map((other) => holds(own, other));
  const sums = { in: new Map(), out: new Map(), together: new Map() };
  const add = (sum, at, weight) => sum.set(at, (sum.get(at) ?? 0) + weight);
  for (const [user, used, weight] of map.uses) {
    if (inside[user] && !inside[used]) add(sums.out, used, weight);
    if (inside[used] && !inside[user]) add(sums.in, user, weight);
  }
  for (const [a, b, weight] of map.cochange) {
    if (inside[a] && !inside[b]) add(sums.together, b, weight);
    if (inside[b] && !inside[a]) add(sums.together, a, weight);
  }
  const sorted = (sum) => [...sum].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return { in: sorted(sums.in), out: sorted(sums.out), together: sorted(sums.together) };
};

// The area around another one that stands beside `own`: as deep in the tree, or less.
const peerOf = (own, other) => {
  let peer = other;
  while (peer.level > own.level && peer.parent && !holds(peer.parent, own)) peer = peer.parent;
  return peer;
};

// Areas with weights, by the areas beside `own` that they are in; the heaviest first.
const byPeer = (own, found, nodes) => {
  const sums = new Map();
  for (const [at, weight] of found) {
    const peer = peerOf(own, nodes[at]);
    sums.set(peer, (sums.get(peer) ?? 0) + weight);
  }
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0].full < b[0].full ? -1 : 1));
};

// A path for one who stands in `own`: without the name of the crate, where that is the same.
const rootOf = (own) => (own.parent && own.parent.kind === "module" ? rootOf(own.parent) : own);
const nameFrom = (own, other) => {
  const root = `${rootOf(own).full}::`;
  return other.full.startsWith(root) ? `crate::${other.full.slice(root.length)}` : other.full;
};
