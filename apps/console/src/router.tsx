import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { ask, queries, whenRefused } from "./api/browser.tsx";
import { ApiFailure } from "./api/api.ts";
import { isNarrow } from "./frame/narrow.tsx";
import { AppFrame } from "./frame/app-frame.tsx";
import { NothingHere, PageFailed } from "./frame/page-failed.tsx";
import { texts } from "./frame/search.ts";

const root = createRootRoute({ component: Outlet, notFoundComponent: NothingHere });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: texts("next"),
  component: lazyRouteComponent(() => import("./pages/login/login.tsx"), "Login"),
});

/** Everything behind the login: nothing of it is drawn before it is known who sits there. */
const frame = createRoute({
  getParentRoute: () => root,
  id: "frame",
  component: AppFrame,
  beforeLoad: async ({ location }) => {
    try {
      await queries.ensureQueryData(ask("me"));
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 401) {
        throw redirect({ to: "/login", search: location.pathname === "/" ? {} : { next: location.href } });
      }
      throw error;
    }
  },
});

const home = createRoute({
  getParentRoute: () => frame,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/dashboard", search: {} });
  },
});

const dashboard = createRoute({
  getParentRoute: () => frame,
  path: "/dashboard",
  validateSearch: texts("view", "filter", "sort", "hide"),
  beforeLoad: () => {
    // On a telephone the console opens with what needs a person.
    if (isNarrow()) {
      throw redirect({ to: "/events", search: {} });
    }
  },
  component: lazyRouteComponent(() => import("./pages/dashboard/dashboard.tsx"), "Dashboard"),
});

const switcherHome = createRoute({
  getParentRoute: () => frame,
  path: "/switcher",
  component: lazyRouteComponent(() => import("./pages/switcher/switcher.tsx"), "SwitcherHome"),
});

const switcher = createRoute({
  getParentRoute: () => frame,
  // One route with and without a page: turning a page keeps the desk as it is, armed or not.
  path: "/switcher/$desk/{-$page}",
  validateSearch: texts("mode", "preset"),
  component: lazyRouteComponent(() => import("./pages/switcher/switcher.tsx"), "Switcher"),
});

const flows = createRoute({
  getParentRoute: () => frame,
  path: "/flows",
  validateSearch: texts("filter", "state", "kind", "sort"),
  component: lazyRouteComponent(() => import("./pages/flows/flows.tsx"), "Flows"),
});

const events = createRoute({
  getParentRoute: () => frame,
  path: "/events",
  validateSearch: texts("view", "show", "filter", "alarm", "node", "severity", "category", "from", "to"),
  component: lazyRouteComponent(() => import("./pages/events/events.tsx"), "Events"),
});

const nodes = createRoute({
  getParentRoute: () => frame,
  path: "/admin/nodes",
  validateSearch: texts("filter", "sort", "type", "sheet"),
  component: lazyRouteComponent(() => import("./pages/nodes/nodes.tsx"), "Nodes"),
});

const node = createRoute({
  getParentRoute: () => frame,
  path: "/nodes/$nodeId/$tab",
  validateSearch: texts("flow", "part", "sheet", "range", "snapshot"),
  component: lazyRouteComponent(() => import("./pages/node/node.tsx"), "NodePage"),
});

const bareNode = createRoute({
  getParentRoute: () => frame,
  path: "/nodes/$nodeId",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/nodes/$nodeId/$tab", params: { nodeId: params.nodeId, tab: "overview" }, search: {} });
  },
});

const users = createRoute({
  getParentRoute: () => frame,
  path: "/admin/users",
  validateSearch: texts("filter", "sort", "user"),
  component: lazyRouteComponent(() => import("./pages/people/users.tsx"), "Users"),
});

const groups = createRoute({
  getParentRoute: () => frame,
  path: "/admin/groups",
  validateSearch: texts("group"),
  component: lazyRouteComponent(() => import("./pages/people/groups.tsx"), "Groups"),
});

const audit = createRoute({
  getParentRoute: () => frame,
  path: "/admin/audit-log",
  validateSearch: texts("actor", "action", "target", "from", "to", "row"),
  component: lazyRouteComponent(() => import("./pages/audit/audit.tsx"), "Audit"),
});

const settings = createRoute({
  getParentRoute: () => frame,
  path: "/admin/settings",
  component: lazyRouteComponent(() => import("./pages/settings/settings.tsx"), "Settings"),
});

const account = createRoute({
  getParentRoute: () => frame,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/account.tsx"), "Account"),
});

/** Whatever else somebody writes: the frame stays. */
const elsewhere = createRoute({ getParentRoute: () => frame, path: "$", component: NothingHere });

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    frame.addChildren([
      home,
      dashboard,
      flows,
      switcherHome,
      switcher,
      events,
      nodes,
      node,
      bareNode,
      users,
      groups,
      audit,
      settings,
      account,
      elsewhere,
    ]),
  ]),
  // Addresses that people read and send: plain words, no JSON in them.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(
      Object.entries(search).flatMap(([key, value]) => (typeof value === "string" && value !== "" ? [[key, value]] : [])),
    ).toString();
    return text === "" ? "" : `?${text}`;
  },
  defaultPreload: "intent",
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: NothingHere,
  scrollRestoration: false,
});

whenRefused(() => {
  if (router.state.location.pathname !== "/login") {
    queries.clear();
    void router.navigate({ to: "/login", search: { next: router.state.location.href } });
  }
});

declare module "@tanstack/react-router" {
  // Merged with the router's own, which only an interface can be.
  // oxlint-disable-next-line typescript/consistent-type-definitions
  interface Register {
    router: typeof router;
  }
}
