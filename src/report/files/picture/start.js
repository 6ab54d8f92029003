// Each survey of the page, once it is there.

const start = (section) => {
  const data = JSON.parse(section.querySelector("script.data").textContent);
  const { top, nodes } = treeOf(data.name, data.map);
  const find = (selector) => section.querySelector(selector);
  const known = new Map();
  const relations = (own) => {
    if (!known.has(own)) known.set(own, relationsOf(data.map, nodes, own));
    return known.get(own);
  };
  const canvas = find("canvas.map");
  const [side, said, crumbs, here] = [".side", ".said", ".crumbs ol", ".here"].map(find);
  const tools = { nodes, relations, candidates: data.candidates.length };

  const fillHere = () => {
    if (here.open) here.querySelector("div").replaceChildren(tableOf(map.root(), tools));
  };
  const host = {
    relations,
    selected: (own) => {
      fillSide(side, own, tools);
      said.textContent = spoken(own, own ? relations(own) : null);
    },
    moved: (root) => {
      const path = [top, ...pathOf(root).slice(1)].filter((own, at, all) => all.indexOf(own) === at);
      crumbs.replaceChildren(...path.map((own) => el("li", {}, own === root
        ? el("span", { "aria-current": "location" }, own.name)
        : el("button", { type: "button", class: "plain", onclick: () => map.go(own, null) }, own.name))));
      fillHere();
    },
  };
  const map = mapOn(canvas, find(".tip"), top, host);
  map.nodes(nodes);
  findOn(find(".find"), nodes, (own) => {
    map.show(own);
    canvas.focus({ preventScroll: true });
  });
  const table = tableOn(section, data.candidates, {
    nodes,
    show: (own) => {
      map.show(own);
      canvas.focus({ preventScroll: true });
      canvas.scrollIntoView({ block: "nearest" });
    },
  });
  Object.assign(tools, { show: map.show, enter: map.enter, candidate: table.open, root: map.root });

  const kinds = find(".kinds");
  find(".together").hidden = data.map.cochange.length === 0;
  kinds.addEventListener("change", () => {
    map.kinds([...kinds.querySelectorAll("input:checked")].map((input) => input.value));
  });
  find(".steps").append(...[0, 1, 2, 3, 4].map((step) => el("i", { style: `background: var(--scale-${step})` })));
  here.addEventListener("toggle", fillHere);

  // Where a view has only one thing in it, that is gone into.
  let root = top;
  while (root.children.length === 1 && areasIn(root.children[0]).length) [root] = root.children;
  map.go(root, null);
};

for (const section of document.querySelectorAll("section.survey")) start(section);
