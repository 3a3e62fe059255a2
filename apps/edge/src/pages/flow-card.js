import { element, glyph, setGlyph, setText, svg } from "./element.js";
import { makePictures, updatePictures } from "./pictures.js";
import { makeStreamPanels, updateStreamPanels } from "./stream-panels.js";
import { duration, LEVEL_SHAPES, megabits, placeOf, shapeOf, whole } from "./format.js";

/** Points of the little picture, one a second. */
const HISTORY = 120;
const [WIDTH, HEIGHT] = [128, 26];

/** One flow: a row with what matters, and below it every input and output when it is open. */
export const makeFlowCard = (id, isOpen, onLive) => {
  const cells = {
    mark: element("span", ""),
    name: element("b", ""),
    id: element("small", ""),
    state: element("span", "state"),
    active: element("span", "el wide"),
    rate: element("span", "value big"),
    lost: element("span", "value wide"),
    dropped: element("span", "value wide"),
    sending: element("span", "value wide"),
    uptime: element("span", "value wide"),
  };
  const spark = svg("svg", { class: "spark wide", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const summary = element(
    "summary",
    "",
    cells.mark,
    element("span", "name", cells.name, cells.id),
    cells.state,
    cells.active,
    cells.rate,
    spark,
    cells.lost,
    cells.dropped,
    cells.sending,
    cells.uptime,
  );
  const reasons = element("ul", "reasons");
  const pictures = makePictures(id, onLive);
  const inputs = element("div", "parts");
  const panels = makeStreamPanels();
  const outputs = element("div", "parts");
  const root = element("details", "", summary, element("div", "body", reasons, pictures.root, inputs, panels.root, outputs));
  root.open = isOpen;
  root.dataset.flow = id;
  for (const [field, cell] of Object.entries(cells)) {
    cell.dataset.field = field;
  }
  return { root, cells, spark, reasons, pictures, inputs, panels, outputs, history: [] };
};

/** Shows the newest statistics of the flow. */
export const updateFlowCard = (card, flow) => {
  const { cells } = card;
  const lost = flow.inputs_live.reduce((sum, input) => sum + input.packets_lost, 0);
  const dropped = flow.outputs.reduce((sum, output) => sum + output.packets_dropped, 0);
  const sending = flow.outputs.filter((output) => output.state === "sending").length;
  remember(card, flow.input?.bitrate_bps ?? 0, lost, dropped);
  const isLosing = card.history.some((point) => point.lost > 0);
  const isDropping = card.history.some((point) => point.dropped > 0);
  setGlyph(cells.mark, shapeOf(flow.state));
  setText(cells.name, flow.flow_name);
  setText(cells.id, flow.flow_id);
  setText(cells.state, flow.state);
  cells.state.className = `state level-${flow.health}`;
  setText(cells.active, flow.active_input_id ?? "none");
  setText(cells.rate, megabits(flow.input?.bitrate_bps ?? 0));
  setCount(cells.lost, lost, isLosing);
  setCount(cells.dropped, dropped, isDropping);
  setText(cells.sending, `${sending} of ${flow.outputs.length}`);
  setText(cells.uptime, flow.uptime_secs > 0 ? duration(flow.uptime_secs) : "–");
  draw(card);
  updatePictures(card.pictures, flow);
  if (card.root.open) {
    showReasons(card.reasons, flow);
    showParts(card.inputs, "Input", INPUT_COLUMNS, flow.inputs_live, (input) => input.input_id === flow.active_input_id);
    updateStreamPanels(card.panels, flow);
    showParts(card.outputs, "Output", OUTPUT_COLUMNS, flow.outputs, () => false);
  }
};

const setCount = (cell, count, isRising) => {
  setText(cell, whole(count));
  cell.classList.toggle("level-Warning", isRising);
};

/** What was lost since the last second; a counter that shrank belongs to a part that was opened anew. */
const remember = (card, rate, lost, dropped) => {
  const former = card.former ?? { lost, dropped };
  card.former = { lost, dropped };
  card.history.push({ rate, lost: Math.max(0, lost - former.lost), dropped: Math.max(0, dropped - former.dropped) });
  card.history.splice(0, card.history.length - HISTORY);
};

const draw = ({ spark, history }) => {
  const top = Math.max(1, ...history.map((point) => point.rate)) * 1.15;
  const x = (index) => (WIDTH - ((history.length - 1 - index) * WIDTH) / (HISTORY - 1)).toFixed(1);
  const y = (rate) => (HEIGHT - 1 - (rate / top) * (HEIGHT - 3)).toFixed(1);
  const points = history.map((point, index) => `${x(index)} ${y(point.rate)}`);
  const losses = history.flatMap((point, index) => (point.lost + point.dropped > 0 ? [`M${x(index)} ${HEIGHT}v-6`] : []));
  spark.replaceChildren(
    svg("path", { class: "area", d: `M${x(0)} ${HEIGHT}L${points.join("L")}V${HEIGHT}Z` }),
    svg("path", { class: "rate", d: `M${points.join("L")}` }),
    svg("path", { class: "loss", d: losses.join("") }),
  );
};

const showReasons = (list, flow) => {
  const told = [
    ...flow.health_reasons,
    ...(flow.error ? [{ code: flow.error.code, severity: "Critical", detail: flow.error.message }] : []),
  ];
  const key = JSON.stringify(told);
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(
      ...told.map(({ code, severity, detail }) =>
        element("li", "", glyph(LEVEL_SHAPES[severity]), element("span", "", detail), element("span", "mono dim", code)),
      ),
    );
  }
  list.hidden = told.length === 0;
};

const INPUT_COLUMNS = [
  ["packets", "packets_received"],
  ["lost", "packets_lost"],
  ["filtered", "packets_filtered"],
  ["recovered", "packets_recovered_fec"],
];
const OUTPUT_COLUMNS = [
  ["packets", "packets_sent"],
  ["dropped", "packets_dropped"],
  ["FEC", "fec_packets_sent"],
];

const showParts = (table, title, columns, parts, isOn) => {
  const head = element(
    "div",
    "part head",
    ...[title, "type", "address", "Mbit/s", ...columns.map(([word]) => word)].map((word, i) => element("span", i > 2 ? "r" : "", word)),
  );
  table.replaceChildren(head, ...parts.map((part) => partRow(part, columns, isOn(part))));
  table.hidden = parts.length === 0;
};

const partRow = (part, columns, isOn) => {
  const id = part.input_id ?? part.output_id;
  const isStandby = part.input_id !== undefined && !isOn && part.state !== "failed" && part.state !== "idle";
  const name = element("b", "el", part.output_name ?? part.input_name ?? id);
  name.title = id;
  const row = element(
    "div",
    isOn ? "part on" : "part",
    element(
      "span",
      "",
      glyph(isStandby ? "standby" : shapeOf(part.state)),
      name,
      element("span", "chip", isStandby ? `standby, ${part.state}` : part.state),
    ),
    element("span", "dim", part.input_type ?? part.output_type),
    element("span", "mono el", placeOf(part)),
    ...[megabits(part.bitrate_bps), ...columns.map(([, field]) => whole(part[field] ?? 0))].map((text) => element("span", "value", text)),
  );
  row.dataset.part = id;
  ["rate", ...columns.map(([, field]) => field)].forEach((field, index) => (row.children[index + 3].dataset.field = field));
  if (part.error) {
    row.append(element("span", "fault", `${part.error.message} (${part.error.code})`));
  }
  return row;
};
