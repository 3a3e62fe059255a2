import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import serveStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** Where the console is built to. */
export const CONSOLE_FOLDER = fileURLToPath(new URL("../../../console/dist/", import.meta.url));

const A_YEAR = 31_536_000;

/** Serves the console: files with a hash in their name for ever, its one page for every address that a person may type. */
export const consoleFiles = async (server: FastifyInstance, folder: string): Promise<void> => {
  if (!existsSync(join(folder, "index.html"))) {
    server.get("/", (_request, reply) =>
      reply.code(503).type("text/plain; charset=utf-8").send('The console is not built. "npm start" builds it.\n'),
    );
    return;
  }
  await server.register(serveStatic, {
    root: folder,
    wildcard: false,
    index: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      void reply.header("Cache-Control", path.includes("/assets/") ? `public, max-age=${A_YEAR}, immutable` : "no-cache");
    },
  });
  const page = (_request: unknown, reply: { sendFile(name: string): unknown }): unknown => reply.sendFile("index.html");
  server.get("/", page);
  server.get("/*", (request, reply) => {
    // What is no page is no file either, or it would have been found.
    if (
      /^\/(api|ws|health|metrics|assets)(\/|$)/.test(request.url.split("?")[0] ?? "") ||
      !(request.headers.accept ?? "").includes("text/html")
    ) {
      return reply.callNotFound();
    }
    return page(request, reply);
  });
};
