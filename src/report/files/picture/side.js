// What is known of the selected area, in words: all that the map shows of it, and more.

// So many names are listed before a button shows the others.
const MOST_NAMES = 12;

const listed = (items, line, most = MOST_NAMES) => {
  const list = el("ul", { class: "names" }, items.slice(0, most).map((item) => el("li", {}, line(item))));
  if (items.length <= most) return [list];
  const more = el("button", { type: "button", class: "plain", onclick: () => {
    const first = items.slice(most).map((item) => el("li", {}, line(item)));
    list.append(...first);
    more.remove();
    first[0].querySelector("button")?.focus();
  } }, `${text(items.length - most)} more`);
  return [list, more];
};

const percent = (share) => `${Math.round(share * 100)} %`;
const independence = (own) =>
  own.independence === null ? "no candidate" : percent(own.independence);

const SENTENCES = {
  in: { title: "Used by", none: "Nothing outside uses it.", unit: "time" },
  out: { title: "Uses", none: "It uses nothing outside.", unit: "time" },
  together: { title: "Changes together with", none: "", unit: "time" },
};

// `tools`: `show(node)`, `enter(node)`, `candidate(rank)`, `candidates`, `nodes`, `relations(node)`.
const fillSide = (side, own, tools) => {
  if (!own) {
    side.replaceChildren(el("p", { class: "soft" }, "Nothing is selected. Select an area to see who uses it and what it uses."));
    return;
  }
  const row = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
  const link = (other, name = other.full) =>
    el("button", { type: "button", class: "plain", onclick: () => tools.show(other) }, el("code", {}, name));
  const parts = [
    el("h4", {}, el("code", {}, own.full)),
    el("dl", {},
      row("Size", `${count(own.lines, "line")}, ${count(own.items, "item")}`),
      row("Independence", independence(own)),
      own.rank === null ? null : row("Candidate", el("button", { type: "button", class: "plain", onclick: () => tools.candidate(own.rank) }, `number ${own.rank} of ${text(tools.candidates)}`))),
  ];
  if (own.children.length && own !== tools.root()) {
    parts.push(el("button", { type: "button", class: "enter", onclick: () => tools.enter(own) }, "Go in"));
  }
  const relations = tools.relations(own);
  for (const kind of KINDS) {
    const { title, none, unit } = SENTENCES[kind];
    const found = relations[kind];
    if (!found.length && !none) continue;
    const times = found.reduce((sum, [, weight]) => sum + weight, 0);
    const section = el("section", { class: kind, "data-kind": kind },
      el("h5", {}, title, found.length ? el("small", {}, `${count(found.length, "module")}, ${count(times, unit)}`) : null));
    if (!found.length) section.append(el("p", { class: "soft" }, none));
    else {
      const line = ([other, weight]) => [link(other, nameFrom(own, other)), el("span", { class: "weight" }, text(weight))];
      const peers = byPeer(own, found, tools.nodes);
      section.append(...listed(peers, line));
      if (peers.length < found.length) {
        const modules = found.map(([at, weight]) => [tools.nodes[at], weight]);
        section.append(el("details", {}, el("summary", {}, `Module by module (${text(found.length)})`), listed(modules, line)));
      }
    }
    parts.push(section);
  }
  side.replaceChildren(...parts);
};

const spoken = (own, relations) => {
  if (!own) return "Nothing is selected.";
  const used = count(relations.in.length, "module");
  const uses = count(relations.out.length, "module");
  return `${own.full}: ${count(own.lines, "line")}, independence ${independence(own)}, used by ${used}, uses ${uses}.`;
};

// The areas of a view as a table: what the map shows, for those who do not see it.
const tableOf = (root, tools) => {
  const number = (value) => el("td", { class: "number" }, value);
  const rows = areasIn(root).map((own) => {
    const relations = tools.relations(own);
    const select = el("button", { type: "button", class: "plain", onclick: () => tools.show(own) }, el("code", {}, own.name));
    return el("tr", {}, el("th", { scope: "row" }, select), number(text(own.lines)), number(text(own.items)),
      number(own.independence === null ? "–" : percent(own.independence)), number(own.rank ?? "–"),
      number(text(relations.in.length)), number(text(relations.out.length)));
  });
  if (!rows.length) return el("p", { class: "soft" }, "There is no area in it, only items.");
  const head = ["Area", "Lines", "Items", "Independent", "Rank", "Users", "Uses"].map((name, at) =>
    el("th", { scope: "col", class: at ? "number" : null }, name));
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
};
