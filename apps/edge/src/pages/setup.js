import { byId } from "./element.js";

const form = byId("setup");
const TEXTS = ["device_name", "listen_addr", "listen_port", "manager_url"];

const headers = () => {
  const token = form.elements.setup_token.value.trim();
  return token === "" ? {} : { "X-Setup-Token": token };
};

const tell = (problem, field) => {
  byId("problem").textContent = problem ?? "";
  byId("problem").hidden = problem === undefined;
  for (const input of form.querySelectorAll("input")) {
    input.setAttribute("aria-invalid", String(input.name === field));
  }
  form.elements[field]?.focus?.();
};

const load = async () => {
  const response = await fetch("/setup/status", { headers: headers(), cache: "no-store" });
  const answer = await response.json();
  const isAllowed = response.ok;
  byId("gate").hidden = isAllowed && form.elements.setup_token.value === "";
  byId("fields").hidden = !isAllowed;
  byId("go").textContent = isAllowed ? "Save" : "Continue";
  if (!isAllowed) {
    // Before a token was given its absence is no mistake.
    tell(answer.error_code === "setup_token_wrong" && form.elements.setup_token.value === "" ? undefined : answer.error, "setup_token");
    return;
  }
  tell(undefined);
  for (const name of TEXTS) {
    form.elements[name].value = answer[name] ?? "";
  }
  form.elements.accept_self_signed_cert.checked = answer.accept_self_signed_cert;
};

const save = async () => {
  const { elements } = form;
  const response = await fetch("/setup", {
    method: "POST",
    headers: { ...headers(), "Content-Type": "application/json" },
    body: JSON.stringify({
      device_name: elements.device_name.value,
      listen_addr: elements.listen_addr.value.trim(),
      listen_port: Number(elements.listen_port.value),
      manager_url: elements.manager_url.value.trim(),
      registration_token: elements.registration_token.value.trim(),
      accept_self_signed_cert: elements.accept_self_signed_cert.checked,
    }),
  });
  const answer = await response.json();
  byId("done").hidden = !response.ok;
  byId("done").textContent = answer.message ?? "";
  tell(response.ok ? undefined : answer.error, FIELD_NAMES[answer.field] ?? answer.field);
  if (response.ok) {
    elements.registration_token.value = "";
  }
};

/** How the configuration calls what the form calls otherwise. */
const FIELD_NAMES = {
  "manager.urls[0]": "manager_url",
  "manager.accept_self_signed_cert": "accept_self_signed_cert",
  "manager.registration_token": "registration_token",
  "server.listen_addr": "listen_addr",
  "server.listen_port": "listen_port",
};

/** An edge that does not answer is told as well. */
const attempt = (task) => task().catch(() => tell("The edge does not answer. Is it running?"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void attempt(byId("fields").hidden ? load : save);
});

void attempt(load);
