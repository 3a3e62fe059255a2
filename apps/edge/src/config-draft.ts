import { isObject, type ConfigDocument, type Origin } from "@bilbycast/contracts/config";

/** A copy of the configuration that an edit may change as it likes; nobody sees it before it passed every check. */
export class ConfigDraft {
  document: ConfigDocument;
  /** Where what the edit touched stands in the body of the request; the last added goes first. */
  origins: Origin[] = [];

  constructor(document: ConfigDocument) {
    this.document = structuredClone(document);
  }

  /** The list under a key of the document, made when it is not there. What it holds are objects: the document passed its check. */
  list(key: "inputs" | "outputs" | "flows"): Record<string, unknown>[] {
    const found = this.document[key];
    if (Array.isArray(found)) {
      return found as Record<string, unknown>[];
    }
    const made: Record<string, unknown>[] = [];
    this.document[key] = made;
    return made;
  }

  /** Index of the entry with this id; -1 when there is none. */
  indexOf(key: "inputs" | "outputs" | "flows", id: string): number {
    return this.list(key).findIndex((entry) => isObject(entry) && entry["id"] === id);
  }

  /** Puts an entry at an index, or behind the last, and remembers where the body has it. */
  put(key: "inputs" | "outputs" | "flows", index: number, entry: Record<string, unknown>, was: string): void {
    const list = this.list(key);
    const at = index < 0 ? list.length : index;
    list[at] = entry;
    this.origins.unshift({ at: `${key}[${at}]`, was });
  }
}

/** The strings of a list of ids. */
export const idList = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry: unknown): entry is string => typeof entry === "string") : [];
