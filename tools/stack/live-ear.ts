import type { Page } from "playwright-core";

/** All that the manager tells one browser over the live channel, asked for by the topics of one's own and of somebody else. */
export class LiveEar {
  readonly #page: Page;
  readonly #name: string;

  private constructor(page: Page, name: string) {
    this.#page = page;
    this.#name = name;
  }

  /** Opens a socket from the page: with its cookies, as its own one. */
  static async open(page: Page, name: string, topics: readonly string[]): Promise<LiveEar> {
    await page.evaluate(
      ([key, wanted]) => {
        const heard: string[] = [];
        Object.assign(globalThis, { [key]: heard });
        const socket = new WebSocket(`wss://${(globalThis as unknown as { location: { host: string } }).location.host}/ws/live`);
        socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "subscribe", topics: wanted })));
        socket.addEventListener("message", ({ data }) => heard.push(String(data)));
        // Who says nothing for a while is not listened to any more.
        setInterval(() => socket.readyState === 1 && socket.send(JSON.stringify({ type: "ping" })), 5_000);
      },
      [name, topics] as const,
    );
    return new LiveEar(page, name);
  }

  /** Every frame so far, in order. */
  frames(): Promise<string[]> {
    return this.#page.evaluate((key) => (globalThis as unknown as Record<string, string[]>)[key] ?? [], this.#name);
  }
}
