import type { Desk, Impact, Preset, PresetAction, Take, TakeResult } from "@bilbycast/contracts/manager-api";
import { FLOW_NAMES, isAway, nodeName, ON_AIR, OUTPUTS } from "./desk-plant.ts";
import { impactOf } from "./fake-impact.ts";
import { keyOf, inputOf, PresetShelf, Refused, type Person, type Stored } from "./fake-presets.ts";
import { mergePatchOf } from "./merge-patch-of.ts";
import { GROUP, uuid } from "./plant.ts";

const now = (): string => new Date().toISOString();
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A desk as the contract describes it, over nodes that obey after a while, later, or not. Every change goes out at once as a merge patch.
 * What tests set: how long nodes take to obey and to prove it, which fail, what is warned of.
 */
export class FakeDesk {
  /** Milliseconds, by node. */
  readonly ackMs = new Map<string, number>();
  readonly verifyMs = new Map<string, number>();
  /** Nodes that obey when this resolves, and not before. */
  readonly #heldBack = new Map<string, Promise<void>>();
  /** By node, the code of its failure. */
  readonly failing = new Map<string, string>();
  /** Nodes that obey and never prove it. */
  readonly unproved = new Set<string>();
  /** By node, why it is not known what its flows carry. */
  readonly untold = new Map<string, string>();
  /** By node, what is warned of. */
  readonly warned = new Map<string, { code: string; message: string }>();
  onPatch: (objects: Record<string, unknown>) => void = () => undefined;
  readonly #active = new Map<string, string>(Object.entries(ON_AIR));
  /** What is on it: presets and pages. */
  readonly shelf = new PresetShelf(() => this.#tell());
  #takes: Take[] = [];
  readonly #requests = new Map<string, Promise<Take>>();
  readonly #seats = new Map<string, Desk["seats"][number] & { until: number }>();
  #desk: Desk;
  #told: Record<string, unknown> = {};
  #made = 0;

  constructor() {
    const [first] = this.shelf.presets.keys();
    const at = new Date(Date.now() - 2_472_000).toISOString();
    this.#takes = [this.#takeOf("take", this.shelf.preset(first ?? ""), { id: "x", name: "R. Kaur", role: "operator" }, "verified", at)];
    this.#desk = {
      group_id: GROUP,
      pgm: { preset_id: first ?? "", since: at, by: "R. Kaur", take_id: this.#takes[0]?.id ?? null, state: "on_air" },
      pgm_lost: null,
      pvw: null,
      taking: null,
      lock: null,
      seats: [],
      version: 1,
    };
    this.#told = structuredClone(this.objects());
  }

  get desk(): Desk {
    return {
      ...this.#desk,
      seats: [...this.#seats.values()].flatMap(({ until, ...seat }) => (until > Date.now() ? [seat] : [])),
    };
  }

  presets(): Preset[] {
    return [...this.shelf.presets.values()].map((stored) => this.shown(stored));
  }

  takes(): Take[] {
    return this.#takes.map((take, i) => ({
      ...take,
      can_revert:
        i === 0 &&
        take.state !== "taking" &&
        take.state !== "verifying" &&
        take.results.some(({ ok, state }) => ok && state !== "unchanged"),
      can_retry: i === 0 && take.state === "partial",
    }));
  }

  /** The rows of the topic. */
  objects(): Record<string, unknown> {
    return Object.fromEntries([
      ["desk", this.desk],
      ...this.shelf.pages().map((page) => [`page:${page.id}`, page]),
      ...this.presets().map((preset) => [`preset:${preset.id}`, preset]),
      ...this.takes().map((take) => [`take:${take.id}`, take]),
    ]) as Record<string, unknown>;
  }

  /** A node that answers nothing until what this returns is called. */
  holdBack(nodeId: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#heldBack.set(nodeId, promise);
    return resolve;
  }

  impact(presetId: string): Impact {
    return impactOf(this.shelf.preset(presetId), this.#active, this.warned);
  }

  revertImpact(takeId: string): Impact {
    const { newest } = this.#revertible(takeId);
    return impactOf({ id: newest.preset_id ?? "", version: 0, actions: reversed(newest) }, this.#active, this.warned);
  }

  setPvw(presetId: string | null, by: Person): Desk["pvw"] {
    if (presetId !== null) {
      this.shelf.preset(presetId);
    }
    this.#set({ pvw: presetId === null ? null : { preset_id: presetId, by: by.name, at: now() } });
    return this.#desk.pvw;
  }

  take(body: { preset_id?: string; preset_version?: number; request_id?: string }, by: Person): Promise<Take> {
    return this.#once(body.request_id, () => {
      const { pvw } = this.#desk;
      if (pvw === null) {
        throw new Refused("pvw_empty");
      }
      const preset = this.shelf.preset(pvw.preset_id);
      if ((body.preset_id ?? preset.id) !== preset.id || (body.preset_version ?? preset.version) !== preset.version) {
        throw new Refused("pvw_changed");
      }
      return this.#run("take", preset, by);
    });
  }

  activate(presetId: string, requestId: string | undefined, by: Person): Promise<Take> {
    return this.#once(requestId, () => this.#run("activate", this.shelf.preset(presetId), by));
  }

  retry(takeId: string, requestId: string | undefined, by: Person): Promise<Take> {
    return this.#once(requestId, () => {
      const [newest] = this.takes();
      if (newest?.id !== takeId || !newest.can_retry) {
        throw new Refused("take_superseded");
      }
      const failed = newest.results.filter(({ ok }) => !ok).map(({ action }) => action);
      return this.#run("retry", { ...this.shelf.preset(newest.preset_id ?? ""), actions: failed }, by);
    });
  }

  revert(takeId: string, requestId: string | undefined, by: Person): Promise<Take> {
    return this.#once(requestId, () => {
      const { newest, before } = this.#revertible(takeId);
      const actions = reversed(newest);
      const back = before?.preset_id ?? null;
      const label = back === null ? "" : this.shelf.preset(back).short_label;
      return this.#run("revert", { ...this.shelf.preset(back ?? newest.preset_id ?? ""), short_label: label, actions }, by);
    });
  }

  #revertible(takeId: string): { newest: Take; before: Take | undefined } {
    const [newest, before] = this.takes();
    if (newest?.id !== takeId || !newest.can_revert) {
      throw new Refused("take_superseded");
    }
    return { newest, before };
  }

  /** The same press a second time is answered as the first was. */
  #once(requestId: string | undefined, act: () => Promise<Take>): Promise<Take> {
    const found = requestId === undefined ? undefined : this.#requests.get(requestId);
    const made = found ?? act();
    if (requestId !== undefined) {
      this.#requests.set(requestId, made);
    }
    return made;
  }

  /** Answers when all nodes have; what leaves is proved afterwards. */
  async #run(kind: Take["kind"], preset: Stored, by: Person): Promise<Take> {
    const { lock, taking } = this.#desk;
    if (lock !== null && lock.user_id !== by.id) {
      throw new Refused("desk_locked", { by: lock.by });
    }
    if (taking !== null) {
      throw new Refused("take_in_progress", { take_id: taking });
    }
    if (preset.actions.some(({ node_id: id }) => isAway(id))) {
      throw new Refused("take_blocked", { impact: this.impact(preset.id) });
    }
    const take = this.#takeOf(kind, preset, by, "taking", now());
    const started = Date.now();
    this.#takes = [take, ...this.#takes].slice(0, 20);
    this.#set({ taking: take.id });
    await Promise.all(take.results.map((result) => this.#command(result, started)));
    const good = take.results.filter(({ ok }) => ok).length;
    take.acknowledged_ms = Date.now() - started;
    take.state = good === take.results.length ? "verifying" : good === 0 ? "failed" : "partial";
    const pgm = { preset_id: preset.id, since: now(), by: by.name, take_id: take.id };
    this.#set({
      ...(good === 0
        ? {}
        : { pgm: { ...pgm, state: take.state === "partial" ? ("partial" as const) : ("on_air" as const) }, pgm_lost: null }),
      ...(take.state === "verifying" && kind !== "revert" && this.#desk.pvw?.preset_id === preset.id ? { pvw: null } : {}),
      ...(take.state === "verifying" ? {} : { taking: null }),
    });
    if (take.state === "verifying") {
      void this.#prove(take, started);
    }
    return take;
  }

  async #command(result: TakeResult, started: number): Promise<void> {
    const { action } = result;
    await wait(this.ackMs.get(action.node_id) ?? 30);
    await this.#heldBack.get(action.node_id);
    const code = this.failing.get(action.node_id);
    if (code === undefined) {
      const isSame = this.#active.get(keyOf(action)) === inputOf(action);
      this.#active.set(keyOf(action), inputOf(action));
      Object.assign(result, { ok: true, state: isSame ? "unchanged" : "acknowledged", acknowledged_ms: Date.now() - started });
    } else {
      Object.assign(result, { state: "failed", error_code: code, error: "The node did not answer in 3 s." });
    }
    this.#tell();
  }

  async #prove(take: Take, started: number): Promise<void> {
    await wait(Math.max(...take.results.map(({ action }) => this.verifyMs.get(action.node_id) ?? 60)));
    const ms = Date.now() - started;
    const isProved = ({ action }: TakeResult): boolean => !this.unproved.has(action.node_id);
    for (const result of take.results.filter(({ state }) => state === "acknowledged")) {
      if (!isProved(result)) {
        result.state = "unconfirmed";
        continue;
      }
      Object.assign(result, {
        state: "verified",
        verified_ms: ms,
        outputs: result.outputs.map((each) => ({ ...each, first_datagram_ms: ms })),
      });
    }
    Object.assign(take, take.results.every(isProved) ? { state: "verified", verified_ms: ms } : { state: "unconfirmed" });
    this.#set({ taking: null });
  }

  /** The manager that ran the take under way is gone: nobody knows what its nodes did. */
  interrupt(): void {
    const [take] = this.#takes;
    if (take?.state !== "taking") {
      throw new Error("No take is under way.");
    }
    take.state = "interrupted";
    take.results.filter(({ state }) => state === "pending").forEach((result) => Object.assign(result, { state: "unknown" }));
    this.#set({ taking: null, pgm: null, pgm_lost: { preset_id: take.preset_id ?? "", at: now(), reason: "interrupted" } });
  }

  /** A desk on which nothing was made or taken yet. */
  empty(): void {
    this.shelf.presets.clear();
    this.#takes = [];
    this.#set({ pgm: null, pgm_lost: null, pvw: null });
  }

  /** Somebody switches a flow on the node itself: what was on air is that no more. */
  drift(nodeId: string, flowId: string, inputId: string): void {
    this.#active.set(`${nodeId} ${flowId}`, inputId);
    const { pgm } = this.#desk;
    const isLost = pgm !== null && this.shown(this.shelf.preset(pgm.preset_id)).match.state === "differs";
    this.#set(isLost ? { pgm: null, pgm_lost: { preset_id: pgm.preset_id, at: now(), reason: "drifted" } } : {});
  }

  lock(isLocked: boolean, takesOver: boolean, by: Person): Desk["lock"] {
    const { lock } = this.#desk;
    if (lock !== null && lock.user_id !== by.id && !takesOver) {
      throw new Refused("desk_locked", { by: lock.by });
    }
    this.#set({ lock: isLocked ? { by: by.name, user_id: by.id, at: now() } : null });
    return this.#desk.lock;
  }

  sit(seat: string, mode: "live" | "edit" | "left", isArmed: boolean, by: Person): Desk["seats"] {
    if (mode === "left") {
      this.#seats.delete(seat);
    } else {
      this.#seats.set(seat, { seat, name: by.name, user_id: by.id, mode, is_armed: isArmed, until: Date.now() + 25_000 });
    }
    this.#tell();
    return this.desk.seats;
  }

  /** A preset with what the nodes and the buses make of it. */
  shown({ id, version, updated_by: by, ...draft }: Stored): Preset {
    const actions = draft.actions.map((action): Preset["match"]["actions"][number] => {
      const active = this.#active.get(keyOf(action)) ?? null;
      const reason = isAway(action.node_id) ? "node_not_connected" : this.untold.get(action.node_id);
      return reason !== undefined
        ? { state: "unknown", active_input_id: null, reason }
        : { state: active === inputOf(action) ? "matches" : "differs", active_input_id: active, reason: null };
    });
    const differs = actions.filter(({ state }) => state === "differs").length;
    const state = differs > 0 ? "differs" : actions.some((action) => action.state === "unknown") ? "unknown" : "matches";
    const [isPgm, isPvw] = [this.#desk?.pgm?.preset_id === id, this.#desk?.pvw?.preset_id === id];
    return {
      id,
      group_id: GROUP,
      ...draft,
      version,
      updated_at: now().slice(0, 16) + ":00.000Z",
      updated_by: by,
      matches_current: state === "matches",
      match: { state, differs, actions },
      bus: isPgm ? (isPvw ? "both" : "pgm") : isPvw ? "pvw" : null,
    };
  }

  #takeOf(kind: Take["kind"], preset: Stored, by: Person, state: Take["state"], at: string): Take {
    this.#made += 1;
    const isDone = state === "verified";
    return {
      id: uuid(60_000 + this.#made),
      group_id: GROUP,
      kind,
      preset_id: preset.id,
      preset_name: preset.short_label,
      by: by.name,
      at,
      state,
      results: preset.actions.map((action) => ({
        action,
        node_name: nodeName(action.node_id),
        flow_name: FLOW_NAMES[keyOf(action)] ?? "",
        from_input_id: this.#active.get(keyOf(action)) ?? null,
        ok: isDone,
        state: isDone ? "verified" : "pending",
        error_code: null,
        error: null,
        acknowledged_ms: isDone ? 40 : null,
        verified_ms: isDone ? 180 : null,
        outputs: (OUTPUTS[keyOf(action)] ?? []).map((name) => ({ output_id: name.toLowerCase(), first_datagram_ms: null })),
      })),
      acknowledged_ms: isDone ? 40 : null,
      verified_ms: isDone ? 180 : null,
      can_revert: false,
      can_retry: false,
    };
  }

  #set(change: Partial<Desk>): void {
    this.#desk = { ...this.#desk, ...change, version: this.#desk.version + 1 };
    this.#tell();
  }

  /** What differs from what was told last, as merge patches by key. */
  #tell(): void {
    const objects = structuredClone(this.objects());
    const patch = mergePatchOf(this.#told, objects) as Record<string, unknown> | undefined;
    this.#told = objects;
    if (patch !== undefined) {
      this.onPatch(patch);
    }
  }
}

/** What was on air before a take, where it was changed. */
const reversed = ({ results }: Take): PresetAction[] =>
  results.flatMap(({ action, ok, from_input_id: from }): PresetAction[] =>
    ok && from !== null && action.type === "activate_input" ? [{ ...action, input_id: from }] : [],
  );
