// Measures what no test can promise on every machine: how long a change takes until it is painted, how soon a large table stands, how the
// heap grows. Prints one line each with the bound it is meant to keep. `npm run measure`.
import { bench, browser, largeData, open, serve } from './house.mjs';

const only = process.argv[2];
const part = (all, share) => all.sort((a, b) => a - b)[Math.min(all.length - 1, Math.ceil(all.length * share) - 1)];
const say = (what, found, bound, unit) => { console.log(`${found <= bound ? 'ok  ' : 'MISS'} ${what}: ${found} ${unit} (bound ${bound} ${unit})`); };

/** Moves the first slider step by step, each when the one before is painted; milliseconds from input to paint. */
const drag = (page, steps) => page.locator('input[type="range"]').first().evaluate(async (input, times) => {
  const frame = () => new Promise((done) => { requestAnimationFrame(() => { setTimeout(done, 0); }); });
  const total = () => document.querySelector('[data-total]')?.getAttribute('data-total');
  const found = [];
  const [low, high] = [Number(input.min), Number(input.max)];
  for (let step = 0; step < times; step += 1) {
    const before = total();
    const from = performance.now();
    input.value = String(low + ((high - low) * (40 + (step % 20))) / 100);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    while (total() === before && performance.now() - from < 10_000) await frame();
    await frame();
    found.push(performance.now() - from);
  }
  input.dispatchEvent(new Event('change', { bubbles: true }));
  return found;
}, steps);

const service = await serve();
const run = await browser();
try {
  const wanted = (name) => !only || only === name;
  if (wanted('slider')) {
    const house = await open(run, service);
    await bench(house);
    const times = await drag(house.page, 100);
    say('slider to paint, Chongming, p95', Math.round(part(times, 0.95)), 300, 'ms');
    say('slider to paint, Chongming, median', Math.round(part(times, 0.5)), 300, 'ms');
    await house.close();
  }
  if (wanted('large') || wanted('rows')) await largeData(service, 1500);
  if (wanted('large')) {
    const house = await open(run, service);
    await bench(house, '/w/large');
    const times = await drag(house.page, 40);
    say('slider to paint, 1,500 areas, p95', Math.round(part(times, 0.95)), 1000, 'ms');
    say('slider to paint, 1,500 areas, median', Math.round(part(times, 0.5)), 1000, 'ms');
    await house.close();
  }
  if (wanted('rows')) {
    const house = await open(run, service);
    await house.go('/data');
    await house.calm();
    // The files are there already when the table is opened a second time: what is measured is the page, and the first time all of it.
    for (const visit of ['first', 'again']) {
      const from = Date.now();
      await house.page.evaluate(() => { document.querySelector('a[href="/data/large"]').click(); });
      await house.page.waitForSelector('.ag-row .ag-cell');
      say(`3,000 rows ready (${visit})`, Date.now() - from, 500, 'ms');
      if (visit === 'first') { await house.page.goBack(); await house.page.waitForSelector('a[href="/data/large"]'); }
    }
    const frames = await house.page.locator('.ag-grid-viewport').first().evaluate(async (view) => {
      const found = [];
      let last = performance.now();
      for (let step = 0; step < 120; step += 1) {
        view.scrollTop += 400;
        await new Promise((done) => { requestAnimationFrame(done); });
        found.push(performance.now() - last);
        last = performance.now();
      }
      return found;
    });
    say('a frame of scrolling 3,000 rows, p95', Math.round(part(frames, 0.95)), 33, 'ms');
    await house.close();
  }
  if (wanted('heap')) {
    const house = await open(run, service);
    await bench(house);
    const session = await house.context.newCDPSession(house.page);
    const heap = async () => { await session.send('HeapProfiler.collectGarbage'); return (await session.send('Runtime.getHeapUsage')).usedSize; };
    await drag(house.page, 20);
    const before = await heap();
    await drag(house.page, 500);
    const after = await heap();
    say('heap after 500 what-ifs', Math.round((after / before) * 100) / 100, 1.5, 'times');
    await house.close();
  }
} finally {
  await run.close();
  await service.close();
}
