import type { PictureDrawn, PictureOrder } from "./picture-orders.tsx";
import { look, LOOK, pictureAddress, type Watched } from "./watch-picture.tsx";

const heard = new Map<number, (drawn: PictureDrawn) => void>();
let worker: Worker | undefined;
let count = 0;

const isFront = (): boolean => document.visibilityState === "visible";

const order = (what: PictureOrder, transfer: Transferable[] = []): void => {
  if (worker === undefined) {
    worker = new Worker(new URL("./picture-worker.tsx", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<PictureDrawn>) => heard.get(data.id)?.(data));
    document.addEventListener("visibilitychange", () => order({ do: "front", isFront: isFront() }));
    order({ do: "front", isFront: isFront() });
  }
  worker.postMessage(what, transfer);
};

/** Has five pictures a second drawn on a canvas, by another thread, until it is stopped. A canvas is given away once and for all. */
export const drawPicture = (of: Watched, canvas: HTMLCanvasElement, onDrawn: (drawn: PictureDrawn) => void): (() => void) => {
  const id = ++count;
  const say = (): void => {
    if (isFront()) {
      look(of);
    }
  };
  heard.set(id, onDrawn);
  const surface = canvas.transferControlToOffscreen();
  order({ do: "watch", id, address: pictureAddress(of), canvas: surface }, [surface]);
  say();
  const timer = window.setInterval(say, LOOK);
  document.addEventListener("visibilitychange", say);
  return () => {
    window.clearInterval(timer);
    document.removeEventListener("visibilitychange", say);
    heard.delete(id);
    order({ do: "stop", id });
  };
};
