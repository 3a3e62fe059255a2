/** An element with a class and children; text is always text, whatever characters stand in it. */
export const element = (tag, className, ...children) => {
  const made = document.createElement(tag);
  if (className !== "") {
    made.className = className;
  }
  made.append(...children);
  return made;
};

export const byId = (id) => document.querySelector(`#${id}`);

/** Touches the page only where something else stands there. */
export const setText = (target, text) => {
  if (target.textContent !== text) {
    target.textContent = text;
  }
};

export const svg = (tag, attributes) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  return made;
};

/** A state is never told by hue alone: each has a shape of its own. */
const SHAPES = {
  good: () => [svg("circle", { cx: 7, cy: 7, r: 3, fill: "var(--ok)" })],
  warning: () => [
    svg("path", { d: "M7 1 13.5 13H.5Z", fill: "var(--warn)", stroke: "var(--warn-ink)", "stroke-width": 0.8 }),
    svg("path", { d: "M7 5v4M7 10.2v1.4", stroke: "var(--on-warn)", "stroke-width": 1.5 }),
  ],
  critical: () => [
    svg("path", { d: "M4.3.5h5.4l3.8 3.8v5.4l-3.8 3.8H4.3L.5 9.7V4.3Z", fill: "var(--crit)" }),
    svg("path", { d: "m4.5 4.5 5 5m0-5-5 5", stroke: "var(--on-crit)", "stroke-width": 1.6 }),
  ],
  pending: () => [
    svg("path", { d: "M7 1.5 12.5 7 7 12.5 1.5 7Z", fill: "var(--pend-wash)", stroke: "var(--pend-text)", "stroke-dasharray": "2 1.4" }),
  ],
  standby: () => [svg("circle", { cx: 7, cy: 7, r: 3.5, fill: "none", stroke: "var(--comm-text)", "stroke-width": 1.4 })],
  off: () => [svg("rect", { x: 2.5, y: 2.5, width: 9, height: 9, fill: "none", stroke: "var(--none)", "stroke-dasharray": "2 2" })],
  note: () => [svg("path", { d: "M7 6v5M7 3v1.6", stroke: "var(--text-3)", "stroke-width": 1.5 })],
};

/** The shape of a state; the word beside it is the caller's. */
export const glyph = (shape) => {
  const made = svg("svg", { class: "glyph", viewBox: "0 0 14 14", "aria-hidden": "true" });
  made.append(...SHAPES[shape]());
  made.dataset.shape = shape;
  return made;
};

/** Puts another shape in the place of the one that is there, if it is another. */
export const setGlyph = (holder, shape) => {
  if (holder.firstElementChild?.dataset?.shape !== shape) {
    holder.replaceChildren(glyph(shape));
  }
};
