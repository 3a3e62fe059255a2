import type { MemberRole, Permission } from "./roles.ts";

/**
 * What an act asks of who wants to do it.
 *
 * - `public`: nobody needs to be known.
 * - `session`: anybody who is logged in. Lists answer with what the person may see and nothing else. `person`: not by an API token.
 * - `platform`: the super admin alone.
 * - `group`: a role in the group that the thing belongs to.
 * - `any_group`: a role in one group at least, for lists that hold what is kept from lesser roles.
 * - `user`: to be admin of every group that the other person is in; nobody but a super admin touches a super admin. `self`: or to be that person.
 * - `node`: a permission on the node, by the role in its group or by a share; `native`: a share is not enough.
 */
export type Need =
  | { at: "public" }
  | { at: "session"; person?: true }
  | { at: "platform" }
  | { at: "group"; role: MemberRole }
  | { at: "any_group"; role: MemberRole }
  | { at: "user"; self?: true }
  | { at: "node"; permission: Permission; native?: true };

const group = (role: MemberRole): Need => ({ at: "group", role });
const node = (permission: Permission): Need => ({ at: "node", permission });
const ownNode = (permission: Permission): Need => ({ at: "node", permission, native: true });
const ANYBODY: Need = { at: "public" };
const CALLER: Need = { at: "session" };
const PERSON: Need = { at: "session", person: true };
const PLATFORM: Need = { at: "platform" };

/**
 * The one table of who may do what. The server's checks, the console's disabled buttons and the page of the documents are made of it.
 * An act's name is that of its audit rows where it changes something.
 */
export const ACTS = {
  "auth.login": ANYBODY,
  "auth.logout": PERSON,
  "account.read": CALLER,
  "account.update": PERSON,
  "account.password": PERSON,
  "session.list": PERSON,
  "session.revoke": PERSON,
  "token.list": PERSON,
  "token.create": PERSON,
  "token.revoke": PERSON,
  "preference.read": CALLER,
  "preference.update": CALLER,

  "user.list": { at: "any_group", role: "admin" },
  "user.read": { at: "user", self: true },
  "user.create": group("admin"),
  "user.update": { at: "user" },
  "user.password": { at: "user" },
  "user.delete": { at: "user" },
  "user.platform_role": PLATFORM,

  "group.list": CALLER,
  "group.read": group("viewer"),
  "group.create": PLATFORM,
  "group.update": group("admin"),
  "group.quota": PLATFORM,
  "group.delete": PLATFORM,
  "group.usage": group("viewer"),
  "member.list": group("admin"),
  "member.update": group("admin"),
  "member.remove": group("admin"),

  "device_type.list": CALLER,
  "node.list": CALLER,
  "node.read": node("view"),
  "node.create": group("admin"),
  "node.update": node("manage"),
  "node.delete": ownNode("manage"),
  "node.token": ownNode("manage"),
  "node.rotate_secret": ownNode("manage"),
  "node.transfer": ownNode("manage"),
  "node.share": ownNode("manage"),
  "node.config.read": node("operate"),
  "node.config.update": node("operate"),
  "node.config.history": node("operate"),
  "node.config.restore": node("operate"),
  "node.command": node("operate"),
  "node.command.manage": node("manage"),
  "node.picture": node("view"),
  "node.history": node("view"),

  "switcher.list": { at: "any_group", role: "operator" },
  "switcher.read": group("operator"),
  "switcher.pvw": group("operator"),
  "switcher.take": group("operator"),
  "switcher.preset.activate": group("operator"),
  "switcher.lock": group("operator"),
  "switcher.sit": group("operator"),
  "switcher.preset.create": group("admin"),
  "switcher.preset.update": group("admin"),
  "switcher.preset.delete": group("admin"),
  "switcher.page.create": group("admin"),
  "switcher.page.update": group("admin"),
  "switcher.page.delete": group("admin"),

  "live.watch": CALLER,
  "event.list": CALLER,
  "alarm.list": CALLER,
  "alarm.acknowledge": node("operate"),
  "alarm.shelve": node("operate"),

  "audit.list": { at: "any_group", role: "admin" },
  "audit.verify": PLATFORM,
  "settings.read": PLATFORM,
  "settings.update": PLATFORM,
  "instance.list": PLATFORM,

  "api.describe": CALLER,
  "health.read": ANYBODY,
  "csp.report": ANYBODY,
} as const satisfies Record<string, Need>;

export type Act = keyof typeof ACTS;

export const needOf = (act: Act): Need => ACTS[act];
