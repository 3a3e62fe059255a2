/** What the page asks of the worker that draws live pictures. `canvas` is drawn from then on by the worker alone. */
export type PictureOrder =
  | { do: "watch"; id: number; address: string; canvas: OffscreenCanvas }
  | { do: "stop"; id: number }
  /** Whether anybody can see the page: pictures that nobody sees are not fetched. */
  | { do: "front"; isFront: boolean };

/** What the worker tells: a picture was drawn, and when it was taken, as far as its node said. */
export type PictureDrawn = { id: number; takenAt: number | undefined };
