// What every test of the page shares: a service of its own on a free port, a browser that may go nowhere else, and a page on which any
// error in the console, any violation of the policy and any foreign request is a failure.
import { chromium } from 'playwright-core';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';

export const web = join(dirname(fileURLToPath(import.meta.url)), '..');
export const root = join(web, '../..');
export const program = process.env.ECOCOMP_PROGRAM ?? join(root, 'target/release/ecocomp');
export const screens = join(root, 'target/screens');

const waitForLine = (child, pattern) => new Promise((done, fail) => {
  let seen = '';
  const look = (part) => { seen += part; const found = pattern.exec(seen); if (found) done(found); };
  child.stdout.on('data', look);
  child.stderr.on('data', (part) => { seen += part; });
  child.once('exit', (code) => { fail(new Error(`ended with ${code}: ${seen}`)); });
});

/** A service with an empty store. `DEV_PAGE` serves the page from dist/ instead of the program's own. */
export async function serve({ models = join(root, 'models'), listen = '127.0.0.1:0', folder = mkdtempSync(join(tmpdir(), 'ecocomp-page-')), more = [] } = {}) {
  const start = async (address) => {
    const child = spawn(program, ['serve', '--model-dir', models, '--listen', address, '--database', `sqlite:${join(folder, 'store.db')}`, ...more], { env: { ...process.env, ECOCOMP_LOG: 'error' } });
    const [, found] = await waitForLine(child, /(http:\/\/[\d.]+:\d+)/);
    return { child, api: found };
  };
  let { child, api } = await start(listen);
  let address = api;
  let proxy = null;
  if (process.env.DEV_PAGE) {
    proxy = spawn(process.execPath, [join(web, 'dev.mjs'), '0', api]);
    [, address] = await waitForLine(proxy, /(http:\/\/[\d.]+:\d+)/);
  }
  const ask = async (method, path, body, headers = {}) => {
    const response = await fetch(`${api}/api/v1${path}`, { method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    let data = text;
    try { data = JSON.parse(text); } catch { /* files are text */ }
    return { status: response.status, data, etag: response.headers.get('etag'), headers: response.headers };
  };
  return {
    address, api, ask, folder,
    kill: () => new Promise((done) => { child.once('exit', done); child.kill('SIGKILL'); }),
    again: async () => { ({ child } = await start(new URL(api).host)); },
    async close() {
      proxy?.kill();
      if (child.exitCode === null && child.signalCode === null) await new Promise((done) => { child.once('exit', done); child.kill('SIGINT'); });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A service that asks for tokens: one for each role, each from whoever runs it. `enter` logs in with one. */
export async function guarded(roles, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'ecocomp-page-'));
  const database = `sqlite:${join(folder, 'store.db')}`;
  const token = (role) => /ecocomp_[\w-]+/.exec(execFileSync(program, ['token', 'create', '--role', role, '--name', role, '--database', database], { cwd: root }).toString())[0];
  const tokens = Object.fromEntries(roles.map((role) => [role, token(role)]));
  const service = await serve({ listen: '0.0.0.0:0', folder, more });
  for (const name of ['address', 'api']) service[name] = service[name].replace('0.0.0.0', '127.0.0.1');
  const enter = async (house, role) => {
    await house.go('/login');
    await house.page.fill('#token', tokens[role] ?? role);
    await house.page.click('form button.primary');
    await house.page.waitForSelector('h1:has-text("工作台")');
  };
  return { ...service, tokens, enter, as: (role) => ({ authorization: `Bearer ${tokens[role]}` }) };
}

/** A browser; with a folder, all that it keeps on disk it keeps there. */
export async function browser(profile) {
  const known = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
  const executablePath = known.find((path) => path && existsSync(path));
  assert.ok(executablePath, 'no Chromium found: install chromium, or name one in CHROMIUM');
  const how = {
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  };
  if (!profile) return chromium.launch(how);
  const context = await chromium.launchPersistentContext(profile, { ...how, viewport: { width: 1280, height: 900 }, locale: 'zh-CN' });
  return { newContext: async () => context, close: () => context.close() };
}

/** A page whose faults are gathered. `expected` are statuses of answers that a test provokes (the browser writes them into its console). */
export async function open(run, service, { expected = [], ...how } = {}) {
  const context = await run.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN', ...how });
  const page = await context.newPage();
  const faults = [];
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => { window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`); });
  });
  page.on('console', (message) => {
    const text = message.text();
    if (expected.some((status) => text.includes(`status of ${status}`) || text.includes(status))) return;
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${text} ${message.location().url}`);
  });
  page.on('pageerror', (error) => { faults.push(`error: ${error.stack}`); });
  page.on('dialog', (dialog) => { faults.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(service.address) && !/^(data|blob):/.test(url)) faults.push(`foreign request: ${url}`);
  });
  page.setDefaultTimeout(60_000);
  // What is on its way; streams stay open and are no work.
  const flying = new Set();
  let stirred = Date.now();
  const ended = (request) => { flying.delete(request); stirred = Date.now(); };
  page.on('request', (request) => { if (!request.url().endsWith('/events')) flying.add(request); stirred = Date.now(); });
  page.on('requestfinished', ended);
  page.on('requestfailed', ended);
  const go = async (path) => { await page.goto(service.address + path); };
  /** Until nothing is asked and nothing is said to be under way: longer than the page itself waits before it asks for more. */
  const calm = async () => {
    const still = () => page.evaluate(() => !document.querySelector('[aria-busy="true"], .waiting'));
    for (const until = Date.now() + 60_000; Date.now() < until;) {
      if (!flying.size && Date.now() - stirred > 320 && await still()) return;
      await new Promise((done) => { setTimeout(done, 40); });
    }
    throw new Error(`${page.url()} is not calm: ${[...flying].map((request) => request.url()).join(" ")}`);
  };
  const check = async () => {
    const violations = await page.evaluate(() => window.violations ?? []);
    assert.deepEqual([...faults, ...violations], []);
  };
  return { page, context, go, calm, check, faults, close: async () => { await check(); await context.close(); } };
}

