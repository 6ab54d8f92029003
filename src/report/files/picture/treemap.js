// Where the boxes are: squarified treemaps (Bruls, Huizing and van Wijk, 2000), one in the other.

const HEADER = 17;
// Smaller boxes show nothing of what is in them.
const LEAST = { width: 9, height: 9 };

// Lays children out in a box; calls `place` with each and its box.
const squarify = (children, box, place) => {
  let { x, y, width, height } = box;
  let rest = children.reduce((sum, child) => sum + child.lines, 0);
  let at = 0;
  while (at < children.length && width > 0 && height > 0 && rest > 0) {
    const scale = (width * height) / rest;
    const side = Math.min(width, height);
    const worst = (sum, first, last) => {
      const thick = (sum * scale) / side;
      return Math.max((first * scale) / thick ** 2, thick ** 2 / (last * scale));
    };
    const first = children[at].lines;
    let sum = first;
    let end = at + 1;
    while (end < children.length) {
      const more = sum + children[end].lines;
      if (worst(more, first, children[end].lines) > worst(sum, first, children[end - 1].lines)) break;
      sum = more;
      end += 1;
    }
    const thick = (sum * scale) / side;
    let along = 0;
    for (; at < end; at += 1) {
      const long = (children[at].lines * scale) / thick;
      if (width >= height) place(children[at], { x, y: y + along, width: thick, height: long });
      else place(children[at], { x: x + along, y, width: long, height: thick });
      along += long;
    }
    if (width >= height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
    rest -= sum;
  }
};

// All boxes of a view, outer ones first.
const layOut = (root, width, height) => {
  const boxes = [];
  const inner = (own, box, depth) => {
    squarify(own.children, box, (child, at) => {
      const placed = { node: child, depth, header: false, ...at };
      boxes.push(placed);
      if (child.children.length === 0 || at.width < LEAST.width || at.height < LEAST.height) return;
      placed.header = at.width > 34 && at.height > 2.2 * HEADER;
      const edge = at.width > 40 && at.height > 40 ? 2 : 1;
      const down = placed.header ? HEADER : edge;
      inner(child, {
        x: at.x + edge,
        y: at.y + down,
        width: at.width - 2 * edge,
        height: at.height - down - edge,
      }, depth + 1);
    });
  };
  inner(root, { x: 0, y: 0, width, height }, 0);
  return boxes;
};

const within = (box, x, y) =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
const middle = (box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

// The box that an arrow key goes to: the nearest in its direction, of those that lie beside the
// one it comes from.
const neighbour = (boxes, from, key) => {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const start = middle(from);
  let best = null;
  let least = Infinity;
  for (const box of boxes) {
    const beside = box.depth === from.depth
      || (box.depth < from.depth && areasIn(box.node).length === 0);
    if (box === from || !beside || !isArea(box.node)) continue;
    const end = middle(box);
    const ahead = dx ? dx * (end.x - start.x) : dy * (end.y - start.y);
    if (ahead < 1) continue;
    // Boxes that overlap across the way are preferred to those that lie aside of it.
    const off = dx ? Math.abs(end.y - start.y) : Math.abs(end.x - start.x);
    const room = dx ? (box.height + from.height) / 2 : (box.width + from.width) / 2;
    const across = 2 * Math.max(0, off - room) + off / 4;
    const far = ahead + across;
    if (far < least) [best, least] = [box, far];
  }
  return best;
};
