import type { MessagePort } from "node:worker_threads";
import { faultBodyOf } from "@bilbycast/foundation/fault";
import type { Registry } from "@bilbycast/engine/transport";
import { SessionHost } from "./session-host.ts";
import type { SessionMessage, SessionOrder } from "./session-orders.ts";

/** The body of the session thread: an ordinary event loop that does what main says, in the order in which it says it. */
export const runSessions = (port: MessagePort, registry: Registry): void => {
  const tell = (message: SessionMessage): void => port.postMessage(message, "port" in message ? [message.port] : []);
  const host = new SessionHost(registry, tell);
  let last: Promise<void> = Promise.resolve();
  port.on("message", ({ number, order }: { number: number; order: SessionOrder }) => {
    last = last
      .then(() => obey(host, order))
      .then(
        () => tell({ answer: number }),
        (error: unknown) => tell({ answer: number, fault: faultBodyOf(error) }),
      );
    if (order.do === "stop") {
      last = last.then(() => port.close());
    }
  });
};

const obey = async (host: SessionHost, order: SessionOrder): Promise<void> => {
  switch (order.do) {
    case "open":
      await host.open(order);
      return;
    case "close":
      host.close(order.key);
      return;
    case "stop":
      host.closeAll();
  }
};
