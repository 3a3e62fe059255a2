import { loadPage, sendPage } from "../pages/page.ts";
import type { Api } from "./context.ts";

/** The monitor page. It is the same for everybody; what it shows comes to whoever may read it. */
export const monitorRoutes = (api: Api): void => {
  const page = loadPage("monitor", {
    styles: ["tokens.css", "flow-card.css", "stream-panels.css", "pictures.css", "monitor.css"],
    scripts: ["element.js", "format.js", "source.js", "stream-panels.js", "pictures.js", "flow-card.js", "monitor.js"],
    pictures: true,
  });
  api.get("/", { config: { access: "public" }, schema: { tags: ["monitor"], summary: "The monitor page" } }, (_request, reply) =>
    sendPage(reply, page),
  );
};
