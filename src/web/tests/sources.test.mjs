// What needs no browser: sentences, sources, packages, and what a browser of Chrome 90 can read.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { root, web } from './house.mjs';

const sources = (folder = join(web, 'app')) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const path = join(folder, entry.name);
  return entry.isDirectory() ? sources(path) : [{ path, text: readFileSync(path, 'utf8') }];
});
const own = sources();

test('every sentence is there in both languages and is said somewhere', async () => {
  const { outputFiles } = await build({ stdin: { contents: "export { shell } from './shell'; export { work } from './work'; export { keep } from './keep'; export { talks } from './talks';", resolveDir: join(web, 'app/text'), loader: 'ts' }, bundle: true, write: false, format: 'esm' });
  const parts = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
  const words = { ...parts.shell, ...parts.work, ...parts.keep, ...parts.talks };
  assert.equal(Object.keys(words).length, Object.keys(parts.shell).length + Object.keys(parts.work).length + Object.keys(parts.keep).length + Object.keys(parts.talks).length, 'one key, one sentence');
  const code = own.filter(({ path }) => !/text\/(shell|work|keep|talks)\.ts$/.test(path)).map(({ text }) => text).join('\n');
  const made = [...code.matchAll(/t\(`([a-z_]+\.)[^`]*`/g)].map((found) => found[1]);
  for (const [key, pair] of Object.entries(words)) {
    assert.equal(pair.length, 2, key);
    const [zh, en] = pair;
    assert.ok(zh && en, key);
    const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort().join();
    assert.equal(values(zh), values(en), `${key}: the same values in both languages`);
    if (!key.startsWith('key.') && key !== 'compare.example') assert.doesNotMatch(zh.replace(/Ctrl|Alt|Shift|F2|CSV|TOML|Enter|xlsx|areas|cells|csv|dataset|toml|GEP|path|GeoJSON|JSON|party|amount|when|times|every|per|FeatureCollection/g, '').replace(/\{\w+\}/g, ''), /[A-Za-z]{3}/, `${key}: no English in Chinese`);
    const prefix = `${key.split('.')[0]}.`;
    assert.ok(code.includes(`'${key}'`) || made.includes(prefix), `${key} is said nowhere`);
  }
});

test('no style in templates, no raw HTML, no file beyond 400 lines', () => {
  for (const { path, text } of own) {
    if (path.endsWith('.svelte')) {
      assert.doesNotMatch(text, /\sstyle="/, path);
      assert.doesNotMatch(text, /\{@html/, path);
    }
    assert.ok(text.split('\n').length <= 400, `${path} has ${text.split('\n').length} lines`);
  }
});

test('packages: permissive licences, whole numbers, no registry named', () => {
  const text = readFileSync(join(web, 'package-lock.json'), 'utf8');
  assert.doesNotMatch(text, /"resolved"|https?:\/\/[^"]*\.tgz/);
  const allowed = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', '(MIT OR CC0-1.0)', 'Python-2.0']);
  for (const [path, each] of Object.entries(JSON.parse(text).packages)) {
    if (!path) continue;
    // axe-core is used by these tests alone and is in nothing that is given away.
    assert.ok(allowed.has(each.license) || path.endsWith('axe-core'), `${path}: ${each.license}`);
  }
  const manifest = JSON.parse(readFileSync(join(web, 'package.json'), 'utf8'));
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) assert.match(version, /^\d+\.\d+\.\d+$/);
});

test('the bundle is Chrome 90’s language and asks for nothing newer', async () => {
  const folder = join(web, 'dist/assets');
  const newer = [/\bstructuredClone\(/, /\.findLast(Index)?\(/, /\.toSorted\(/, /\.toReversed\(/, /\.toSpliced\(/, /crypto\.randomUUID/, /AbortSignal\.(timeout|any)/, /Promise\.withResolvers/, /Object\.groupBy/, /navigator\.clipboard/];
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    const { warnings } = await transform(text, { target: 'chrome90', loader: 'js', logLevel: 'silent' });
    assert.deepEqual(warnings.filter((each) => each.id === 'unsupported'), [], name);
    for (const pattern of newer) assert.ok(!pattern.test(text), `${name}: ${pattern}`);
  }
  // `Object.hasOwn` (93) and `Array.prototype.at` (92) are used by packages; the page brings them where they are missing.
  const main = own.find(({ path }) => path.endsWith('main.ts')).text;
  assert.match(main, /'hasOwn'[\s\S]*'at' in Array\.prototype/);
});

test('sizes: the first screen within 150 KB, all within 1 MB (gzip)', () => {
  const { first, all } = JSON.parse(readFileSync(join(web, 'dist/sizes.json'), 'utf8'));
  assert.ok(first <= 150 * 1024, `${first}`);
  assert.ok(all <= 1024 * 1024, `${all}`);
});

test('the screens that the program answers are those that the page knows', () => {
  const served = /SCREENS: \[&str; \d+\] =\s*\[([^\]]*)\]/.exec(readFileSync(join(root, 'src/http/page.rs'), 'utf8'))[1].match(/"(\w+)"/g).map((word) => word.slice(1, -1)).sort();
  const known = [...readFileSync(join(web, 'app/App.svelte'), 'utf8').matchAll(/\{ word: '(\w+)'/g)].map((found) => found[1]);
  assert.deepEqual(served, [...known, 'login'].sort());
  assert.ok(existsSync(join(web, 'dist/index.html')));
});

test('text that looks like a formula is text in files and in what is copied; tables are read as spreadsheets write them', async () => {
  const { outputFiles } = await build({ entryPoints: [join(web, 'app/state/csv.ts')], bundle: true, write: false, format: 'esm' });
  const { asText, readFigure, readTable, writeTable } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
  for (const [cell, wanted] of [['=1+1', "'=1+1"], ['@SUM(A1)', "'@SUM(A1)"], ['-2+3', "'-2+3"], ['-1,234.50', '-1,234.50'], ['+5.0%', '+5.0%'], ['林地', '林地']]) assert.equal(asText(cell), wanted);
  assert.deepEqual(readTable('a,"b ""c"" \r\nd"\r\n1,2\r\n', ','), [['a', 'b "c" \r\nd'], ['1', '2']]);
  assert.deepEqual(readTable(writeTable([['a', 'b,c'], ['"', '\n']], ','), ','), [['a', 'b,c'], ['"', '\n']]);
  for (const [typed, text, wrong] of [['1,234.50', '1234.50', null], ['１２３４', '1234', null], ['1.2万', '12000', null], ['0.5亿', '50000000', null], ['1.23456万', '12345.6', null], ['3.10151E+11', '3.10151E+11', 'scientific'], ['12,34', '12,34', 'text'], ['', '', null], ['-5', '-5', null], ['二万', '二万', 'text']]) assert.deepEqual(readFigure(typed), { text, wrong });
});

test('money is cut from its digits, never from a fraction', async () => {
  const { outputFiles } = await build({ entryPoints: [join(web, 'app/money/fen.ts')], bundle: true, write: false, format: 'esm' });
  const { addsUp, large, signed, sum, wan, yuan } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
  assert.equal(yuan(9_007_199_254_740_991), '90,071,992,547,409.91');
  assert.equal(yuan(-5), '-0.05');
  assert.equal(wan(4_999), '0.00');
  assert.equal(wan(5_000), '0.01');
  assert.equal(wan(-5_000), '-0.01');
  assert.equal(wan(-4_999), '0.00');
  assert.equal(signed(12_345_600, 'wan'), '+12.35');
  assert.equal(large(12_000_000_000, 'zh'), '1.2 亿元');
  assert.equal(large(11_645_727_000, 'zh'), '11,645.727 万元');
  assert.equal(large(11_645_727_033, 'zh'), '116,457,270.33 元');
  assert.equal(sum([9_007_199_254_740_991, 9_007_199_254_740_991]), 18_014_398_509_481_982n);
  assert.equal(addsUp([5_000, 5_000], 10_000, 'wan'), false);
  assert.equal(addsUp([5_000, 5_000], 10_000, 'yuan'), true);
});
