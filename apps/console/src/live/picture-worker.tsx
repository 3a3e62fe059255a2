import type { PictureDrawn, PictureOrder } from "./picture-orders.tsx";

// Fetches, decodes and draws live pictures in a thread of its own: a director's key never waits for eight monitors.

/** Milliseconds between two pictures. */
const FRAME = 200;

const watched = new Map<number, AbortController>();
let isFront = true;

const watch = async (id: number, address: string, canvas: OffscreenCanvas): Promise<void> => {
  const stopped = new AbortController();
  watched.set(id, stopped);
  const screen = canvas.getContext("bitmaprenderer");
  let tag: string | null = null;
  while (!stopped.signal.aborted) {
    if (isFront) {
      try {
        const answer: Response = await fetch(address, {
          signal: stopped.signal,
          cache: "no-store",
          ...(tag === null ? {} : { headers: { "if-none-match": tag } }),
        });
        if (answer.status === 200) {
          // Decoded before it takes the place of the one before: nothing flickers.
          screen?.transferFromImageBitmap(await createImageBitmap(await answer.blob()));
          tag = answer.headers.get("etag");
          const at = answer.headers.get("x-taken-at");
          globalThis.postMessage({ id, takenAt: at === null ? undefined : Date.parse(at) } satisfies PictureDrawn);
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