/** A negotiation in which this machine's own organisation is the upstream party, with one offer. */
export async function beginTalk(service) {
  const text = readFileSync(join(root, 'models/horizontal/xinan-negotiation/case.toml'), 'utf8');
  const begun = await service.ask('POST', '/negotiations', { case_text: text, parties: { anhui: 'default', zhejiang: 'zhejiang' } });
  const { self, private: own, offers } = begun.data.links;
  await service.ask('PUT', own.replace('/api/v1', ''), { private: { party: 'anhui', reservation: '0 万元', budget: '15000 万元', worth: [{ amount: '-12000 万元' }] } }, { 'if-none-match': '*' });
  await service.ask('POST', offers.replace('/api/v1', ''), { terms: { base: 17000, tier: 8000, penalty: 9000, tier_at: '0.95', years: 3 } });
  return { data: begun.data, path: self };
}

/** Made-up data of this many areas and a model of them, both under one name. */
export async function largeData(service, count, name = 'large') {
  const folder = join(service.folder, name);
  execFileSync(program, ['generate', '--areas', String(count), '--seed', '3', '-o', folder], { cwd: root, stdio: 'pipe' });
  const text = (file) => readFileSync(join(folder, file), 'utf8');
  const files = Object.fromEntries(['areas.csv', 'cells.csv', 'dataset.toml'].map((file) => [file, text(file)]));
  const put = await service.ask('PUT', `/datasets/${name}`, { files, provenance: '' }, { 'if-none-match': '*' });
  assert.equal(put.status, 201, JSON.stringify(put.data));
  const model = await service.ask('PUT', `/models/${name}`, { text: text('model.toml').replace(/^dataset = .*$/m, `dataset = "${name}"`) }, { 'if-none-match': '*' });
  assert.equal(model.status, 201, JSON.stringify(model.data));
}

/** The workbench with its table. */
export async function bench(house, path = '/w/chongming-vertical') {
  await house.go(path);
  await house.page.waitForSelector('table.amounts tbody tr');
  await house.calm();
}

export const shoot = async (page, name) => {
  mkdirSync(screens, { recursive: true });
  await page.screenshot({ path: join(screens, `${name}.png`), fullPage: true });
};
