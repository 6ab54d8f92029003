// A candidate in full.

const copyButton = (command) => {
  const said = el("span", { role: "status", class: "soft" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command.textContent);
      said.textContent = "copied";
    } catch {
      // Not allowed here: selected, so that a key copies it.
      getSelection().selectAllChildren(command);
      said.textContent = "selected: copy it with your keys";
    }
  };
  return [el("button", { type: "button", class: "copy", onclick: copy }, "Copy"), said];
};

const words = (key) => key.replaceAll("_", " ").replaceAll("-", " ");
const shown = (value) => {
  if (typeof value === "number") return Number.isInteger(value) ? text(value) : value.toFixed(value < 10 ? 2 : 0);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
};

// Whatever an object says, a line for each of its values.
const factsOf = (value, before = "") => Object.entries(value).flatMap(([key, one]) => {
  const name = before ? `${before}, ${words(key)}` : words(key);
  if (one === null) return [];
  if (Array.isArray(one)) return one.length ? [[name, one.map(shown).join(", ")]] : [];
  if (typeof one === "object") return factsOf(one, name);
  return [[name, key.includes("verdict") ? words(shown(one)) : shown(one)]];
});
const COST = {
  releases_per_year: "releases a year", upgrades_per_year: "upgrades a year for each user",
  changes_per_year: "changes a year", spanning_per_year: "changes a year that would need two repositories",
};
// A moment is no number to read.
const isMoment = (key) => ["created", "first_change", "last_change"].includes(key);
const costOf = (cost) => {
  const entries = Object.entries(cost).map(([key, value]) => [
    COST[key] ?? key,
    isMoment(key) && value !== null ? new Date(value * 1000).toISOString().slice(0, 10) : value,
  ]);
  return factsOf(Object.fromEntries(entries));
};

const part = (title, ...children) => el("section", {}, el("h5", {}, title), children);
const codes = (names) => names.flatMap((name, at) => [at ? ", " : null, el("code", {}, name)]);
const pairs = (rows) => el("dl", {}, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));

const scoreOf = (it) => {
  const rows = Object.entries(it.parts).sort((a, b) => a[1] - b[1]);
  return part(`Score ${it.score.toFixed(0)} of 100`,
    el("p", { class: "soft" }, "The parts are multiplied; the lowest ones hold it down."),
    el("dl", { class: "bars" }, rows.map(([name, value]) => el("div", {},
      el("dt", {}, words(name)),
      el("dd", {}, el("span", { class: "bar" }, el("i", { style: `width: ${Math.round(100 * value)}%` })), value.toFixed(2))))));
};

const usersOf = (it, nodes, show) => {
  const names = it.users.modules.map((of) => (typeof of === "number" ? nodes[of] : { full: of }));
  const line = (own) => (own.kind && own.first >= 0
    ? el("button", { type: "button", class: "plain", onclick: () => show(own) }, el("code", {}, own.full))
    : el("code", {}, own.full));
  return part(`Used by ${count(names.length, "module")}`,
    el("p", {}, `${count(it.users.uses, "time")} in ${count(it.users.packages.length, "package")}, and ${count(it.users.uses_in_tests, "time")} by tests.`),
    it.users.services.length ? el("p", {}, "Other repositories: ", codes(it.users.services)) : null,
    listed(names, line, 8),
    el("p", {}, `${count(it.face.used, "item")} of it are used by others.`),
    it.face.to_open.length ? el("details", {}, el("summary", {}, `${text(it.face.to_open.length)} of them must become pub`), el("p", {}, codes(it.face.to_open))) : null);
};

const needsOf = (it) => {
  const { needs } = it;
  const more = needs.more ? " or more" : "";
  return part("Needs",
    el("p", {}, needs.items
      ? `${count(needs.items, "item")}${more} of its target would have to come along: ${count(needs.lines, "line")}${more}.`
      : "Nothing of its target would have to come along."),
    needs.by_tests ? el("p", {}, `${count(needs.by_tests, "item")} more by its tests only.`) : null,
    needs.siblings.length ? el("p", {}, "Packages of the workspace: ", codes(needs.siblings)) : null,
    needs.externs.length ? el("p", {}, "Crates: ", codes(needs.externs)) : null);
};

const obstaclesOf = (it) => {
  if (!it.obstacles.length) return part("In the way", el("p", {}, "Nothing was found."));
  const line = (of) => [
    el("p", {}, `${of.kind} `, el("code", {}, of.item), " ", el("span", { class: "place" }, of.place)),
    el("p", { class: "soft" }, `brings ${count(of.items, "item")}${of.more ? " or more" : ""}, ${count(of.lines, "line")}; used ${count(of.uses, "time")}${of.used_at.length ? ", at " : ""}`,
      of.used_at.flatMap((place, at) => [at ? ", " : null, el("span", { class: "place" }, place)])),
    el("p", {}, el("span", { class: "way" }, coded(of.way_out))),
  ];
  const found = part(`In the way: ${count(it.obstacles_in_all, "item")}`);
  found.append(...listed(it.obstacles, line, 5));
  found.querySelector("ul").className = "obstacles";
  if (it.obstacles_in_all > it.obstacles.length) {
    found.append(el("p", { class: "soft" }, `The ${text(it.obstacles.length)} that bring most are here; “cargo quarry survey --show” lists all.`));
  }
  return found;
};

const sizeOf = (it) => {
  const { size } = it;
  const some = [
    count(size.lines, "line"), count(size.items, "item"), count(size.tests, "test"),
    size.macros ? count(size.macros, "macro") : null,
    size.unsafes ? `${text(size.unsafes)} unsafe` : null,
    size.reads_generated ? "reads what a build script makes" : null,
  ].filter(Boolean);
  return part("Size", el("p", {}, some.join(", "), "."), listed(it.files, (file) => el("span", { class: "place" }, file), 4));
};

// `tools`: `nodes`, `show(node)`.
const detailsOf = (it, tools) => {
  const on = it.areas.map((at) => tools.nodes[at]).find((own) => own.first >= 0);
  const command = el("code", {}, it.command);
  return el("div", { class: "details" },
    el("p", { class: "advice" }, el("strong", {}, it.advice), ` – ${it.character}, by what it depends on. `,
      on ? el("button", { type: "button", class: "plain", onclick: () => tools.show(on) }, "Show on the map") : null),
    el("div", { class: "columns" },
      el("div", {}, obstaclesOf(it), needsOf(it)),
      el("div", {}, usersOf(it, tools.nodes, tools.show), sizeOf(it)),
      el("div", {}, scoreOf(it), it.cost ? part("Cost, from the history", pairs(costOf(it.cost))) : null)),
    el("div", { class: "take" }, el("pre", {}, command), copyButton(command)));
};
