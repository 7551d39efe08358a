"""The programs that scripts/bench compares: each is started with a configuration of its own for what a row needs."""
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / ".build/release"
PROXY_CORE, LOAD_CORE = "0", str(min(1, (os.cpu_count() or 1) - 1))
UPSTREAM_KEY = "Bearer upstream-key"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, limit=60):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"scripts/bench: waited {limit} s for {what}")
        time.sleep(0.02)


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def keys(count):
    """Values of gateway keys, the same in every run."""
    return ["fg_" + base64.urlsafe_b64encode(hashlib.sha256(f"bench {i}".encode()).digest()).decode().rstrip("=") for i in range(count)]


def models(count):
    return [f"vendor/model-{i}-chat" for i in range(count)]


def certificate(folder, kind):
    """A key and a self-signed certificate in one file; `rsa` of 2048 bits or `ecdsa` on P-256."""
    algorithm = ["rsa:2048"] if kind == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-keyout", key, "-out", cert, "-days", "30", "-subj", "/CN=bench.test"],
                   check=True, capture_output=True)
    (folder / "both.pem").write_text(key.read_text() + cert.read_text())


@contextlib.contextmanager
def running_upstream():
    """The upstream of all rows; its port."""
    port = free_port()
    process = subprocess.Popen(["taskset", "-c", LOAD_CORE, str(BUILD / "tests/bench/bench_upstream"), "--port", str(port)])
    try:
        wait_for(lambda: accepts(port), "the upstream")
        yield port
    finally:
        process.kill()
        process.wait()


class Setup:
    """What a row wants of a proxy. Equal setups share one running instance."""

    def __init__(self, log=False, tls="", keys=0, models=0, schema=False, routes=0, rewrites=False, audit=False):
        self.log, self.tls, self.keys, self.models, self.schema, self.routes = log, tls, keys, models, schema, routes
        self.audit = audit
        self.rewrites = rewrites or keys > 0 or models > 0  # Authorization is replaced

    def name(self):
        parts = [f"{name}{'' if value is True else value}" for name, value in vars(self).items() if value]
        return "-".join(parts) or "plain"


class Proxy:
    """One running proxy: in `folder`, on `port`, for `upstream` (a port)."""

    def __init__(self, folder, upstream, setup):
        self.folder, self.upstream, self.setup, self.port = pathlib.Path(folder), upstream, setup, free_port()
        self.writer_costs = []  # of the audit store's thread, a round each
        self.changes = 0  # of the configuration
        self.folder.mkdir(parents=True)
        if setup.tls:
            certificate(self.folder, setup.tls)
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(["taskset", "-c", PROXY_CORE, *self.command()], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, cwd=self.folder)

        def ready():
            if self.process.poll() is not None:
                sys.exit(f"scripts/bench: {self.name} ended:\n{(self.folder / 'output').read_text()[-3000:]}")
            return accepts(self.port)
        wait_for(ready, f"{self.name} to listen")

    @classmethod
    def can(cls, setup):
        return True

    @staticmethod
    def most_connections():
        return 25000

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def change_a_route(self):
        """Gives the first of many routes another time limit, in the file."""
        self.changes += 1
        file, pattern, value = self.route_limit
        file = self.folder / file
        file.write_text(re.sub(pattern, value.format(600 + self.changes), file.read_text(), count=1))

    def pids(self):
        """The process and its children."""
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):  # it ended
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu_by_process(self):
        """CPU time of each process so far, user and system, of all its threads, also those that ended, in nanoseconds."""
        total = {}
        for pid in self.pids():
            with contextlib.suppress(OSError):  # it ended
                # The clock of a process by its number, as clock_getcpuclockid() makes it.
                total[pid] = time.clock_gettime_ns((~pid << 3) | 2)
        return total

    def cpu(self):
        return sum(self.cpu_by_process().values())

    def memory(self):
        """Resident memory without file mappings, in bytes."""
        texts = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in self.pids()]
        return sum(int(re.search(r"RssAnon:\s+(\d+)", text)[1]) for text in texts) * 1024


