"""The rows of scripts/bench: what each asks of which setup, and how a round of it is measured."""
import json
import random
import resource
import signal
import subprocess
import sys
import time

from bench_proxies import BUILD, LOAD_CORE, Setup, keys, models, wait_for

BIG = 64 << 20
KEPT = ["--mode", "requests", "--connections", "50"]


class Row:
    """`load`: arguments of the load. `counted`: requests, events, bytes, memory, reload, changed-reload. `goal`: issue 9's, relative to the floor, or absolute."""

    def __init__(self, title, setup, load, counted="requests", goal="", asks=None, only=()):
        self.title, self.setup, self.load, self.counted, self.goal, self.asks, self.only = title, setup, load, counted, goal, asks, only


def chat(model, stream=False):
    """A chat request of 1 KiB."""
    body = {"model": model, "messages": [{"role": "user", "content": ""}], "temperature": 0.7, "stream": stream}
    body["messages"][0]["content"] = "x" * (1024 - len(json.dumps(body)))
    return json.dumps(body)


def bearer(key):
    return f"Authorization: Bearer {key}"


def asks(paths=("",), headers=("",), bodies=("",)):
    """Lines of --asks: as many as the longest of the three, in an order of their own."""
    count = max(len(paths), len(headers), len(bodies))
    lines = [f"{paths[i % len(paths)]}\t{headers[i % len(headers)]}\t{bodies[i % len(bodies)]}\n" for i in range(count)]
    random.Random(1).shuffle(lines)
    return "".join(lines)


def by_model(count):
    return asks(headers=[bearer(keys(1)[0])], bodies=[chat(model) for model in models(count)])


def by_key_and_model():
    return asks(headers=[bearer(key) for key in keys(1000)], bodies=[chat(model) for model in models(3)])


def by_key():
    return asks(headers=[bearer(key) for key in keys(1000)], bodies=[chat("any")])


def by_route(count):
    """10,000 requests, however many routes: both rows send alike, so that they differ by the routes alone."""
    return asks(paths=[f"/svc{i % count}/v1/{i:05}" for i in range(10_000)])


ONLY_FASTGATE = ("fastgate",)
ROWS = {
    "get": Row("GET 1 KiB, kept alive, access log on", Setup(log=True), KEPT, goal="1.25"),
    "get-audit": Row("the same, audit store on (async), its writer included", Setup(log=True, audit=True), KEPT, goal="1.25 of nginx"),
    "get-nolog": Row("the same, no log", Setup(), KEPT, goal="1.18"),
    "post": Row("POST 1 KiB chat, log on", Setup(log=True), KEPT, asks=by_key),
    "keys": Row("POST 1 KiB chat: 1,000 keys, Authorization replaced, log on", Setup(log=True, keys=1000), KEPT, goal="1.35", asks=by_key),
    "rewrite": Row("the same without keys", Setup(log=True, rewrites=True), KEPT, asks=by_key),
    "keys-model": Row("1,000 keys, and routed by the body's `model` among 3", Setup(log=True, keys=1000, models=3), KEPT, goal="1.50", asks=by_key_and_model),
    "model": Row("routed by the body's `model` among 3, Authorization replaced", Setup(log=True, models=3), KEPT, asks=lambda: by_model(3)),
    "model-2": Row("the same among 2 models", Setup(log=True, models=2), KEPT, asks=lambda: by_model(2), only=ONLY_FASTGATE),
    "model-1000": Row("the same among 1,000 models", Setup(log=True, models=1000), KEPT, asks=lambda: by_model(1000), only=ONLY_FASTGATE),
    "schema": Row("routed by a JSON Schema of the body", Setup(log=True, schema=True), KEPT, asks=lambda: asks(bodies=[chat("any", True), chat("any")]), only=ONLY_FASTGATE),
    "event": Row("event of a stream, 200 streams", Setup(log=True), ["--mode", "streams", "--connections", "200"], "events", goal="1.15"),
    "connection": Row("new connection per request", Setup(log=True), ["--mode", "connections", "--connections", "20"], goal="1.10"),
    "idle-memory": Row("memory of an idle connection (10,000)", Setup(), ["--mode", "hold", "--connections", "10000"], "memory", goal="0.5 KiB"),
    "stream-memory": Row("memory of an open event stream (2,000)", Setup(), ["--mode", "streams", "--connections", "2000", "--path", "/events/slow"], "memory", goal="3 KiB"),
    "down": Row("64 MiB down", Setup(log=True), ["--mode", "requests", "--connections", "4", "--path", f"/big/{BIG}"], "bytes", goal="3,200 MiB/s"),
    "up": Row("64 MiB up", Setup(log=True), ["--mode", "requests", "--connections", "4", "--path", "/sink", "--body", str(BIG)], "bytes", goal="3,100 MiB/s"),
    "tls-rsa": Row("TLS 1.3 connection with one request, RSA 2048", Setup(tls="rsa"), ["tls", "--mode", "handshakes", "--connections", "1"], goal="nginx"),
    "tls-ecdsa": Row("the same, ECDSA P-256", Setup(tls="ecdsa"), ["tls", "--mode", "handshakes", "--connections", "1"], goal="nginx"),
    "tls-kept": Row("GET 1 KiB over TLS, kept alive", Setup(tls="ecdsa"), ["tls", "--mode", "requests", "--connections", "50"], goal="12.5 µs"),
    "routes-10": Row("GET 1 KiB, 10 routes, all asked in turn", Setup(routes=10), KEPT, asks=lambda: by_route(10)),
    "routes-10000": Row("the same, 10,000 routes", Setup(routes=10000), KEPT, goal="1.05 x 10 routes", asks=lambda: by_route(10000)),
    "reload": Row("reload of 10,000 routes, one of them changed", Setup(routes=10000), [], "changed-reload", goal="50 ms", only=("nginx", "fastgate")),
    "reload-same": Row("the same, nothing changed", Setup(routes=10000), [], "reload", only=("nginx", "fastgate")),
}


