// Tiles by default; the user's own borders with their approval number; prices of what binds.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { bench, browser, open, serve } from './house.mjs';

let service;
let run;
before(async () => { service = await serve(); run = await browser(); });
after(async () => { await run?.close(); await service?.close(); });

const square = (x, y, hole = false) => [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]], ...(hole ? [[[x + 0.4, y + 0.4], [x + 0.6, y + 0.4], [x + 0.6, y + 0.6], [x + 0.4, y + 0.4]]] : [])];
const feature = (properties, coordinates, type = 'Polygon') => ({ type: 'Feature', properties, geometry: { type, coordinates } });

test('a tile an area, each a button with its name; the explanation follows', async () => {
  const house = await open(run, service);
  await bench(house, '/w/chongming-vertical');
  await house.page.click('[role=tab]:has-text("图块")');
  assert.equal(await house.page.locator('button.tile').count(), 18);
  await house.page.click('button.tile:has-text("陈家镇")');
  await house.page.waitForSelector('.reasons h2:has-text("陈家镇")');
  await house.close();
});

test('own borders: drawn with holes and several parts, matched by code or name, the rest is listed; what is no map is refused', async () => {
  const house = await open(run, service);
  const { page } = house;
  await house.go('/w/chongming-vertical?view=tiles');
  await page.waitForSelector('button.tile');
  await page.click('summary:has-text("自己的地图")');
  const give = async (content) => page.setInputFiles('#borders', { name: 'map.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)) });
  for (const [content, said] of [
    ['not json', /不是 JSON/], [{ type: 'Feature' }, /FeatureCollection/],
    [{ type: 'FeatureCollection', features: [feature({ code: '310151101' }, [[1, 2]], 'LineString')] }, /多边形/],
    [{ type: 'FeatureCollection', features: [feature({ code: '310151101' }, square(5000, 2))] }, /多边形/],
    [{ type: 'FeatureCollection', features: [feature({ code: '999' }, square(121, 31))] }, /没有一个图形/],
  ]) {
    await give(content);
    await page.waitForSelector('.notice.bad');
    assert.match(await page.locator('.notice.bad').innerText(), said);
  }
  await give({ type: 'FeatureCollection', features: [
    feature({ adcode: 310151101 }, square(121, 31, true)), feature({ name: '堡镇' }, [square(122, 31), square(123, 32)], 'MultiPolygon'), feature({ name: '<b>别处</b>' }, square(124, 31)),
  ] });
  await page.waitForSelector('svg.map path');
  assert.equal(await page.locator('svg.map path').count(), 2);
  assert.equal((await page.locator('svg.map path').first().getAttribute('d')).match(/M/g).length, 2);
  await page.fill('#approval', '沪S(2025)001号');
  const text = await page.locator('#panel-tiles').innerText();
  assert.match(text, /审图号:沪S\(2025\)001号/);
  assert.match(text, /地图中没有:新河镇/);
  assert.match(text, /<b>别处<\/b>/);
  await page.locator('svg.map path').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('.reasons h2:has-text("城桥镇")');
  await house.close();
});

test('prices of what binds are those of the explanations', async () => {
  const house = await open(run, service);
  await bench(house);
  await house.page.click('summary:has-text("影子价格")');
  await house.page.click('button:has-text("计算全部影子价格")');
  await house.page.waitForSelector('.prices li', { timeout: 60_000 });
  const { data } = await service.ask('POST', '/what-if/explanation', { model: 'chongming-vertical', question: { area: '310151111', ecosystem: 'wetland' } });
  const [price] = data.cells[0].binding[0].prices;
  const wanted = `+${(price.price_up * 1e4).toFixed(4)}`;
  assert.ok((await house.page.locator('.prices').innerText()).includes(wanted), wanted);
  await house.close();
});