class Floor(Proxy):
    """A relay that looks at nothing: two reads and two writes a request."""
    name = "floor"

    @classmethod
    def can(cls, setup):
        return not (setup.tls or setup.routes or setup.schema)

    def command(self):
        return [str(BUILD / "tests/bench/bench_relay"), "--port", str(self.port), "--upstream", str(self.upstream)]

    @staticmethod
    def version():
        return ""


class Nginx(Proxy):
    name = "nginx"
    route_limit = "nginx.conf", r"location /svc0/ \{( proxy_read_timeout \d+s;)?", "location /svc0/ {{ proxy_read_timeout {}s;"

    @classmethod
    def can(cls, setup):
        return not (setup.models or setup.schema)

    def command(self):
        setup, folder = self.setup, self.folder
        user = "user root;" if os.geteuid() == 0 else ""
        temp = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        log = f"access_log {folder}/access.log combined;" if setup.log else "access_log off;"
        forward = """proxy_pass http://bench; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-Id $request_id;
      proxy_request_buffering off; proxy_max_temp_file_size 0;"""
        known, check = "", ""
        if setup.keys:
            known = "map_hash_max_size 8192; map_hash_bucket_size 128; map $http_authorization $key_id { default 0;" + "".join(
                f'"Bearer {key}" {i + 1};' for i, key in enumerate(keys(setup.keys))) + "}"
            check = "if ($key_id = 0) { return 401; }"
        if setup.rewrites:
            forward += f' proxy_set_header Authorization "{UPSTREAM_KEY}";'
        tls = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.3;" if setup.tls else ""
        locations = "".join(f"location /svc{i}/ {{ {forward} }}\n" for i in range(setup.routes)) or f"""location / {{ {check} {forward}
      location /events {{ proxy_pass http://bench; proxy_buffering off; }} }}"""
        (folder / "nginx.conf").write_text(f"""
{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log warn;
worker_rlimit_nofile 60000;
events {{ worker_connections 30000; }}
http {{
  {temp} {log} {known}
  keepalive_requests 1000000000; keepalive_timeout 600s; client_max_body_size 0;
  upstream bench {{ server 127.0.0.1:{self.upstream}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{self.port} backlog=4096 {"ssl" if setup.tls else ""}; {tls}
    {locations}
  }}
}}
""")
        return ["/usr/sbin/nginx", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]

    @staticmethod
    def version():
        return subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True, text=True).stderr.split("/")[-1].strip()


