// The table of candidates: the rows are there already; this sorts, filters and opens them.

const PAGE = 100;

const tableOn = (section, candidates, tools) => {
  const table = section.querySelector("table.candidates");
  if (!table) return { open: () => {} };
  const body = table.tBodies[0];
  const more = section.querySelector("button.more");
  const form = section.querySelector("form.filter");
  const rows = [...body.rows].map((row, at) => ({ row, it: candidates[at], details: null }));
  const state = { key: "rank", down: false, shown: PAGE, found: rows };

  const values = {
    rank: (it) => it.rank,
    name: (it) => it.name,
    package: (it) => it.package,
    score: (it) => it.score,
    lines: (it) => it.size.lines,
    users: (it) => it.users.modules.length,
    needs: (it) => it.needs.items,
    obstacles: (it) => it.obstacles_in_all,
    character: (it) => it.character,
    advice: (it) => it.advice,
  };
  const compare = (a, b) => {
    const [x, y] = [values[state.key](a.it), values[state.key](b.it)];
    const order = typeof x === "string" ? (x < y ? -1 : x > y ? 1 : 0) : x - y;
    return (state.down ? -order : order) || a.it.rank - b.it.rank;
  };
  const draw = () => {
    const shown = state.found.slice(0, state.shown);
    body.replaceChildren(...shown.flatMap((one) => (one.details ? [one.row, one.details] : [one.row])));
    const left = state.found.length - shown.length;
    more.hidden = left === 0;
    more.textContent = `Show ${text(Math.min(left, PAGE))} more of ${text(left)}`;
    form.querySelector("output").textContent = `${text(state.found.length)} of ${text(rows.length)}`;
  };
  const find = () => {
    const wanted = form.elements.text.value.trim().toLowerCase();
    const [character, advice] = [form.elements.character.value, form.elements.advice.value];
    const fits = ({ it }) =>
      (!wanted || it.name.toLowerCase().includes(wanted) || it.package.toLowerCase().includes(wanted))
      && (!character || it.character === character)
      && (!advice || it.advice === advice)
      && (!form.elements.free.checked || it.obstacles_in_all === 0);
    state.found = rows.filter(fits).sort(compare);
    draw();
  };

  const toggle = (one, open = !one.details) => {
    const button = one.row.querySelector("button");
    if (open && !one.details) {
      const cell = el("td", { colspan: one.row.cells.length }, detailsOf(one.it, tools));
      one.details = el("tr", { class: "open" }, cell);
      one.row.after(one.details);
    } else if (!open && one.details) {
      one.details.remove();
      one.details = null;
    }
    button.setAttribute("aria-expanded", String(open));
  };
  for (const one of rows) {
    const name = one.row.querySelector("th code");
    const button = el("button", { type: "button", class: "plain", "aria-expanded": "false", onclick: () => toggle(one) });
    name.replaceWith(button);
    button.append(name);
  }
  for (const head of table.querySelectorAll("th[data-key]")) {
    const { key } = head.dataset;
    const name = head.textContent;
    const sort = () => {
      // Numbers are asked for the largest first; the rank for the smallest.
      const first = head.classList.contains("number") && key !== "rank";
      state.down = state.key === key ? !state.down : first;
      state.key = key;
      table.querySelector("th[aria-sort]")?.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      find();
    };
    head.replaceChildren(el("button", { type: "button", class: "sort", onclick: sort }, name));
  }
  form.addEventListener("input", () => { state.shown = PAGE; find(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const next = state.found[state.shown];
    state.shown += PAGE;
    draw();
    next?.row.querySelector("button").focus();
  });
  draw();

  // Opens the candidate of a rank, whatever the filter says.
  const open = (rank) => {
    const one = rows.find(({ it }) => it.rank === rank);
    if (!one) return;
    if (!state.found.includes(one)) {
      form.reset();
      find();
    }
    const at = state.found.indexOf(one);
    if (at >= state.shown) {
      state.shown = Math.ceil((at + 1) / PAGE) * PAGE;
      draw();
    }
    toggle(one, true);
    one.row.querySelector("button").focus();
    one.row.scrollIntoView({ block: "start" });
  };
  return { open };
};
