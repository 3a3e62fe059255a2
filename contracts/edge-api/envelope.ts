import { z } from "zod";

/** What a request that worked answers. */
export const success = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data });

export const problemSchema = z
  .object({
    path: z.string().describe("The field from the top of the configuration: flows[0].input_ids[1]."),
    field: z.string().optional().describe("The same field from the top of the request's body."),
    code: z.string().describe("Stable, lower snake case."),
    message: z.string().describe("What would be right."),
  })
  .meta({ id: "Problem" });

/** What a change of the configuration answers: what was made of it, and what in it is allowed and worth a look. */
export const successOfChange = <T extends z.ZodType>(data: T) =>
  success(data).extend({
    warnings: z
      .array(problemSchema)
      .optional()
      .describe("What of the change is in force and most likely not meant; absent when there is nothing."),
  });

/** What a request that did not work answers: nothing has changed then. */
export const failureSchema = z
  .object({
    success: z.literal(false),
    error: z.string().describe("A sentence for people."),
    error_code: z.string().describe("Stable, lower snake case."),
    field: z.string().optional().describe("The field of the body that the error is about, the first when there are several."),
    problems: z.array(problemSchema).optional().describe("Everything that is wrong with the configuration as it would be."),
    details: z.record(z.string(), z.unknown()).optional().describe("Facts for machines: addresses, ids, limits."),
  })
  .meta({ id: "Failure" });

export type ApiProblem = z.output<typeof problemSchema>;
export type Failure = z.output<typeof failureSchema>;
