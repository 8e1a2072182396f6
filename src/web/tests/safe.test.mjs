// What is hostile stays text; who may not, learns nothing; a token is in no place where it could be found.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bench, browser, open, program, root, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

const HOSTILE = ['<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', '{{7*7}}', '</script><b>', 'javascript:alert(1)', '国'.repeat(60)];

test('hostile names are text everywhere: table, reasons, charts, titles, report, plans', async () => {
  const quote = (text) => `"${text.replaceAll('"', '""')}"`;
  const areas = ['代码,名称,人口(人)', ...HOSTILE.map((name, index) => `${100 + index},${quote(name)},1000`)];
  const cells = ['区域代码,区域名称,生态系统,面积(亩),生态产品总值(万元),质量(指数),保护成效(分),保护成本(万元),机会成本(万元),上年补偿(万元)', ...HOSTILE.map((name, index) => `${100 + index},${quote(name)},林地,1000,5000,0.9,80,10,10,20`)];
  const put = await service.ask('PUT', '/datasets/hostile', { files: { 'areas.csv': areas.join('\n'), 'cells.csv': cells.join('\n') }, provenance: HOSTILE[0] }, { 'if-none-match': '*' });
  assert.equal(put.status, 201, JSON.stringify(put.data));
  const name = JSON.stringify(HOSTILE[0]);
  const text = `[model]\nname = ${name}\ndataset = "../datasets/hostile"\n[[fund]]\nid = "f"\nlabel = ${JSON.stringify(HOSTILE[1])}\namount = "200 万元"\nbasis = ${name}\n[[rule]]\nkind = "floor"\nlabel = ${JSON.stringify(HOSTILE[2])}\nper = "area"\nat_least = "1 万元"\n[[objective]]\nkind = "max_min_coverage"\n`;
  assert.equal((await service.ask('PUT', '/models/hostile', { text }, { 'if-none-match': '*' })).status, 201);
  const kept = (await service.ask('POST', '/runs', { model: 'hostile' })).data;
  assert.equal(kept.status, 'optimal', JSON.stringify(kept));
  const plan = (await service.ask('POST', '/plans', { run: kept.id, title: HOSTILE[0], note: HOSTILE[1] })).data;
  const house = await open(run, service);
  for (const path of ['/w/hostile?why=100/forest', '/w/hostile?view=tiles', '/w/hostile?view=change', '/w/hostile?view=flow', '/data/hostile', '/models/hostile', '/compare/hostile?k=base&k=x:+fund.f.amount*%3D1.1', `/report/${kept.id}`, `/plans/${plan.id}`, '/plans', '/audit', '/']) {
    await house.go(path);
    await house.page.waitForSelector('h1');
    await house.calm();
    await house.page.waitForTimeout(150);
    assert.equal(await house.page.locator('main img, main b, main [onload], main [onerror], main a[href^="javascript"]').count(), 0, path);
    assert.doesNotMatch(await house.page.locator('main').innerText(), /(?<![*7{])\b49\b(?!\d)(?=\}\})/);
  }
  await house.go(`/report/${kept.id}`);
  assert.ok((await house.page.locator('.sheet-a4').innerText()).includes(HOSTILE[0]));
  await house.close();
});

test('with tokens: login, roles refuse with words, the token is in no storage, address or page; out is out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ecocomp-page-'));
  const database = `sqlite:${join(folder, 'store.db')}`;
  const token = (role) => /ecocomp_[\w-]+/.exec(execFileSync(program, ['token', 'create', '--role', role, '--name', role, '--database', database], { cwd: root }).toString())[0];
  const [planner, approver, viewer] = ['planner', 'approver', 'viewer'].map(token);
  const guarded = await serve({ listen: '0.0.0.0:0', folder });
  guarded.address = guarded.address.replace('0.0.0.0', '127.0.0.1');
  guarded.api = guarded.api.replace('0.0.0.0', '127.0.0.1');
  const enter = async (house, secret) => {
    await house.go('/login');
    await house.page.fill('#token', secret);
    await house.page.click('form button.primary');
    await house.page.waitForSelector('h1:has-text("工作台")');
  };
  try {
    const house = await open(run, guarded, { expected: [401, 403, 409] });
    await house.go('/w/chongming-vertical');
    await house.page.waitForSelector('h1:has-text("登录")');
    await house.page.fill('#token', 'ecocomp_wrong');
    await house.page.click('form button.primary');
    await house.page.waitForSelector('.notice.bad');
    await enter(house, planner);
    await house.page.click('nav a[href="/w"]');
    await house.page.selectOption('.choose select', 'chongming-vertical');
    await house.page.waitForSelector('table.amounts');
    await house.page.click('button:has-text("保存为方案")');
    await house.page.click('.notice.good a');
    await house.page.click('button:has-text("提交审批")');
    await house.page.click('dialog[open] footer button');
    await house.page.waitForURL(/plans\/.+/);
    const plan = new URL(house.page.url()).pathname;
    const found = await house.page.evaluate((secret) => [document.cookie, JSON.stringify({ ...window.localStorage }), JSON.stringify({ ...window.sessionStorage }), location.href, document.documentElement.outerHTML, JSON.stringify(history.state)].some((text) => text.includes(secret)), planner);
    assert.equal(found, false);
    await house.page.click('button:has-text("批准")');
    await house.page.waitForSelector('.notice.bad');
    await house.page.click('button:has-text("退出")');
    await house.page.waitForSelector('h1:has-text("登录")');
    await house.page.goBack();
    await house.page.waitForSelector('h1:has-text("登录")');
    assert.doesNotMatch(await house.page.locator('main').innerText(), /13,500/);

    const second = await open(run, guarded, { expected: [401, 403] });
    await enter(second, viewer);
    await second.page.click('nav a[href="/audit"]');
    await second.page.waitForSelector('.notice.bad');
    await second.close();
    const third = await open(run, guarded, { expected: [401, 403] });
    await enter(third, approver);
    await third.page.click('nav a[href="/plans"]');
    await third.page.click('table a');
    await third.page.waitForSelector('#comment');
    assert.equal(new URL(third.page.url()).pathname, plan);
    await third.page.fill('#comment', '同意');
    await third.page.click('button:has-text("批准")');
    await third.page.waitForSelector('h1 .badge.good');
    await third.close();
    await house.close();
  } finally { await guarded.close(); }
});

