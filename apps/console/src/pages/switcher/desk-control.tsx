import type { Desk, Impact, Preset, Take } from "@bilbycast/contracts/manager-api";
import { ApiFailure } from "../../api/api.ts";
import { api } from "../../api/browser.tsx";
import { randomUuid } from "../../api/random-uuid.ts";
import { nextArming, type ArmingAct } from "./arming.ts";
import { isGuarded, type Acted } from "./desk-keys.ts";
import { isOver } from "./desk-rows.ts";
import { FIRST_STATE, impactId, NO_ANSWER_MS, type DeskState, type Looked, type Press } from "./desk-state.ts";
import { HOLD_OVER_OUTPUTS } from "./impact-view.ts";
import { takeLookOf, type Check, type TakeLook } from "./take-look.ts";
import { REVERT_MS } from "./take-words.ts";
import type { DeskRows } from "./use-desk.tsx";

/** What the page tells of itself, each time it is drawn. */
export type DeskScene = {
  rows: DeskRows;
  myId: string;
  refusal: string | undefined;
  isLost: boolean;
  isLive: boolean;
  isEmergencyOf: (presetId: string) => boolean;
};

export type Asked = { impact: Impact; at: number } | { code: string } | undefined;

/** The presses of one desk in one tab: what they may do, what they did, and what of it is not answered yet. Outside React. */
export class DeskControl {
  readonly #groupId: string;
  readonly #listeners = new Set<() => void>();
  #state: DeskState = FIRST_STATE;
  #scene: DeskScene | undefined;
  #asked: Asked;
  #acted: Acted | undefined;
  #wasMine = false;

  constructor(groupId: string) {
    this.#groupId = groupId;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): DeskState => this.#state;

  /** What stands on the desk now. */
  see(scene: DeskScene, now: number): void {
    const isFirst = this.#scene?.rows.desk === undefined;
    const wasLost = this.#scene?.isLost === true;
    this.#scene = scene;
    const [newest] = scene.rows.takes;
    this.#seeTake(newest, isFirst, now);
    this.#seeLock(scene.rows.desk);
    if (wasLost && !scene.isLost) {
      this.arming("reconnect", now);
    }
    const { wanted, press } = this.#state;
    if (wanted !== undefined && (scene.rows.desk?.pvw?.preset_id ?? null) === wanted.presetId) {
      this.#set({ wanted: undefined });
    }
    if (press?.takeId !== undefined && scene.rows.takes.some(({ id }) => id === press.takeId)) {
      this.#set({ press: undefined });
    }
    this.#tell();
  }

  #seeTake(newest: Take | undefined, isFirst: boolean, now: number): void {
    if (newest === undefined) {
      return;
    }
    const known = this.#state.take;
    if (known?.id !== newest.id) {
      const { looked } = this.#state;
      if (looked !== undefined && "revertOf" in looked) {
        this.#set({ looked: undefined });
      }
      // What was over before this page was opened is no news.
      const long = now - RESULT_IS_OLD;
      this.#set({ take: { id: newest.id, seenAt: isFirst ? long : now, overAt: isOver(newest) ? (isFirst ? long : now) : undefined } });
    } else if (known.overAt === undefined && isOver(newest)) {
      this.#set({ take: { ...known, overAt: now } });
    } else if (known.overAt !== undefined && !isOver(newest)) {
      this.#set({ take: { ...known, overAt: undefined } });
    }
  }

