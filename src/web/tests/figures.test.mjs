// Live figures: those on the screen are those of the service, to the 分; nothing old is shown; where there is no plan, the way out is.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { bench, browser, open, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

/** Amounts of the table, as they are held and as they are shown. */
const amounts = (page) => page.$$eval('button.amount[data-cell]', (all) => all.map((each) => ({ cell: each.dataset.cell, fen: Number(each.dataset.fen), text: each.textContent })));
const fenOf = (text) => BigInt(text.replace(/[,.]/g, ''));

test('figures: page = JSON = CSV = sum = total, in yuan and in 10,000 yuan', async () => {
  const house = await open(run, service);
  const { data: run_ } = await service.ask('POST', '/runs', { model: 'chongming-vertical', changes: ['fund.district.amount=+5%'] });
  const { data: record } = await service.ask('GET', `/runs/${run_.id}/allocation`);
  await bench(house, '/w/chongming-vertical?c=fund.district.amount%3D%2B5%25');
  const shown = await amounts(house.page);
  const wanted = new Map(record.cells.map((cell) => [`${cell.area}/${cell.ecosystem}`, cell.amount_fen]));
  assert.equal(shown.length, record.cells.length);
  for (const { cell, fen } of shown) assert.equal(fen, wanted.get(cell), cell);
  const total = Number(await house.page.locator('[data-total]').getAttribute('data-total'));
  assert.equal(shown.reduce((sum, each) => sum + each.fen, 0), total);
  assert.equal(record.funds.reduce((sum, fund) => sum + fund.spent_fen, 0), total);
  for (const { fen, text } of shown) assert.equal(fenOf(text), (BigInt(fen) + 5000n) / 10000n, text);
  await house.page.click('.look button');
  for (const { fen, text } of await amounts(house.page)) assert.equal(fenOf(text), BigInt(fen), text);
  const csv = (await service.ask('GET', `/runs/${run_.id}/exports/csv`)).data.replace(/^\uFEFF/, '').trim().split(/\r?\n/).map((line) => line.split(','));
  const [head, ...lines] = csv;
  const at = head.findIndex((name) => /金额|合计|补偿/.test(name) && /元/.test(name));
  const sum = lines.reduce((all, line) => all + BigInt(Math.round(Number(line[at]) * 100)), 0n);
  assert.equal(sum, BigInt(total), head[at]);
  assert.match(await house.page.locator('.facts').innerText(), /合计 = 各项之和/);
  await house.close();
});

