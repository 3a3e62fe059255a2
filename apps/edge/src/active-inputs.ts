import { isObject, type Config, type ConfigDocument } from "@bilbycast/contracts/config";
import type { WantedSwitch } from "./switch-batch.ts";

/** What each input's `active` becomes by these switches, by its id. */
export const activeAfter = ({ flows }: Pick<Config, "flows">, switches: readonly WantedSwitch[]): ReadonlyMap<string, boolean> =>
  new Map(
    switches.flatMap(({ flowId, inputId }) =>
      (flows.find(({ id }) => id === flowId)?.input_ids ?? []).map((id): [string, boolean] => [id, id === inputId]),
    ),
  );

/** A document or a checked configuration with that said of its inputs; all else is the same, and the same objects. */
export const withActive = <T extends ConfigDocument | Config>(of: T, active: ReadonlyMap<string, boolean>): T => {
  const { inputs } = of;
  return Array.isArray(inputs) ? { ...of, inputs: (inputs as unknown[]).map((input) => changed(input, active)) } : of;
};

const changed = (input: unknown, active: ReadonlyMap<string, boolean>): unknown => {
  const id = isObject(input) ? input["id"] : undefined;
  const isActive = typeof id === "string" ? active.get(id) : undefined;
  return isActive === undefined || !isObject(input) || input["active"] === isActive ? input : { ...input, active: isActive };
};
