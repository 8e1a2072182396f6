// How the page is served, that it goes nowhere else, and that its address is its state.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { bench, browser, open, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

const SCREENS = ['/', '/data', '/data/chongming', '/models', '/models/chongming-vertical', '/w', '/w/chongming-vertical', '/w/chongming-infeasible', '/w/chongming-vertical?view=tiles', '/w/chongming-vertical?view=change', '/w/chongming-vertical?view=flow', '/compare', '/compare/chongming-vertical?k=base&k=budget-up', '/analyse', '/analyse/chongming-vertical/frontier', '/report', '/plans', '/negotiations', '/audit', '/admin', '/login'];

test('headers: the page is asked for anew, its parts are kept for ever and packed, the policy has nothing unsafe', { skip: process.env.DEV_PAGE }, async () => {
  const page = await fetch(`${service.address}/w/anything?d=x`);
  assert.equal(page.status, 200);
  const policy = page.headers.get('content-security-policy');
  assert.match(policy, /script-src 'self'; style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const again = await fetch(`${service.address}/`, { headers: { 'if-none-match': page.headers.get('etag') } });
  assert.equal(again.status, 304);
  assert.equal(again.headers.get('content-security-policy'), policy, 'what is kept takes on the headers of the 304');
  const text = await page.text();
  assert.doesNotMatch(text, /\sstyle=|<style|onload=|https?:\/\/(?!www\.w3\.org)/);
  const script = /<script type="module" src="([^"]+)"/.exec(text)[1];
  const plain = await (await fetch(service.address + script, { headers: { 'accept-encoding': 'identity' } })).text();
  for (const coding of ['br', 'gzip']) {
    const part = await fetch(service.address + script, { headers: { 'accept-encoding': coding } });
    assert.equal(part.headers.get('content-encoding'), coding);
    assert.match(part.headers.get('cache-control'), /immutable/);
    assert.match(part.headers.get('content-type'), /^text\/javascript/);
    assert.equal(await part.text(), plain);
  }
  assert.equal((await fetch(`${service.address}/assets/nothing-12345678.js`)).status, 404);
  assert.equal((await fetch(`${service.address}/nothing`)).status, 404);
  assert.equal((await fetch(`${service.address}/assets/..%2Findex.html`)).status, 404);
  assert.equal((await fetch(`${service.address}/`, { method: 'POST' })).status, 405);
  assert.match((await fetch(`${service.address}/assets/licences.txt`)).headers.get('content-type'), /text\/plain/);
});

test('a walk over all screens stays at home, breaks no policy, says nothing in the console', async () => {
  const house = await open(run, service);
  for (const path of SCREENS) {
    await house.go(path);
    await house.page.waitForSelector('h1');
    await house.calm();
    assert.equal(await house.page.locator('h1').count(), 1, path);
  }
  await house.close();
});

test('a second visit costs little', { skip: process.env.DEV_PAGE }, async () => {
  const house = await open(run, service);
  await house.go('/');
  await house.calm();
  let bytes = 0;
  const session = await house.context.newCDPSession(house.page);
  await session.send('Network.enable');
  session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await house.page.goto(`${service.address}/login`);
  await house.calm();
  assert.ok(bytes < 5_000, `${bytes} bytes`);
  await house.close();
});

test('an address opened cold, anew, back and forward shows the same', async () => {
  const house = await open(run, service);
  const hash = async () => {
    await house.page.waitForSelector('table.amounts tbody tr');
    await house.calm();
    return createHash('sha256').update(await house.page.locator('table.amounts').innerText()).digest('hex');
  };
  const changed = '/w/chongming-vertical?c=fund.district.amount%3D%2B5%25&c=rule.corridor.between%5B1%5D%3D1.25';
  await house.go(changed);
  const first = await hash();
  assert.match(decodeURIComponent(house.page.url()), /fund\.district\.amount=\+5%/);
  await house.page.reload();
  assert.equal(await hash(), first);
  await house.page.click('nav a[href="/plans"]');
  await house.page.waitForSelector('h1:has-text("审批")');
  await house.page.goBack();
  assert.equal(await hash(), first);
  await house.page.goto(`${service.address}/w/chongming-vertical`);
  assert.notEqual(await hash(), first);
  await house.page.goBack();
  assert.equal(await hash(), first);
  await house.page.goForward();
  assert.notEqual(await hash(), first);
  await house.close();
});

test('the draft is there after a reload without its address', async () => {
  const house = await open(run, service);
  await bench(house, '/w/chongming-vertical?c=fund.district.amount%3D1.25+%E4%BA%BF%E5%85%83');
  await house.go('/');
  await house.page.click('nav a[href^="/w/"]');
  await house.page.waitForSelector('.basket li');
  assert.match(await house.page.locator('.basket').innerText(), /1\.25 亿元/);
  await house.close();
});

test('a browser that is too old is told so, in both languages', async () => {
  const context = await run.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => { delete String.prototype.replaceAll; });
  await page.goto(service.address);
  assert.match(await page.locator('body').innerText(), /浏览器版本过低[\s\S]*too old/);
  await context.close();
});
