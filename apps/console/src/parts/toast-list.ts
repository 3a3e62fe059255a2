/** done: it worked. partial: some of it did. failed: none of it. */
export type Toast = {
  id: number;
  kind: "done" | "partial" | "failed";
  text: string;
  code?: string | undefined;
  action?: { label: string; act: () => void } | undefined;
  /** When it goes by itself; failures stay until they are closed. */
  until: number | undefined;
};

export type NewToast = Omit<Toast, "id" | "until"> & { forMs?: number };

const SHOWN_MS = 6_000;
/** Results with an undo stay as long as the undo is offered. */
const WITH_ACTION_MS = 30_000;
const MOST = 4;

/** Results of acts, the newest last, outside React: anything may report. */
export class ToastList {
  #toasts: readonly Toast[] = [];
  #next = 1;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly all = (): readonly Toast[] => this.#toasts;

  add({ forMs, ...toast }: NewToast, now: number): number {
    const id = this.#next;
    this.#next += 1;
    const lasts = forMs ?? (toast.action === undefined ? SHOWN_MS : WITH_ACTION_MS);
    const until = toast.kind === "failed" ? undefined : now + lasts;
    this.#set([...this.#toasts, { ...toast, id, until }].slice(-MOST));
    return id;
  }

  close(id: number): void {
    this.#set(this.#toasts.filter((toast) => toast.id !== id));
  }

  expire(now: number): void {
    if (this.#toasts.some(({ until }) => until !== undefined && until <= now)) {
      this.#set(this.#toasts.filter(({ until }) => until === undefined || until > now));
    }
  }

  #set(toasts: readonly Toast[]): void {
    this.#toasts = toasts;
    this.#listeners.forEach((listener) => listener());
  }
}
