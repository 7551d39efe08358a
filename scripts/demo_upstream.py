#!/usr/bin/env python3
"""A stand-in for an LLM server, to try the gateway with: answers like OpenAI's chat API, streamed
and not, out of nothing. Listens on 127.0.0.1."""
import argparse
import http.server
import json
import signal
import socket
import sys
import time

MODELS = ["demo-small", "demo-large"]


def answer_to(messages):
    last = messages[-1].get("content") if messages and isinstance(messages[-1], dict) else ""
    said = last if isinstance(last, str) else json.dumps(last)
    return f"You said: {said} This answer came through FastGate, word by word if you asked for a stream."


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo-upstream"
    timeout = 120

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send_json(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_failure(self, status, message, kind="invalid_request_error", code=None):
        self.send_json(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                parts.append(self.rfile.read(size))
                if size == 0:
                    while self.rfile.readline().strip():
                        pass
                    return b"".join(parts)
                self.rfile.readline()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/health":
            self.send_json(200, {"status": "ok"})
        elif path == "/v1/models":
            data = [{"id": name, "object": "model", "created": 1700000000, "owned_by": "demo"} for name in MODELS]
            self.send_json(200, {"object": "list", "data": data})
        elif path.startswith("/v1/models/") and path[11:] in MODELS:
            self.send_json(200, {"id": path[11:], "object": "model", "created": 1700000000, "owned_by": "demo"})
        else:
            self.send_failure(404, f"Unknown request URL: {self.command} {path}.", code="unknown_url")

    do_HEAD = do_GET

    def do_POST(self):
        body = self.read_body()
        path = self.path.split("?")[0]
        if path != "/v1/chat/completions":
            self.send_failure(404, f"Unknown request URL: {self.command} {path}.", code="unknown_url")
            return
        try:
            asked = json.loads(body)
            messages = asked["messages"]
            if not isinstance(messages, list):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            self.send_failure(400, "The body is not a chat completion request: JSON with a list `messages`.")
            return
        text = answer_to(messages)
        usage = {"prompt_tokens": len(json.dumps(messages).split()), "completion_tokens": len(text.split())}
        usage["total_tokens"] = sum(usage.values())
        base = {"id": f"chatcmpl-{time.time_ns():x}", "created": int(time.time()),
                "model": asked.get("model", MODELS[0])}
        if asked.get("stream"):
            self.stream(base, text, usage if (asked.get("stream_options") or {}).get("include_usage") else None)
            return
        message = {"role": "assistant", "content": text}
        self.send_json(200, {**base, "object": "chat.completion", "usage": usage,
                             "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    def stream(self, base, text, usage):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

        def event(data):
            line = f"data: {data}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

        def delta(content, finish=None):
            choice = {"index": 0, "delta": content, "finish_reason": finish}
            event(json.dumps({**base, "object": "chat.completion.chunk", "choices": [choice]}))

        delta({"role": "assistant", "content": ""})
        for word in text.split(" "):
            delta({"content": word + " "})
            time.sleep(0.05)
        delta({}, "stop")
        if usage:
            event(json.dumps({**base, "object": "chat.completion.chunk", "choices": [], "usage": usage}))
        event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ValueError):
            self.close_connection = True

    def log_message(self, format, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int, nargs="?", default=9001, help="default: 9001")
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server = Server(("127.0.0.1", port), Upstream)
    except OSError as error:
        sys.exit(f"demo upstream: cannot listen on 127.0.0.1:{port}: {error.strerror}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
