import { z } from "zod";

// What many routes share: identifiers, words, pages of lists, and the one form of an error.

/** In lower case, as they are made: an id in another case is the same one, and no other person. */
export const uuid = z.uuid().toLowerCase();
/** Groups have readable ids: `grp_default`. */
export const groupId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "1 to 64 of a-z, 0-9, _ and -");

/** Text that is looked for: anything but U+0000, which the database has no place for. */
export const sought = (most: number, least = 0) =>
  z
    .string()
    .min(least)
    .max(most)
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^\0]*$/, "no U+0000");

/** Text for people: no control characters, no text direction marks that could make it read as something else. */
export const words = (most: number, least = 1) =>
  z
    .string()
    .trim()
    .min(least)
    .max(most)
    .regex(/^[^\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u, "no control characters");

/** The same with line breaks and tabs. */
export const paragraph = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u, "no control characters but line breaks")
    .or(
      z
        .string()
        .max(most)
        .regex(/^(?:[^\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\n\t])*$/u),
    );

export const time = z.iso.datetime({ offset: true });

/** A page of a list that is read from the newest backwards. */
export const pageQuery = z.object({
  cursor: sought(200).optional().describe("`next_cursor` of the page before; absent for the first."),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const page = <T extends z.ZodType>(entry: T) =>
  z.object({ entries: z.array(entry), next_cursor: z.string().nullable().describe("null: there is no more.") });

export const problemSchema = z
  .object({
    path: z.string().describe("The field: body.inputs[0].port."),
    code: z.string(),
    message: z.string().describe("What would be right."),
  })
  .meta({ id: "ManagerProblem" });
export type ManagerProblem = z.output<typeof problemSchema>;

/** What a request that did not work answers: nothing has changed then. */
export const failureSchema = z
  .object({
    error: z.string().describe("A sentence for people."),
    error_code: z.string().describe("Stable, lower snake case."),
    field: z.string().optional(),
    problems: z.array(problemSchema).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "ManagerFailure" });
export type ManagerFailure = z.output<typeof failureSchema>;
