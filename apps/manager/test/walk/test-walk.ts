import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ENDPOINTS, type EndpointName } from "@bilbycast/contracts/manager-api";
import type { Answer } from "../test-client.ts";
import { testManager, type TestManager } from "../test-manager.ts";
import { CALLERS, GROUPS, isForeign, isForeignToSouth, type Caller } from "./callers.ts";
import { EXAMPLES } from "./examples.ts";
import { expectedOf, expectedOfMalformed, isAllowed, type Expected } from "./expected.ts";
import { askExample, askNothing, MALFORMED } from "./request.ts";
import { MARKS, World } from "./world.ts";

const NAMES = Object.keys(ENDPOINTS) as EndpointName[];

let manager: TestManager;
let world: World;
const isServed = (name: EndpointName): boolean => {
  const { method, path } = ENDPOINTS[name];
  return manager.app.api.hasRoute({ method, url: `/api/v1${path}` });
};

const summary = ({ status, body }: Answer): Expected => {
  const { details, error_code: code } = body as { error_code?: string; details?: { required_role?: string } };
  return {
    status,
    ...(code === undefined || status < 400 ? {} : { code }),
    ...(details?.required_role === undefined ? {} : { needs: details.required_role }),
  };
};

const rowsOnRecord = async (): Promise<number> =>
  (await manager.database.queries.selectFrom("audit_head").select("seq").executeTakeFirstOrThrow()).seq;

/** What no answer has: passwords, keys, tokens, what the database keeps of them. A session's own token is in its cookie alone. */
const keptSecrets = (): [what: string, secret: string][] => [...world.secrets].filter(([what]) => !/^(session|csrf) /.test(what));

/** Nothing of a tenant is in an answer to somebody who has nothing to do with it, and nothing secret is in any. */
const assertNoLeak = (name: EndpointName, caller: Caller, { bytes, headers }: Answer): void => {
  const text = `${bytes.toString("latin1")} ${JSON.stringify([...headers])}`;
  const northern = [MARKS.north, GROUPS.north, world.liveNodeId, ...NAMES.map((each) => world.things.get(each)?.nodeId ?? "")];
  const southern = [MARKS.south, GROUPS.south, world.southNodeId];
  for (const word of [...(isForeign(caller) ? northern : []), ...(isForeignToSouth(caller) ? southern : [])]) {
    assert.ok(!text.includes(word), `${name} tells ${caller.name} of ${word}: ${text.slice(0, 1_000)}`);
  }
  for (const [what, secret] of keptSecrets()) {
    assert.ok(!text.includes(secret), `${name} tells ${caller.name} the ${what}`);
  }
  assert.doesNotMatch(text, /\$argon2id\$|v2:[0-9a-f]{8}:/, `${name} tells ${caller.name} what the database keeps`);
};

/** The good request and one of wrong form have the same answer; what is hidden answers as what is not there. */
const walkRefused = async (name: EndpointName, caller: Caller, turn: number): Promise<void> => {
  const { nodeId = "", pageId = "", presetId = "", userId = "" } = world.things.get(name) ?? {};
  const at = { endpoint: name, nodeId, userId, presetId, pageId, count: 0, world };
  const client = await world.clientOf(caller);
  const forms = ENDPOINTS[name].method === "GET" ? MALFORMED.withoutBody : MALFORMED.withBody;
  const form = forms[turn % forms.length];

  const good = await askExample(client, at, caller);
  assert.deepEqual([caller.name, summary(good)], [caller.name, expectedOf(at, caller)], good.bytes.toString());
  assertNoLeak(name, caller, good);

  const bad = await askExample(client, at, caller, form);
  const expected = expectedOfMalformed(at, caller);
  if (isAllowed(expected)) {
    assert.ok([400, 413, 415].includes(bad.status), `${name} by ${caller.name} with ${form?.name}: ${bad.status}`);
  } else {
    assert.deepEqual([caller.name, form?.name, summary(bad)], [caller.name, form?.name, expected], bad.bytes.toString());
  }
  assertNoLeak(name, caller, bad);

  if (good.status === 404) {
    const absent = await askNothing(client, at);
    assert.deepEqual([absent.status, absent.bytes.toString()], [404, good.bytes.toString()], `${name} by ${caller.name}`);
  }
};

/**
 * Every endpoint, asked by everybody of the table of callers: the answer is what decide() says, before and whatever the form of the request.
 * Files walk a part each, every `parts`th endpoint from `first` on: each has its own manager.
 */
export const testWalk = (first: number, parts: number): void => {
  const part = [...NAMES.entries()].filter(([i]) => i % parts === first);

  before(async () => {
    manager = await testManager();
    world = await World.open(manager);
  });
  after(() => world.close());

  test("every endpoint has an example, and is served", () => {
    assert.deepEqual(Object.keys(EXAMPLES).toSorted(), NAMES.toSorted());
    assert.deepEqual(
      NAMES.filter((name) => !isServed(name)),
      [],
    );
  });

  for (const [i, name] of part) {
    test(`${name}: everybody gets the answer that decide() says`, async () => {
      const at = await world.refresh(name);
      const refused = CALLERS.filter((caller) => !isAllowed(expectedOf(at, caller)));
      const rows = await rowsOnRecord();
      await Promise.all(refused.map((caller, j) => walkRefused(name, caller, i + j)));
      assert.equal(await rowsOnRecord(), rows, "who is refused changes nothing");
      for (const caller of CALLERS.filter((each) => !refused.includes(each))) {
        const fresh = await world.refresh(name);
        const answer = await askExample(await world.clientOf(caller), fresh, caller);
        assert.deepEqual([caller.name, summary(answer).status], [caller.name, expectedOf(fresh, caller).status], answer.bytes.toString());
        assertNoLeak(name, caller, answer);
      }
    });
  }

  for (const [i, name] of part) {
    test(`${name}: a request of wrong form by who may make it is refused as that, and changes nothing`, async () => {
      const root = CALLERS.find((caller) => caller.name === "root") ?? assert.fail();
      const at = await world.refresh(name);
      const client = await world.clientOf(root);
      const takesBody = EXAMPLES[name].body !== undefined;
      const rows = await rowsOnRecord();
      for (const form of takesBody ? MALFORMED.withBody : i % 2 === 0 ? MALFORMED.withoutBody : []) {
        const { status, body } = await askExample(client, at, root, form);
        assert.ok(takesBody ? [400, 413, 415].includes(status) : status < 500, `${form.name}: ${status} ${JSON.stringify(body)}`);
      }
      if (takesBody) {
        assert.equal(await rowsOnRecord(), rows);
      }
    });
  }

  test("all of this is in the log as no fault of ours, and no secret is in it", () => {
    assert.deepEqual(
      manager.lines.filter((line) => /"level":(50|60)/.test(line)),
      [],
    );
    const log = manager.lines.join("");
    for (const [what, secret] of world.secrets) {
      assert.ok(!log.includes(secret), `${what} is in the log`);
    }
  });
};