class Load:
    """bench_load or bench_tls, running against one proxy."""

    def __init__(self, proxy, arguments):
        program = "bench_load"
        if arguments[0] == "tls":
            program, arguments = "bench_tls", arguments[1:]
        self.process = subprocess.Popen(["taskset", "-c", LOAD_CORE, str(BUILD / "tests/bench" / program), "--port", str(proxy.port), *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def counts(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def measure(proxy, name, seconds):
    """One round of one row: nanoseconds per piece of work, or MiB per CPU second."""
    row = ROWS[name]
    if row.counted == "changed-reload":
        proxy.change_a_route()
    if row.counted.endswith("reload"):
        return measure_reload(proxy)
    arguments = list(row.load)
    if row.asks:
        file = proxy.folder / f"asks-{name}"
        if not file.exists():
            file.write_text(row.asks())
        arguments += ["--asks", str(file)]
    load = Load(proxy, arguments)
    if row.counted != "bytes" and "connections" not in arguments and "tls" not in arguments:
        connections = int(arguments[arguments.index("--connections") + 1])
        wait_for(lambda: load.counts()["ready"] >= connections, f"{connections} connections through {proxy.name}")
    time.sleep(0.3)
    has_writer = row.setup.audit and proxy.name == "fastgate"
    writer = proxy.writer_cpu() if has_writer else 0
    before, cpu = load.counts(), proxy.cpu()
    time.sleep(seconds)
    after, cpu = load.counts(), proxy.cpu() - cpu
    if has_writer:
        proxy.writer_costs.append((proxy.writer_cpu() - writer) / max(after[row.counted] - before[row.counted], 1))
    load.stop()
    done = after[row.counted] - before[row.counted]
    if after["errors"] or not done:
        sys.exit(f"scripts/bench: {name} through {proxy.name}: {done} {row.counted}, {after['errors']} errors")
    return done / (1 << 20) / (cpu / 1e9) if row.counted == "bytes" else cpu / done


def measure_reload(proxy):
    """CPU time of everything that a HUP sets off, until nothing happens for half a second."""
    before = proxy.cpu_by_process()
    # Processes come and go meanwhile: what each was last seen to have used counts.
    seen, quiet_since = dict(before), time.monotonic()
    proxy.process.send_signal(signal.SIGHUP)
    while time.monotonic() - quiet_since < 0.5:
        now = {**seen, **proxy.cpu_by_process()}
        if now != seen:
            seen, quiet_since = now, time.monotonic()
        time.sleep(0.01)
    return sum(seen.values()) - sum(before.values())


def measure_memory(proxy, name):
    """Bytes that each open connection holds."""
    arguments = list(ROWS[name].load)
    at = arguments.index("--connections") + 1
    # Streams have a connection on each side of the proxy, and so have all of the floor's.
    each = 2 if "streams" in arguments or proxy.name == "floor" else 1
    limit = (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 200) // each
    count = min(int(arguments[at]), limit, proxy.most_connections())
    arguments[at] = str(count)
    warm = Load(proxy, KEPT)
    time.sleep(0.5)
    warm.stop()
    time.sleep(0.2)
    before = proxy.memory()
    load = Load(proxy, arguments)
    wait_for(lambda: load.counts()["ready"] >= count, f"{count} connections through {proxy.name}")
    time.sleep(1)
    held = proxy.memory() - before
    load.stop()
    return held / count


def shown(row, value):
    if value is None:
        return "–"
    if row.counted == "bytes":
        return f"{value:,.0f} MiB/s"
    if row.counted == "memory":
        return f"{value / 1024:.2f} KiB"
    if row.counted.endswith("reload"):
        return f"{value / 1e6:.0f} ms"
    return f"{value / 1000:.2f} µs"
