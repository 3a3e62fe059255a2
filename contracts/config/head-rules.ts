import type { ConfigProblem } from "./problem.ts";
import type { Auth, Manager, ResourceLimits } from "./server-shape.ts";
import type { Head } from "./shape.ts";

/** What the machine lets a configuration do. */
export type Permissions = {
  /** BILBYCAST_ALLOW_INSECURE=1: the certificate of the manager need not be proved. */
  allowInsecure: boolean;
};

/** Rules between the fields of the document's head. */
export const headProblems = (head: Head | undefined, permissions: Permissions): ConfigProblem[] =>
  head === undefined
    ? []
    : [...authProblems(head.server.auth), ...managerProblems(head.manager, permissions), ...limitProblems(head.resource_limits)];

const authProblems = (auth: Auth | undefined): ConfigProblem[] => {
  if (auth === undefined) {
    return [];
  }
  const problems: ConfigProblem[] = [];
  if (auth.enabled && auth.jwt_secret === undefined) {
    problems.push(required("server.auth.jwt_secret", "is required when auth is enabled: 32 random characters or more"));
  }
  if (auth.enabled && auth.clients.length === 0) {
    problems.push(required("server.auth.clients", "is required when auth is enabled: at least one client"));
  }
  const first = new Map<string, number>();
  auth.clients.forEach(({ client_id: id }, index) => {
    const other = first.get(id);
    if (other === undefined) {
      first.set(id, index);
    } else {
      const message = `must be unique: clients[${other}] has the same`;
      problems.push({ path: `server.auth.clients[${index}].client_id`, code: "id_taken", message });
    }
  });
  return problems;
};

const managerProblems = (manager: Manager | undefined, { allowInsecure }: Permissions): ConfigProblem[] => {
  if (manager === undefined) {
    return [];
  }
  const problems: ConfigProblem[] = [];
  if (manager.enabled && manager.urls.length === 0) {
    problems.push(required("manager.urls", "is required when the manager is enabled: 1 to 16 addresses like wss://host:8443/ws/node"));
  }
  manager.urls.forEach((url, index) => {
    const other = manager.urls.indexOf(url);
    if (other < index) {
      problems.push({ path: `manager.urls[${index}]`, code: "url_taken", message: `must be unique: urls[${other}] is the same` });
    }
  });
  if (manager.accept_self_signed_cert && !allowInsecure) {
    const message = "must be false unless the environment has BILBYCAST_ALLOW_INSECURE=1; cert_fingerprint pins a certificate without that";
    problems.push({ path: "manager.accept_self_signed_cert", code: "insecure_refused", message });
  }
  return problems;
};

const limitProblems = (limits: ResourceLimits | undefined): ConfigProblem[] => {
  if (limits === undefined) {
    return [];
  }
  return (["cpu", "ram"] as const).flatMap((resource): ConfigProblem[] => {
    const critical = limits[`${resource}_critical_percent`];
    if (limits[`${resource}_warning_percent`] <= critical) {
      return [];
    }
    const message = `must be at most ${resource}_critical_percent, which is ${critical}`;
    return [{ path: `resource_limits.${resource}_warning_percent`, code: "field_range", message }];
  });
};

const required = (path: string, message: string): ConfigProblem => ({ path, code: "field_required", message });
