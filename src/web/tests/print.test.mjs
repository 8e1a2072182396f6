// On paper, over a long day, and as pictures to be looked at.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginTalk, bench, browser, open, serve, shoot } from './house.mjs';

let service;
let run;
let kept;
before(async () => {
  service = await serve();
  run = await browser();
  kept = (await service.ask('POST', '/runs', { model: 'chongming-vertical', changes: ['fund.district.amount=1.26 亿元'] })).data.id;
});
after(async () => { await run?.close(); await service?.close(); });

test('A4: unit, heads, numbers of pages, run, draft and illustrative marks, sums; nothing of the screen around it', async () => {
  const house = await open(run, service);
  await house.go(`/report/${kept}`);
  await house.page.waitForSelector('.sheet-a4');
  const path = join(service.folder, 'report.pdf');
  await house.page.pdf({ path, preferCSSPageSize: true });
  let text = '';
  try { text = execFileSync('pdftotext', ['-layout', path, '-']).toString(); } catch { text = ''; }
  if (text) {
    const plain = text.replace(/\s/g, '');
    for (const wanted of ['单位:万元', '14,100.00', '126,000,000.00', '草案', '示例数据', kept.slice(0, 12), '陈家镇', '第1页共']) assert.ok(plain.includes(wanted), wanted);
    assert.ok(!plain.includes('接口文档') && !plain.includes('保存为方案'));
  }
  await house.close();
});

test('files of a report: a memo for the word processor, a workbook, a table, each of its kind and under the name of the plan', async () => {
  const house = await open(run, service);
  await house.go(`/report/${kept}`);
  await house.page.waitForSelector('.sheet-a4');
  for (const [kind, mark] of [['DOCX', 'word/document.xml'], ['XLSX', 'xl/workbook.xml'], ['CSV', '310151101']]) {
    const [download] = await Promise.all([house.page.waitForEvent('download'), house.page.locator('.choose button').filter({ hasText: kind }).first().click()]);
    assert.match(download.suggestedFilename(), new RegExp(`^崇明区.*\\.${kind.toLowerCase()}$`));
    assert.ok(readFileSync(await download.path()).includes(mark), kind);
  }
  await house.close();
});

test('five hundred what-ifs and fifty screens: the heap stays, nothing in the console', async () => {
  const house = await open(run, service);
  const { page } = house;
  await bench(house);
  const session = await house.context.newCDPSession(page);
  const heap = async () => { await session.send('HeapProfiler.collectGarbage'); return (await session.send('Runtime.getHeapUsage')).usedSize; };
  const drag = (count) => page.locator('input[type="range"]').first().evaluate(async (input, times) => {
    for (let step = 0; step < times; step += 1) {
      input.value = String((1.1 + 0.002 * (step % 90)).toFixed(3));
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((done) => { requestAnimationFrame(done); });
      while (document.querySelector('.middle[aria-busy="true"]')) await new Promise((done) => { setTimeout(done, 2); });
    }
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, count);
  await drag(30);
  await house.calm();
  const before = await heap();
  await drag(500);
  for (let visit = 0; visit < 25; visit += 1) {
    await page.click('nav a[href="/plans"]');
    // Not `waitForSelector`: the handle that it gives would keep the whole screen.
    await page.locator('h1:has-text("审批")').waitFor();
    await page.click('nav a[href^="/w/"]');
    await page.locator('table.amounts').waitFor();
  }
  await house.calm();
  const after_ = await heap();
  assert.ok(after_ <= before * 1.5, `${before} → ${after_}`);
  await house.close();
});

test('pictures of the key screens', async () => {
  const { data: plan } = await service.ask('POST', '/plans', { run: kept, title: '2025年纵向生态保护补偿资金分配方案', note: '区级资金增加 5%。' });
  await service.ask('POST', `/plans/${plan.id}/comments`, { text: '请说明城桥镇的降幅。' });
  const talk = (await beginTalk(service)).path.replace('/api/v1', '');
  const pictures = [
    ['home', '/'], ['data', '/data/chongming'], ['models', '/models/chongming-vertical'], ['work', '/w/chongming-vertical?c=fund.district.amount%3D1.26+%E4%BA%BF%E5%85%83&why=310151111/wetland'], ['tiles', '/w/chongming-vertical?view=tiles'],
    ['change', '/w/chongming-vertical?view=change'], ['infeasible', '/w/chongming-infeasible'], ['compare', '/compare/chongming-vertical?k=base&k=budget-up&k=wetland-value&k=budget-slump'], ['analyse', '/analyse/chongming-vertical/frontier'], ['report', `/report/${kept}`], ['tree', '/w/chongming-vertical?view=tree'], ['talks', talk], ['account', '/w/chongming-gep?view=account'], ['plan', `/plans/${plan.id}`], ['audit', '/audit'],
  ];
  // All four with ALL_PICTURES=1.
  const ways = [[1280, 'zh', 'light'], [390, 'en', 'dark'], [1280, 'en', 'dark'], [390, 'zh', 'light']];
  for (const [width, lang, scheme] of process.env.ALL_PICTURES ? ways : ways.slice(0, 2)) {
    const house = await open(run, service, { viewport: { width, height: 900 }, colorScheme: scheme });
    for (const [name, path] of pictures) {
      await house.go(`${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await house.page.waitForSelector('h1');
      await house.calm();
      if (name === 'analyse') {
        await house.page.click('form.bar button.primary');
        await house.page.waitForSelector('figure.chart svg');
      }
      await house.page.waitForTimeout(500);
      await shoot(house.page, `${name}-${width}-${lang}-${scheme}`);
    }
    await house.close();
  }
});
