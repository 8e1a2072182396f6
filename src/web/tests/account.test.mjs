// The account of ecosystem products that a model divides by: its tables are the service's, a price changed there changes the amounts.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { bench, browser, open, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

test('quantities, values and prices are the service’s; a price is changed and taken back', async () => {
  const house = await open(run, service);
  const { page } = house;
  await bench(house, '/w/chongming-gep');
  await page.click('[role=tab]:has-text("核算账户")');
  await page.waitForSelector('[data-gep]');
  await house.calm();
  const ask = async (changes = []) => (await service.ask('POST', '/what-if/account', { model: 'chongming-gep', changes, question: {} })).data;
  const before = await ask();
  const shown = async () => ({
    gep: Number(await page.locator('[data-gep]').getAttribute('data-gep')), view: Number(await page.locator('[data-view]').getAttribute('data-view')),
    worth: await page.$$eval('h3:has-text("价值量表") + .scroll [data-worth]', (all) => all.map((each) => Number(each.dataset.worth))),
  });
  const first = await shown();
  assert.equal(first.gep, before.account.total_fen);
  assert.equal(first.view, before.view.total_fen);
  assert.deepEqual(first.worth, before.account.rows.map((row) => row.value_fen).filter((fen) => fen !== null && fen !== undefined));
  assert.equal(await page.locator('[data-table=quantity] tbody tr').count(), before.account.rows.length);
  const amounts = (await service.ask('POST', '/what-if', { model: 'chongming-gep' })).data.areas.map((area) => area.amount_fen);

  const box = page.locator('.parameter:has-text("CO2") .box').first();
  await box.fill('120');
  await box.press('Enter');
  await page.waitForFunction((total) => document.querySelector('[data-gep]')?.getAttribute('data-gep') !== String(total), before.account.total_fen);
  await house.calm();
  assert.match(decodeURIComponent(page.url()), /gep\.price\.CO2=120\+元\/\(t\+CO2\)/);
  const priced = await ask(['gep.price.CO2=120 元/(t CO2)']);
  assert.ok(priced.account.total_fen > before.account.total_fen);
  assert.equal((await shown()).gep, priced.account.total_fen);
  assert.match(await page.locator('.basket').innerText(), /价格 CO2/);
  await page.click('[role=tab]:has-text("表格")');
  await page.waitForSelector('table.amounts');
  const record = (await service.ask('POST', '/what-if', { model: 'chongming-gep', changes: ['gep.price.CO2=120 元/(t CO2)'] })).data;
  assert.deepEqual(await page.$$eval('table.amounts tbody .strong button', (all) => all.map((each) => Number(each.dataset.fen))), record.areas.map((area) => area.amount_fen));
  assert.notDeepEqual(record.areas.map((area) => area.amount_fen), amounts);
  await page.click('button:has-text("撤销")');
  await page.click('[role=tab]:has-text("核算账户")');
  await page.waitForFunction((total) => document.querySelector('[data-gep]')?.getAttribute('data-gep') === String(total), before.account.total_fen);
  await house.close();
});

test('a model without an account has no such view', async () => {
  const house = await open(run, service);
  await bench(house);
  assert.equal(await house.page.locator('[role=tab]:has-text("核算账户")').count(), 0);
  const refused = await service.ask('POST', '/what-if/account', { model: 'chongming-vertical', question: {} });
  assert.equal(refused.status, 422);
  await house.close();
});

test('three steps: own data, rules, result; the example is thrown away and comes back', async () => {
  const files = {};
  for (const name of ['areas.csv', 'cells.csv']) files[name] = await (await fetch(`${service.api}/api/v1/datasets/chongming/versions/1/files/${name}`)).text();
  const house = await open(run, service);
  const { page } = house;
  await house.go('/');
  await house.calm();
  assert.match(await page.locator('.steps [aria-current=step]').innerText(), /一、/);
  await page.click('.steps [aria-current=step] a.primary');
  await page.waitForSelector('#files');
  await page.setInputFiles('#files', Object.entries(files).map(([name, text]) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })));
  await page.fill('#upload-name', 'ledger');
  await page.click('form.upload button.primary:has-text("预览")');
  await page.click('form.upload button.primary:has-text("确认保存")');
  await page.waitForSelector('.ag-row .ag-cell');
  await page.click('nav a[href="/"]');
  await page.waitForSelector('.steps [aria-current=step]:has-text("二、")');
  await page.selectOption('#start-model', 'chongming-vertical');
  await page.waitForSelector('.steps [aria-current=step]:has-text("三、")');
  await page.click('.steps [aria-current=step] a.primary');
  await page.waitForSelector('table.amounts tbody tr');
  assert.equal(new URL(page.url()).searchParams.get('d'), 'ledger');
  await page.click('nav a[href="/"]');
  await page.click('button:has-text("丢弃草稿")');
  await page.waitForSelector('.steps [aria-current=step]:has-text("二、")');
  await page.keyboard.press('Control+z');
  await page.waitForSelector('.steps [aria-current=step]:has-text("三、")');
  await house.close();
});
