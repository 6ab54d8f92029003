// The way to an area by its name. Areas without code are not on the map, and are not offered.

// So many names are offered at once: a browser lays out all of them.
const MOST_OFFERED = 50;

const findOn = (form, nodes, show) => {
  const input = form.querySelector("input");
  const list = form.querySelector("datalist");
  const areas = nodes.filter((own) => own.first >= 0);
  // The whole name, else its end, else any part of it; the shortest, for it is the outer one.
  const matching = (words) => {
    const wanted = words.trim().toLowerCase();
    if (!wanted) return [];
    const kind = ({ full }) => {
      const name = full.toLowerCase();
      if (name === wanted) return 0;
      return name.endsWith(`::${wanted}`) ? 1 : 2;
    };
    return areas
      .filter(({ full }) => full.toLowerCase().includes(wanted))
      .sort((a, b) => kind(a) - kind(b) || a.full.length - b.full.length || (a.full < b.full ? -1 : 1));
  };
  const go = () => {
    const [best] = matching(input.value);
    input.setCustomValidity(best || !input.value.trim() ? "" : "No area is called so.");
    if (best) show(best);
    else form.reportValidity();
  };
  input.addEventListener("input", (event) => {
    input.setCustomValidity("");
    const found = matching(input.value);
    list.replaceChildren(...found.slice(0, MOST_OFFERED).map((own) => el("option", { value: own.full })));
    // What was chosen from the list comes as a whole, not letter by letter.
    const whole = event.inputType === undefined || event.inputType === "insertReplacementText";
    if (whole && found[0]?.full === input.value) go();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
};