test('a session that ends amid an edit: the draft is there after logging in again', async () => {
  const house = await open(run, service, { expected: [401] });
  await bench(house);
  const box = house.page.locator('.parameter .box').first();
  await box.fill('1.27 亿元');
  await box.press('Enter');
  await house.calm();
  await house.page.route('**/api/v1/what-if', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify({ title: '未登录', status: 401, detail: '', code: 'unauthorized' }) }));
  await box.fill('1.28 亿元');
  await box.press('Enter');
  await house.page.waitForSelector('dialog[open] #token');
  assert.match(await house.page.locator('dialog[open]').innerText(), /草稿仍在本页/);
  assert.equal(await house.page.locator('table.amounts').count(), 1);
  await house.page.unroute('**/api/v1/what-if');
  const draft = await house.page.evaluate(() => sessionStorage.getItem('ecocomp.draft'));
  assert.match(draft, /1\.28 亿元/);
  // The service of this test takes no token that it does not know: on its way to it the token is taken off.
  const given = new Set();
  await house.page.route('**/api/v1/**', async (route) => {
    const { authorization, ...headers } = route.request().headers();
    given.add(authorization);
    await route.continue({ headers });
  });
  await house.page.fill('dialog[open] #token', 'ecocomp_again');
  await house.page.click('dialog[open] form button');
  await house.page.waitForFunction(() => document.querySelector('[data-total]')?.getAttribute('data-total') === '14300000000' && !document.querySelector('dialog[open]'));
  assert.ok(given.has('Bearer ecocomp_again'));
  await house.page.unrouteAll({ behavior: 'ignoreErrors' });
  await house.close();
});

test('another site cannot make a browser ask: forms and fetches from elsewhere change nothing', async () => {
  const { createServer } = await import('node:http');
  const evil = createServer((question, answer) => { answer.setHeader('content-type', 'text/html'); answer.end('<h1>elsewhere</h1>'); });
  await new Promise((done) => { evil.listen(0, '127.0.0.1', done); });
  const context = await run.newContext();
  const page = await context.newPage();
  await page.goto(`http://localhost:${evil.address().port}/`.replace('localhost', '127.0.0.1'));
  const before = (await service.ask('GET', '/models')).data.items.length;
  const outcomes = await page.evaluate(async (api) => {
    const tries = [
      () => fetch(`${api}/api/v1/runs`, { method: 'POST', mode: 'no-cors', body: JSON.stringify({ model: 'minimal' }) }),
      () => fetch(`${api}/api/v1/models/evil`, { method: 'PUT', headers: { 'content-type': 'application/json', 'if-none-match': '*' }, body: '{"text":"x"}' }),
      () => fetch(`${api}/api/v1/what-if`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":"minimal"}' }),
    ];
    const all = [];
    for (const each of tries) { try { const answer = await each(); all.push(answer.type === 'opaque' ? 'opaque' : String(answer.status)); } catch { all.push('refused'); } }
    return all;
  }, service.api);
  assert.ok(outcomes.every((each) => ['refused', 'opaque'].includes(each)), outcomes.join());
  assert.equal((await service.ask('GET', '/models')).data.items.length, before);
  assert.equal((await service.ask('GET', '/runs')).data.items.filter((each) => each.model === 'minimal').length, 0);
  await context.close();
  evil.close();
});
