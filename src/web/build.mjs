// Builds the page into dist/: hashed names, packed with gzip and brotli, a list of the licences of what is in it.
import { build, transform } from 'esbuild';
import { compile, compileModule } from 'svelte/compiler';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = dirname(fileURLToPath(import.meta.url));
const out = join(root, 'dist');
const quick = process.argv.includes('--quick');
const TARGET = ['chrome90'];

/** Components and runes modules of Svelte; styles come out as files, warnings (accessibility above all) are errors. */
const svelte = {
  name: 'svelte',
  setup(make) {
    const styles = new Map();
    make.onLoad({ filter: /\.svelte$/ }, ({ path }) => {
      const { js, css, warnings } = compile(readFileSync(path, 'utf8'), { filename: path, css: 'external', generate: 'client' });
      let code = js.code;
      if (css?.code) {
        styles.set(path, css.code);
        code += `\nimport ${JSON.stringify(`style:${path}`)};`;
      }
      const errors = warnings.map((each) => ({
        text: `${each.code}: ${each.message}`,
        location: { file: path, line: each.start?.line ?? 1, column: each.start?.column ?? 0 },
      }));
      return { contents: code, loader: 'js', errors, resolveDir: dirname(path) };
    });
    make.onLoad({ filter: /\.svelte\.ts$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'ts', target: 'esnext' });
      return { contents: compileModule(code, { filename: path, generate: 'client' }).js.code, loader: 'js', resolveDir: dirname(path) };
    });
    make.onResolve({ filter: /^style:/ }, ({ path }) => ({ path: path.slice('style:'.length), namespace: 'style' }));
    make.onLoad({ filter: /.*/, namespace: 'style' }, ({ path }) => ({
      contents: styles.get(path), loader: 'css', resolveDir: dirname(path),
    }));
  },
};

const result = await build({
  absWorkingDir: root,
  entryPoints: { page: 'app/main.ts', grid: 'app/style/grid.css' },
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', assetNames: '[name]-[hash]',
  bundle: true, splitting: true, format: 'esm', target: TARGET,
  minify: true, metafile: true, write: false, legalComments: 'none', charset: 'utf8',
  conditions: ['svelte', 'browser', 'production'],
  mainFields: ['svelte', 'browser', 'module', 'main'],
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [svelte],
  logLevel: 'warning',
});

for (const name of readdirSync(out)) {
  if (name !== '.gitignore') rmSync(join(out, name), { recursive: true });
}
mkdirSync(join(out, 'assets'), { recursive: true });

const put = (name, bytes) => {
  writeFileSync(join(out, name), bytes);
  if (name === 'index.html') return;
  writeFileSync(join(out, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: quick ? 4 : 11 };
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(bytes, { params: quality }));
};
for (const file of result.outputFiles) put(join('assets', basename(file.path)), file.contents);

// The entry, its styles, and what it needs at once (to be fetched in parallel).
const outputs = result.metafile.outputs;
const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint === 'app/main.ts');
const style = outputs[entry].cssBundle;
const grid = Object.keys(outputs).find((path) => outputs[path].entryPoint === 'app/style/grid.css');
const needed = new Set();
const follow = (path) => {
  for (const each of outputs[path].imports) {
    if (each.kind === 'import-statement' && !needed.has(each.path)) { needed.add(each.path); follow(each.path); }
  }
};
follow(entry);
const address = (path) => `/assets/${basename(path)}`;
const old = readFileSync(join(root, 'app/old.js'));
const hash = createHash('sha256').update(old).digest('hex').slice(0, 8);
put(`assets/old-${hash}.js`, old);
const links = [...needed].map((path) => `<link rel="modulepreload" href="${address(path)}">`).join('\n    ');
writeFileSync(join(out, 'index.html'), readFileSync(join(root, 'app/index.html'), 'utf8')
  .replace('{grid}', address(grid)).replace('{style}', address(style)).replace('{script}', address(entry)).replace('{old}', `/assets/old-${hash}.js`).replace('{links}', links));

// Whose work is in the page, and under which terms.
const packages = new Set(Object.keys(result.metafile.inputs)
  .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
const terms = [...packages].sort().map((name) => {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile() && /^(licen[cs]e|notice)/i.test(file.name)).map((file) => file.name);
  return `${name} ${version} (${license})\n\n${files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')}\n`;
});
put('assets/licences.txt', Buffer.from(terms.join(`\n${'='.repeat(78)}\n\n`)));

const size = (paths) => paths.reduce((sum, path) => sum + gzipSync(outputs[path] ? readFileSync(join(out, 'assets', basename(path))) : Buffer.alloc(0)).length, 0);
const first = size([entry, style, ...needed].filter(Boolean));
const all = size(Object.keys(outputs));
writeFileSync(join(out, 'sizes.json'), JSON.stringify({ first, all }));
console.log(`page: first screen ${(first / 1024).toFixed(0)} KB, all ${(all / 1024).toFixed(0)} KB (gzip)`);
