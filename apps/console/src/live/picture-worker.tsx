import { askPicture, FRAME } from "./ask-picture.tsx";
import type { PictureDrawn, PictureOrder } from "./picture-orders.tsx";

// Fetches, decodes and draws live pictures in a thread of its own: a director's key never waits for eight monitors.

const watched = new Map<number, AbortController>();
let isFront = true;

const watch = async (id: number, address: string, canvas: OffscreenCanvas): Promise<void> => {
  const stopped = new AbortController();
  watched.set(id, stopped);
  const screen = canvas.getContext("bitmaprenderer");
  let tag: string | undefined;
  while (!stopped.signal.aborted) {
    if (isFront) {
      try {
        const picture = await askPicture(address, tag, stopped.signal);
        if (picture !== undefined) {
          // Decoded before it takes the place of the one before: nothing flickers.
          screen?.transferFromImageBitmap(await createImageBitmap(picture.blob));
          ({ tag } = picture);
          globalThis.postMessage({ id, takenAt: picture.takenAt } satisfies PictureDrawn);
        }
      } catch {
        // It is asked for again; how old the last one is stands beside it.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, FRAME));
  }
};

globalThis.addEventListener("message", ({ data }: MessageEvent<PictureOrder>) => {
  switch (data.do) {
    case "watch":
      void watch(data.id, data.address, data.canvas);
      break;
    case "stop":
      watched.get(data.id)?.abort();
      watched.delete(data.id);
      break;
    case "front":
      ({ isFront } = data);
      break;
  }
});
