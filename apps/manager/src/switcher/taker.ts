import { randomUUID } from "node:crypto";
import type { Impact, PresetAction, TakeResult } from "@bilbycast/contracts/manager-api";
import { faultBodyOf, isFault } from "@bilbycast/foundation/fault";
import type { Caller } from "../access/caller.ts";
import type { App } from "../app.ts";
import type { Transaction } from "../database/tables.ts";
import { record, type Actor } from "../audit/record.ts";
import { refusal } from "../http/faults.ts";
import type { NodeHub } from "../node-link/hub.ts";
import type { NodeStates } from "../node-link/node-states.ts";
import { keepCarried } from "./carried-rows.ts";
import { assertUnlocked, changeDesk, holdDesk, type DeskRow } from "./desk-rows.ts";
import { tellDesks } from "./desk-message.ts";
import { clearDrifted } from "./drift.ts";
import { factsFor } from "./facts.ts";
import { sendAll } from "./fan-out.ts";
import { impactOf, type Facts } from "./impact.ts";
import type { Layouts } from "./layouts.ts";
import { flowOf } from "./match.ts";
import type { Plan } from "./plan.ts";
import type { Proofs } from "./proofs.ts";
import { takeOfRequest, takeRow, type TakeRow } from "./take-rows.ts";
import { outcomeOf } from "./take-outcome.ts";
import { verify } from "./verification.ts";

export type TakerRooms = {
  readonly app: App;
  readonly hub: NodeHub;
  readonly states: NodeStates;
  readonly layouts: Layouts;
  readonly proofs: Proofs;
};

/** Somebody pressed. */
export type Press = {
  readonly groupId: string;
  readonly caller: Caller;
  readonly actor: Actor;
  /** `performance.now()` when the request had come. */
  readonly pressedAt: number;
  readonly requestId: string | undefined;
  readonly waits: "acknowledged" | "verified";
};

/** Milliseconds between two looks whether a take of another instance is through, and that it is waited for. */
const LOOK = 50;
const PATIENCE = 20_000;
/** Takes of one desk that are kept. */
const MOST_KEPT = 1_000;

/**
 * Puts presets on air, from the press to the proof: what stands against it is found first, then the desk is held by the take, every node is
 * told at once, and what they answered and what left them is written down. However it ends, the desk says so.
 */
export class Taker {
  readonly #rooms: TakerRooms;
  /** Takes that are under way here, until they are acknowledged and until they are over. */
  readonly #running = new Map<string, { acknowledged: Promise<unknown>; over: Promise<unknown> }>();

  constructor(rooms: TakerRooms) {
    this.#rooms = rooms;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ over }) => over));
  }

