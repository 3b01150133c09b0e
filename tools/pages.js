// Runs in every page that tools/pages.sh tests, and tells the page that frames it what
// a reader could not see.
addEventListener("load", () => {
  const room = document.documentElement.clientWidth;
  const found = new Set();
  document.querySelectorAll("details").forEach((details) => (details.open = true));

  const name = (element) => {
    const classes = element.getAttribute("class") || "";
    const text = (element.alt || element.textContent).trim().replace(/\s+/g, " ");
    return `<${element.localName}> ${classes} ${element.id} "${text.slice(0, 50)}"`;
  };
  // What is in a box that scrolls need not fit, nor what only screen readers show.
  const scrolls = (element) =>
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX) ||
    element.matches(".visually-hidden, .visually-hidden-focusable, .sr-only");
  const visit = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > room + 1 || box.left < -1)) {
      found.add(`does not fit: ${name(element)}`);
    } else if (!scrolls(element)) {
      for (const child of element.children) visit(child);
    }
  };
  visit(document.body);
  if (document.scrollingElement.scrollWidth > room + 1) found.add("scrolls sideways");

  // Pictures are drawn for a width of about 700 px.
  for (const img of document.images) {
    const width = img.getBoundingClientRect().width;
    if (img.naturalWidth === 0) found.add(`no such picture: ${img.src.slice(-60)}`);
    if (img.matches(".logo")) continue;
    if (!img.alt.trim()) found.add(`no alternative text: ${img.src.slice(-60)}`);
    if (width > 0 && width < Math.min(520, img.naturalWidth)) {
      found.add(`words too small, ${Math.round(width)} px wide: ${name(img)}`);
    }
  }
  // A page must be complete without a network.
  for (const element of document.querySelectorAll("[src], link[rel=stylesheet]")) {
    const address = element.getAttribute("src") || element.getAttribute("href");
    if (/^(https?:)?\/\//.test(address)) found.add(`fetches ${address}`);
  }
  parent.postMessage([...found], "*");
});