test('a slider dragged: one question on its way, never an older answer, the last shown is the last asked', async () => {
  const house = await open(run, service);
  await bench(house);
  let flying = 0;
  let most = 0;
  let count = 0;
  let last = null;
  await house.page.route('**/api/v1/what-if', async (route) => {
    flying += 1;
    count += 1;
    most = Math.max(most, flying);
    last = route.request().postDataJSON();
    const response = await route.fetch();
    await new Promise((done) => { setTimeout(done, 20); });
    flying -= 1;
    await route.fulfill({ response });
  });
  const slider = house.page.locator('input[type="range"]').first();
  await slider.evaluate(async (input) => {
    const [from, to] = [1.1, 1.3];
    for (let step = 0; step <= 100; step += 1) {
      input.value = String((from + ((to - from) * step) / 100).toFixed(2));
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((done) => { setTimeout(done, 10); });
    }
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await house.page.waitForTimeout(300);
  await house.calm();
  assert.equal(most, 1);
  assert.ok(count > 3 && count < 100, `${count} questions`);
  assert.deepEqual(last.changes, ['fund.district.amount=1.3 亿元']);
  const { data } = await service.ask('POST', '/what-if', last);
  assert.equal(Number(await house.page.locator('[data-total]').getAttribute('data-total')), data.total.amount_fen);
  await house.page.unrouteAll({ behavior: 'ignoreErrors' });
  await house.page.click('button:has-text("撤销")');
  await house.page.waitForSelector('.basket li', { state: 'detached' });
  await house.close();
});

test('an answer that comes late is not shown over a newer one', async () => {
  const house = await open(run, service);
  await bench(house);
  let first = true;
  await house.page.route('**/api/v1/what-if', async (route) => {
    const response = await route.fetch();
    if (first) { first = false; await new Promise((done) => { setTimeout(done, 1500); }); }
    await route.fulfill({ response });
  });
  const box = house.page.locator('.parameter .box').first();
  await box.fill('1.1');
  await box.press('Enter');
  await box.fill('1.3');
  await box.press('Enter');
  await house.page.waitForSelector('.badge:has-text("计算中")');
  await house.page.waitForFunction(() => document.querySelector('[data-total]')?.getAttribute('data-total') === '14500000000');
  await house.page.unrouteAll({ behavior: 'ignoreErrors' });
  await house.close();
});

test('no plan: conflict in names, each repair one button, undo brings the conflict back, the band begins at the smallest budget', async () => {
  const house = await open(run, service);
  await house.go('/w/chongming-infeasible');
  await house.page.waitForSelector('.repairs button');
  const { data } = await service.ask('POST', '/what-if', { model: 'chongming-infeasible' });
  const conflict = await house.page.locator('.conflict').innerText();
  for (const member of data.diagnosis.conflict) assert.ok(conflict.includes(member.label.zh));
  assert.equal(await house.page.locator('.repairs button').count(), data.diagnosis.repairs.length);
  await house.page.waitForSelector('.band .yes');
  const least = data.diagnosis.smallest_budget_fen / 1e6;
  const band = await house.page.locator('.parameter').first().innerText();
  assert.ok(Math.abs(Number(/可行区间 ([\d.]+)/.exec(band)[1]) - least) < 1, band);
  for (let index = 0; index < data.diagnosis.repairs.length; index += 1) {
    await house.page.locator('.repairs button').nth(index).click();
    await house.page.waitForSelector('table.amounts');
    await house.calm();
    assert.equal(Number(await house.page.locator('[data-total]').getAttribute('data-total')), data.diagnosis.repairs[index].pays_fen);
    await house.page.click('button:has-text("撤销")');
    await house.page.waitForSelector('.repairs button');
  }
  await house.close();
});

test('reasons of every amount, by click and by Enter, are the service’s sentences in both languages', async () => {
  const house = await open(run, service);
  await bench(house);
  const cells = (await amounts(house.page)).map((each) => each.cell);
  assert.equal(cells.length, 49);
  for (const [index, cell] of cells.entries()) {
    const [area, ecosystem] = cell.split('/');
    const { data } = await service.ask('POST', '/what-if/explanation', { model: 'chongming-vertical', question: { area, ecosystem } });
    const button = house.page.locator(`button.amount[data-cell="${cell}"]`);
    if (index % 2) await button.click(); else { await button.focus(); await button.press('Enter'); }
    const lead = data.cells[0].sentences[0].zh;
    await house.page.waitForFunction((text) => document.querySelector('.reason .lead')?.textContent === text, lead);
    const said = await house.page.locator('.reason p').allInnerTexts();
    data.cells[0].sentences.forEach((sentence, at) => { assert.equal(said[at].trim(), sentence.zh.trim()); });
  }
  const { data } = await service.ask('POST', '/what-if/explanation', { model: 'chongming-vertical', question: { area: cells.at(-1).split('/')[0], ecosystem: cells.at(-1).split('/')[1] } });
  await house.page.click('button:has-text("English")');
  await house.page.waitForFunction((text) => document.querySelector('.reason .lead')?.textContent === text, data.cells[0].sentences[0].en);
  await house.close();
});

test('fifty changes, fifty steps back, fifty on: the same questions at both ends', async () => {
  const house = await open(run, service);
  await bench(house);
  const bodies = [];
  house.page.on('request', (request) => { if (request.url().endsWith('/what-if')) bodies.push(request.postData()); });
  const draft = () => house.page.evaluate(() => sessionStorage.getItem('ecocomp.draft'));
  const start = await draft();
  const boxes = house.page.locator('details[open] .parameter .box');
  const kinds = await boxes.count();
  for (let index = 0; index < 50; index += 1) {
    const box = boxes.nth(index % Math.min(kinds, 6));
    const value = await box.inputValue();
    const [, number, unit] = /^([\d.]+)(.*)$/.exec(value);
    await box.fill(`${(Number(number) * (1 + 0.001 * (1 + (index % 7)))).toFixed(5)}${unit}`);
    await box.press('Enter');
  }
  await house.page.waitForTimeout(400);
  await house.calm();
  const [end, asked] = [await draft(), bodies.at(-1)];
  await house.page.locator('h1').click();
  for (let index = 0; index < 50; index += 1) await house.page.keyboard.press('Control+z');
  assert.equal(await draft(), start);
  for (let index = 0; index < 50; index += 1) await house.page.keyboard.press('Control+y');
  await house.page.waitForTimeout(400);
  await house.calm();
  assert.equal(await draft(), end);
  assert.equal(bodies.at(-1), asked);
  await house.close();
});

test('refusals, delays and a service that dies: words and a way on, the draft stays', async () => {
  const house = await open(run, service, { expected: [503, 429, 408, 500, 'ERR_CONNECTION_REFUSED', 'ERR_EMPTY_RESPONSE', 'ERR_CONNECTION_RESET', 'ERR_FAILED', 502] });
  await bench(house);
  for (const [status, code, title] of [[503, 'busy', '服务繁忙'], [429, 'too_many', '请求过多'], [408, 'timeout', '请求超时'], [500, 'internal', '内部错误']]) {
    await house.page.route('**/api/v1/what-if', (route) => route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ title, status, detail: `${title}说明`, remedy: '稍后再试', code, request_id: 'r-1' }) }));
    const box = house.page.locator('.parameter .box').first();
    await box.fill(`1.2${status}`);
    await box.press('Enter');
    await house.page.waitForSelector(`.notice.bad:has-text("${title}")`);
    assert.match(await house.page.locator('.notice.bad').innerText(), /稍后再试[\s\S]*r-1/);
    assert.equal(await house.page.locator('table.amounts').count(), 1, 'the result before stays');
    await house.page.unroute('**/api/v1/what-if');
    await house.page.click('.notice.bad button:has-text("重试")');
    await house.page.waitForSelector('.notice.bad', { state: 'detached' });
  }
  await service.kill();
  const box = house.page.locator('.parameter .box').first();
  await box.fill('1.28');
  await box.press('Enter');
  await house.page.waitForSelector('.notice.bad:has-text("没有应答")');
  assert.match(await house.page.locator('.bar.bad').innerText(), /连接中断/);
  await service.again();
  await house.page.click('.notice.bad button:has-text("重试")');
  await house.page.waitForFunction(() => document.querySelector('[data-total]')?.getAttribute('data-total') === '14300000000');
  assert.equal(await house.page.locator('.bar.bad').count(), 0);
  await house.close();
});

