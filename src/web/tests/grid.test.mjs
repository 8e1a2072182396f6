// The table: paste as spreadsheets give it, keys, input methods, undo, thousands of rows, two editors, findings in the cell.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { browser, open, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

const cell = (page, row, column) => page.locator(`.ag-row[row-index="${row}"] .ag-cell[col-id="${column}"]`);
const textOf = (page, row, column) => cell(page, row, column).innerText();
const draft = (page) => page.evaluate(() => { const cells = JSON.parse(sessionStorage.getItem('ecocomp.draft') ?? '{}').cells ?? {}; return Object.values(cells)[0] ?? {}; });
/** Pastes as a browser does: an event on the focused element, with the text of the clipboard. */
const paste = (page, text) => page.evaluate((given) => {
  const data = new DataTransfer();
  data.setData('text/plain', given);
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}, text);
const copy = (page, kind = 'copy') => page.evaluate((name) => {
  const data = new DataTransfer();
  document.activeElement.dispatchEvent(new ClipboardEvent(name, { clipboardData: data, bubbles: true, cancelable: true }));
  return data.getData('text/plain');
}, kind);
async function grid(path = '/data/chongming', how = {}) {
  const house = await open(run, service, how);
  await house.go(path);
  await house.page.waitForSelector('.ag-row .ag-cell');
  await house.calm();
  return house;
}

test('a block from a spreadsheet: right cells, nothing blanked, figures read', async () => {
  const house = await grid();
  const { page } = house;
  const below = await textOf(page, 2, 3);
  await cell(page, 0, 3).click();
  await paste(page, '"1,234.50"\t１２３４\r\n1.2万\t"2,000"\r\n');
  assert.equal(await textOf(page, 0, 3), '1234.50');
  assert.equal(await textOf(page, 0, 4), '1234');
  assert.equal(await textOf(page, 1, 3), '12000');
  assert.equal(await textOf(page, 1, 4), '2000');
  assert.equal(await textOf(page, 2, 3), below);
  assert.deepEqual(Object.keys(await draft(page)).sort(), ['cells.csv!0!3', 'cells.csv!0!4', 'cells.csv!1!3', 'cells.csv!1!4']);
  await page.keyboard.press('Control+z');
  assert.deepEqual(await draft(page), {});
  await house.close();
});

test('what is no figure is named by its cell, and the rest is written only after asking', async () => {
  const house = await grid();
  const { page } = house;
  await cell(page, 0, 3).click();
  await paste(page, '3.10151E+11\t5\r\nabc\t6\r\n');
  await page.waitForSelector('dialog[open]');
  const said = await page.locator('dialog[open]').innerText();
  assert.match(said, /2 个单元格可以写入[\s\S]*第 2 行“面积[\s\S]*科学计数法[\s\S]*第 3 行“面积[\s\S]*不是数字/);
  assert.deepEqual(await draft(page), {});
  await page.click('dialog[open] button.primary');
  assert.deepEqual(await draft(page), { 'cells.csv!0!4': '5', 'cells.csv!1!4': '6' });
  await house.close();
});

test('over the edge: said, nothing dropped in silence', async () => {
  const house = await grid('/data/chongming');
  const { page } = house;
  await page.click('[role=tab]:has-text("areas.csv")');
  await page.waitForSelector('.ag-row[row-index="17"] .ag-cell');
  await cell(page, 17, 3).click();
  await paste(page, '1\t2\r\n3\t4');
  assert.match(await page.locator('dialog[open]').innerText(), /1 个单元格可以写入[\s\S]*3 个单元格超出表格范围/);
  await page.click('dialog[open] footer button:nth-child(2)');
  assert.deepEqual(await draft(page), {});
  await house.close();
});

