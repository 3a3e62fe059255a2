import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyReply } from "fastify";

/** A page in one piece: HTML with its style and its scripts inside, and the policy that lets nothing else run. */
export type Page = { html: string; policy: string };

/** Puts a page together from the files beside this one. What it may run and show is fixed by the hashes of what stands in it. */
export const loadPage = (name: string, parts: { styles: readonly string[]; scripts: readonly string[]; pictures?: boolean }): Page => {
  const style = parts.styles.map(read).join("\n");
  const script = `(() => {\n"use strict";\n${parts.scripts.map(readScript).join("\n")}})();\n`;
  const html = read(`${name}.html`)
    .replace("<!-- style -->", () => `<style>${style}</style>`)
    .replace("<!-- script -->", () => `<script>${script}</script>`);
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    // Pictures come as text over a WebSocket; nothing is loaded from anywhere.
    ...(parts.pictures === true ? ["img-src data:"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, policy };
};

/** Answers with a page. */
export const sendPage = (reply: FastifyReply, page: Page): FastifyReply =>
  reply
    .header("Content-Type", "text/html; charset=utf-8")
    .header("Content-Security-Policy", page.policy)
    .header("X-Frame-Options", "DENY")
    .send(page.html);

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");

/** Modules of one page share one scope there: what joins them in the repository goes. */
const readScript = (file: string): string =>
  read(file)
    .replaceAll(/^import .*;\n/gm, "")
    .replaceAll(/^export /gm, "");

const hashOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
