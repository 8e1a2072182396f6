// Analyses: long work with progress, cancelled and taken up again; charts whose table twins say what is drawn; comparisons.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { browser, open, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });
const go = async (house, path) => {
  await house.go(path);
  await house.page.waitForSelector('form.bar button.primary:not([disabled])');
  await house.calm();
  await house.page.click('form.bar button.primary');
};
const twin = async (page) => {
  await page.click('.chartfoot button:has-text("数据表")');
  return page.$$eval('table.twin tbody tr', (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
};

test('frontier: all breakpoints, the knee named, arrows read each point', async () => {
  const house = await open(run, service);
  await go(house, '/analyse/chongming-vertical/frontier');
  await house.page.waitForSelector('figure.chart svg');
  const { data } = await service.ask('POST', '/analyses/frontier', { model: 'chongming-vertical', question: { beside_capped: true } });
  const rows = await twin(house.page);
  assert.equal(rows.length, data.points.length);
  assert.match(rows[data.knee][0], /拐点/);
  rows.forEach(([, first], index) => { assert.equal(first, `${(data.points[index].values[0] * 100).toFixed(4)}%`); });
  await house.page.locator('.drawing').focus();
  for (let index = 0; index < 5; index += 1) await house.page.keyboard.press('ArrowRight');
  assert.match(await house.page.locator('figure .sr').innerText(), /^5: /);
  await house.page.keyboard.press('Enter');
  await house.page.waitForSelector('.notice:has-text("第 5 点")');
  await house.close();
});

test('curve and ranges: the figures drawn are those of the service; SVG, PNG and CSV are whole', async () => {
  const house = await open(run, service);
  const { page } = house;
  await go(house, '/analyse/chongming-vertical/curve?path=fund.district.amount');
  await page.waitForSelector('figure.chart svg');
  const { data: curve } = await service.ask('POST', '/analyses/curve', { model: 'chongming-vertical', question: { path: 'fund.district.amount' } });
  const rows = await twin(page);
  assert.equal(rows.length, curve.stages.at(-1).points.length);
  await go(house, '/analyse/chongming-vertical/ranges');
  await page.waitForSelector('figure.chart svg');
  const { data: ranges } = await service.ask('POST', '/analyses/ranges', { model: 'chongming-vertical', question: { by: 'area', within: 1 } });
  const table = await twin(page);
  assert.equal(table.length, ranges.entries.length);
  ranges.entries.forEach((entry, index) => { assert.equal(table[index][1].replace(/[,.]/g, ''), String((BigInt(entry.amount_fen) + 5000n) / 10000n)); });
  for (const [button, check] of [
    ['CSV(18 行)', (text) => { assert.equal(text.trim().split(/\r?\n/).length, 19); }],
    ['SVG', (text) => { assert.match(text, /^<svg[\s\S]*<\/svg>\s*$/); assert.doesNotMatch(text, /NaN|undefined/); }],
    ['PNG', (text) => { assert.ok(text.length > 5_000); }],
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.chartfoot button').filter({ hasText: button }).click()]);
    check(readFileSync(await download.path(), button === 'PNG' ? 'latin1' : 'utf8'));
  }
  await house.close();
});

test('a sweep as a job: progress grows, it ends when cancelled, and is found again after a reload', async () => {
  const house = await open(run, service, { expected: ['ERR_ABORTED', 'net::'] });
  const { page } = house;
  await house.go('/analyse/chongming-uncertain/sweep');
  await page.waitForSelector('form.bar button.primary:not([disabled])');
  await page.fill('input.short', '20000');
  await page.click('form.bar button.primary');
  await page.waitForSelector('progress');
  const done = () => page.locator('progress').getAttribute('value').then(Number);
  const first = await done();
  await page.waitForFunction((from) => Number(document.querySelector('progress')?.getAttribute('value')) > from, first);
  await page.reload();
  await page.click('button:has-text("继续查看")');
  await page.waitForSelector('progress');
  assert.ok(await done() >= first);
  await page.click('button:has-text("取消")');
  let state = '';
  for (let tries = 0; tries < 50 && state !== 'cancelled'; tries += 1) {
    await new Promise((wait) => { setTimeout(wait, 100); });
    state = (await service.ask('GET', '/jobs')).data.items[0].state;
  }
  assert.equal(state, 'cancelled');
  await page.fill('input.short', '64');
  await page.click('form.bar button.primary');
  await page.waitForSelector('figure.chart svg');
  assert.equal((await twin(page)).length, 18);
  await house.close();
});

test('tornado, indices, alternatives and robust plans are drawn and listed', async () => {
  const house = await open(run, service);
  await go(house, '/analyse/chongming-uncertain/tornado');
  await house.page.waitForSelector('figure.chart svg');
  assert.equal((await twin(house.page)).length, 5);
  await go(house, '/analyse/chongming-vertical/alternatives');
  await house.page.waitForSelector('details.card');
  assert.equal(await house.page.locator('details.card').count(), 5);
  await house.go('/analyse/chongming-uncertain/sobol');
  await house.page.waitForSelector('form.bar button.primary:not([disabled])');
  await house.page.fill('input.short', '64');
  await house.page.click('form.bar button.primary');
  await house.page.waitForSelector('figure.chart svg');
  assert.equal((await twin(house.page)).length, 5);
  await go(house, '/analyse/chongming-vertical/robust');
  await house.page.waitForSelector('h2:has-text("各情形")');
  assert.equal(await house.page.locator('table.plain').nth(1).locator('tbody tr').count(), 49);
  await house.close();
});

test('six scenarios, one without plan, one stacked: inputs, amounts, gainers; another base; the file equals the service’s', async () => {
  const house = await open(run, service);
  const { page } = house;
  const names = ['base', 'budget-up', 'wetland-value', 'budget-slump', 'wetland-value+steep-outcome', 'green-year'];
  await house.go(`/compare/chongming-vertical?${names.map((name) => `k=${encodeURIComponent(name)}`).join('&')}`);
  await page.waitForSelector('h2:has-text("规则的作用")');
  const { data } = await service.ask('POST', '/comparisons', { model: 'chongming-vertical', scenarios: names });
  const tables = page.locator('table.plain');
  assert.equal(await tables.nth(0).locator('tbody tr').count(), data.inputs.length);
  assert.match(await tables.nth(1).innerText(), /无解/);
  const row = await tables.nth(2).locator('tbody tr').nth(1).innerText();
  const shown = (fen) => { const text = String((BigInt(fen) + 5000n) / 10000n).padStart(3, '0'); return `${text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')}.${text.slice(-2)}`; };
  for (const fen of data.areas[1].amounts_fen.filter((each) => each !== null)) assert.ok(row.includes(shown(fen)), `${row} ${shown(fen)}`);
  await page.locator('input[name="base"]').nth(1).check();
  assert.match(await tables.nth(2).locator('tfoot, tr.sum').innerText(), /-600\.00/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.choose button:has-text("CSV")')]);
  const csv = await (await fetch(`${service.api}/api/v1/comparisons`, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/csv', 'accept-language': 'zh-CN' }, body: JSON.stringify({ model: 'chongming-vertical', scenarios: names }) })).text();
  assert.equal(readFileSync(await download.path(), 'utf8'), `\uFEFF${csv.replace(/^\uFEFF/, '')}`);
  await house.close();
});
