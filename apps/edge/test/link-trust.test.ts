import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import type { CertificateKind } from "@bilbycast/testkit/manager";
import { KNOWN, linkStage, SECRET, TOKEN } from "./link-stage.ts";

const INSECURE = { BILBYCAST_ALLOW_INSECURE: "1" };
const PIN = "the manager's own";
const OTHER_PIN = Array.from({ length: 32 }, () => "ab").join(":");

type Case = [name: string, kind: CertificateKind, settings: Record<string, unknown>, environment: Record<string, string>, verdict: string];

const CASES: Case[] = [
  ["of a known authority, for its name", "signed", {}, {}, "trusted"],
  ["of a known authority, for another name", "other-name", {}, {}, "manager_certificate_untrusted"],
  ["of nobody", "self-signed", {}, {}, "manager_certificate_untrusted"],
  ["that has ended", "expired", {}, {}, "manager_certificate_expired"],
  ["of nobody, and pinned", "self-signed", { cert_fingerprint: PIN }, {}, "trusted"],
  ["for another name, and pinned", "other-name", { cert_fingerprint: PIN }, {}, "trusted"],
  ["that has ended, and is pinned", "expired", { cert_fingerprint: PIN }, {}, "manager_certificate_expired"],
  ["of a known authority, while another one is pinned", "signed", { cert_fingerprint: OTHER_PIN }, {}, "manager_pin_mismatch"],
  ["of nobody, where any is taken", "self-signed", { accept_self_signed_cert: true }, INSECURE, "trusted"],
  ["that has ended, where any is taken", "expired", { accept_self_signed_cert: true }, INSECURE, "trusted"],
  [
    "of nobody, where any is taken and another one is pinned",
    "self-signed",
    { accept_self_signed_cert: true, cert_fingerprint: OTHER_PIN },
    INSECURE,
    "manager_pin_mismatch",
  ],
];

for (const [name, certificate, settings, environment, verdict] of CASES) {
  test(`a certificate ${name}: ${verdict}`, async (t) => {
    const { manager, edge, link, log } = await linkStage(t, {
      certificate,
      environment,
      settings: { ...KNOWN, enabled: false },
    });
    const pin = settings["cert_fingerprint"] === PIN ? { cert_fingerprint: manager.certificate.fingerprint } : {};
    await edge.control.change((draft) => {
      draft.document["manager"] = { ...(draft.document["manager"] as object), ...settings, ...pin, enabled: true };
    });

    if (verdict === "trusted") {
      const session = await manager.session();
      await session.accept();
      await session.next("health");
      assert.equal(link.state?.state, "connected");
    } else {
      const error = await waitFor("the verdict", () => link.state?.error);
      assert.equal(error.code, verdict);
      assert.equal(manager.count, 0, "the request was sent to somebody who is not trusted");
      const told = edge.context.events.after(0, 100).filter(({ category }) => category === "manager");
      assert.deepEqual(
        told.map(({ details }) => [details.error_code, details["reason"], details["fingerprint"]]),
        [["manager_unreachable", verdict, manager.certificate.fingerprint]],
      );
    }
    assert.ok(!log.join().includes(SECRET));
  });
}

test("a self-signed certificate is not taken by the configuration alone", async (t) => {
  const { edge } = await linkStage(t, { settings: { ...KNOWN, enabled: false } });

  const manager = { enabled: true, urls: ["wss://localhost:1/ws/node"], accept_self_signed_cert: true };
  const { status, body } = await edge.call("PUT", "/api/v1/config", { version: 2, manager });

  assert.deepEqual([status, body.error_code], [400, "config_invalid"]);
});

test("user, password and query of an address are in no log, no state and no event", async (t) => {
  const { edge, link, log } = await linkStage(t, {
    settings: { ...KNOWN, registration_token: TOKEN, urls: ["wss://ops:hunter2@localhost:1/ws/node?key=hunter3"] },
  });

  await waitFor("a failure", () => link.state?.error);

  const said = log.join() + JSON.stringify([link.state, edge.context.events.after(0, 100)]);
  assert.ok(said.includes("wss://localhost:1/ws/node"));
  assert.ok(!/hunter|registration-token-that/.test(said), said.slice(0, 400));
});
