/** Milliseconds between two questions for a live picture. */
export const FRAME = 200;

/** A picture as it came. `takenAt`: milliseconds since 1970, as far as its node said; `tag`: by which it is known again. */
export type Picture = { blob: Blob; takenAt: number | undefined; tag: string };

/** The newest picture, unless it is the one that is known by its tag; `undefined`: there is no other. */
export const askPicture = async (address: string, tag: string | undefined, signal: AbortSignal): Promise<Picture | undefined> => {
  const answer = await fetch(address, { signal, cache: "no-store", ...(tag === undefined ? {} : { headers: { "if-none-match": tag } }) });
  if (answer.status !== 200) {
    return undefined;
  }
  const at = answer.headers.get("x-taken-at");
  return {
    blob: await answer.blob(),
    takenAt: at === null ? undefined : Date.parse(at),
    tag: answer.headers.get("etag") ?? "",
  };
};
