// What is wrong with a page, a line each. `dark` is what its reader prefers, `width` that of their
// screen. Contrasts are those of WCAG 2.2: 1.4.3 for text, 1.4.11 for the edges of fields.
(dark, width) => {
  const problems = new Set();
  const name = (element) =>
    `<${element.tagName.toLowerCase()}> “${element.textContent.trim().slice(0, 40)}”`;

  // A canvas of one pixel mixes colours as the page does, whatever notation they are in.
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pixel = canvas.getContext("2d", { willReadFrequently: true });
  const paint = (color, opacity = 1) => {
    pixel.globalAlpha = opacity;
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
  };
  const luminance = () => {
    const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data]
      .map((byte) => byte / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const sheet = document.body.appendChild(document.createElement("div"));
  sheet.style.backgroundColor = "Canvas";
  const blank = getComputedStyle(sheet).backgroundColor;
  sheet.remove();
  const paintBehind = (element) => {
    if (element) paintBehind(element.parentElement);
    paint(element ? getComputedStyle(element).backgroundColor : blank);
    return luminance();
  };
  const opacity = (element) =>
    element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
  const contrast = (color, element, behind) => {
    const back = paintBehind(behind);
    paint(color, opacity(element));
    const front = luminance();
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  };
  const demand = (least, color, element, behind, what) => {
    const found = contrast(color, element, behind);
    if (found < least) problems.add(`contrast ${found.toFixed(2)}: ${what}, ${color}`);
  };

  if (!document.title.trim()) problems.add("no title");
  if (!document.documentElement.lang) problems.add("no language");
  const page = paintBehind(document.body);
  if (dark ? page > 0.05 : page < 0.85) problems.add(`${dark ? "dark" : "light"} page: ${page}`);

  for (const details of document.querySelectorAll("details")) details.open = true;
  if (document.scrollingElement.scrollWidth > width) {
    const scrolled = (element) =>
      element && (getComputedStyle(element).overflowX !== "visible" || scrolled(element.parentElement));
    const wide = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > width && !scrolled(element.parentElement),
    );
    problems.add(`as wide as ${document.scrollingElement.scrollWidth} px: [${wide.map(name)}]`);
  }

  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    texts += 1;
    demand(4.5, getComputedStyle(element).color, element, element, name(element));
  }
  if (!texts) problems.add("no text");
  for (const field of document.querySelectorAll("input:not([disabled]), select, textarea")) {
    const style = getComputedStyle(field);
    demand(4.5, style.color, field, field, "text of a field");
    demand(4.5, getComputedStyle(field, "::placeholder").color, field, field, "placeholder");
    demand(3, style.borderBottomColor, field, field.parentElement, "edge of a field");
  }

  const focus = document.activeElement;
  if (focus !== document.body) {
    const { outlineStyle, outlineColor } = getComputedStyle(focus);
    if (outlineStyle === "none") problems.add(`no sign of focus: ${name(focus)}`);
    else demand(3, outlineColor, focus, focus.parentElement, `focus of ${name(focus)}`);
  }

  // Colour alone tells no link from the text around it (1.4.1).
  for (const link of document.querySelectorAll("a[href]")) {
    const within = [...link.parentElement.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
    );
    const underlined = getComputedStyle(link).textDecorationLine.includes("underline");
    if (within && !underlined) problems.add(`no underline: ${name(link)}`);
  }
  return [...problems];
}
