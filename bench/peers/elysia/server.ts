// Elysia on Bun with the same JSON: users by session cookie from SQLite, server.publish, a publisher in the process.
import { Elysia } from "elysia";
import { Database } from "bun:sqlite";
import { dlopen, FFIType, ptr } from "bun:ffi";

const { symbols } = dlopen("libc.so.6", { clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 } });
const clock = new BigInt64Array(2);
const clockAt = ptr(clock);

/** The wall clock in ns, the same clock as Python's time.time_ns(); as text, because a double can't hold it. */
function nowNs(): string {
  symbols.clock_gettime(0, clockAt);
  return (clock[0] * 1_000_000_000n + clock[1]).toString();
}

const database = new Database(process.env.ELYSIA_DATABASE!, { readonly: true });
const find = database.query(
  "SELECT u.id AS id, u.name AS name FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.key = ? AND s.expires > ? AND u.active = 1",
);

function envelope(type: string, event: string, data: unknown): string {
  return JSON.stringify({ id: crypto.randomUUID(), type, timestamp: Date.now(), event, data, direction: "server-to-client" });
}

interface Load {
  rate: number;
  seconds: number;
  hosts: number;
  pad: number;
}

function statusMessage(sequence: number, load: Load): string {
  const host = `h${sequence % load.hosts}`;
  const timestamp = Date.now();
  const status = {
    host, systemOnline: true, cpuUsage: 37, memoryUsage: 61, diskUsage: 48, activeConnections: 112, timestamp,
  };
  const data = { sentNs: 0, seq: sequence, host, status, changes: [], timestamp, ...(load.pad ? { pad: "x".repeat(load.pad) } : {}) };
  return envelope("status", "status_update", data).replace('"sentNs":0', `"sentNs":${nowNs()}`);
}

const progress = { published: 0, running: false };
let stopped = false;

/** The same pace as bench/event.py: what is late goes out at once, sequence numbers go on. */
async function publishAtPace(load: Load): Promise<void> {
  const first = progress.published;
  const start = performance.now();
  const total = Math.max(1, Math.round(load.rate * load.seconds));
  progress.running = true;
  stopped = false;
  while (!stopped && progress.published - first < total) {
    const passed = (performance.now() - start) / 1000;
    if (passed > load.seconds) break;
    const due = Math.min(total, Math.floor(passed * load.rate) + 1);
    while (progress.published - first < due) {
      progress.published += 1;
      app.server!.publish("status", statusMessage(progress.published, load));
    }
    await Bun.sleep(Math.max(0, start + (due * 1000) / load.rate - performance.now()));
  }
  progress.running = false;
}

const app = new Elysia({ websocket: { idleTimeout: 960, perMessageDeflate: false } })
  .ws("/ws", {
    beforeHandle({ cookie, status }) {
      const key = cookie.session?.value;
      if (!key || !find.get(key as string, Date.now())) return status(401);
    },
    open(ws) {
      ws.send(envelope("system", "connected", { connectionId: crypto.randomUUID().replaceAll("-", "") }));
    },
    message(ws, message: any) {
      if (message.action === "subscribe") {
        ws.subscribe("status");
        ws.send(envelope("config", "subscribed", { subscribed: ["status"], timestamp: Date.now() }));
      } else if (message.action === "ping") ws.send(envelope("system", "pong", { timestamp: Date.now() }));
    },
  })
  .post("/bench/publish", ({ body }) => {
    void publishAtPace(body as Load);
    return progress;
  })
  .post("/bench/stop", () => {
    stopped = true;
    return progress;
  })
  .get("/bench/state", () => progress)
  .listen({ port: Number(process.env.PORT), hostname: "127.0.0.1" });
