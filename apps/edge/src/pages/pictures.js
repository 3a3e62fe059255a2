import { element, glyph, setText } from "./element.js";

const ALARMS = { no_signal: "no signal", black: "black", freeze: "frozen" };
const ALARM_SHAPES = { no_signal: "critical", black: "warning", freeze: "warning" };
/** A picture that is older is no longer shown as if it were true. Milliseconds. */
const PICTURE_OLD = 20_000;

/** The pictures of a flow's inputs. `onLive` hears of the inputs that somebody wants to see five times a second. */
export const makePictures = (flowId, onLive) => ({
  root: element("div", "pictures"),
  figures: new Map(),
  newest: new Map(),
  flowId,
  onLive,
});

/** Shows the newest statistics: a figure for each input, and what is wrong with its pictures. */
export const updatePictures = (pictures, flow) => {
  const inputs = flow.inputs_live.filter((input) => input.thumbnail !== undefined);
  for (const id of pictures.figures.keys()) {
    if (!inputs.some((input) => input.input_id === id)) {
      pictures.figures.get(id).root.remove();
      pictures.figures.delete(id);
      pictures.newest.delete(id);
    }
  }
  for (const input of inputs) {
    const figure = pictures.figures.get(input.input_id) ?? addFigure(pictures, input.input_id);
    const isOn = input.input_id === flow.active_input_id;
    const { alarm, alarms, absent, live } = input.thumbnail;
    figure.root.classList.toggle("on", isOn);
    setText(figure.role, isOn ? "on air" : "standby");
    const words = [...alarms.map((word) => ALARMS[word] ?? word), ...(absent === undefined ? [] : [absent.message])].join(", ");
    const key = `${alarm ?? ""} ${words}`;
    if (figure.key !== key) {
      figure.key = key;
      figure.told.replaceChildren(...(words === "" ? [] : [glyph(ALARM_SHAPES[alarm] ?? "pending"), element("span", "", words)]));
    }
    figure.live.setAttribute("aria-pressed", String(figure.isWished));
    figure.live.classList.toggle("is-live", live);
  }
  pictures.root.hidden = inputs.length === 0;
  showPictureAges(pictures);
};

/** A new picture of one input. Its age runs on from what the edge said, whatever the clock of this machine says. */
export const showPicture = (pictures, { input_id: id, data, age_ms: age }) => {
  pictures.newest.set(id, { madeAt: performance.now() - age });
  const figure = pictures.figures.get(id) ?? addFigure(pictures, id);
  figure.image.src = `data:image/jpeg;base64,${data}`;
  figure.image.alt = `Picture of input ${id}`;
  showPictureAges(pictures);
};

/** Every picture has an age. */
export const showPictureAges = ({ figures, newest }) => {
  for (const [id, figure] of figures) {
    const madeAt = newest.get(id)?.madeAt;
    const age = madeAt === undefined ? undefined : performance.now() - madeAt;
    setText(figure.age, age === undefined ? "no picture yet" : `${(age / 1_000).toFixed(1)} s old`);
    figure.root.classList.toggle("old-picture", age === undefined || age > PICTURE_OLD);
  }
};

/** What a reader of the pictures' stream refused. */
export const showRefusal = (pictures, { input_id: id, error }) => {
  const figure = pictures.figures.get(id);
  if (figure !== undefined) {
    figure.isWished = false;
    figure.key = undefined;
    figure.told.replaceChildren(glyph("warning"), element("span", "", error));
  }
};

/** The inputs that are wished live. */
export const wishedLive = ({ figures, flowId }) =>
  [...figures].filter(([, figure]) => figure.isWished).map(([id]) => ({ flow_id: flowId, input_id: id }));

const addFigure = (pictures, id) => {
  const figure = {
    image: element("img", ""),
    role: element("span", "chip", ""),
    age: element("span", "mono dim", ""),
    told: element("span", "told"),
    live: element("button", "", "Live"),
    isWished: false,
    key: undefined,
  };
  figure.image.width = 320;
  figure.image.height = 180;
  figure.live.type = "button";
  figure.live.title = "Five pictures a second";
  figure.live.addEventListener("click", () => {
    figure.isWished = !figure.isWished;
    figure.live.setAttribute("aria-pressed", String(figure.isWished));
    pictures.onLive();
  });
  const name = element("b", "el", id);
  name.title = id;
  const line = element("span", "line", name, figure.role, element("span", "grow"), figure.live);
  figure.root = element(
    "figure",
    "picture",
    element("span", "frame", figure.image),
    element("figcaption", "", line, element("span", "line", figure.age, figure.told)),
  );
  figure.root.dataset.input = id;
  pictures.figures.set(id, figure);
  pictures.root.append(figure.root);
  return figure;
};