test('keys: arrows, typing, F2, Escape, Delete, ranges, copy, cut, fill down, undo and redo, out again', async () => {
  const house = await grid();
  const { page } = house;
  await cell(page, 0, 3).click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('77');
  await page.keyboard.press('Enter');
  assert.equal(await textOf(page, 1, 4), '77');
  await cell(page, 1, 4).click();
  await page.keyboard.press('F2');
  await page.keyboard.type('1');
  await page.keyboard.press('Escape');
  assert.equal(await textOf(page, 1, 4), '77');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowRight');
  const block = await copy(page);
  assert.equal(block.split('\r\n').length, 2);
  assert.equal(block.split('\r\n')[0].split('\t')[0], '77');
  await cell(page, 3, 3).click();
  await page.keyboard.press('Delete');
  assert.equal((await textOf(page, 3, 3)).trim(), '');
  await cell(page, 4, 3).click();
  const before = await textOf(page, 3, 3);
  await page.keyboard.press('Control+d');
  assert.equal(await textOf(page, 4, 3), before);
  await cell(page, 5, 3).click();
  const held = await textOf(page, 5, 3);
  assert.equal(await copy(page, 'cut'), held);
  assert.equal((await textOf(page, 5, 3)).trim(), '');
  for (let step = 0; step < 4; step += 1) await page.keyboard.press('Control+z');
  assert.deepEqual(await draft(page), {});
  for (let step = 0; step < 4; step += 1) await page.keyboard.press('Control+y');
  assert.equal(Object.keys(await draft(page)).length, 4);
  await cell(page, 0, 9).click();
  await page.keyboard.press('Control+End');
  for (let step = 0; step < 12 && await page.evaluate(() => document.activeElement.closest('.sheet') !== null); step += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Shift+Tab');
  await house.close();
});

test('an input method: the first key of a composition is kept, Enter within it commits nothing', async () => {
  const house = await grid();
  const { page } = house;
  await cell(page, 0, 1).click();
  const session = await house.context.newCDPSession(page);
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'KeyC', windowsVirtualKeyCode: 229 });
  await page.waitForSelector('.ag-cell input');
  await session.send('Input.imeSetComposition', { text: 'cheng', selectionStart: 5, selectionEnd: 5 });
  assert.deepEqual(await draft(page), {});
  await session.send('Input.insertText', { text: '城' });
  await page.keyboard.press('Enter');
  const [value] = Object.values(await draft(page));
  assert.match(value, /城$/);
  await house.close();
});

test('a finding stands in its cell, and leads there', async () => {
  const house = await grid();
  const { page } = house;
  await cell(page, 2, 3).click();
  await page.keyboard.type('-5');
  await page.keyboard.press('Enter');
  await page.click('button:has-text("检查")');
  await page.waitForSelector('.findings li.error');
  await page.waitForSelector('.ag-row[row-index="2"] .ag-cell.wrong');
  await page.click('.findings button.link');
  await page.waitForSelector('.ag-row[row-index="2"] .ag-cell-focus');
  await house.close();
});

test('edits of data are live: the allocation uses them before they are kept', async () => {
  const house = await grid();
  const { page } = house;
  await cell(page, 0, 3).click();
  await page.keyboard.type('30000');
  await page.keyboard.press('Enter');
  let body = null;
  page.on('request', (request) => { if (request.url().endsWith('/what-if')) body = request.postDataJSON(); });
  await page.click('nav a[href="/w"]');
  await page.selectOption('.choose select', 'chongming-vertical');
  await page.waitForSelector('table.amounts');
  await house.calm();
  assert.match(body.data.files['cells.csv'], /310151101,城桥镇,林地,30000,/);
  const { data } = await service.ask('POST', '/what-if', body);
  assert.equal(Number(await page.locator('button.amount[data-cell="310151101/forest"]').getAttribute('data-fen')), data.cells.find((each) => each.area === '310151101' && each.ecosystem === 'forest').amount_fen);
  assert.match(await page.locator('.notice.warn').innerText(), /尚未保存/);
  await house.close();
});

test('kept as a version; two editors get a dialog by cell, and both changes survive', async () => {
  const files = {};
  for (const name of ['areas.csv', 'cells.csv', 'dataset.toml']) files[name] = await (await fetch(`${service.api}/api/v1/datasets/chongming/versions/1/files/${name}`)).text();
  assert.equal((await service.ask('PUT', '/datasets/town', { files, provenance: '台账' }, { 'if-none-match': '*' })).status, 201);
  const house = await grid('/data/town', { expected: [412] });
  const { page } = house;
  await cell(page, 0, 3).click();
  await page.keyboard.type('26000');
  await page.keyboard.press('Enter');
  await cell(page, 1, 3).click();
  await page.keyboard.type('24000');
  await page.keyboard.press('Enter');
  const theirs = files['cells.csv'].replace('林地,26846,', '林地,26500,').replace('基本农田,25781,', '基本农田,25000,');
  const current = await service.ask('GET', '/datasets/town');
  assert.equal((await service.ask('PUT', '/datasets/town', { files: { ...files, 'cells.csv': theirs } }, { 'if-match': current.etag })).data.version, 2);
  await page.keyboard.press('Control+s');
  await page.waitForSelector('dialog[open] #as-name');
  await page.click('dialog[open] button.primary');
  await page.waitForSelector('dialog[open] input[type=radio]');
  const said = await page.locator('dialog[open]').innerText();
  assert.match(said, /26500[\s\S]*26000/);
  assert.equal(await page.locator('dialog[open] input[value="theirs"]:checked').count(), 1);
  await page.click('dialog[open] button.primary');
  await page.waitForSelector('dialog[open] #as-name');
  await page.click('dialog[open] button.primary');
  await page.waitForFunction(() => !document.querySelector('dialog[open]'));
  await house.calm();
  const kept = await (await fetch(`${service.api}/api/v1/datasets/town/versions/3/files/cells.csv`)).text();
  assert.match(kept, /林地,26500,[\s\S]*基本农田,24000,[\s\S]*基本农田,25000,/);
  await house.close();
});

