/** What somebody has begun to write, kept on this device until it is saved or given up: a sheet that is closed loses nothing. */
export const keptDraft = (key: string): unknown => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as unknown;
  } catch {
    return null;
  }
};

/** `undefined`: there is nothing to keep any more. */
export const keepDraft = (key: string, draft: object | undefined): void => {
  try {
    if (draft === undefined) {
      localStorage.removeItem(key);
    } else {
      localStorage.setItem(key, JSON.stringify(draft));
    }
  } catch {
    // A device that keeps nothing: the draft lives as long as its sheet.
  }
};
