import { askPicture, FRAME } from "./ask-picture.tsx";
import { lookAt } from "./live-link.tsx";

/** Milliseconds between two words that somebody still looks. */
export const LOOK = 4_000;

/** `url` holds until the next one was shown. */
export type Shown = { url: string; takenAt: number | undefined; tag: string };

/** Of a flow, or of one of its inputs whether or not it is on air. */
export type Watched = { nodeId: string; flowId: string; inputId?: string | undefined };

export const pictureAddress = ({ nodeId, flowId, inputId }: Watched): string => {
  const [part, id] = inputId === undefined ? ["flows", flowId] : ["inputs", inputId];
  return `/api/v1/nodes/${encodeURIComponent(nodeId)}/${part}/${encodeURIComponent(id)}/thumbnail`;
};

/** Says that somebody looks: a node makes five pictures a second then. */
export const look = ({ nodeId, flowId, inputId }: Watched): void =>
  lookAt([{ node_id: nodeId, flow_id: flowId, ...(inputId === undefined ? {} : { input_id: inputId }) }]);

/** Tells of five pictures a second until it is stopped, and asks for them while the tab is in front. */
export const watchPicture = (of: Watched, onShown: (shown: Shown) => void): (() => void) => {
  const address = pictureAddress(of);
  const stopped = new AbortController();
  let last: Shown | undefined;
  let lookedAt = 0;
  let timer = 0;
  const round = async (): Promise<void> => {
    if (document.visibilityState === "visible") {
      if (Date.now() - lookedAt >= LOOK) {
        lookedAt = Date.now();
        look(of);
      }
      const next = await fetchPicture(address, last?.tag, stopped.signal).catch(() => undefined);
      if (next !== undefined && !stopped.signal.aborted) {
        const old = last;
        last = next;
        onShown(next);
        // The page has drawn the next one by then.
        window.setTimeout(() => old !== undefined && URL.revokeObjectURL(old.url), FRAME * 5);
      }
    }
    if (!stopped.signal.aborted) {
      timer = window.setTimeout(() => void round(), FRAME);
    }
  };
  void round();
  return () => {
    stopped.abort();
    window.clearTimeout(timer);
    if (last !== undefined) {
      URL.revokeObjectURL(last.url);
    }
  };
};

/** The newest picture, unless it is the one that is shown; `undefined`: there is no other. */
export const fetchPicture = async (address: string, tag: string | undefined, signal: AbortSignal): Promise<Shown | undefined> => {
  const picture = await askPicture(address, tag, signal);
  if (picture === undefined) {
    return undefined;
  }
  const { blob, ...others } = picture;
  const url = URL.createObjectURL(blob);
  if (!(await isDrawable(url))) {
    URL.revokeObjectURL(url);
    return undefined;
  }
  return { url, ...others };
};

/** Decoded before it takes the place of the one before: nothing flickers, and what a busy browser could not decode is asked for again. */
const isDrawable = async (url: string): Promise<boolean> => {
  const image = new Image();
  image.src = url;
  return image.decode().then(
    () => true,
    () => false,
  );
};
