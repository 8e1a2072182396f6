// What is hostile stays text; who may not, learns nothing; a token is in no place where it could be found.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { bench, browser, guarded, open, serve } from './house.mjs';

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

test('login: the token is exchanged for a cookie that no script reads, and stands nowhere; out is out, in every tab', async () => {
  const house_ = await guarded(['planner']);
  const secret = house_.tokens.planner;
  try {
    const house = await open(run, house_, { expected: [401] });
    const { page } = house;
    await house.go('/w/chongming-vertical');
    await page.waitForSelector('h1:has-text("登录")');
    await page.fill('#token', 'ecocomp_wrong');
    await page.click('form button.primary');
    await page.waitForSelector('.notice.bad');
    await house_.enter(house, 'planner');
    const [cookie] = await house.context.cookies();
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    assert.equal(cookie.path, '/');
    const second = await house.context.newPage();
    await second.goto(`${house_.address}/w/chongming-vertical?view=change`);
    await second.waitForSelector('.bench svg');
    await second.goto(`${house_.address}/w/chongming-vertical`);
    await second.waitForSelector('table.amounts');
    await page.reload();
    await page.waitForSelector('h1:has-text("工作台")');
    const found = await second.evaluate((text) => [JSON.stringify({ ...window.localStorage }), JSON.stringify({ ...window.sessionStorage }), location.href, document.documentElement.outerHTML, JSON.stringify(history.state)].some((each) => each.includes(text)), secret);
    assert.equal(found, false);
    assert.equal(await second.evaluate(() => document.cookie), '');
    await page.click('button:has-text("退出")');
    await page.waitForSelector('h1:has-text("登录")');
    await second.waitForSelector('h1:has-text("登录")');
    assert.doesNotMatch(await second.locator('body').innerText(), /13,500/);
    await second.goBack();
    await second.waitForSelector('h1:has-text("登录")');
    assert.doesNotMatch(await second.locator('body').innerText(), /13,500/);
    const old = await fetch(`${house_.api}/api/v1/me`, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
    assert.equal(old.status, 401, 'the cookie of a session that ended');
    await second.close();
    await house.close();
  } finally { await house_.close(); }
});

test('five roles: each sees the buttons that it may use and no others, and a forged request is refused', async () => {
  const roles = ['viewer', 'planner', 'approver', 'admin', 'auditor'];
  const house_ = await guarded(roles);
  try {
    const made = async (path, body) => (await house_.ask('POST', path, body, house_.as('planner'))).data;
    const kept = await made('/runs', { model: 'chongming-vertical' });
    const plan = await made('/plans', { run: kept.id, title: '2025年分配方案' });
    // Screen, button or link, and who may use it.
    const seen = [
      ['/w/chongming-vertical', 'table.amounts', '保存为方案', ['planner', 'admin']],
      ['/data', 'table.plain', '下载空白模板', ['planner', 'admin']],
      ['/data/chongming', '.ag-row', '保存为新版本', ['planner', 'admin']],
      ['/models/chongming-vertical', 'textarea.code', '保存为新版本', ['planner', 'admin']],
      [`/report/${kept.id}`, '.sheet-a4', '标题与说明', ['planner', 'admin']],
      [`/plans/${plan.id}`, 'h2:has-text("讨论")', '批准', ['approver', 'admin']],
      [`/plans/${plan.id}`, 'h2:has-text("讨论")', '撤回', ['planner']],
      [`/plans/${plan.id}`, 'h2:has-text("讨论")', '发表', ['planner', 'approver', 'auditor', 'admin']],
    ];
    for (const role of roles) {
      const house = await open(run, house_, { expected: [401, 403, 428] });
      await house_.enter(house, role);
      let there = '';
      for (const [path, ready, button, allowed] of seen) {
        if (path !== there) {
          await house.go(path);
          await house.page.waitForSelector(ready);
          await house.calm();
          there = path;
        }
        assert.equal(await house.page.locator('main').getByRole('button', { name: button, exact: true }).count() > 0, allowed.includes(role), `${role}: ${button} on ${path}`);
      }
      for (const [path, allowed] of [['/audit', ['admin', 'auditor']], ['/admin', ['admin']]]) assert.equal(await house.page.locator(`nav a[href="${path}"]`).count() > 0, allowed.includes(role), `${role}: ${path}`);
      const forged = await house.page.evaluate(async (id) => Promise.all([
        fetch('/api/v1/runs', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":"minimal"}' }), fetch(`/api/v1/plans/${id}/publication`, { method: 'POST' }), fetch('/api/v1/tokens'), fetch('/api/v1/audit'),
      ]).then((all) => all.map((each) => each.status)), plan.id);
      const may = [['planner', 'admin'], ['approver', 'admin'], ['admin'], ['auditor', 'admin']];
      forged.forEach((status, index) => { assert.equal(status === 403, !may[index].includes(role), `${role}: ${index} gave ${status}`); });
      await house.close();
    }
  } finally { await house_.close(); }
});

test('a session that ends amid an edit: the draft is there after logging in again, and nothing of it is lost', async () => {
  const house_ = await guarded(['planner', 'admin']);
  try {
    const house = await open(run, house_, { expected: [401] });
    const { page } = house;
    await house_.enter(house, 'planner');
    await bench(house);
    const box = page.locator('.parameter .box').first();
    await box.fill('1.27 亿元');
    await box.press('Enter');
    await house.calm();
    // Typed, and not yet asked for, when the session ends; the dialog may be there before Enter is.
    await box.fill('1.28 亿元');
    const sessions = (await house_.ask('GET', '/sessions?all=true', undefined, house_.as('admin'))).data.items;
    for (const each of sessions) assert.equal((await house_.ask('DELETE', `/sessions/${each.id}`, undefined, house_.as('admin'))).status, 204);
    await box.dispatchEvent('keydown', { key: 'Enter' });
    await page.waitForSelector('dialog[open] #token');
    assert.match(await page.locator('dialog[open]').innerText(), /草稿仍在本页/);
    assert.equal(await page.locator('table.amounts').count(), 1);
    assert.match(await page.evaluate(() => sessionStorage.getItem('ecocomp.draft')), /1\.28 亿元/);
    await page.fill('dialog[open] #token', house_.tokens.planner);
    await page.click('dialog[open] form button');
    await page.waitForFunction(() => document.querySelector('[data-total]')?.getAttribute('data-total') === '14300000000' && !document.querySelector('dialog[open]'));
    await house.close();
  } finally { await house_.close(); }
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
