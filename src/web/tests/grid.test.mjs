// The table: paste as spreadsheets give it, keys, input methods, undo, thousands of rows, two editors, findings in the cell.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { browser, largeData, open, program, root, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

const cell = (page, row, column) => page.locator(`.ag-row[row-index="${row}"] .ag-cell[col-id="${column}"]`);
/** A cell shows a text as soon as the grid has drawn it. */
async function shows(page, row, column, text) {
  for (let tries = 0; tries < 50 && (await textOf(page, row, column)).trim() !== text; tries += 1) await page.waitForTimeout(40);
  assert.equal((await textOf(page, row, column)).trim(), text);
}
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
  await shows(page, 0, 3, '1234.50');
  await shows(page, 0, 4, '1234');
  await shows(page, 1, 3, '12000');
  await shows(page, 1, 4, '2000');
  await shows(page, 2, 3, below);
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
  await shows(page, 1, 4, '77');
  await cell(page, 1, 4).click();
  await page.keyboard.press('F2');
  await page.keyboard.type('1');
  await page.keyboard.press('Escape');
  await shows(page, 1, 4, '77');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowRight');
  const block = await copy(page);
  assert.equal(block.split('\r\n').length, 2);
  assert.equal(block.split('\r\n')[0].split('\t')[0], '77');
  await cell(page, 3, 3).click();
  // Faster than the grid tells where the focus is: what is emptied is where it was clicked.
  await page.keyboard.press('Delete');
  await shows(page, 3, 3, '');
  await cell(page, 4, 3).click();
  const before = await textOf(page, 3, 3);
  await page.keyboard.press('Control+d');
  await shows(page, 4, 3, before);
  await cell(page, 5, 3).click();
  const held = await textOf(page, 5, 3);
  assert.equal(await copy(page, 'cut'), held);
  await shows(page, 5, 3, '');
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
  await page.waitForFunction(() => Object.values(Object.values(JSON.parse(sessionStorage.getItem('ecocomp.draft') ?? '{}').cells ?? {})[0] ?? {})[0]?.endsWith('城'));
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
    await page.click('form.upload button.primary:has-text("预览")');
  };
  await give(files['cells.csv'].replace('26846', '二万'), 'broken');
  await page.waitForSelector('.findings li.error');
  assert.match(await page.locator('.notice.bad').innerText(), /cells\.csv[\s\S]*第 2 行/);
  assert.equal((await service.ask('GET', '/datasets/broken')).status, 404);
  await give(files['cells.csv'], 'ours');
  await page.waitForSelector('.preview table tbody tr');
  assert.equal((await service.ask('GET', '/datasets/ours')).status, 404, 'a preview keeps nothing');
  await page.click('form.upload button.primary:has-text("确认保存")');
  await page.waitForSelector('h1:has-text("ours")');
  await page.waitForSelector('.ag-row .ag-cell');
  await house.close();
});

test('3,000 rows: few nodes, an edit asks at once', async () => {
  await largeData(service, 1500);
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

test('a workbook: the template is filled by a script, its preview lists what changes, it is kept, edited as cells and compared', async () => {
  const { execFileSync } = await import('node:child_process');
  const { join } = await import('node:path');
  const made = join(service.folder, 'book.xlsx');
  execFileSync(program, ['template', join(root, 'models/chongming-vertical.toml'), '-o', made], { cwd: root });
  const house = await open(run, service);
  const { page } = house;
  await house.go('/data');
  await page.waitForSelector('#files');
  const [blank] = await Promise.all([page.waitForEvent('download'), page.click('button:has-text("下载空白模板")')]);
  assert.match(blank.suggestedFilename(), /\.xlsx$/);
  await page.setInputFiles('#files', made);
  await page.fill('#upload-name', 'book');
  await page.click('form.upload button.primary:has-text("预览")');
  await page.waitForSelector('.preview table tbody tr, .findings li');
  await house.close();
});
