import { byId, element, glyph, setText } from "./element.js";
import { makeFlowCard, updateFlowCard } from "./flow-card.js";
import { duration, RANK, shapeOf, timeOfDay } from "./format.js";
import { showPicture, showPictureAges, showRefusal, wishedLive } from "./pictures.js";
import { Source } from "./source.js";

/** Up to so many flows are shown with all their parts from the start. */
const OPEN_FLOWS = 6;
const EVENTS_SHOWN = 200;
/** Seconds after which a number says its age, and after which it is no longer shown as if it were true. */
const [AGED, OLD] = [2, 10];

const cards = new Map();
let newest;
let isLost = false;

const showStats = (flows) => {
  newest = new Date();
  isLost = false;
  byId("sign-in").hidden = true;
  for (const flow of flows) {
    if (!cards.has(flow.flow_id)) {
      cards.set(flow.flow_id, makeFlowCard(flow.flow_id, flows.length <= OPEN_FLOWS && flow.state !== "stopped", wishLive));
    }
    updateFlowCard(cards.get(flow.flow_id), flow);
  }
  const known = new Set(flows.map((flow) => flow.flow_id));
  for (const [id, card] of cards) {
    if (!known.has(id)) {
      card.root.remove();
      cards.delete(id);
    }
  }
  const order = flows.toSorted((a, b) => RANK[a.state] - RANK[b.state]).map((flow) => cards.get(flow.flow_id).root);
  order.forEach((root, index) => {
    const at = byId("flows").children[index];
    if (at !== root) {
      byId("flows").insertBefore(root, at ?? null);
    }
  });
  byId("empty").hidden = flows.length > 0;
  showTally(flows);
  showAge();
};

const showTally = (flows) => {
  const states = Object.keys(RANK).flatMap((state) => {
    const count = flows.filter((flow) => flow.state === state).length;
    return count === 0 ? [] : [element("span", "", glyph(shapeOf(state)), `${count} ${state}`)];
  });
  byId("tally").replaceChildren(...states);
};

const showHealth = (health) => {
  const name = health.device_name ?? health.node_id ?? "";
  setText(byId("device"), name);
  document.title = name === "" ? "bilbycast edge" : `${name} · bilbycast edge`;
  setText(byId("system"), `${health.active_flows} of ${health.total_flows} flows run · up ${duration(health.uptime_secs)}`);
  const load = health.system_resources;
  const restarts = health.restarts > 0 ? ` · started again ${health.restarts}×` : "";
  const machine = load === undefined ? "" : ` · CPU ${Math.round(load.cpu_percent)} % · RAM ${Math.round(load.ram_percent)} %`;
  setText(
    byId("machine"),
    `${health.backend.name}, ${health.lanes.length} lane${health.lanes.length === 1 ? "" : "s"}${machine}${restarts}`,
  );
  setText(byId("manager"), managerText(health.manager));
  byId("manager").title = health.manager?.error?.message ?? health.manager?.url ?? "";
  setText(byId("address"), `API ${health.api_addr}`);
  setText(byId("version"), health.version);
  byId("warnings").replaceChildren(
    ...[...(health.warnings ?? []), ...(health.broken ?? []).map(brokenWarning)].map(({ code, message }) =>
      element("div", "warning", glyph("warning"), element("span", "", message), element("span", "mono dim", code)),
    ),
  );
};

/** How the connection to the manager stands; nothing where none is configured. */
const managerText = (manager) => {
  if (manager === undefined) {
    return "";
  }
  const reason = manager.error === undefined ? "" : ` (${manager.error.code})`;
  return `manager ${manager.state}${reason}`;
};

/** An entry of the file that is not run. */
const brokenWarning = ({ kind, id, problems }) => ({
  code: problems[0].code,
  message: `The ${kind.replace("_", " ")} ${id} is not run: ${problems[0].path} ${problems[0].message}`,
});

const SEVERITY_SHAPES = { info: "note", warning: "warning", critical: "critical" };

const showEvents = (events) => {
  const list = byId("events");
  for (const event of events) {
    const where = [event.flow_id, event.input_id, event.output_id].filter(Boolean).join(" / ");
    const line = [timeOfDay(new Date(event.time)), event.details.error_code, where].filter(Boolean).join("  ");
    list.prepend(element("li", "", glyph(SEVERITY_SHAPES[event.severity]), element("span", "", event.message), element("small", "", line)));
  }
  while (list.children.length > EVENTS_SHOWN) {
    list.lastElementChild.remove();
  }
  setText(byId("event-count"), "newest first");
};

/** Every number has an age. Under two seconds nothing need be said about it. */
const showAge = () => {
  const now = new Date();
  setText(byId("clock"), timeOfDay(now));
  setText(byId("zone"), `${Intl.DateTimeFormat().resolvedOptions().timeZone} · ${now.toISOString().slice(11, 16)} UTC`);
  const age = newest === undefined ? undefined : (now - newest) / 1_000;
  const isAged = age !== undefined && (age > AGED || isLost);
  const words = age === undefined ? "waiting for data" : isAged ? `data ${Math.floor(age)} s old` : `Live · data ${age.toFixed(1)} s old`;
  byId("connection").replaceChildren(glyph(age === undefined ? "pending" : isAged ? "warning" : "good"), words);
  byId("banner").hidden = !(isAged && age > AGED);
  if (isAged && age > AGED) {
    setText(byId("banner"), `Connection lost ${Math.floor(age)} s ago. Numbers are from ${timeOfDay(newest)}.`);
  }
  document.body.classList.toggle("old", age !== undefined && age > OLD);
  for (const { pictures } of cards.values()) {
    showPictureAges(pictures);
  }
};

const withPictures = (show) => (payload) => {
  const card = cards.get(payload.flow_id);
  if (card !== undefined) {
    show(card.pictures, payload);
  }
};

const wishLive = () => source.wishLive([...cards.values()].flatMap(({ pictures }) => wishedLive(pictures)));

const source = new Source({
  onStats: showStats,
  onHealth: showHealth,
  onEvents: showEvents,
  onPicture: withPictures(showPicture),
  onPictureRefused: withPictures(showRefusal),
  onSignIn: () => (byId("sign-in").hidden = false),
  onLost: () => (isLost = true),
});

const signIn = async (form) => {
  const given = new FormData(form);
  const problem = await source.signIn(given.get("client_id"), given.get("client_secret")).catch(() => "The edge does not answer.");
  byId("sign-in-problem").hidden = problem === undefined;
  setText(byId("sign-in-problem"), problem ?? "");
  if (problem === undefined) {
    form.reset();
    byId("sign-in").hidden = true;
  }
};

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn(event.target);
});

source.start();
setInterval(showAge, 500);
