import { z } from "zod";
import { asks, body, changes, id } from "./command.ts";

const testData = z.strictObject({
  success: z.boolean().describe("Open, and connected where it keeps a connection."),
  state: z.string().describe("bound, connected, waiting, error, idle"),
  message: z.string(),
  rtt_ms: z.number().optional(),
  connections: z.int().optional(),
});

export const PART_COMMANDS = {
  create_input: changes({ title: "Create an input that is on no flow", role: "operator", params: { input: body() } }),
  update_input: changes({ title: "Replace an input", role: "operator", params: { input_id: id(), input: body() } }),
  delete_input: changes({ title: "Delete an input that is on no flow", role: "operator", params: { input_id: id() } }),
  create_output: changes({ title: "Create an output that is on no flow", role: "operator", params: { output: body() } }),
  update_output: changes({ title: "Replace an output", role: "operator", params: { output_id: id(), output: body() } }),
  delete_output: changes({ title: "Delete an output that is on no flow", role: "operator", params: { output_id: id() } }),
  test_input: asks({ title: "Say how an input stands", role: "operator", params: { input_id: id() }, data: testData }),
  test_output: asks({ title: "Say how an output stands", role: "operator", params: { output_id: id() }, data: testData }),
};
