import assert from "node:assert/strict";
import { test } from "node:test";
import { originsOf, sourceStanza } from "./package-origins.ts";

const DEB822 = `Types: deb
# a comment
URIs: http://packages.example/debian
Suites: stable stable-updates
Components: main
Signed-By: /keys/archive.gpg

Types: deb
URIs: http://packages.example/debian-security
Suites: stable-security
Components: main

Enabled: no
Types: deb
URIs: http://packages.example/off
Suites: stable
Components: main
`;

const KEY_INSIDE = `Types: deb
URIs: http://packages.example/debian
Suites: stable
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
`;

const LINES = `# deb http://packages.example/off stable main
deb [arch=amd64 signed-by=/keys/archive.gpg] http://packages.example/debian stable main contrib
deb http://packages.example/debian-security stable-security main
`;

test("of a deb822 file, the stanza of the release itself is taken, and none that is off", () => {
  assert.deepEqual(originsOf(DEB822, "sources", "stable"), [
    { uris: "http://packages.example/debian", components: "main", signedBy: "/keys/archive.gpg" },
  ]);
});

test("a key that stands in the stanza is kept whole", () => {
  const [origin] = originsOf(KEY_INSIDE, "sources", "stable");
  assert.ok(origin !== undefined);
  assert.match(sourceStanza(origin, "newer"), /^Suites: newer\nComponents: main contrib\nSigned-By: \n -----BEGIN.*\n \.\n abc\n/m);
});

test("of a file with a line each, the line of the release itself is taken, with its key", () => {
  assert.deepEqual(originsOf(LINES, "list", "stable"), [
    { uris: "http://packages.example/debian", components: "main contrib", signedBy: "/keys/archive.gpg" },
  ]);
});

test("source packages of another suite are asked for at the same place", () => {
  const [origin] = originsOf(LINES, "list", "stable");
  assert.ok(origin !== undefined);
  assert.equal(
    sourceStanza(origin, "newer"),
    "Types: deb-src\nURIs: http://packages.example/debian\nSuites: newer\nComponents: main contrib\nSigned-By: /keys/archive.gpg\n",
  );
});
