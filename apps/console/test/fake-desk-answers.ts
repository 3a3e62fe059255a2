import { MANAGER_FAULTS, type EndpointName } from "@bilbycast/contracts/manager-api";
import type { Draft } from "./desk-plant.ts";
import type { Answer } from "./fake-answers.ts";
import type { FakeDesk } from "./fake-desk.ts";
import { Refused, type PresetShelf } from "./fake-presets.ts";

type Body = {
  preset_id?: string | null;
  preset_version?: number;
  take_id?: string;
  request_id?: string;
  is_locked?: boolean;
  take_over?: boolean;
  seat?: string;
  mode?: "live" | "edit" | "left";
  is_armed?: boolean;
};

const ok = (value: unknown, status = 200): { status: number; value: unknown } => ({ status, value });

/** The switcher's endpoints over one desk. */
export const deskAnswers = (desk: FakeDesk): Partial<Record<EndpointName, Answer>> => {
  const given: Partial<Record<EndpointName, Answer>> = {
    desks: () =>
      ok({ desks: [{ ...desk.desk, group_name: "Meridian Sport", pages: desk.shelf.pages().length, presets: desk.presets().length }] }),
    desk: () => ok({ desk: desk.desk, pages: desk.shelf.pages(), presets: desk.presets(), takes: desk.takes() }),
    presets: () => ok({ presets: desk.presets() }),
    pages: () => ok({ pages: desk.shelf.pages() }),
    revertImpact: ({ params }) => ok(desk.revertImpact(params["take_id"] ?? "")),
    impact: ({ params }) => ok(desk.impact(params["preset_id"] ?? "")),
    setPvw: ({ body, person }) => ok({ pvw: desk.setPvw((body as Body).preset_id ?? null, person) }),
    take: async ({ body, person }) => {
      const { preset_id: presetId, ...rest } = body as Body;
      return ok({
        ...(await desk.take({ ...rest, ...(typeof presetId === "string" ? { preset_id: presetId } : {}) }, person)),
        pgm: desk.desk.pgm,
      });
    },
    activate: async ({ params, body, person }) =>
      ok({ ...(await desk.activate(params["preset_id"] ?? "", (body as Body).request_id, person)), pgm: desk.desk.pgm }),
    retry: async ({ body, person }) => {
      const { take_id: takeId = "", request_id: requestId } = body as Body;
      return ok({ ...(await desk.retry(takeId, requestId, person)), pgm: desk.desk.pgm });
    },
    revert: async ({ body, person }) => {
      const { take_id: takeId = "", request_id: requestId } = body as Body;
      return ok({ ...(await desk.revert(takeId, requestId, person)), pgm: desk.desk.pgm });
    },
    lockDesk: ({ body, person }) => ok({ lock: desk.lock((body as Body).is_locked === true, (body as Body).take_over === true, person) }),
    sit: ({ body, person }) => {
      const { seat = "", mode = "live", is_armed: isArmed = false } = body as Body;
      return ok({ seats: desk.sit(seat, mode, isArmed, person) });
    },
    createPreset: ({ body, person }) => ok(desk.shown(desk.shelf.create(draftOf(body), person)), 201),
    updatePreset: ({ params, body, person, version }) => {
      const { makes_room: room, ...draft } = draftOf(body) as Draft & {
        makes_room?: { preset_id: string; version: number; position: number };
      };
      return ok(desk.shown(desk.shelf.update(params["preset_id"] ?? "", version ?? 0, draft, person, room)));
    },
    deletePreset: ({ params }) => {
      const id = params["preset_id"] ?? "";
      desk.shelf.remove(id, desk.shown(desk.shelf.preset(id)).bus !== null);
      return { status: 204, value: undefined };
    },
    createPage: ({ body }) => ok(desk.shelf.createPage(body as Parameters<PresetShelf["createPage"]>[0]), 201),
    updatePage: ({ params, body, version }) =>
      ok(desk.shelf.updatePage(params["page_id"] ?? "", version ?? 0, body as Parameters<PresetShelf["createPage"]>[0])),
    deletePage: ({ params }) => {
      desk.shelf.removePage(params["page_id"] ?? "");
      return { status: 204, value: undefined };
    },
  };
  return Object.fromEntries(Object.entries(given).map(([name, answer]) => [name, refusable(answer)]));
};

const draftOf = (body: unknown): Draft => {
  const { group_id: _, ...draft } = body as Draft & { group_id?: string };
  return draft;
};

/** A refusal becomes the contract's answer for its code. */
const refusable =
  (answer: Answer): Answer =>
  async (asked) => {
    try {
      return await answer(asked);
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      const [status, sentence] = MANAGER_FAULTS[error.code as keyof typeof MANAGER_FAULTS];
      return { status, value: { error: sentence, error_code: error.code, details: error.details } };
    }
  };
