import type { CommandData } from "@bilbycast/contracts/node-link";
import type { ConfigDraft } from "../../config-draft.ts";
import type { Desk } from "./desk.ts";

export type Changed = CommandData<"update_flow">;

/** Takes an edit into effect, and tells what of it is worth a look. */
export const change = async ({ context }: Desk, edit: (draft: ConfigDraft) => void): Promise<Changed> =>
  changed(await context.control.change(edit));

export const changed = (warnings: readonly { path: string; code: string; message: string }[]): Changed =>
  warnings.length === 0 ? {} : { warnings: warnings.map((warning) => ({ ...warning })) };
