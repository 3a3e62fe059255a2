import { isObject } from "@bilbycast/contracts/config";

// What an edge sent, or what stands in its configuration, may be anything.

export type Loose = Readonly<Record<string, unknown>>;

export const looseOf = (value: unknown): Loose => (isObject(value) ? value : {});
export const listOf = (value: unknown): Loose[] => (Array.isArray(value) ? value.filter(isObject) : []);
/** A number that a picture can be drawn of. */
export const numberOf = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
