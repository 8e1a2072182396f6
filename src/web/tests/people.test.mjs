// For everybody: no fault that axe finds on any screen and state, all of it by keyboard, narrow and large, both languages.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beginTalk, bench, browser, open, root, serve } from './house.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let service;
let run;
let planned;
let talk;
let kept;
before(async () => {
  service = await serve();
  run = await browser();
  kept = (await service.ask('POST', '/runs', { model: 'chongming-vertical' })).data.id;
  planned = (await service.ask('POST', '/plans', { run: kept, title: '2025年分配方案' })).data.id;
  talk = (await beginTalk(service)).data.id;
});
after(async () => { await run?.close(); await service?.close(); });

const ALL = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
/** Darkness changes nothing but colours. */
const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };
async function faults(page, where, rules) {
  await page.evaluate(axe);
  const found = await page.evaluate((how) => window.axe.run(document, how), rules);
  return found.violations.map((each) => `${where}: ${each.id} ${each.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
}
/** The tables of the example, as a browser gives files. */
const table = ['areas.csv', 'cells.csv'].map((name) => ({ name, mimeType: 'text/csv', buffer: readFileSync(join(root, 'datasets/chongming', name)) }));
const SCREENS = () => ['/', '/data', '/data/chongming', '/models', '/models/chongming-vertical', '/w', '/w/chongming-vertical?why=310151111/wetland', '/w/chongming-infeasible', '/w/chongming-vertical?view=tiles', '/w/chongming-vertical?view=change', '/w/chongming-vertical?view=flow', '/w/chongming-vertical?view=tree', '/w/chongming-gep?view=account', '/compare/chongming-vertical?k=base&k=budget-up&k=budget-slump', '/analyse/chongming-vertical/frontier', '/report', `/report/${kept}`, '/plans', `/plans/${planned}`, '/negotiations', `/negotiations/${talk}`, '/audit', '/admin', '/login', '/w/nothing', '/nowhere/x'];

for (const scheme of ['light', 'dark']) {
  test(`axe finds nothing on any screen, ${scheme}`, async () => {
    const house = await open(run, service, { colorScheme: scheme, expected: [404] });
    const all = [];
    const rules = scheme === 'light' ? ALL : COLOURS;
    for (const path of SCREENS().filter((each) => process.env.DEV_PAGE || each !== '/nowhere/x')) {
      await house.go(path);
      await house.page.waitForSelector('h1');
      await house.calm();
      all.push(...await faults(house.page, path, rules));
    }
    await bench(house);
    await house.page.click('button:has-text("帮助")');
    await house.page.waitForSelector('dialog[open]');
    all.push(...await faults(house.page, 'help', rules));
    await house.page.keyboard.press('Escape');
    const box = house.page.locator('.parameter .box').first();
    for (const [path, button] of [['/w/chongming-vertical?s=wetland-value', '存为情景'], ['/w/chongming-vertical?s=wetland-value', '写入模型'], [`/report/${kept}`, '标题与说明']]) {
      await house.go(path);
      await house.page.waitForSelector(`button:has-text("${button}")`);
      await house.calm();
      await house.page.click(`button:has-text("${button}")`);
      await house.page.waitForSelector('dialog[open] footer');
      all.push(...await faults(house.page, button, rules));
      await house.page.keyboard.press('Escape');
    }
    await house.go('/data');
    await house.page.setInputFiles('#files', table);
    await house.page.fill('#upload-name', 'looked');
    await house.page.click('form.upload button.primary');
    await house.page.waitForSelector('.preview table');
    all.push(...await faults(house.page, 'a preview', rules));
    await bench(house);
    await box.fill('一');
    await box.press('Enter');
    all.push(...await faults(house.page, 'a wrong figure', rules));
    assert.deepEqual(all, []);
    await house.close();
  });
}

test('the main way by keyboard alone: open, change, explain, save, submit; focus is seen and comes back', async () => {
  const house = await open(run, service);
  const { page } = house;
  await house.go('/w/chongming-vertical');
  await page.waitForSelector('table.amounts');
  await house.calm();
  const focused = () => page.evaluate(() => { const it = document.activeElement; const box = it.getBoundingClientRect(); const style = getComputedStyle(it); return { tag: it.tagName, text: (it.getAttribute('aria-label') ?? it.textContent ?? '').trim(), outline: style.outlineStyle, top: box.top, height: box.height }; });
  const tabTo = async (wanted, most = 150) => {
    for (let step = 0; step < most; step += 1) {
      await page.keyboard.press('Tab');
      const now = await focused();
      if (wanted.test(now.text)) {
        assert.notEqual(now.outline, 'none', `focus is seen on ${now.text}`);
        assert.ok(now.top >= 0 && now.top + now.height <= 900, `${now.text} is in sight`);
        return now;
      }
    }
    throw new Error(`no way to ${wanted}`);
  };
  await page.keyboard.press('Tab');
  assert.match((await focused()).text, /跳到正文/);
  await page.keyboard.press('Enter');
  await tabTo(/^区级生态补偿资金 金额$/);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('1.26 亿元');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('[data-total]')?.getAttribute('data-total') === '14100000000');
  await tabTo(/查看理由/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.reason .lead');
  await page.keyboard.press('Control+s');
  await page.waitForSelector('.notice.good a');
  await page.locator('.notice.good a').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('.sheet-a4');
  assert.match((await focused()).tag, /H1|MAIN|BODY/);
  await tabTo(/^提交审批$/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] #plan-title');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  assert.match((await focused()).text, /提交审批/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] #plan-title');
  await page.locator('#plan-title').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/plans\/.+/);
  await page.keyboard.press('Alt+Digit4');
  await page.waitForSelector('table.amounts');
  await house.close();
});

test('320 pixels wide, large letters, wide spacing: nothing is cut, nothing scrolls sideways but tables; targets of 24 pixels', async () => {
  const house = await open(run, service, { viewport: { width: 320, height: 640 } });
  for (const path of ['/', '/w/chongming-vertical', '/w/chongming-infeasible', '/models/chongming-vertical', '/compare/chongming-vertical?k=base&k=budget-up', `/report/${kept}`, '/plans', `/plans/${planned}`, '/w/chongming-gep?view=account', '/data', '/admin', '/audit']) {
    await house.go(path);
    await house.page.waitForSelector('h1');
    await house.calm();
    const wide = await house.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${path} is ${wide} wide`);
  }
  await bench(house);
  const small = await house.page.$$eval('button, a.button, select, input', (all) => all.filter((each) => each.offsetParent !== null && !each.closest('.sr')).map((each) => ({ name: each.textContent || each.getAttribute('aria-label'), width: each.offsetWidth, height: each.offsetHeight, tag: each.type })).filter(({ width, height, tag }) => (width < 24 || height < 24) && !['checkbox', 'radio'].includes(tag)));
  assert.deepEqual(small, []);
  await house.close();
});

test('Chinese and English: the work stays, no key is shown, no English sentence in Chinese, the language is named', async () => {
  const house = await open(run, service);
  await bench(house, '/w/chongming-vertical?c=fund.district.amount%3D1.26+%E4%BA%BF%E5%85%83');
  const figures = () => house.page.$$eval('[data-fen]', (all) => all.map((each) => each.dataset.fen).join());
  const before = await figures();
  const text = await house.page.locator('body').innerText();
  assert.doesNotMatch(text, /\b(nav|work|facts|rules|amounts|slider|basket|state|kind|key_of)\.[a-z_]+\b/);
  assert.doesNotMatch(text.replace(/chongming-vertical|ecocomp|English/g, ''), /[A-Za-z]{4,} [A-Za-z]{3,}/);
  assert.equal(await house.page.getAttribute('html', 'lang'), 'zh-CN');
  await house.page.click('button:has-text("English")');
  await house.page.waitForSelector('h1:has-text("Chongming district")');
  assert.equal(await house.page.getAttribute('html', 'lang'), 'en');
  assert.equal(await figures(), before);
  await house.page.click('button:has-text("中文")');
  await house.page.waitForSelector('h1:has-text("崇明区")');
  await house.close();
});