test('entitlements as a tree: shares and amounts are the service’s, every branch sums to its own', async () => {
  const house = await open(run, service);
  await house.go('/w/chongming-vertical?view=tree');
  await house.page.waitForSelector('section.tree');
  const { data } = await service.ask('POST', '/what-if', { model: 'chongming-vertical' });
  assert.equal(Number(await house.page.locator('[data-pool]').getAttribute('data-pool')), data.entitlement.pool_fen);
  const branches = await house.page.$$eval('[data-branch]', (all) => all.map((each) => Number(each.dataset.branch)));
  assert.equal(branches.reduce((sum, each) => sum + each, 0), data.entitlement.pool_fen);
  for (const [index, eco] of data.ecosystems.entries()) {
    const branch = house.page.locator('details.branch').nth(index);
    await branch.locator('summary').click();
    await branch.locator('tbody tr').first().waitFor();
    assert.ok((await branch.locator('summary').innerText()).includes(`${(Number(data.entitlement.pools[eco.code]) * 100).toFixed(2)}%`));
    const shown = await branch.locator('[data-entitled]').evaluateAll((all) => all.map((each) => Number(each.dataset.entitled)));
    const wanted = data.cells.filter((cell) => cell.ecosystem === eco.code).map((cell) => cell.entitlement_fen).sort((a, b) => b - a);
    assert.deepEqual(shown, wanted);
    assert.equal(shown.reduce((sum, each) => sum + each, 0), branches[index]);
  }
  await house.go('/models/chongming-vertical');
  await house.page.click('summary:has-text("按数据算出的应得额")');
  await house.page.waitForSelector('section.tree details.branch');
  await house.close();
});
