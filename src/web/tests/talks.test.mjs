// The negotiation room: two parties and a mediator in browsers of their own. Nobody's browser holds what is another's.
import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, open, program, root, serve } from './house.mjs';

const CASE = join(root, 'models/horizontal/xinan-negotiation/case.toml');
/** Figures that stand nowhere else. */
const SECRET = { reservation: '731.07 万元', budget: '14987.63 万元', cost: '-12013.59 万元' };
const digits = (text) => text.replace(/[^\d.]/g, '');

const filesOf = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const path = join(folder, entry.name);
  return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [path] : [];
});

test('two parties and a mediator: offers are seen within two seconds, own figures by their party alone, the zone by the mediator alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ecocomp-page-'));
  const database = `sqlite:${join(folder, 'store.db')}`;
  const token = (org) => /ecocomp_[\w-]+/.exec(execFileSync(program, ['token', 'create', '--role', 'planner', '--org', org, '--name', `planner-${org}`, '--database', database], { cwd: root }).toString())[0];
  const tokens = Object.fromEntries(['anhui-office', 'zhejiang-office', 'mediator-office'].map((org) => [org, token(org)]));
  const service = await serve({ listen: '0.0.0.0:0', folder });
  for (const name of ['address', 'api']) service[name] = service[name].replace('0.0.0.0', '127.0.0.1');
  // B's browser keeps what it keeps in a folder of its own, so that its disk can be looked through.
  const profile = mkdtempSync(join(tmpdir(), 'ecocomp-profile-'));
  const run = await browser();
  const theirs = await browser(profile);
  const enter = async (browserOf, org) => {
    const house = await open(browserOf, service, { expected: [401, 404, 409] });
    house.seen = [];
    house.page.on('response', (response) => { response.text().then((text) => { house.seen.push(`${response.url()}\n${text}`); }, () => null); });
    await house.go('/login');
    await house.page.fill('#token', tokens[org]);
    await house.page.click('form button.primary');
    await house.page.waitForSelector('h1:has-text("工作台")');
    return house;
  };
  try {
    const a = await enter(run, 'anhui-office');
    const b = await enter(theirs, 'zhejiang-office');
    const m = await enter(run, 'mediator-office');

    await a.page.click('nav a[href="/negotiations"]');
    await a.page.setInputFiles('#case', CASE);
    await a.page.fill('#org-anhui', 'anhui-office');
    await a.page.fill('#org-zhejiang', 'zhejiang-office');
    await a.page.fill('#mediator', 'mediator-office');
    await a.page.click('form.upload button.primary');
    await a.page.waitForSelector('h1:has-text("新安江式补偿协议的谈判")');
    for (const house of [b, m]) {
      await house.page.click('nav a[href="/negotiations"]');
      await house.page.click('table a:has-text("新安江式")');
      await house.page.waitForSelector('#offers');
    }
    const keep = async (house, { reservation, budget, worth }) => {
      await house.page.fill('#reservation', reservation);
      await house.page.fill('#budget', budget);
      await house.page.fill('#worth', JSON.stringify(worth));
      await house.page.check('input[type=checkbox]');
      await house.page.click('form:has(#worth) button.primary');
      await house.page.waitForSelector('.notice.good:has-text("已保存")');
    };
    await keep(a, { reservation: SECRET.reservation, budget: SECRET.budget, worth: [{ amount: SECRET.cost }] });

    const offer = async (house, terms) => {
      for (const [issue, value] of Object.entries(terms)) await house.page.fill(`#issue-${issue}`, value);
      await house.page.click('form#offer button.primary');
      await house.page.click('dialog[open] footer button.primary');
    };
    await offer(a, { base: '17000', tier: '8000', penalty: '9000', tier_at: '0.95', years: '3' });
    const from = Date.now();
    await Promise.all([b, m].map((house) => house.page.waitForSelector('.offers th:has-text("第 1 轮")')));
    // Two seconds and what three browsers on one machine need.
    assert.ok(Date.now() - from < 4_000, `${Date.now() - from} ms`);
    await a.page.waitForSelector('.offers .own [data-surplus]');
    assert.equal(await b.page.locator('.offers .own').count(), 0, 'without a file of its own a party sees public figures');

    await keep(b, { reservation: '0 万元', budget: '30000 万元', worth: [{ amount: '18000 万元', when: [{ variable: 'P', at_most: 1 }] }] });
    await b.page.waitForSelector('.offers .own [data-surplus]');
    assert.equal(await b.page.locator('.offers .own').count(), 3, 'one party’s own figures');

    // What is tried is seen by nobody else.
    await b.page.fill('#issue-base', '15550');
    await b.page.click('form#offer button:has-text("试算")');
    await b.page.waitForSelector('.offers th:has-text("试算")');
    await b.page.click('form#offer button:has-text("寻找还价")');
    await b.page.waitForSelector('.counters li');
    await b.page.locator('.counters button').first().click();
    await a.page.waitForTimeout(2_500);
    for (const house of [a, m]) {
      assert.equal(await house.page.locator('.offers thead th').count(), 2);
      assert.ok(!house.seen.some((text) => text.includes('15550')), 'a tried offer leaves no trace');
    }

    await m.page.click('button:has-text("计算调解结果")');
    await m.page.waitForSelector('table.zone');
    assert.match(await m.page.locator('main').innerText(), /存在各方都可接受的报价[\s\S]*纳什解/);
    assert.equal(await m.page.locator('.offers .own').count(), 6, 'the mediator sees both');
    for (const house of [a, b]) {
      assert.equal(await house.page.locator('table.zone').count(), 0);
      const refused = await house.page.evaluate(async (address) => (await fetch(address)).status, `/api/v1${new URL(house.page.url()).pathname}/mediation`);
      assert.ok([401, 403, 404].includes(refused), `${refused}`);
    }

    // B's answers, document, storage, history and, after its end, its disk hold none of A's figures.
    const secrets = Object.values(SECRET).map(digits);
    const traces = [...b.seen, ...await b.page.evaluate(() => [document.documentElement.outerHTML, JSON.stringify({ ...window.localStorage }), JSON.stringify({ ...window.sessionStorage }), document.cookie, location.href, JSON.stringify(history.state)])];
    for (const secret of secrets) assert.ok(!traces.some((text) => text.includes(secret)), secret);
    // Nor are A's own figures in A's storage and address.
    const kept = await a.page.evaluate(() => [JSON.stringify({ ...window.localStorage }), JSON.stringify({ ...window.sessionStorage }), document.cookie, location.href, JSON.stringify(history.state)]);
    for (const secret of secrets) assert.ok(!kept.some((text) => text.includes(secret)), secret);
    assert.ok(a.seen.some((text) => text.includes(secrets[0])), 'A itself has read them');
    for (const house of [a, b, m]) await house.close();
    await theirs.close();
    for (const path of filesOf(profile)) {
      const bytes = readFileSync(path, 'latin1');
      for (const secret of secrets) assert.ok(!bytes.includes(secret), path);
    }
  } finally {
    await run.close();
    await theirs.close().catch(() => null);
    await service.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
