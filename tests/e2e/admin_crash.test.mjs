// Killed in the middle of writes, the gateway leaves a configuration that loads, with all that it acknowledged.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startAdmin } from './support/admin.mjs';
import { run, tempFolder } from './support/gateway.mjs';

const writes = 200;
const writers = 4;

// A fixed sequence of numbers from 0 up to `below`.
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

// A number of turns of the event loop, each about as long as what it has to do.
async function turns(count) {
  for (let i = 0; i < count; ++i) await new Promise((resolve) => setImmediate(resolve));
}

// What every write asked for: by path, the description that was acknowledged and the one that was only asked for.
class Ledger {
  constructor() {
    this.begun = 0;
    this.acknowledged = 0;
    this.routes = new Map();
  }

  // One writer: makes routes and changes them, until there are enough or the gateway is gone.
  async write(admin) {
    while (this.begun < writes) {
      const number = this.begun++;
      const route = { path: `/k${number}`, asked: ['made'], kept: null };
      this.routes.set(route.path, route);
      const made = await admin.post('/routes', { route_name: 'killed', match_path: route.path, description: 'made', auth: 'none', respond: { status: 204 } }).catch(() => null);
      if (made === null) return;
      assert.equal(made.status, 201, made.text);
      route.kept = 'made';
      this.acknowledged++;
      if (number % 2) continue;
      route.asked.push('changed');
      const changed = await admin.put(`/routes/${made.json.route_id}`, { description: 'changed' }).catch(() => null);
      if (changed === null) return;
      assert.equal(changed.status, 200, changed.text);
      route.kept = 'changed';
    }
  }

  // Holds a list of routes against what was asked for and acknowledged.
  check(items) {
    const found = new Map(items.map((item) => [item.match_path, item.description]));
    assert.equal(found.size, items.length, 'no route stands twice');
    for (const { path, asked, kept } of this.routes.values()) {
      if (kept === null && !found.has(path)) continue;
      assert.ok(found.has(path), `${path} was acknowledged`);
      assert.ok(asked.slice(kept === null ? 0 : asked.indexOf(kept)).includes(found.get(path)), `${path}: ${found.get(path)}, acknowledged ${kept}`);
      found.delete(path);
    }
    assert.deepEqual([...found.keys()], [], 'nothing that nobody asked for');
  }
}

test('kill -9 during 200 writes, at several points, loses none that was acknowledged', { timeout: 240_000 }, async (t) => {
  const folder = tempFolder(t);
  const ledger = new Ledger();
  const next = numbers(7);
  let kills = 0;
  while (ledger.begun < writes) {
    const gateway = await startAdmin(t, { server: { workers: 2 } }, { folder });
    if (kills > 0) ledger.check((await gateway.admin.get('/routes?limit=1000')).json.items);
    const writing = Array.from({ length: writers }, () => ledger.write(gateway.admin));
    const until = ledger.acknowledged + 10 + next(30);
    const death = (async () => {
      while (ledger.acknowledged < until && ledger.begun < writes) await turns(1);
      await turns(next(60));
      await gateway.kill();
    })();
    await Promise.all([...writing, death]);
    kills++;
    const checked = run(['-t', '-c', `${folder}/fastgate.yaml`, '-p', folder], { cwd: folder });
    assert.equal(checked.code, 0, checked.output);
  }
  assert.ok(kills >= 4, `${kills} kills`);
  const gateway = await startAdmin(t, {}, { folder });
  ledger.check((await gateway.admin.get('/routes?limit=1000')).json.items);
  assert.equal((await gateway.admin.post('/routes', { route_name: 'after', match_path: '/after', auth: 'none', respond: { status: 204 } })).status, 201);
});
