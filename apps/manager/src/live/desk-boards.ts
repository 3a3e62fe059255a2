import type { App } from "../app.ts";
import { deskMessageOf } from "../switcher/desk-message.ts";
import { wholeDesk } from "../switcher/views.ts";
import { Board } from "./board.ts";

/** Milliseconds after which a desk is read again though nobody said that it changed: seats that were left, nodes that came and went. */
const REREAD = 5_000;
/** Milliseconds between two readings of one desk. */
const LEAST = 25;

type Watched = { board: Board; isDue: boolean; readAt: number };

/** Desks that somebody watches, as they are in the database: read when they change, once for all browsers of this instance. */
export class DeskBoards {
  readonly #app: App;
  readonly #desks = new Map<string, Watched>();
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `onDue`: something is to be read. */
  constructor(app: App, onDue: () => void) {
    this.#app = app;
    this.#onDue = onDue;
    app.messages.on("desks", (message) => {
      const { groups = [], nodes = [] } = deskMessageOf(message);
      // Which desks a node is on is not asked: few are watched.
      this.#due(nodes.length > 0 ? [...this.#desks.keys()] : groups);
    });
    app.messages.onGap(() => this.#due([...this.#desks.keys()]));
  }

  get(groupId: string): Board | undefined {
    const desk = this.#desks.get(groupId);
    return desk === undefined || desk.readAt === 0 ? undefined : desk.board;
  }

  /** These are watched, and no others. */
  watch(groupIds: ReadonlySet<string>, now: number): void {
    for (const id of this.#desks.keys()) {
      if (!groupIds.has(id)) {
        this.#desks.delete(id);
      }
    }
    for (const id of groupIds) {
      const desk = this.#desks.get(id);
      if (desk === undefined) {
        this.#desks.set(id, { board: new Board(), isDue: true, readAt: 0 });
      } else if (now - desk.readAt >= REREAD) {
        desk.isDue = true;
      }
    }
  }

  get isDue(): boolean {
    return [...this.#desks.values()].some(({ isDue }) => isDue);
  }

  /** Reads what is due. `round`: the number under which it is told. Answers whether anything was read. */
  async refresh(round: () => number): Promise<void> {
    const due = [...this.#desks].filter(([, { isDue }]) => isDue);
    await Promise.all(
      due.map(async ([groupId, desk]) => {
        desk.isDue = false;
        const { desk: state, pages, presets, takes } = await wholeDesk(this.#app.database.queries, groupId);
        const objects = new Map<string, Readonly<Record<string, unknown>>>([
          ["desk", state],
          ...pages.map((page) => [`page:${page.id}`, page] as const),
          ...presets.map((preset) => [`preset:${preset.id}`, preset] as const),
          ...takes.map((take) => [`take:${take.id}`, take] as const),
        ]);
        const number = round();
        for (const [key, value] of objects) {
          desk.board.put(key, value, number);
        }
        for (const key of desk.board.keys()) {
          if (!objects.has(key)) {
            desk.board.drop(key, number);
          }
        }
        desk.readAt = Date.now();
      }),
    );
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#desks.clear();
  }

  #due(groupIds: readonly string[]): void {
    let isAny = false;
    for (const id of groupIds) {
      const desk = this.#desks.get(id);
      if (desk !== undefined) {
        desk.isDue = true;
        isAny = true;
      }
    }
    if (isAny) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#onDue();
      }, LEAST).unref();
    }
  }
}
