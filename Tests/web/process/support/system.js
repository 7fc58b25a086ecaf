import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeWebSocket } from "../../../../Sources/Web/sdk/node-socket.js";
import { createParley } from "../../../../Sources/Web/sdk/parley.js";

/** What `condition` returns as soon as it is truthy. */
export async function until(condition, what, limitMs = 30_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not in ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** So many ports in a row that nobody listens on. */
async function freePorts(count) {
  const listen = (port) =>
    new Promise((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  const close = (server) => new Promise((resolve) => server.close(resolve));
  for (let round = 0; round < 100; round += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const servers = [];
    try {
      for (let place = 0; place < count; place += 1) servers.push(await listen(port + place));
      return port;
    } catch {
      // Taken: somewhere else.
    } finally {
      for (const server of servers) await close(server);
    }
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** `parley up` with a folder of its own. PARLEY_BINARY names the binary: without it these tests fail, never pass over. */
export class System {
  #clients = [];

  static async start() {
    const binary = process.env.PARLEY_BINARY;
    if (!binary) throw new Error("PARLEY_BINARY must name the parley binary");
    const system = new System();
    system.binary = binary;
    system.data = mkdtempSync(join(tmpdir(), "parley-web-"));
    system.port = await freePorts(1);
    const operations = await freePorts(3);
    const words = ["up", "--data", system.data, "--listen", `127.0.0.1:${system.port}`, "--operations", `127.0.0.1:${operations}`];
    system.process = spawn(binary, words, { stdio: ["ignore", "pipe", "pipe"] });
    system.log = "";
    let out = "";
    system.process.stdout.on("data", (bytes) => (out += bytes));
    system.process.stderr.on("data", (bytes) => (system.log += bytes));
    await until(() => {
      if (system.process.exitCode !== null) throw new Error(`parley up ended:\n${system.log}`);
      return out.includes(`ready ${system.url}`);
    }, "parley up ready").catch((error) => {
      system.process.kill("SIGKILL");
      throw error;
    });
    return system;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The output of one command. */
  parley(...words) {
    return execFileSync(this.binary, [...words, "--data", this.data], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  token(tenant, user, ttl = "1h") {
    return this.parley("token", "--tenant", tenant, "--user", user, "--ttl", ttl).trim();
  }

  /** A client that keeps what it saw. */
  client(tenant, user, options = {}) {
    const parley = createParley({
      url: this.url,
      token: async () => this.token(tenant, user),
      storage: "memory",
      WebSocket: NodeWebSocket,
      ...options,
    });
    const seen = { states: [], events: [], reloads: 0, errors: [] };
    parley.on("state", (state) => seen.states.push(state));
    parley.on("event", (event) => seen.events.push(event));
    parley.on("reload", () => (seen.reloads += 1));
    parley.on("error", (error) => seen.errors.push(error));
    parley.start();
    this.#clients.push(parley);
    return Object.assign(parley, { seen, is: (state) => until(() => parley.state === state, `${user} ${state}`) });
  }

  /** SIGKILL to a child of the supervisor; it is started again. */
  kill(role) {
    for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ")[1];
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        if (Number(parent) === this.process.pid && words[1] === role) return void process.kill(Number(name), "SIGKILL");
      } catch {
        // Gone meanwhile.
      }
    }
    throw new Error(`no ${role} to kill`);
  }

  /** Clients of tests that failed too: they never give up by themselves. */
  async stop() {
    await Promise.all(this.#clients.map((client) => client.stop()));
    const ended = this.process.exitCode === null && new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 30_000);
    await ended;
    clearTimeout(timer);
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** Texts of the messages that came, in order. */
export function texts(client) {
  return client.seen.events.filter(({ event }) => event === "message.created").map(({ message }) => message.text);
}
