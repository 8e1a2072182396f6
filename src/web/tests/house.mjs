// What every test of the page shares: a service of its own on a free port, a browser that may go nowhere else, and a page on which any
// error in the console, any violation of the policy and any foreign request is a failure.
import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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

export async function browser() {
  const known = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
  const executablePath = known.find((path) => path && existsSync(path));
  assert.ok(executablePath, 'no Chromium found: install chromium, or name one in CHROMIUM');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
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
  page.setDefaultTimeout(20_000);
  const go = async (path) => { await page.goto(service.address + path); };
  const calm = async () => { await page.waitForLoadState('networkidle'); };
  const check = async () => {
    const violations = await page.evaluate(() => window.violations ?? []);
    assert.deepEqual([...faults, ...violations], []);
  };
  return { page, context, go, calm, check, faults, close: async () => { await check(); await context.close(); } };
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
