import { useEffect, useState } from "react";
import { lookAt } from "../live/live-link.tsx";
import { Picture } from "./picture.tsx";

/** Milliseconds between two pictures, and between two words that somebody still looks. */
const FRAME = 200;
const LOOK = 4_000;

type Shown = { url: string; takenAt: number | undefined; tag: string };

type Given = {
  nodeId: string;
  flowId: string;
  of: string;
  /** Where the newest is, and when it was taken, as the node's card says: shown until the first live one is here. */
  src: string | undefined;
  takenAt: number | undefined;
};

/** A flow as it is now: five pictures a second while this stands and the tab is in front, and no longer. */
export const LivePicture = ({ nodeId, flowId, of, src, takenAt }: Given) => {
  const shown = useLivePictures(nodeId, flowId);
  return <Picture of={of} src={shown?.url ?? src} takenAt={shown?.takenAt ?? takenAt} />;
};

const useLivePictures = (nodeId: string, flowId: string): Shown | undefined => {
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    const address = `/api/v1/nodes/${encodeURIComponent(nodeId)}/flows/${encodeURIComponent(flowId)}/thumbnail`;
    const stopped = new AbortController();
    let last: Shown | undefined;
    let lookedAt = 0;
    let timer = 0;
    const round = async (): Promise<void> => {
      if (document.visibilityState === "visible") {
        if (Date.now() - lookedAt >= LOOK) {
          lookedAt = Date.now();
          lookAt([{ node_id: nodeId, flow_id: flowId }]);
        }
        const next = await fetchPicture(address, last?.tag, stopped.signal).catch(() => undefined);
        if (next !== undefined && !stopped.signal.aborted) {
          const old = last;
          last = next;
          setShown(next);
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
      setShown(undefined);
      if (last !== undefined) {
        URL.revokeObjectURL(last.url);
      }
    };
  }, [nodeId, flowId]);
  return shown;
};

/** The newest picture, unless it is the one that is shown. */
const fetchPicture = async (address: string, tag: string | undefined, signal: AbortSignal): Promise<Shown | undefined> => {
  const answer = await fetch(address, { signal, cache: "no-store", ...(tag === undefined ? {} : { headers: { "if-none-match": tag } }) });
  if (answer.status !== 200) {
    return undefined;
  }
  const at = answer.headers.get("x-taken-at");
  const url = URL.createObjectURL(await answer.blob());
  if (!(await isDrawable(url))) {
    URL.revokeObjectURL(url);
    return undefined;
  }
  return {
    url,
    takenAt: at === null ? undefined : Date.parse(at),
    tag: answer.headers.get("etag") ?? "",
  };
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