test('ranges by mouse: dragged, and with Shift', async () => {
  const house = await grid();
  const { page } = house;
  await cell(page, 0, 3).hover();
  await page.mouse.down();
  await cell(page, 1, 4).hover();
  await cell(page, 2, 4).hover();
  await page.mouse.up();
  assert.deepEqual((await copy(page)).split('\r\n').map((line) => line.split('\t').length), [2, 2, 2]);
  await cell(page, 4, 3).click();
  await cell(page, 5, 5).click({ modifiers: ['Shift'] });
  assert.deepEqual((await copy(page)).split('\r\n').map((line) => line.split('\t').length), [3, 3]);
  await house.close();
});

test('files of one’s own: kept and opened; what no model could read is named by cell and not kept', async () => {
  const files = {};
  for (const name of ['areas.csv', 'cells.csv']) files[name] = await (await fetch(`${service.api}/api/v1/datasets/chongming/versions/1/files/${name}`)).text();
  const house = await open(run, service, { expected: [422] });
  const { page } = house;
  const give = async (cells, name) => {
    await house.go('/data');
    await page.waitForSelector('#files');
    await page.setInputFiles('#files', [
      { name: 'areas.csv', mimeType: 'text/csv', buffer: Buffer.from(files['areas.csv']) }, { name: 'cells.csv', mimeType: 'text/csv', buffer: Buffer.from(cells) },
    ]);
    await page.fill('#upload-name', name);
    await page.click('form.upload button.primary');
  };
  await give(files['cells.csv'].replace('26846', '二万'), 'broken');
  await page.waitForSelector('.findings li.error');
  assert.match(await page.locator('.notice.bad').innerText(), /cells\.csv[\s\S]*第 2 行/);
  assert.equal((await service.ask('GET', '/datasets/broken')).status, 404);
  await give(files['cells.csv'], 'ours');
  await page.waitForSelector('h1:has-text("ours")');
  await page.waitForSelector('.ag-row .ag-cell');
  await house.close();
});

test('3,000 rows: few nodes, an edit asks at once', async () => {
  const areas = ['代码,名称,人口(人)'];
  const cells = ['区域代码,区域名称,生态系统,面积(亩),生态产品总值(万元),质量(指数),保护成效(分),保护成本(万元),机会成本(万元),上年补偿(万元)'];
  for (let index = 0; index < 1500; index += 1) {
    areas.push(`${100000 + index},区${index},${1000 + index}`);
    for (const eco of ['林地', '基本农田']) cells.push(`${100000 + index},区${index},${eco},${1000 + index},${500 + index},0.9,80,10,10,20`);
  }
  assert.equal((await service.ask('PUT', '/datasets/large', { files: { 'areas.csv': areas.join('\n'), 'cells.csv': cells.join('\n') }, provenance: '' }, { 'if-none-match': '*' })).status, 201);
  const house = await grid('/data/large');
  const { page } = house;
  assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 2500);
  await page.mouse.move(600, 500);
  for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 2500);
  await page.waitForTimeout(200);
  assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 2500);
  const row = Number(await page.locator('.ag-row').nth(4).getAttribute('row-index'));
  assert.ok(row > 500, `row ${row}`);
  await cell(page, row, 4).click();
  await page.keyboard.type('9');
  await page.keyboard.press('Enter');
  assert.deepEqual(Object.keys(await draft(page)), [`cells.csv!${row}!4`]);
  await house.close();
});
