"""Starts a program as systemd would: with a socket for messages of readiness and, after `--socket HOST`, a
listening socket. Prints `port N` for that socket, then each message that comes, until the program ends.

usage: systemd.py [--socket HOST] PROGRAM ARGUMENTS… (`PORT` in them stands for the socket's port)"""
import os
import signal
import socket
import sys
import tempfile

words = sys.argv[1:]
listener = None
if words[0] == "--socket":
    listener = socket.create_server((words[1], 0), backlog=64)
    words = words[2:]
    port = str(listener.getsockname()[1])
    print("port", port, flush=True)
    config = words[words.index("-c") + 1]
    with open(config) as file:
        text = file.read().replace("PORT", port)
    with open(config, "w") as file:
        file.write(text)

with tempfile.TemporaryDirectory() as folder:
    messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    messages.bind(f"{folder}/notify")
    child = os.fork()
    if child == 0:
        os.environ["NOTIFY_SOCKET"] = f"{folder}/notify"
        if listener:
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        os.execv(words[0], words)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    signal.signal(signal.SIGHUP, lambda *_: os.kill(child, signal.SIGHUP))
    messages.settimeout(0.05)
    status = None
    while status is None:
        try:
            print(*messages.recv(4096).decode().splitlines(), sep="\n", flush=True)
        except TimeoutError:
            done, code = os.waitpid(child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(code) if done else None
sys.exit(abs(status))
