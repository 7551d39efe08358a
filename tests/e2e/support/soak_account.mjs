// The account of a soak: what was asked and answered, against what stands in the access log and in the audit store.
// Each request of a well-behaved client has a name of its own, `/KIND.CLIENT/N`, and must stand in each exactly once,
// with the status that its client saw.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stages } from './audit_store.mjs';

const storeReader = path.join(path.dirname(fileURLToPath(import.meta.url)), 'read_store.py');
const named = /^\/([a-z]+\.\d+)\/(\d+)$/;
// Of 1,000 lost records the first ones tell enough.
const mostProblems = 50;

export class Account {
  constructor() {
    this.clients = new Map();    // by `KIND.CLIENT`: what is known of each of its requests
    this.statuses = new Map();   // by KIND and status: how often
    this.crossed = 0;            // requests that met the end of their idle connection
    this.problems = [];
  }

  problem(text) {
    if (this.problems.length < mostProblems) this.problems.push(text);
  }

  // The next name of a client.
  ask(client) {
    const requests = this.clients.get(client) ?? [];
    this.clients.set(client, requests);
    requests.push({ seen: 0, times: 1, logged: 0, logs: 0, stored: 0, records: 0 });
    return `/${client}/${requests.length - 1}`;
  }

  find(target) {
    const [, client, number] = named.exec(target) ?? [];
    return this.clients.get(client)?.[Number(number)];
  }

  // What the client saw of an answer.
  answered(target, status) {
    this.find(target).seen = status;
  }

  // The gateway never took the request: it must not be known there. `how` its connection ended.
  untaken(target, how) {
    Object.assign(this.find(target), { times: 0, how: `${new Date().toISOString()} ${how}` });
    this.crossed += 1;
  }

  async readLog(file) {
    for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
      const [, target, status] = /"[A-Z]+ (\/\S+) HTTP\/1\.1" (\d+) /.exec(line) ?? [];
      const request = target && this.find(target);
      if (!request) continue;
      request.logs += 1;
      request.logged = Number(status);
      const key = `${named.exec(target)[1].split('.')[0]} ${status}`;
      this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1);
    }
  }

  async readStore(sqlitePath) {
    const reader = spawn('python3', [storeReader, sqlitePath, 'stage', 'status', 'path'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => { reader.on('close', resolve); });
    for await (const line of readline.createInterface({ input: reader.stdout })) {
      const [stage, status, target] = line.split('\t');
      const request = this.find(target);
      if (!request) continue;
      request.records += 1;
      request.stored = Number(status);
      if (Number(stage) !== stages.complete) this.problem(`${target}: its record is of stage ${stage}`);
    }
    if (await ended !== 0) this.problem('the audit store cannot be read');
  }

  // How many requests there were. What is wrong is in `problems`.
  check() {
    let total = 0;
    for (const [client, requests] of this.clients) {
      total += requests.length;
      for (const [number, { seen, times, how, logged, logs, stored, records }] of requests.entries()) {
        const target = `/${client}/${number}`;
        const known = `(status ${logged} and ${stored}; ${how ?? `answered ${seen}`})`;
        if (logs !== times) this.problem(`${target} stands ${logs} times in the access log ${known}`);
        if (records !== times) this.problem(`${target} has ${records} audit records ${known}`);
        if (logs === 1 && records === 1 && logged !== stored) this.problem(`${target}: status ${logged} in the access log, ${stored} in its audit record`);
        if (seen && logs === 1 && logged !== seen) this.problem(`${target}: answered ${seen}, status ${logged} in the access log`);
      }
    }
    return total;
  }
}
