import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { misfit } from "./docs-answers.ts";
import { anchorsOf, blocksOf, linksOf, stepsOf, type Block } from "./docs-blocks.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Every document of the repository, as a path from its root. */
const DOCUMENTS = globSync("**/*.md", {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|\.cache|\.git|coverage)$/.test(path),
}).toSorted();

const load = (file: string): Promise<Record<string, unknown>> =>
  import(pathToFileURL(join(ROOT, file)).href) as Promise<Record<string, unknown>>;

/** A link to a place in the repository that is not there, or to a heading that the document does not have. */
const brokenLinks = (document: string): string[] =>
  linksOf(read(document))
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? document : posix.join(dirname(document), path);
      return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(read(file)).has(anchor));
    })
    .map((target) => `${document}: ${target}`);

test("every link between documents leads somewhere", () => {
  const links = DOCUMENTS.flatMap((document) => linksOf(read(document)));

  assert.ok(DOCUMENTS.includes("README.md") && links.length > 20, "the documents were not found");
  assert.deepEqual(DOCUMENTS.flatMap(brokenLinks), []);
});

test("no document holds both sides of a merge", () => {
  assert.deepEqual(
    DOCUMENTS.filter((document) => /^(<{7}|>{7}) /m.test(read(document))),
    [],
  );
});

test("every block of code says its language, so that no command hides from the test that runs them", () => {
  const guides = DOCUMENTS.filter((document) => document === "README.md" || document.startsWith("docs/guide/"));

  const silent = guides.flatMap((document) =>
    blocksOf(read(document))
      .filter(({ language }) => !["sh", "json", "text"].includes(language))
      .map(({ line }) => `${document}:${line}`),
  );

  assert.deepEqual(silent, []);
});

test("every fault and event that a declaration or the API names is in the reference", async () => {
  const page = read("docs/reference/faults.md");
  const { declarations } = (await load("transports/declarations.gen.ts")) as { declarations: { faults: object; events?: object }[] };
  const { EDGE_FAULTS } = (await load("contracts/edge-api/faults.ts")) as { EDGE_FAULTS: object };

  const codes = [
    ...declarations.flatMap(({ faults, events }) => [...Object.keys(faults), ...Object.keys(events ?? {})]),
    ...Object.keys(EDGE_FAULTS),
  ];

  assert.ok(codes.length > 20);
  assert.deepEqual(
    codes.filter((code) => !page.includes(`| \`${code}\` |`)),
    [],
  );
});

test("a configuration that a document shows as an example passes every check", async () => {
  const { checkConfig } = (await load("contracts/config/index.ts")) as {
    checkConfig: (document: unknown, declarations: unknown) => { problems: unknown[] };
  };
  const { declarations } = await load("transports/declarations.gen.ts");
  const examples = DOCUMENTS.flatMap((document) =>
    blocksOf(read(document))
      .filter(({ language, mark }) => language === "json" && mark === "example")
      .map(({ text }) => JSON.parse(text) as unknown),
  );

  assert.ok(examples.length > 0);
  for (const example of examples) {
    assert.deepEqual(checkConfig(example, declarations).problems, []);
  }
});

test("the code map names every folder that holds code, and none that is not there", () => {
  const map = read("ARCHITECTURE.md").split("## How data flows")[0] ?? "";
  const named = [...map.matchAll(/^\| `([^`]+)` \|/gm)].map(([, folder]) => folder ?? "");
  const layers = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, entry.name, "package.json")))
    .map(({ name }) => name);
  const rooms = ["engine", "contracts", "apps"].flatMap((layer) =>
    readdirSync(join(ROOT, layer), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
      .map(({ name }) => `${layer}/${name}`),
  );

  assert.deepEqual(
    named.filter((folder) => !existsSync(join(ROOT, folder))),
    [],
  );
  assert.deepEqual(
    [...layers, ...rooms].filter((folder) => !named.some((each) => each === folder || each.startsWith(`${folder}/`))),
    [],
  );
});

test("the README keeps the place where the measured figures go", () => {
  assert.match(read("README.md"), /^<!-- figures:forward -->\n(.*\n)*?<!-- \/figures -->$/m);
});

test("files that a document names in code are there", () => {
  const missing = ["ARCHITECTURE.md", ...DOCUMENTS.filter((document) => /^docs\/(how-to|decisions|guide)\//.test(document))].flatMap(
    (document) =>
      [...read(document).matchAll(/`((?:apps|bench|contracts|docs|engine|foundation|protocols|testkit|tools|transports)\/[\w./-]+)`/g)]
        .map(([, path]) => path ?? "")
        .filter((path) => !existsSync(join(ROOT, path)))
        .map((path) => `${document}: ${path}`),
  );

  assert.deepEqual(missing, []);
});

const DOCUMENT = `Text with [a link](a.md#one) and \`[none](b.md)\`.

\`\`\`sh
# a remark
first --word \\
  --other
second
\`\`\`

\`\`\`json
{ "a": 1 }
\`\`\`

\`\`\`console
$ third
what it says
\`\`\`

## One heading, with signs: \`code\`

\`\`\`text
[not a link](c.md)
\`\`\`
`;

test("commands are read line by line, with the answer of the last one", () => {
  assert.deepEqual(
    stepsOf(DOCUMENT).map(({ line, command, answer }) => [line, command, answer?.text]),
    [
      [5, "first --word --other", undefined],
      [7, "second", '{ "a": 1 }\n'],
      [15, "third", "[not a link](c.md)\n"],
    ],
  );
});

test("links in code are none, and headings are spelled as anchors are", () => {
  assert.deepEqual(linksOf(DOCUMENT), ["a.md#one"]);
  assert.deepEqual([...anchorsOf(DOCUMENT)], ["one-heading-with-signs-code"]);
});

const json = (text: string): Block => ({ language: "json", mark: "", line: 1, text });
const text = (shown: string): Block => ({ language: "text", mark: "", line: 1, text: shown });

const ANSWERS: [name: string, shown: Block, real: string, problem: string | undefined][] = [
  ["fields that are not shown", json('{"a":1}'), '{"a":1,"b":2}', undefined],
  ["another value", json('{"a":{"b":1}}'), '{"a":{"b":2}}', "a.b is 2, not 1"],
  ["a field that is missing", json('{"a":{"b":1}}'), "{}", "a is missing"],
  ["another rate", json('{"bitrate_bps":5}'), '{"bitrate_bps":7}', undefined],
  ["no rate", json('{"bitrate_bps":5}'), '{"bitrate_bps":0}', "bitrate_bps is 0, not 5"],
  ["a loss where none is shown", json('{"packets_lost":0}'), '{"packets_lost":3}', "packets_lost is 3, not 0"],
  ["a longer list", json('{"a":[1]}'), '{"a":[1,2]}', "a has another length than the 1 that are shown"],
  ["no JSON", json('{"a":1}'), "curl: refused", "the answer is missing"],
  ["another rate in text", text("in 1.40 Mbit/s"), "x\nin 2.81 Mbit/s  lost 0\n", undefined],
  ["no rate in text", text("in 1.40 Mbit/s"), "in 0.00 Mbit/s\n", "this was not printed: in 1.40 Mbit/s"],
];

for (const [name, shown, real, problem] of ANSWERS) {
  test(`an answer with ${name} ${problem === undefined ? "fits" : "does not fit"}`, () => {
    assert.equal(misfit(shown, real), problem);
  });
}
