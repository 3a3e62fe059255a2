import { element, setGlyph, setText } from "./element.js";
import { hexadecimal, visible, whole } from "./format.js";

/** Rows of one table at most: what comes from the wire has no bound of its own here. */
const STREAMS_SHOWN = 200;

/** What the analysers say of a flow: the programs of each input, and the lamps of TR 101 290. Both are absent until they know. */
export const makeStreamPanels = () => {
  const programs = element("div", "programs");
  const lamps = LAMPS.map(makeLamp);
  const measurement = element(
    "section",
    "panel",
    element("h3", "", "TR 101 290", element("span", "dim", "errors now"), element("span", "dim", "in all")),
    ...lamps.map(({ row }) => row),
  );
  return { root: element("div", "analysis", programs, measurement), programs, measurement, lamps };
};

/** Shows the newest statistics; touches only what changed. */
export const updateStreamPanels = (panels, flow) => {
  const catalogs = flow.inputs_live.filter((input) => input.psi_catalog !== undefined);
  const key = JSON.stringify(
    catalogs.map(({ input_id, psi_catalog: { programs } }) => [input_id, input_id === flow.active_input_id, programs]),
  );
  if (panels.key !== key) {
    panels.key = key;
    panels.programs.replaceChildren(...catalogs.map((input) => programTable(input, input.input_id === flow.active_input_id)));
  }
  panels.programs.hidden = catalogs.length === 0;
  panels.measurement.hidden = flow.tr101290 === undefined;
  panels.root.hidden = panels.programs.hidden && panels.measurement.hidden;
  if (flow.tr101290 !== undefined) {
    panels.lamps.forEach((lamp) => updateLamp(lamp, flow.tr101290));
  }
};

const programTable = ({ input_id: id, psi_catalog: { programs } }, isOn) => {
  const rows = programs.flatMap(programRows);
  const more = rows.length - STREAMS_SHOWN;
  const heading = element("h3", "", "Programs", element("b", "el", visible(id)), element("span", "chip", isOn ? "active" : "standby"));
  heading.append(element("span", "dim", `${programs.length} program${programs.length === 1 ? "" : "s"}`));
  const head = element(
    "div",
    "stream head",
    ...["Program", "Service", "Kind", "Codec", "Lang", "PID"].map((word) => element("span", "", word)),
  );
  const table = element("section", "panel", heading, element("div", "streams", head, ...rows.slice(0, STREAMS_SHOWN)));
  if (rows.length === 0) {
    table.append(element("p", "dim", "No program in the PAT."));
  } else if (more > 0) {
    table.append(element("p", "dim", `and ${whole(more)} more streams`));
  }
  table.dataset.programs = id;
  return table;
};

/** A row for each stream; the program and its service stand in the first one, and a program without streams has one row. */
const programRows = (program) => {
  const { program_number: number, service_name: name, provider, streams } = program;
  const service = element("span", "service", element("bdi", name ? "el" : "el dim", name ? visible(name) : "no name"));
  if (provider) {
    service.append(element("bdi", "el dim", visible(provider)));
  }
  service.title = [name, provider].filter(Boolean).map(visible).join(", ");
  const place = [["PMT", program.pmt_pid], ...(program.pcr_pid === undefined ? [] : [["PCR", program.pcr_pid]])];
  const numbered = element("span", "value", String(number));
  numbered.title = place.map(([what, pid]) => `${what} on PID ${pid} (${hexadecimal(pid)})`).join(", ");
  const first = [numbered, service];
  const list = streams.length === 0 ? [undefined] : streams;
  return list.map((stream, index) => {
    const cells = index === 0 ? first : [element("span", ""), element("span", "")];
    const row = element("div", index === 0 ? "stream first" : "stream", ...cells, ...streamCells(stream, program));
    row.dataset.program = String(number);
    return row;
  });
};

const streamCells = (stream, program) => {
  if (stream === undefined) {
    return [element("span", "dim", "no streams"), element("span", ""), element("span", ""), element("span", "")];
  }
  const codec = visible(stream.codec ?? `type ${stream.stream_type}`);
  const cells = [
    element("span", "dim", KINDS.has(stream.kind) ? stream.kind : "unknown"),
    element("span", "el", codec),
    element("bdi", "el dim", visible(stream.language ?? "")),
    element("span", "mono pid", element("span", "", String(stream.pid)), " ", element("span", "dim", hexadecimal(stream.pid))),
  ];
  cells[1].title = codec;
  if (stream.pid === program.pcr_pid) {
    cells[3].append(element("span", "chip", "PCR"));
  }
  return cells;
};

const KINDS = new Set(["video", "audio", "subtitle", "data"]);

/** ETSI TR 101 290 §5.2: what each priority counts, by the names of the statistics and in few words. */
const LAMPS = [
  {
    priority: 1,
    shape: "critical",
    level: "Critical",
    counters: {
      sync_loss_count: "sync loss",
      sync_byte_errors: "sync byte",
      pat_errors: "PAT",
      cc_errors: "continuity",
      pmt_errors: "PMT",
      pid_errors: "PID missing",
    },
  },
  {
    priority: 2,
    shape: "warning",
    level: "Warning",
    counters: {
      tei_errors: "transport error",
      crc_errors: "CRC",
      pcr_repetition_errors: "PCR repetition",
      pcr_discontinuity_errors: "PCR discontinuity",
      pcr_accuracy_errors: "PCR accuracy",
      pts_errors: "PTS",
      cat_errors: "CAT",
    },
  },
  {
    priority: 3,
    shape: "note",
    level: "Healthy",
    counters: {
      nit_errors: "NIT",
      si_repetition_errors: "SI repetition",
      unreferenced_pid_errors: "PID unreferenced",
      sdt_errors: "SDT",
      eit_errors: "EIT",
      rst_errors: "RST",
      tdt_errors: "TDT",
    },
  },
];

const makeLamp = (lamp) => {
  const cells = {
    mark: element("span", ""),
    name: element("span", "", `Priority ${lamp.priority}`),
    now: element("span", "value"),
    total: element("span", "value dim"),
  };
  const detail = element("ul", "counts");
  const row = element("div", "lamp", ...Object.values(cells), detail);
  row.dataset.priority = String(lamp.priority);
  cells.now.dataset.field = "now";
  cells.total.dataset.field = "total";
  return { ...lamp, row, cells, detail };
};

const updateLamp = ({ priority, shape, level, counters, row, cells, detail }, measured) => {
  const counts = Object.entries(counters).map(([name, word]) => ({
    word,
    now: measured[`window_${name}`] ?? 0,
    total: measured[name] ?? 0,
  }));
  const isOk = measured[`priority${priority}_ok`];
  const state = isOk === undefined ? "off" : isOk ? "good" : shape;
  setGlyph(cells.mark, state);
  row.dataset.lamp = state;
  setText(cells.now, isOk === undefined ? "\u2013" : whole(sum(counts, "now")));
  cells.now.className = `value level-${isOk === false ? level : "Healthy"}`;
  setText(cells.total, whole(sum(counts, "total")));
  const told = counts.filter(({ now, total }) => now > 0 || total > 0);
  const key = JSON.stringify(told);
  if (detail.key !== key) {
    detail.key = key;
    detail.replaceChildren(
      ...told.map(({ word, now, total }) =>
        element("li", now > 0 ? "now" : "dim", word, element("span", "mono", now > 0 ? `${whole(now)} of ${whole(total)}` : whole(total))),
      ),
    );
  }
  detail.hidden = told.length === 0;
};

const sum = (counts, field) => counts.reduce((total, count) => total + count[field], 0);
