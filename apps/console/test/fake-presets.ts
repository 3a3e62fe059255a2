import type { PresetAction, SwitcherPage } from "@bilbycast/contracts/manager-api";
import { firstDrafts, firstPages, type Draft } from "./desk-plant.ts";
import { GROUP, uuid } from "./plant.ts";

export type Person = { id: string; name: string; role: "viewer" | "operator" | "admin" };

/** A refusal of the contract: code and details. */
export class Refused extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  constructor(code: string, details: Record<string, unknown> = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

export type Stored = Draft & { id: string; version: number; updated_by: string };
type PageDraft = Pick<SwitcherPage, "name" | "color" | "position" | "is_emergency">;

/** Node and flow. */
export const keyOf = ({ node_id: node, ...action }: PresetAction): string =>
  `${node} ${action.type === "bus_route" ? action.dst_flow_id : action.flow_id}`;
export const inputOf = (action: PresetAction): string => (action.type === "bus_route" ? action.source_input_id : action.input_id);

/** Presets and pages with their versions, as the contract guards them. */
export class PresetShelf {
  readonly presets = new Map<string, Stored>(firstDrafts().map(([id, draft]) => [id, { ...draft, id, version: 1, updated_by: "R. Kaur" }]));
  readonly #pages = new Map<string, Omit<SwitcherPage, "presets">>(firstPages().map((page) => [page.id, page]));
  readonly #tell: () => void;
  #made = 0;

  constructor(tell: () => void) {
    this.#tell = tell;
  }

  preset(id: string): Stored {
    const found = this.presets.get(id);
    if (found === undefined) {
      throw new Refused("not_found");
    }
    return found;
  }

  byLabel(label: string): Stored {
    const found = [...this.presets.values()].find(({ short_label: each }) => each === label);
    if (found === undefined) {
      throw new Error(`There is no preset ${label}.`);
    }
    return found;
  }

  pages(): SwitcherPage[] {
    const presets = [...this.presets.values()];
    return [...this.#pages.values()].map((page) => ({ ...page, presets: presets.filter(({ page_id: id }) => id === page.id).length }));
  }

  create(draft: Draft, by: Person): Stored {
    judge(draft);
    this.#made += 1;
    return this.#put({ ...draft, id: uuid(40_000 + this.#made), version: 1, updated_by: by.name });
  }

  update(id: string, version: number, draft: Draft, by: Person, room?: { preset_id: string; version: number; position: number }): Stored {
    const before = this.preset(id);
    const other = room === undefined ? undefined : this.preset(room.preset_id);
    if (before.version !== version || other?.version !== room?.version) {
      throw new Refused("version_conflict", { version: before.version });
    }
    judge(draft);
    if (other !== undefined && room !== undefined) {
      this.presets.set(other.id, { ...other, position: room.position, version: other.version + 1 });
    }
    return this.#put({ ...draft, id, version: version + 1, updated_by: by.name });
  }

  remove(id: string, isOnBus: boolean): void {
    if (isOnBus) {
      throw new Refused("preset_on_bus");
    }
    this.presets.delete(id);
    this.#tell();
  }

  createPage(draft: PageDraft): SwitcherPage {
    this.#made += 1;
    const page = { ...draft, id: uuid(50_000 + this.#made), group_id: GROUP, version: 1 };
    this.#pages.set(page.id, page);
    this.#tell();
    return { ...page, presets: 0 };
  }

  updatePage(id: string, version: number, draft: PageDraft): SwitcherPage {
    const before = this.#pages.get(id);
    if (before === undefined) {
      throw new Refused("not_found");
    }
    if (before.version !== version) {
      throw new Refused("version_conflict", { version: before.version });
    }
    this.#pages.set(id, { ...before, ...draft, version: version + 1 });
    this.#tell();
    return this.pages().find((page) => page.id === id) as SwitcherPage;
  }

  removePage(id: string): void {
    this.#pages.delete(id);
    for (const preset of this.presets.values()) {
      preset.page_id = preset.page_id === id ? null : preset.page_id;
    }
    this.#tell();
  }

  #put(stored: Stored): Stored {
    this.presets.set(stored.id, stored);
    this.#tell();
    return stored;
  }
}

/** One flow carries one input. */
const judge = ({ actions }: Draft): void => {
  if (new Set(actions.map(keyOf)).size < actions.length) {
    throw new Refused("preset_contradicts");
  }
};