class Haproxy(Proxy):
    name = "haproxy"

    @classmethod
    def can(cls, setup):
        return not setup.schema

    def command(self):
        setup, folder = self.setup, self.folder
        rules, backends = [], ["bench"]
        if setup.log:
            rules.append("log stdout format raw local0\n  option httplog")
        if setup.keys:
            (folder / "keys.map").write_text("".join(f"{key} {i + 1}\n" for i, key in enumerate(keys(setup.keys))))
            rules.append(f"http-request deny deny_status 401 unless {{ req.hdr(authorization),word(2,' '),map_str({folder}/keys.map) -m found }}")
        if setup.rewrites:
            rules.append(f'http-request set-header Authorization "{UPSTREAM_KEY}"')
        if setup.models:
            backends += [f"m{i}" for i in range(min(setup.models, 3))]
            (folder / "models.map").write_text("".join(f"{model} m{i % 3}\n" for i, model in enumerate(models(setup.models))))
            rules.append("http-request wait-for-body time 10s")
            rules.append(f"use_backend %[req.body,json_query('$.model'),map_str({folder}/models.map,bench)]")
        if setup.routes:
            (folder / "routes.map").write_text("".join(f"/svc{i}/ bench\n" for i in range(setup.routes)))
            rules.append(f"use_backend %[path,map_beg({folder}/routes.map,none)]")
            backends.append("none")
        tls = f"ssl crt {folder}/both.pem ssl-min-ver TLSv1.3" if setup.tls else ""
        lines = "\n  ".join(rules)
        (folder / "haproxy.cfg").write_text(f"""
global
  nbthread 1
  maxconn {self.most_connections()}
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
frontend bench
  bind 127.0.0.1:{self.port} backlog 4096 {tls}
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  {lines}
  default_backend bench
""" + "".join(f"""
backend {name}
  http-reuse always
  server upstream 127.0.0.1:{self.upstream} pool-max-conn 256
""" for name in backends))
        return ["/usr/sbin/haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]

    @staticmethod
    def most_connections():
        """HAProxy asks for two files a connection, and refuses to start with fewer."""
        return min(25000, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100) // 2)

    @staticmethod
    def version():
        return re.search(r"version ([\d.]+)", subprocess.run(["/usr/sbin/haproxy", "-v"], capture_output=True, text=True).stdout)[1]


class Fastgate(Proxy):
    name = "fastgate"
    binary = ROOT / ".build/trained/src/fastgate"
    route_limit = "fastgate.yaml", r'"timeout": "\d+s"', '"timeout": "{}s"'

    def writer_cpu(self):
        """CPU time of the audit store's thread so far, in nanoseconds; 0 without a store."""
        if not self.setup.audit:
            return 0
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            text = answer.read().decode()
        return float(re.search(r"^fastgate_audit_writer_cpu_seconds_total (\S+)", text, re.M)[1]) * 1e9

    def routes(self):
        setup = self.setup
        common = {"upstream": "bench", "timeout": "600s", "auth": "required" if setup.keys else "none"}
        if setup.rewrites:
            common["add_headers"] = {"Authorization": UPSTREAM_KEY}
        if setup.routes:
            return [{"route_id": f"r{i}", "match_path": f"/svc{i}/*", **common} for i in range(setup.routes)]
        fallback = {"route_id": "bench", "match_path": "/*", **common}
        if setup.schema:
            rule = {"properties": {"stream": {"const": True}, "temperature": {"type": "number", "maximum": 2}}, "required": ["model", "messages"]}
            return [{"route_id": "schema", "match_path": "/*", "match_body_schema": rule, "priority": 10, **common}, fallback]
        return [{"route_id": f"m{i}", "match_path": "/*", "match_body_schema": {"model": model}, "priority": 10, **common}
                for i, model in enumerate(models(setup.models))] + [fallback]

    def command(self):
        setup, folder = self.setup, self.folder
        listen = f"127.0.0.1:{self.port}" + (" tls" if setup.tls else "")
        config = {
            "server": {"listen": [listen], "workers": 1, "keepalive_timeout": "600s", "max_body_size": "1GiB"},
            "database": {"enabled": setup.audit, "sqlite_path": "audit.db"},
            "logging": {"level": "warn", "file": "fastgate.log", "access_log": "access.log" if setup.log else "off", "access_format": "combined"},
            "pid_file": "fastgate.pid",
            "upstreams": [{"name": "bench", "servers": [{"host": f"127.0.0.1:{self.upstream}"}], "keepalive": 256}],
            "routes": self.routes(),
            "keys": [{"key_id": f"fg_{i:012x}", "key_sha256": hashlib.sha256(key.encode()).hexdigest(), "source_path": f"bench/{i}", "rate_limit": 1_000_000_000}
                     for i, key in enumerate(keys(setup.keys))],
        }
        if setup.tls:
            config["server"]["tls"] = {"certificate": f"{folder}/cert.pem", "private_key": f"{folder}/key.pem"}
        (folder / "fastgate.yaml").write_text(json.dumps(config, indent=1))
        return [str(self.binary), "-c", f"{folder}/fastgate.yaml", "-p", str(folder)]

    @classmethod
    def version(cls):
        done = subprocess.run([str(cls.binary), "-v"], capture_output=True, text=True)
        return re.search(r"\d+\.\d+\.\d+", done.stdout + done.stderr)[0]
