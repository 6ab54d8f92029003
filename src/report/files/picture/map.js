// The map on its canvas: drawing, pointing, keys.

// So many references of each kind are drawn, the heaviest ones.
const MOST_LINES = 30;
const KINDS = ["in", "out", "together"];

const coloursOf = (element) => {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    scale: [0, 1, 2, 3, 4].map((step) => of(`--scale-${step}`)),
    ink: [0, 1, 2, 3, 4].map((step) => of(`--ink-${step}`)),
    none: of("--scale-none"), noneInk: of("--ink-none"),
    page: of("--page"), text: of("--text"),
    in: of("--in"), out: of("--out"), together: of("--together"),
    font: style.fontFamily,
  };
};

const stepOf = (own) => {
  const area = own.kind === "item" ? own.parent : own;
  if (area.independence === null) return null;
  return Math.min(4, Math.floor(area.independence * 5));
};

// `host` is told of what happens: `selected(node)` and `moved(root)`.
const mapOn = (canvas, tip, top, host) => {
  const context = canvas.getContext("2d");
  const still = document.createElement("canvas");
  const state = {
    root: top, selected: null, boxes: [], boxOf: new Map(), relations: null, nodes: [],
    kinds: new Set(KINDS), width: 0, height: 0, colours: null,
  };

  const shortened = (pen, words, room) => {
    if (pen.measureText(words).width <= room) return words;
    let [low, high] = [0, words.length];
    while (low < high) {
      const half = Math.ceil((low + high) / 2);
      if (pen.measureText(`${words.slice(0, half)}…`).width <= room) low = half;
      else high = half - 1;
    }
    return low > 1 ? `${words.slice(0, low)}…` : "";
  };

  const drawStill = () => {
    const { width, height, colours, boxes } = state;
    const ratio = window.devicePixelRatio || 1;
    for (const one of [canvas, still]) {
      one.width = Math.round(width * ratio);
      one.height = Math.round(height * ratio);
    }
    const pen = still.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colours.page;
    pen.fillRect(0, 0, width, height);
    pen.textBaseline = "middle";
    for (const box of boxes) {
      const { node: own, x, y, width, height } = box;
      const step = stepOf(own);
      const ink = step === null ? colours.noneInk : colours.ink[step];
      const gap = isArea(own) ? Math.min(1, width / 6, height / 6) : Math.min(0.4, width / 6, height / 6);
      pen.fillStyle = step === null ? colours.none : colours.scale[step];
      if (isArea(own)) {
        pen.fillRect(x + gap / 2, y + gap / 2, width - gap, height - gap);
        if (box.header) {
          pen.strokeStyle = ink;
          pen.globalAlpha = 0.45;
          pen.lineWidth = 1;
          pen.strokeRect(x + 1, y + 1, width - 2, height - 2);
          pen.globalAlpha = 1;
        }
      } else if (width > 3 && height > 3) {
        pen.strokeStyle = ink;
        pen.globalAlpha = 0.22;
        pen.lineWidth = 0.75;
        pen.strokeRect(x + gap, y + gap, width - 2 * gap, height - 2 * gap);
        pen.globalAlpha = 1;
      }
      const room = width - 8;
      if (!(box.header || (width > 44 && height > 15))) continue;
      const heavy = isArea(own);
      pen.font = `${heavy ? (box.depth === 0 ? "700 12.5px" : "600 12px") : "11px"} ${colours.font}`;
      pen.fillStyle = ink;
      const at = box.header ? y + HEADER / 2 + 1.5 : y + Math.min(height / 2, 9);
      pen.fillText(shortened(pen, own.name, room), x + 5, at);
    }
  };

  // Where a line to an area ends: in the box that is drawn for it, or the next one around it. In
  // an area around the selected one at its header: what is meant is its own code.
  const anchor = (own) => {
    let shown = own;
    while (shown && !state.boxOf.has(shown)) shown = shown.parent;
    if (!shown) return null;
    const box = state.boxOf.get(shown);
    const around = holds(shown, state.selected);
    return { shown, ...(around ? { x: box.x + box.width - 12, y: box.y + 8 } : middle(box)) };
  };

  // Where the way from the middle of a box to a place leaves it.
  const onEdge = (box, to) => {
    const from = middle(box);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const share = Math.min(1, box.width / 2 / Math.abs(dx || 1e-9), box.height / 2 / Math.abs(dy || 1e-9));
    return { x: from.x + dx * share, y: from.y + dy * share };
  };

  const drawLine = (kind, from, to, weight, most) => {
    const { colours } = state;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const bend = 0.16;
    const control = { x: (from.x + to.x) / 2 - dy * bend, y: (from.y + to.y) / 2 + dx * bend };
    const thick = 1.25 + 2.75 * Math.sqrt(weight / most);
    const along = Math.atan2(to.y - control.y, to.x - control.x);
    const path = () => {
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.quadraticCurveTo(control.x, control.y, to.x, to.y);
    };
    context.lineCap = kind === "together" ? "round" : "butt";
    context.setLineDash([]);
    path();
    context.strokeStyle = colours.page;
    context.globalAlpha = 0.85;
    context.lineWidth = thick + 2.5;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash({ in: [], out: [7, 4], together: [0.1, thick * 2.2] }[kind]);
    context.strokeStyle = colours[kind];
    context.lineWidth = thick;
    path();
    context.stroke();
    context.setLineDash([]);
    if (kind === "together") return;
    const long = 6 + 2 * thick;
    context.beginPath();
    context.moveTo(to.x, to.y);
    for (const side of [-0.42, 0.42]) {
      context.lineTo(to.x - long * Math.cos(along + side), to.y - long * Math.sin(along + side));
    }
    context.closePath();
    context.strokeStyle = colours.page;
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = colours[kind];
    context.fill();
  };

  const frame = (box, thick) => {
    const { colours } = state;
    const [x, y, width, height] = [box.x + 1, box.y + 1, box.width - 2, box.height - 2];
    context.lineWidth = thick + 2.5;
    context.strokeStyle = colours.page;
    context.strokeRect(x, y, width, height);
    context.lineWidth = thick;
    context.strokeStyle = colours.text;
    context.strokeRect(x, y, width, height);
  };

  const draw = () => {
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(still, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const box = state.boxOf.get(state.selected);
    if (!box) return;
    for (const kind of KINDS) {
      if (!state.relations || !state.kinds.has(kind)) continue;
      const ends = new Map();
      for (const [peer, weight] of byPeer(state.selected, state.relations[kind], state.nodes)) {
        const end = anchor(peer);
        if (!end || end.shown === state.selected) continue;
        const known = ends.get(end.shown);
        if (known) known.weight += weight;
        else ends.set(end.shown, { ...end, weight });
      }
      const heaviest = [...ends.values()].sort((a, b) => b.weight - a.weight).slice(0, MOST_LINES);
      for (const end of heaviest.reverse()) {
        const most = heaviest.at(-1).weight;
        const edge = onEdge(box, end);
        const [from, to] = kind === "in" ? [end, edge] : [edge, end];
        drawLine(kind, from, to, end.weight, most);
      }
    }
    frame(box, 2.5);
  };

  const lay = () => {
    const { width, height } = canvas.getBoundingClientRect();
    if (width < 2 || height < 2) return;
    state.colours = coloursOf(canvas);
    [state.width, state.height] = [width, height];
    state.boxes = layOut(state.root, width, height);
    state.boxOf = new Map(state.boxes.map((box) => [box.node, box]));
    canvas.dataset.boxes = state.boxes.length;
    drawStill();
    draw();
  };

  const select = (own) => {
    state.selected = own;
    state.relations = own && isArea(own) ? host.relations(own) : null;
    draw();
    host.selected(own);
  };
  const go = (root, selected) => {
    state.root = root;
    state.selected = null;
    lay();
    host.moved(root);
    select(selected);
  };
  const enter = (own) => {
    if (own && own.children.length) go(own, areasIn(own)[0] ?? null);
  };
  const leave = () => {
    const outer = state.selected?.parent;
    if (state.root.parent) go(state.root.parent, state.root);
    else if (outer && outer !== state.root) select(outer);
  };
  // Selects what may not be in view: the map moves to where it is.
  const show = (own) => {
    let root = state.root;
    if (!holds(root, own) || !state.boxOf.has(own)) root = own.parent ?? top;
    if (root === state.root) select(own);
    else go(root, own);
  };

  const boxAt = (event, wanted = () => true) => {
    const { left, top } = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    return state.boxes.findLast((box) => wanted(box.node) && within(box, x, y)) ?? null;
  };
  canvas.addEventListener("click", (event) => {
    const box = boxAt(event, isArea);
    if (!box) return;
    if (box.node === state.selected) enter(box.node);
    else select(box.node);
  });
  canvas.addEventListener("pointermove", (event) => {
    const box = event.pointerType === "mouse" ? boxAt(event) : null;
    tip.hidden = !box;
    if (!box) return;
    tip.textContent = `${box.node.full}${box.node.item ? ` (${box.node.item.kind})` : ""}, ${count(box.node.lines, "line")}`;
    const bounds = canvas.getBoundingClientRect();
    const left = event.clientX - bounds.left;
    tip.style.top = `${canvas.offsetTop + event.clientY - bounds.top + 18}px`;
    tip.style.left = `${canvas.offsetLeft + Math.max(0, Math.min(left + 12, bounds.width - tip.offsetWidth))}px`;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const box = state.boxOf.get(state.selected);
    const largest = areasIn(state.root)[0];
    if (event.key.startsWith("Arrow")) {
      const next = box ? neighbour(state.boxes, box, event.key)?.node : largest;
      if (next) select(next);
    } else if (event.key === "Home") {
      if (largest) select(largest);
    } else if (event.key === "Enter" || event.key === " ") {
      enter(state.selected ?? largest);
    } else if (event.key === "Escape" || event.key === "Backspace") {
      leave();
    } else return;
    event.preventDefault();
  });
  // It also tells of the size that there is at first.
  new ResizeObserver(([{ contentRect }]) => {
    const { width, height } = contentRect;
    if (Math.abs(width - state.width) > 0.5 || Math.abs(height - state.height) > 0.5) lay();
  }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", lay);
  return {
    select, enter, leave, show, go,
    nodes: (nodes) => { state.nodes = nodes; },
    kinds: (kinds) => { state.kinds = new Set(kinds); draw(); },
    root: () => state.root,
  };
};