  /** `planned` finds out what is to be done, and throws where that cannot be. */
  async press(press: Press, planned: () => Promise<Plan>): Promise<TakeRow> {
    // Both at once: a director waits. What was pressed before is answered as it was, whatever could be planned by now.
    const [former, plan] = await both(this.#formerOf(press), planned());
    if (former !== undefined) {
      return former;
    }
    const facts = await this.#factsOf(press.groupId, press.caller, plan);
    const impact = impactOf({ id: plan.presetId, version: plan.presetVersion, actions: plan.actions }, facts);
    if (impact.is_blocked) {
      throw blocked(impact);
    }
    const id = randomUUID();
    const row = await this.#begun(id, press, plan, impact);
    if (row.id !== id) {
      return this.#through(row, press);
    }
    const running = this.#carryOut(row, press, plan, facts);
    this.#running.set(id, running);
    void running.over.finally(() => this.#running.delete(id));
    await (press.waits === "verified" ? running.over : running.acknowledged);
    return (await takeRow(this.#rooms.app.database.queries, press.groupId, id)) ?? row;
  }

  /** What a plan would change. */
  async impact(
    groupId: string,
    caller: Caller,
    preset: { id: string; version: number; actions: readonly PresetAction[] },
  ): Promise<Impact> {
    return impactOf(preset, await this.#factsOf(groupId, caller, preset));
  }

  #factsOf(groupId: string, { subject }: Caller, { actions }: { actions: readonly PresetAction[] }): Promise<Facts> {
    const { app, layouts, states } = this.#rooms;
    return factsFor(app.database.queries, { layouts, states }, { actions, groupId, subject });
  }

  /** The same press a second time: what became of the first. */
  async #formerOf(press: Press): Promise<TakeRow | undefined> {
    const { groupId, requestId } = press;
    const row = requestId === undefined ? undefined : await takeOfRequest(this.#rooms.app.database.queries, groupId, requestId);
    return row === undefined ? undefined : this.#through(row, press);
  }

  async #through({ id, group_id: groupId }: TakeRow, { waits }: Press): Promise<TakeRow> {
    const { queries } = this.#rooms.app.database;
    const until = Date.now() + PATIENCE;
    for (;;) {
      const row = await takeRow(queries, groupId, id);
      if (row === undefined) {
        throw refusal("not_found", "The take is not kept any more");
      }
      const isThrough = row.state !== "taking" && (waits === "acknowledged" || row.state !== "verifying");
      if (isThrough || Date.now() > until) {
        return row;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  /** Where it is not known whether the beginning was kept, it is looked for: a desk that is held by nobody's take would stay held. */
  async #begun(id: string, press: Press, plan: Plan, impact: Impact): Promise<TakeRow> {
    try {
      return await this.#begin(id, press, plan, impact);
    } catch (error) {
      const row =
        isFault(error) && error.code === "database_commit_unknown"
          ? await insist(() => takeRow(this.#rooms.app.database.queries, press.groupId, id))
          : undefined;
      if (row === undefined) {
        throw error;
      }
      return row;
    }
  }

  /** Holds the desk for the take, if it still is what was looked at. */
  async #begin(id: string, press: Press, plan: Plan, impact: Impact): Promise<TakeRow> {
    const { app } = this.#rooms;
    const { actor, caller, groupId, requestId } = press;
    return app.database.transaction(async (tx) => {
      const desk = await holdDesk(tx, groupId);
      const twin = requestId === undefined ? undefined : await takeOfRequest(tx, groupId, requestId);
      if (twin !== undefined) {
        return twin;
      }
      if (desk.taking_id !== null) {
        throw refusal("take_in_progress", "Another take is under way at this desk", { take_id: desk.taking_id });
      }
      await assertUnlocked(tx, desk, caller.userId);
      await plan.assertStill(tx, desk);
      const results = impact.actions.map((entry): TakeResult => ({
        action: entry.action,
        node_name: entry.node_name,
        flow_name: entry.flow_name,
        from_input_id: entry.from?.input_id ?? null,
        ok: false,
        state: "pending",
        error_code: null,
        error: null,
        acknowledged_ms: null,
        verified_ms: null,
        outputs: entry.outputs.map(({ output_id }) => ({ output_id, first_datagram_ms: null })),
      }));
      const values = {
        id,
        group_id: groupId,
        request_id: requestId ?? null,
        kind: plan.kind,
        preset_id: plan.presetId,
        preset_name: plan.presetName,
        by_user_id: caller.userId,
        by_name: caller.name,
        state: "taking" as const,
        acknowledged_ms: null,
        verified_ms: null,
        prior_preset_id: plan.priorPresetId(desk),
        instance_id: app.instanceId,
      };
      const { at } = await tx
        .insertInto("switcher_takes")
        .values({ ...values, results: JSON.stringify(results) })
        .returning("at")
        .executeTakeFirstOrThrow();
      await changeDesk(tx, groupId, { taking_id: id });
      await tellDesks(app, tx, { groups: [groupId] });
      await record(tx, actor, {
        action: plan.kind === "activate" ? "switcher.preset.activate" : "switcher.take",
        groupId,
        target: { type: "switcher_preset", id: plan.presetId, name: plan.presetName },
        details: { take_id: id, kind: plan.kind, phase: "begun", actions: plan.actions },
      });
      return { ...values, at, results };
    });
  }

  #carryOut(row: TakeRow, press: Press, plan: Plan, facts: Facts): { acknowledged: Promise<unknown>; over: Promise<unknown> } {
    const { app, hub, proofs } = this.#rooms;
    const sent = sendAll(
      { hub, proofs, driverOf: (nodeId) => app.drivers.get(facts.nodes.get(nodeId)?.deviceType ?? "") },
      row.results,
      press.pressedAt,
    );
    const acknowledged = sent.acknowledged.then((results) => insist(() => this.#keepAnswers(row, press, plan, results)));
    const over = acknowledged
      .then(async (results) => {
        const proved = await verify(results, sent.expected, press.pressedAt);
        await insist(() => this.#keepEnd(row, press, plan, proved));
      })
      .catch((err: unknown) => {
        // The desk stays held until the sweep says that this take was interrupted.
        app.log.error({ err, take_id: row.id }, "what became of a take could not be kept");
      });
    return { acknowledged: acknowledged.catch((error: unknown) => Promise.reject(asUnknown(error))), over };
  }

  /** All nodes have answered. */
  async #keepAnswers(row: TakeRow, press: Press, plan: Plan, results: TakeResult[]): Promise<TakeResult[]> {
    const { app } = this.#rooms;
    const outcome = outcomeOf(results);
    await app.database.transaction(async (tx) => {
      const desk = await holdDesk(tx, row.group_id);
      // Ended by somebody else as interrupted, it stays that: what the nodes carry is known all the same.
      await tx
        .updateTable("switcher_takes")
        .set({ results: JSON.stringify(results), state: outcome.state, acknowledged_ms: elapsed(press.pressedAt) })
        .where("id", "=", row.id)
        .where("state", "=", "taking")
        .execute();
      await keepCarried(tx, results);
      if (desk.taking_id === row.id) {
        await changeDesk(tx, row.group_id, { taking_id: null, ...busesAfter(row, plan, desk, outcome.done) });
      }
      // A flow that is shared may be on the PGM of another group, which it leaves.
      const others = await clearDrifted(
        tx,
        results.map(({ action }) => ({ node_id: action.node_id, flow_id: flowOf(action) })),
      );
      await tellDesks(app, tx, {
        groups: [...new Set([row.group_id, ...others])],
        nodes: [...new Set(results.map(({ action }) => action.node_id))],
      });
    });
    return results;
  }

  /** What left is known, or was not seen in time. */
  async #keepEnd(row: TakeRow, press: Press, plan: Plan, results: TakeResult[]): Promise<void> {
    const { app } = this.#rooms;
    const times = results.flatMap(({ verified_ms: time }) => time ?? []);
    const outcome = outcomeOf(results);
    const state = outcome.state === "verifying" ? (outcome.isProved ? "verified" : "unconfirmed") : outcome.state;
    await app.database.transaction(async (tx) => {
      const kept = await tx
        .updateTable("switcher_takes")
        .set({ results: JSON.stringify(results), state, verified_ms: state === "verified" && times.length > 0 ? Math.max(...times) : null })
        .where("id", "=", row.id)
        .where("state", "in", ["verifying", "partial", "failed"])
        .returning("id")
        .executeTakeFirst();
      if (kept === undefined) {
        return;
      }
      await forgetOldest(tx, row.group_id);
      await tellDesks(app, tx, { groups: [row.group_id] });
      await record(tx, press.actor, {
        action: plan.kind === "activate" ? "switcher.preset.activate" : "switcher.take",
        groupId: row.group_id,
        target: { type: "switcher_preset", id: plan.presetId, name: plan.presetName },
        details: {
          take_id: row.id,
          kind: plan.kind,
          phase: "ended",
          outcome: state,
          results: results.map(({ action, error_code: code, from_input_id: from, node_name: node, state: each }) => ({
            ...action,
            node,
            from,
            state: each,
            ...(code === null ? {} : { error_code: code }),
          })),
        },
      });
    });
  }
}

const forgetOldest = async (tx: Transaction, groupId: string): Promise<void> => {
  await tx
    .deleteFrom("switcher_takes")
    .where("group_id", "=", groupId)
    .where("id", "in", (takes) =>
      takes.selectFrom("switcher_takes").select("id").where("group_id", "=", groupId).orderBy("at", "desc").offset(MOST_KEPT).limit(100),
    )
    .execute();
};

/** The answer of the first goes before a refusal of the second. */
const both = async <A, B>(first: Promise<A | undefined>, second: Promise<B>): Promise<[A, undefined] | [undefined, B]> => {
  second.catch(() => undefined);
  const found = await first;
  return found === undefined ? [undefined, await second] : [found, undefined];
};

/** PGM is what was taken; PVW is empty when all of it was. A take of which nothing was done leaves both as they were. */
const busesAfter = (row: TakeRow, plan: Plan, desk: DeskRow, done: "all" | "some" | "none"): Partial<DeskRow> => {
  if (done === "none") {
    return {};
  }
  const lost = { lost_preset_id: null, lost_at: null, lost_reason: null };
  const marks = plan.pgmAfter(done);
  const pgm =
    marks === null
      ? { pgm_preset_id: null, pgm_since: null, pgm_by: null, pgm_take_id: null, pgm_state: null }
      : { pgm_preset_id: marks.presetId, pgm_since: new Date(), pgm_by: row.by_name, pgm_take_id: row.id, pgm_state: marks.state };
  const isTaken = done === "all" && desk.pvw_preset_id === row.preset_id && row.kind !== "revert";
  return { ...pgm, ...lost, ...(isTaken ? { pvw_preset_id: null, pvw_by: null, pvw_at: null } : {}) };
};

/** What nodes have done already is written down as soon as the database is there again. */
const insist = async <T>(work: () => Promise<T>): Promise<T> => {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isFault(error) || !error.code.startsWith("database_") || Date.now() > until) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 4 * LOOK));
    }
  }
};

const elapsed = (since: number): number => Math.round((performance.now() - since) * 10) / 10;

const blocked = (impact: Impact): Error =>
  refusal(
    "take_blocked",
    impact.actions
      .flatMap(({ findings }) => findings.filter(({ severity }) => severity === "error").map(({ message }) => message))
      .slice(0, 5)
      .join("; "),
    { impact },
  );

/** The commands are out: what failed is the writing down. */
const asUnknown = (error: unknown): unknown =>
  isFault(error) && error.code.startsWith("database_")
    ? refusal("database_unavailable", `The nodes were told; what they answered could not be kept: ${faultBodyOf(error).message}`)
    : error;
