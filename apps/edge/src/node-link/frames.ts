/** A text frame as it goes over the wire; `timestamp` is now unless it tells of something that was. */
export const frame = (type: string, payload: unknown, timestamp = new Date().toISOString()): string =>
  JSON.stringify({ type, timestamp, payload });
