import type { DESK_COLORS, TAKE_KINDS, TAKE_STATES } from "@bilbycast/contracts/manager-api";
import type { Generated } from "kysely";

/** Tables of the migration `switcher`. Documents are JSON of the contract's types. */
export type SwitcherTables = {
  switcher_pages: {
    id: Generated<string>;
    group_id: string;
    name: string;
    color: (typeof DESK_COLORS)[number];
    position: number;
    is_emergency: Generated<boolean>;
    version: Generated<number>;
  };
  switcher_presets: {
    id: Generated<string>;
    group_id: string;
    page_id: string | null;
    position: number;
    name: string;
    short_label: string;
    color: (typeof DESK_COLORS)[number];
    description: string;
    actions: unknown;
    version: Generated<number>;
    updated_at: Generated<Date>;
    updated_by: string;
  };
  switcher_desks: {
    group_id: string;
    pgm_preset_id: string | null;
    pgm_since: Date | null;
    pgm_by: string | null;
    pgm_take_id: string | null;
    pgm_state: "on_air" | "partial" | null;
    lost_preset_id: string | null;
    lost_at: Date | null;
    lost_reason: "drifted" | "interrupted" | "changed" | null;
    pvw_preset_id: string | null;
    pvw_by: string | null;
    pvw_at: Date | null;
    taking_id: string | null;
    lock_user_id: string | null;
    lock_name: string | null;
    lock_at: Date | null;
    version: Generated<number>;
  };
  switcher_takes: {
    id: string;
    group_id: string;
    request_id: string | null;
    kind: (typeof TAKE_KINDS)[number];
    preset_id: string | null;
    preset_name: string;
    by_user_id: string | null;
    by_name: string;
    at: Generated<Date>;
    state: (typeof TAKE_STATES)[number];
    results: unknown;
    acknowledged_ms: number | null;
    verified_ms: number | null;
    /** What was on PGM before, so that a revert puts the mark back as well. */
    prior_preset_id: string | null;
    instance_id: string;
  };
  switcher_seats: {
    group_id: string;
    seat: string;
    user_id: string;
    name: string;
    mode: "live" | "edit";
    is_armed: boolean;
    seen_at: Date;
  };
  /** What flows carry that are in a preset: by the statistics of their node, as the instance that has it heard them. */
  carried_inputs: {
    node_id: string;
    flow_id: string;
    input_id: string | null;
    is_running: boolean;
    /** JSON: by input. */
    signals: unknown;
    told_at: Generated<Date>;
  };
};
