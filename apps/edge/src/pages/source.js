const TOKEN = "bilbycast-token";
/** Seconds until a lost connection is tried again. */
const RETRIES = [1, 2, 5, 10];
const POLL_INTERVAL = 1_000;
const MOST_LIVE = 8;

/** A stream of the edge, with the token where there is one. */
const open = (word) => {
  const token = sessionStorage.getItem(TOKEN);
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/api/v1/ws/${word}`, token === null ? [word] : [word, `bearer.${token}`]);
};

/** Where everything on the page comes from: the edge that served it, and nobody else. */
export class Source {
  #listener;
  #lastEvent = 0;
  #attempts = 0;
  #uptime = 0;
  #isSignedOut = false;

  #pictures;
  #live = [];

  /** `onStats`, `onHealth`, `onEvents`, `onPicture` and `onPictureRefused` hear what comes, `onSignIn` that a token is asked for, `onLost` that nothing comes. */
  constructor(listener) {
    this.#listener = listener;
  }

  start() {
    void this.#connect();
    void this.#poll();
    setInterval(() => (this.#isSignedOut ? undefined : void this.#poll()), POLL_INTERVAL);
  }

  /** Fetches a token; answers the sentence of a refusal. */
  async signIn(clientId, clientSecret) {
    const response = await fetch("/oauth/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret }),
    });
    const answer = await response.json();
    if (!response.ok) {
      return answer.error;
    }
    sessionStorage.setItem(TOKEN, answer.access_token);
    this.#isSignedOut = false;
    void this.#connect();
    return undefined;
  }

  /** The body of an answer; `undefined` when there is none. */
  async #read(path) {
    const token = sessionStorage.getItem(TOKEN);
    try {
      const response = await fetch(path, { headers: token === null ? {} : { Authorization: `Bearer ${token}` }, cache: "no-store" });
      if (response.status === 401) {
        sessionStorage.removeItem(TOKEN);
        this.#isSignedOut = true;
        this.#listener.onSignIn();
      }
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined;
    }
  }

  async #connect() {
    // A WebSocket does not say why it was refused: a request that can say it goes first.
    const allowed = await this.#read("/api/v1/events?limit=1");
    if (allowed === undefined) {
      this.#later();
      return;
    }
    const socket = open("stats");
    socket.addEventListener("message", ({ data }) => {
      this.#attempts = 0;
      this.#listener.onStats(JSON.parse(data));
      // Pictures belong to flows, which are known from now on.
      this.#pictures ??= this.#openPictures();
    });
    socket.addEventListener("close", () => {
      this.#pictures?.close();
      this.#later();
    });
  }

  /** Inputs that are to be shown five times a second: at most eight, the ones that were wished last. */
  wishLive(inputs) {
    this.#live = inputs.slice(-MOST_LIVE);
    if (this.#pictures?.readyState === WebSocket.OPEN) {
      this.#pictures.send(JSON.stringify({ live: this.#live }));
    }
  }

  #openPictures() {
    const socket = open("thumbnails");
    socket.addEventListener("open", () => (this.#live.length > 0 ? this.wishLive(this.#live) : undefined));
    socket.addEventListener("message", ({ data }) => {
      const { type, payload } = JSON.parse(data);
      if (type === "thumbnail") {
        this.#listener.onPicture(payload);
      } else {
        this.#listener.onPictureRefused(payload);
      }
    });
    // It is opened again with the next statistics.
    socket.addEventListener("close", () => (this.#pictures = undefined));
    return socket;
  }

  #later() {
    if (this.#isSignedOut) {
      return;
    }
    this.#listener.onLost();
    setTimeout(() => void this.#connect(), RETRIES[Math.min(this.#attempts, RETRIES.length - 1)] * 1_000);
    this.#attempts += 1;
  }

  async #poll() {
    const health = await this.#read("/health");
    if (health !== undefined) {
      // An edge that was started again counts its events from 1.
      if (health.uptime_secs < this.#uptime) {
        this.#lastEvent = 0;
      }
      this.#uptime = health.uptime_secs;
      this.#listener.onHealth(health);
    }
    const events = (await this.#read(`/api/v1/events?after=${this.#lastEvent}&limit=200`))?.data.events ?? [];
    if (events.length > 0) {
      this.#lastEvent = events.at(-1).sequence;
      this.#listener.onEvents(events);
    }
  }
}