  #seeLock(desk: Desk | undefined): void {
    const lock = desk?.lock ?? undefined;
    const isMine = lock?.user_id === this.#scene?.myId;
    if (lock !== undefined && !isMine) {
      this.arming("take-over", Date.now());
      if (this.#wasMine) {
        this.#set({ takenOverBy: lock.by });
      }
    } else if (this.#state.takenOverBy !== undefined) {
      this.#set({ takenOverBy: undefined });
    }
    this.#wasMine = isMine && lock !== undefined;
  }

  /** What a take would change, as it was asked last. */
  checked(asked: Asked): void {
    this.#asked = asked;
    this.#tell();
  }

  arming(act: ArmingAct, now = Date.now()): void {
    const arming = nextArming(this.#state.arming, act, now);
    if (arming !== this.#state.arming) {
      this.#set({ arming });
    }
  }

  /** Time goes by: it disarms, and gives up what nobody answered. */
  tick(now: number): void {
    this.arming("tick", now);
    const { press, wanted } = this.#state;
    if (press !== undefined && now - press.at >= NO_ANSWER_MS) {
      this.#set({
        press: undefined,
        failure: {
          asked: PRESS_WORDS[press.does],
          sentence: "No answer in 10 s. Whether it was taken is not known: watch PGM.",
          code: "no_answer",
        },
      });
    }
    if (wanted !== undefined && now - wanted.at >= NO_ANSWER_MS) {
      this.#set({ wanted: undefined, failure: { asked: "PVW", sentence: "No answer in 10 s.", code: "no_answer" } });
    }
  }

  /** What PVW holds, or will as soon as the desk has heard of it. */
  get pvwId(): string | undefined {
    const { wanted } = this.#state;
    return (wanted === undefined ? this.#scene?.rows.desk?.pvw?.preset_id : wanted.presetId) ?? undefined;
  }

  get canWrite(): boolean {
    return this.#scene !== undefined && this.#scene.isLive && !this.#scene.isLost && this.#scene.refusal === undefined;
  }

  /** What the Take button is at this moment. */
  look(now = Date.now()): TakeLook {
    const { rows, refusal = "", isLost = true, isEmergencyOf } = this.#scene ?? {};
    const { press, take, arming } = this.#state;
    const pvwId = this.pvwId;
    return takeLookOf({
      refusal: this.#scene === undefined ? refusal : this.#scene.refusal,
      isLost,
      lockedBy: this.lockedBy,
      pvwId,
      isArmed: nextArming(arming, "tick", now).is === "armed",
      check: this.#checkOf(pvwId, now),
      isEmergency: pvwId !== undefined && isEmergencyOf?.(pvwId) === true,
      pressedFor: press === undefined ? undefined : now - press.at,
      take: rows?.takes[0],
      takingFor: take === undefined ? 0 : now - take.seenAt,
      overFor: take?.overAt === undefined ? undefined : now - take.overAt,
    });
  }

  #checkOf(pvwId: string | undefined, now: number): Check {
    const asked = this.#asked;
    if (pvwId === undefined) {
      return { is: "none" };
    }
    if (asked === undefined || ("impact" in asked && asked.impact.preset_id !== pvwId)) {
      return { is: "checking" };
    }
    return "code" in asked ? { is: "failed", code: asked.code } : { is: "ready", impact: asked.impact, age: now - asked.at };
  }

  get lockedBy(): string | undefined {
    const lock = this.#scene?.rows.desk?.lock ?? undefined;
    return lock === undefined || lock.user_id === this.#scene?.myId ? undefined : lock.by;
  }

  /** Loads a preset into PVW; `undefined` clears it. */
  load(presetId: string | undefined): void {
    this.#set({ looked: undefined });
    const wanted = presetId ?? null;
    if (!this.canWrite || (this.pvwId ?? null) === wanted) {
      return;
    }
    const mine = { presetId: wanted, at: Date.now() };
    this.#set({ wanted: mine, failure: undefined });
    this.arming("use");
    const asked = presetId === undefined ? "Clear PVW" : `PVW ${this.labelOf(presetId)}`;
    api("setPvw", { body: { group_id: this.#groupId, preset_id: wanted } }).catch((error: unknown) => {
      if (this.#state.wanted === mine) {
        this.#set({ wanted: undefined });
      }
      this.#fail(asked, error);
    });
  }

  /** The press of Take, by whatever hand: it acts only as the button says at this moment. `isHeld`: it was held long enough. */
  press(isHeld: boolean, now = Date.now()): void {
    const look = this.look(now);
    if (look.is === "safe" && isHeld) {
      this.arming("arm", now);
    } else if (look.is === "armed" || (look.is === "hold" && isHeld)) {
      this.#take(now);
    }
  }

  #take(now: number): void {
    const presetId = this.pvwId;
    const asked = this.#asked;
    if (
      presetId === undefined ||
      asked === undefined ||
      !("impact" in asked) ||
      !this.canWrite ||
      this.#isRepeated("take", presetId, now)
    ) {
      return;
    }
    const body = { group_id: this.#groupId, preset_id: presetId, preset_version: asked.impact.preset_version, request_id: randomUuid() };
    this.#send("take", presetId, () => api("take", { body }));
  }

  /** Straight to air: always after a hold. Why not, when it may not. */
  activate(presetId: string): void {
    const why = this.whyNotAir();
    if (why !== undefined) {
      this.#set({ failure: { asked: `To air ${this.labelOf(presetId)}`, sentence: why.sentence, code: why.code } });
    } else if (!this.#isRepeated("activate", presetId)) {
      const version = this.presetOf(presetId)?.version;
      const body = { request_id: randomUuid(), ...(version === undefined ? {} : { preset_version: version }) };
      this.#send("activate", presetId, () => api("activate", { params: { preset_id: presetId }, body }));
    }
  }

  whyNotAir(): { sentence: string; code: string } | undefined {
    if (this.#scene?.isLost === true) {
      return { sentence: "There is no connection.", code: "connection_lost" };
    }
    if (this.#scene?.refusal !== undefined) {
      return { sentence: this.#scene.refusal, code: "insufficient_role" };
    }
    if (this.lockedBy !== undefined) {
      return { sentence: `${this.lockedBy} has locked the desk.`, code: "desk_locked" };
    }
    return this.#state.arming.is === "safe" ? { sentence: "The desk is safe. Hold Take to arm it.", code: "desk_safe" } : undefined;
  }

  /** The take that may be reverted now, and for how long still. */
  revertible(now = Date.now()): { take: Take; rest: number; needsHold: boolean } | undefined {
    const [take] = this.#scene?.rows.takes ?? [];
    const seen = this.#state.take;
    const rest = seen?.id === take?.id && seen?.overAt !== undefined ? REVERT_MS - (now - seen.overAt) : REVERT_MS;
    return take === undefined || !take.can_revert || !isOver(take) || rest <= 0 || this.whyNotAir() !== undefined
      ? undefined
      : { take, rest, needsHold: take.results.reduce((sum, { outputs }) => sum + outputs.length, 0) > HOLD_OVER_OUTPUTS };
  }

  /** Whether something of the newest take failed and can be done again. */
  get retryable(): boolean {
    return this.#scene?.rows.takes[0]?.can_retry === true;
  }

  revert(isHeld: boolean): void {
    const found = this.revertible();
    if (found !== undefined && (!found.needsHold || isHeld) && !this.#isRepeated("revert", found.take.id)) {
      const body = { group_id: this.#groupId, take_id: found.take.id, request_id: randomUuid() };
      this.#send("revert", "", () => api("revert", { body }));
    }
  }

  retry(): void {
    const [take] = this.#scene?.rows.takes ?? [];
    if (take !== undefined && take.can_retry && this.whyNotAir() === undefined && !this.#isRepeated("retry", take.id)) {
      const body = { group_id: this.#groupId, take_id: take.id, request_id: randomUuid() };
      this.#send("retry", take.preset_id ?? "", () => api("retry", { body }));
    }
  }

  #send(does: Press["does"], presetId: string, ask: () => Promise<Take>): void {
    const press: Press = { does, presetId, at: Date.now(), takeId: undefined };
    const asked = `${PRESS_WORDS[does]}${presetId === "" ? "" : ` ${this.labelOf(presetId)}`}`;
    this.#set({ press, failure: undefined, looked: undefined });
    this.arming("use");
    ask().then(
      ({ id }) => {
        if (this.#state.press === press) {
          const isSeen = this.#scene?.rows.takes.some((take) => take.id === id) === true;
          this.#set({ press: isSeen ? undefined : { ...press, takeId: id } });
        }
      },
      (error: unknown) => {
        if (this.#state.press === press) {
          this.#set({ press: undefined });
        }
        this.#fail(asked, error);
      },
    );
  }

  /** Keeps others from taking, lets them again, or takes the desk from who keeps it. */
  lock(isLocked: boolean, takesOver = false): void {
    if (this.canWrite) {
      const body = { is_locked: isLocked, take_over: takesOver };
      api("lockDesk", { params: { group_id: this.#groupId }, body }).catch((error: unknown) =>
        this.#fail(isLocked ? "Lock desk" : "Unlock desk", error),
      );
    }
  }

  lookAt(looked: Looked | undefined): void {
    if (impactId(this.#state.looked) !== impactId(looked)) {
      this.#set({ looked });
    }
  }

  /** What a revert would put back, while it is offered. */
  lookAtRevert(by: Looked["by"]): void {
    const found = this.revertible();
    if (found !== undefined) {
      this.lookAt({ revertOf: found.take.id, by });
    }
  }

  /** A pointer went elsewhere. */
  lookAway(): void {
    if (this.#state.looked?.by === "pointer") {
      this.lookAt(undefined);
    }
  }

  hold(presetId: string | undefined): void {
    if (this.#state.held !== presetId) {
      this.#set({ held: presetId });
    }
  }

  dismiss(): void {
    this.#set({ failure: undefined });
  }

  presetOf(id: string): Preset | undefined {
    return this.#scene?.rows.presets.find((preset) => preset.id === id);
  }

  labelOf(id: string): string {
    return this.presetOf(id)?.short_label ?? "";
  }

  #isRepeated(does: Press["does"], of: string, at = Date.now()): boolean {
    const press = { what: `${does} ${of}`, at };
    const isRepeated = isGuarded(this.#acted, press) || this.#state.press !== undefined;
    if (!isRepeated) {
      this.#acted = press;
    }
    return isRepeated;
  }

  #fail(asked: string, error: unknown): void {
    const known = error instanceof ApiFailure ? error : undefined;
    const by = known?.details["by"];
    const sentence = known?.code === "desk_locked" && typeof by === "string" ? `${by} has locked the desk.` : known?.message;
    this.#set({ failure: { asked, sentence: sentence ?? "It did not work.", code: known?.code ?? "console_fault" } });
  }

  #set(change: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...change };
    this.#tell();
  }

  #tell(): void {
    this.#listeners.forEach((listener) => listener());
  }
}

const PRESS_WORDS: Readonly<Record<Press["does"], string>> = { take: "Take", activate: "To air", revert: "Revert", retry: "Retry" };

/** Longer than any result stands. Milliseconds. */
const RESULT_IS_OLD = 3_600_000;
